package blas

import (
	"fmt"
	"math"
	"math/big"
	"slices"
	"strings"
	"testing"
)

// reference computes the product by the definition in the package
// documentation.
func (p product) reference(c Mat, accumulate bool) {
	as, bs := make([][]float64, c.Rows), make([][]float64, c.Cols)
	for i := range as {
		as[i] = p.factors(i, -1)
	}
	for j := range bs {
		bs[j] = p.factors(-1, j)
	}
	for i, a := range as {
		row := c.Row(i)
		for j, b := range bs {
			sum := 0.0
			if accumulate {
				sum = row[j]
			}
			for k, factor := range b {
				sum = math.FMA(a[k], factor, sum)
			}
			row[j] = sum
		}
	}
}

func clone(m Mat) Mat {
	m.Data = slices.Clone(m.Data)
	return m
}

// checkProduct compares a product with the reference on the active backend,
// serial and split among workers, and sees to it that nothing is written
// between the rows of C.
func checkProduct(t *testing.T, p product, c Mat) {
	t.Helper()
	for _, accumulate := range []bool{false, true} {
		want := clone(c)
		p.reference(want, accumulate)
		for workers := 1; workers <= 4; workers++ {
			got := clone(c)
			if workers == 1 {
				p.mul(got, accumulate, 1)
			} else if c.Rows > 0 && c.Cols > 0 && p.depth() > 0 {
				// Called past mul, which would not split small work.
				a, b := p.operands()
				mulParallel(got, a, b, p.depth(), accumulate, workers)
			} else {
				continue
			}
			what := fmt.Sprintf("%s, A %dx%d, B %dx%d, steps %d %d %d, accumulate %v, %d workers", p.kind,
				p.a.Rows, p.a.Cols, p.b.Rows, p.b.Cols, p.a.Stride, p.b.Stride, c.Stride, accumulate, workers)
			requireSame(t, what, got.Data, want.Data)
		}
	}
}

func (p product) operands() (a, b operand) {
	a, b = operand{p.a.Data, p.a.Stride, 1}, operand{p.b.Data, p.b.Stride, 1}
	switch p.kind {
	case "NT":
		b = operand{p.b.Data, 1, p.b.Stride}
	case "TN":
		a = operand{p.a.Data, 1, p.a.Stride}
	}
	return a, b
}

var kinds = []string{"NN", "NT", "TN"}

func TestMulSmallShapes(t *testing.T) {
	sizes := []int{0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 23, 24, 25, 33}
	eachBackend(t, func(t *testing.T) {
		r := newRandom(3)
		r.hostile = true
		for _, kind := range kinds {
			for _, m := range sizes {
				for _, n := range sizes {
					k := sizes[r.IntN(len(sizes))]
					checkProduct(t, r.product(kind, m, k, n), r.mat(m, n))
				}
			}
		}
	})
}

func TestMulRandomShapes(t *testing.T) {
	eachBackend(t, func(t *testing.T) {
		r := newRandom(4)
		r.hostile = true
		for range 12 {
			m, k, n := r.IntN(130), r.IntN(60), r.IntN(130)
			for _, kind := range kinds {
				checkProduct(t, r.product(kind, m, k, n), r.mat(m, n))
			}
		}
	})
}

// TestMulManyBlocks takes shapes beyond every block size, in one dimension at a
// time.
func TestMulManyBlocks(t *testing.T) {
	shapes := [][3]int{
		{2*blockRows + 3, 9, 10},
		{packRows + 1, panelDepth + 1, 26},
		{packRows, 2*blockDepth + 1, 2},
		{3, 2*blockDepth + 1, 10},
		{9, 2*panelDepth + 1, blockCols + 21},
		{2, panelDepth, 5*blockCols + 21},
		{2, blockDepth + 3, blockCols + 1},
		{2, blockDepth/2 + 1, blockCols + 1},
	}
	eachBackend(t, func(t *testing.T) {
		r := newRandom(5)
		for _, s := range shapes {
			for _, kind := range kinds {
				checkProduct(t, r.product(kind, s[0], s[1], s[2]), r.mat(s[0], s[2]))
			}
		}
	})
}

// TestMulWorkers goes through the public functions with work large enough to be
// split.
func TestMulWorkers(t *testing.T) {
	r := newRandom(6)
	for _, s := range [][3]int{{300, 300, 101}, {4, 1000, 1000}, {1, 4000, 1000}} {
		for _, kind := range kinds {
			p := r.product(kind, s[0], s[1], s[2])
			want, got := NewMat(s[0], s[2]), NewMat(s[0], s[2])
			p.mul(want, false, 1)
			for workers := 0; workers <= 9; workers++ {
				clear(got.Data)
				p.mul(got, false, workers)
				requireSame(t, fmt.Sprintf("%s %v, %d workers", kind, s, workers), got.Data, want.Data)
			}
		}
	}
}

// TestMulAccuracy compares with exact arithmetic: the rounding error of a chain
// of k operations is at most about k u times the sum of the absolute products,
// where u is the unit roundoff.
func TestMulAccuracy(t *testing.T) {
	const m, k, n = 9, 61, 27
	eachBackend(t, func(t *testing.T) {
		r := newRandom(7)
		for _, kind := range kinds {
			p := r.product(kind, m, k, n)
			c := r.mat(m, n)
			before := clone(c)
			p.mul(c, true, 1)
			for i := range m {
				for j := range n {
					exact := new(big.Float).SetPrec(2000).SetFloat64(before.Row(i)[j])
					size := math.Abs(before.Row(i)[j])
					for l, a := range p.factors(i, -1) {
						b := p.factors(-1, j)[l]
						exact.Add(exact, new(big.Float).SetPrec(2000).Mul(big.NewFloat(a), big.NewFloat(b)))
						size += math.Abs(a * b)
					}
					diff, _ := exact.Sub(exact, big.NewFloat(c.Row(i)[j])).Float64()
					if math.Abs(diff) > k*0x1p-53*size*1.001 {
						t.Fatalf("%s: element (%d, %d) is off by %g", kind, i, j, diff)
					}
				}
			}
		}
	})
}

func TestMulKnown(t *testing.T) {
	a := Mat{2, 3, 3, []float64{1, 2, 3, 4, 5, 6}}
	b := Mat{3, 2, 2, []float64{7, 8, 9, 10, 11, 12}}
	eachBackend(t, func(t *testing.T) {
		c := NewMat(2, 2)
		MulNN(c, a, b, false, 1)
		requireSame(t, "A B", c.Data, []float64{58, 64, 139, 154})
		MulNT(c, a, a, true, 1)
		requireSame(t, "A B + A Aᵀ", c.Data, []float64{72, 96, 171, 231})
		d := NewMat(3, 3)
		MulTN(d, a, a, false, 1)
		requireSame(t, "Aᵀ A", d.Data, []float64{17, 22, 27, 22, 29, 36, 27, 36, 45})
	})
}

// TestPanics sees to it that each mistake is named.
func TestPanics(t *testing.T) {
	m := NewMat
	v := func(n int) []float64 { return make([]float64, n) }
	short := Mat{Rows: 3, Cols: 4, Stride: 5, Data: v(13)}
	narrow := Mat{Rows: 3, Cols: 4, Stride: 3, Data: v(20)}
	huge := Mat{Rows: math.MaxInt, Cols: 4, Stride: math.MaxInt, Data: v(20)}
	for _, test := range []struct {
		want string
		run  func()
	}{
		{"MulNN: C = A B with C 2x4, A 2x3, B 4x4", func() { MulNN(m(2, 4), m(2, 3), m(4, 4), false, 1) }},
		{"MulNN: C = A B with C 3x4", func() { MulNN(m(3, 4), m(2, 3), m(3, 4), false, 1) }},
		{"MulNN: C = A B with C 2x5", func() { MulNN(m(2, 5), m(2, 3), m(3, 4), false, 1) }},
		{"MulNT: C = A Bᵀ with C 2x4, A 2x3, B 3x4", func() { MulNT(m(2, 4), m(2, 3), m(3, 4), false, 1) }},
		{"MulTN: C = Aᵀ B with C 2x4, A 2x3, B 3x4", func() { MulTN(m(2, 4), m(2, 3), m(3, 4), false, 1) }},
		{"MulNN: A is not a valid view: 3x4 with stride 5 on 13", func() { MulNN(m(3, 1), short, m(4, 1), false, 1) }},
		{"MulNT: B is not a valid view: 3x4 with stride 3", func() { MulNT(m(1, 3), m(1, 4), narrow, false, 1) }},
		{"MulTN: C is not a valid view", func() { MulTN(huge, m(1, 1), m(1, 4), false, 1) }},
		{"MulVec: y = A x with y of length 3, A 2x3, x of length 2", func() { MulVec(v(3), m(2, 3), v(2)) }},
		{"MulVec: A is not a valid view", func() { MulVec(v(3), short, v(4)) }},
		{"MulVecT: y = Aᵀ x with y of length 2, A 2x3, x of length 3", func() { MulVecT(v(2), m(2, 3), v(3)) }},
		{"Rank1: A += alpha x yᵀ with A 2x3", func() { Rank1(m(2, 3), 1, v(3), v(2)) }},
		{"Dot: lengths 2 and 3", func() { Dot(v(2), v(3)) }},
		{"Axpy: lengths 2 and 3", func() { Axpy(1, v(2), v(3)) }},
		{"NewMat: negative dimension in -1x2", func() { NewMat(-1, 2) }},
		{"Row: row 2 of a 2x3 matrix", func() { m(2, 3).Row(2) }},
		{"Slice: rows [1, 3) of a 2x3 matrix", func() { m(2, 3).Slice(1, 3) }},
	} {
		t.Run(test.want, func(t *testing.T) {
			defer func() {
				if got := fmt.Sprint(recover()); !strings.HasPrefix(got, "blas: "+test.want) {
					t.Errorf("panic %q", got)
				}
			}()
			test.run()
		})
	}
}
