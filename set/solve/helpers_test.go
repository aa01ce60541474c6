package solve_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/netmend/netmend/internal/vector"
	"github.com/netmend/netmend/set"
)

var inf = math.Inf(1)

// row is the half-space numbers[:n] . x <= numbers[n].
func row(numbers ...float64) set.HalfSpace {
	n := len(numbers) - 1
	return set.HalfSpace{Normal: numbers[:n], Offset: numbers[n]}
}

func strict(numbers ...float64) set.HalfSpace {
	h := row(numbers...)
	h.Strict = true
	return h
}

func poly(dim int, rows ...set.HalfSpace) set.Polyhedron {
	return set.Polyhedron{Dim: dim, Rows: rows}
}

func box(lo, hi float64, dim int) set.Polyhedron {
	b := set.Box{}
	for range dim {
		b.Lo, b.Hi = append(b.Lo, lo), append(b.Hi, hi)
	}
	return b.Polyhedron()
}

func matrix(rows ...[]float64) set.Matrix {
	m := set.Matrix{Rows: len(rows), Cols: len(rows[0]), Stride: len(rows[0])}
	for _, r := range rows {
		m.Data = append(m.Data, r...)
	}
	return m
}

func normals(rng *rand.Rand, n int) []float64 {
	a := make([]float64, n)
	for j := range a {
		a[j] = rng.NormFloat64()
	}
	return a
}

func affine(a set.Matrix, b, x []float64) []float64 {
	y := make([]float64, a.Rows)
	for i := range y {
		y[i] = vector.Dot(a.Row(i), x) + b[i]
	}
	return y
}

// polytope is [-1, 1]^dim cut with rows that leave the origin inside.
func polytope(rng *rand.Rand, dim, rows int) set.Polyhedron {
	p := box(-1, 1, dim)
	for range rows {
		a := normals(rng, dim)
		scale := math.Exp(2 * rng.NormFloat64())
		for j := range a {
			a[j] = float64(a[j] * scale)
		}
		p.Rows = append(p.Rows, row(append(a, float64(scale*(0.1+rng.Float64())))...))
	}
	return p
}

// integral is a polyhedron of small integers: often flat, empty or unbounded,
// with rows that repeat, sometimes strict.
func integral(rng *rand.Rand, dim int, withStrict bool) set.Polyhedron {
	p := set.Polyhedron{Dim: dim}
	for range 1 + rng.IntN(7) {
		h := set.HalfSpace{Normal: make([]float64, dim), Offset: float64(rng.IntN(5) - 1)}
		for j := range dim {
			h.Normal[j] = float64(rng.IntN(5) - 2)
		}
		h.Strict = withStrict && rng.IntN(3) == 0
		p.Rows = append(p.Rows, h)
		if rng.IntN(5) == 0 {
			o := h.Complement()
			o.Strict = false
			p.Rows = append(p.Rows, o)
		}
	}
	return p
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// within reports whether x is in p up to a distance of 1e-7.
func within(p set.Polyhedron, x []float64) bool {
	for _, h := range p.Rows {
		if h.Slack(x) < -1e-7*math.Sqrt(vector.Dot(h.Normal, h.Normal)) {
			return false
		}
	}
	return true
}

func factorial(n int) float64 {
	f := 1.0
	for k := 2; k <= n; k++ {
		f = float64(f * float64(k))
	}
	return f
}
