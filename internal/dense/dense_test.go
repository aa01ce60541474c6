package dense_test

import (
	"encoding/binary"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/netmend/netmend/internal/blas"
	"github.com/netmend/netmend/internal/dense"
)

func random(rng *rand.Rand, rows, cols int) blas.Mat {
	a := blas.NewMat(rows, cols)
	for i := range rows {
		for j := range cols {
			a.Row(i)[j] = float64(2*rng.Float64()) - 1
		}
	}
	return a
}

// definite is B B^T for a random B.
func definite(rng *rand.Rand, n int) blas.Mat {
	b, a := random(rng, n, n), blas.NewMat(n, n)
	for i := range n {
		for j := range n {
			a.Row(i)[j] = blas.Dot(b.Row(i), b.Row(j))
		}
	}
	return a
}

func gonum(a blas.Mat) *mat.Dense {
	m := mat.NewDense(a.Rows, a.Cols, nil)
	for i := range a.Rows {
		m.SetRow(i, a.Row(i))
	}
	return m
}

func TestInverse(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	for _, n := range []int{1, 2, 3, 10, 65} {
		a := random(rng, n, n)
		inverse, ok := dense.Inverse(a, 1e16)
		if !ok {
			t.Fatalf("%d x %d: no inverse", n, n)
		}
		var want mat.Dense
		if err := want.Inverse(gonum(a)); err != nil {
			t.Fatal(err)
		}
		if !mat.EqualApprox(gonum(inverse), &want, 1e-8) {
			t.Errorf("%d x %d: not the inverse", n, n)
		}
	}
}

func TestSingular(t *testing.T) {
	a := blas.NewMat(2, 2)
	copy(a.Data, []float64{1, 2, 2, 4})
	if _, ok := dense.Inverse(a, 1e16); ok {
		t.Error("a singular matrix has an inverse")
	}
	if _, ok := dense.Cholesky(a); ok {
		t.Error("a singular matrix has a factor")
	}
	copy(a.Data, []float64{1, 0, 0, 1e-9})
	if _, ok := dense.Inverse(a, 1e8); ok {
		t.Error("the condition number is not looked at")
	}
}

func TestCholesky(t *testing.T) {
	rng := rand.New(rand.NewPCG(2, 1))
	for _, n := range []int{1, 2, 5, 40} {
		a := definite(rng, n)
		l, ok := dense.Cholesky(a)
		if !ok {
			t.Fatalf("%d: no factor", n)
		}
		x := random(rng, 1, n).Data
		b := make([]float64, n)
		for i := range b {
			b[i] = blas.Dot(a.Row(i), x)
		}
		dense.Solve(l, b)
		condition := mat.Cond(gonum(a), 1)
		for i := range b {
			if math.Abs(b[i]-x[i]) > 0x1p-50*condition {
				t.Errorf("%d: x[%d] = %v, want %v", n, i, b[i], x[i])
			}
		}
		if c := dense.Condition(a, l); c > condition*(1+1e-6) || c < condition/10 {
			t.Errorf("%d: condition %v, want %v", n, c, condition)
		}
	}
}

// TestBits compares the bits of results with those of the machine on which the
// digest was taken.
func TestBits(t *testing.T) {
	const want = 0xc5008728a1c9debf
	rng := rand.New(rand.NewPCG(3, 1))
	h := fnv.New64a()
	for n := 1; n < 40; n += 3 {
		inverse, _ := dense.Inverse(random(rng, n, n), 1e16)
		a := definite(rng, n)
		l, _ := dense.Cholesky(a)
		v := random(rng, 1, n).Data
		dense.Solve(l, v)
		for _, x := range [][]float64{inverse.Data, l.Data, v, {dense.Condition(a, l)}} {
			if err := binary.Write(h, binary.LittleEndian, x); err != nil {
				t.Fatal(err)
			}
		}
	}
	if got := h.Sum64(); got != want {
		t.Errorf("digest %#x, want %#x: results depend on the machine", got, uint64(want))
	}
}
