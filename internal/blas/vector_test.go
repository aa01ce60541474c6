package blas

import (
	"fmt"
	"math"
	"slices"
	"testing"
)

// referenceDot follows the definition in the package documentation.
func referenceDot(x, y []float64) float64 {
	n := (len(x) + 31) / 32 * 32
	x = append(slices.Clone(x), make([]float64, n-len(x))...)
	y = append(slices.Clone(y), make([]float64, n-len(y))...)
	var s [32]float64
	for i := range x {
		s[i%32] = math.FMA(x[i], y[i], s[i%32])
	}
	var u [8]float64
	for l := range 8 {
		u[l] = (s[l] + s[l+8]) + (s[l+16] + s[l+24])
	}
	var v [4]float64
	for l := range 4 {
		v[l] = u[l] + u[l+4]
	}
	return (v[0] + v[1]) + (v[2] + v[3])
}

func TestDotAndMulVec(t *testing.T) {
	eachBackend(t, func(t *testing.T) {
		r := newRandom(8)
		for _, hostile := range []bool{false, true} {
			r.hostile = hostile
			for n := range 140 {
				a, x := r.mat(r.IntN(13), n), r.vector(n)
				y, want := r.vector(a.Rows), make([]float64, a.Rows)
				for i := range want {
					want[i] = referenceDot(a.Row(i), x)
					requireSame(t, fmt.Sprintf("Dot of length %d", n), []float64{Dot(a.Row(i), x)}, want[i:i+1])
				}
				MulVec(y, a, x)
				requireSame(t, fmt.Sprintf("MulVec %dx%d", a.Rows, n), y, want)
			}
		}
	})
}

// TestDotSignOfZero has a lane underflow to -0, which the padding turns into
// +0: a difference that the backends must not show.
func TestDotSignOfZero(t *testing.T) {
	tiny := math.SmallestNonzeroFloat64
	eachBackend(t, func(t *testing.T) {
		for n := 1; n <= 64; n++ {
			x, y := make([]float64, n), make([]float64, n)
			for i := range x {
				x[i], y[i] = tiny, -tiny
			}
			requireSame(t, fmt.Sprintf("length %d", n), []float64{Dot(x, y)}, []float64{referenceDot(x, y)})
		}
	})
}

func TestMulVecT(t *testing.T) {
	eachBackend(t, func(t *testing.T) {
		r := newRandom(9)
		r.hostile = true
		for n := range 140 {
			a := r.mat(r.IntN(2*n+3), n)
			x, y, want := r.vector(a.Rows), r.vector(n), make([]float64, n)
			for j := range want {
				for i := range x {
					want[j] = math.FMA(x[i], a.Row(i)[j], want[j])
				}
			}
			MulVecT(y, a, x)
			requireSame(t, fmt.Sprintf("%dx%d", a.Rows, n), y, want)
		}
	})
}

func TestRank1(t *testing.T) {
	eachBackend(t, func(t *testing.T) {
		r := newRandom(10)
		r.hostile = true
		for n := range 140 {
			a := r.mat(r.IntN(12), n)
			x, y, alpha := r.vector(a.Rows), r.vector(n), r.value()
			if n%10 == 3 && len(x) > 0 {
				x[0] = math.NaN()
			}
			want := clone(a)
			for i, v := range x {
				if v == 0 {
					continue
				}
				scaled := float64(alpha * v)
				for j := range n {
					want.Row(i)[j] = math.FMA(scaled, y[j], want.Row(i)[j])
				}
			}
			Rank1(a, alpha, x, y)
			requireSame(t, fmt.Sprintf("%dx%d", a.Rows, n), a.Data, want.Data)
		}
	})
}

func TestAxpy(t *testing.T) {
	eachBackend(t, func(t *testing.T) {
		r := newRandom(11)
		r.hostile = true
		for n := range 140 {
			alpha, x, y := r.value(), r.vector(n), r.vector(n)
			want := slices.Clone(y)
			for j := range want {
				want[j] = math.FMA(alpha, x[j], want[j])
			}
			Axpy(alpha, x, y)
			requireSame(t, fmt.Sprintf("length %d", n), y, want)
			for j := range want {
				want[j] = math.FMA(alpha, x[j], x[j])
			}
			Axpy(alpha, x, x)
			requireSame(t, fmt.Sprintf("x onto itself, length %d", n), x, want)
		}
	})
}

func TestScale(t *testing.T) {
	x := []float64{1, -2, 0, 1e308, math.Inf(1)}
	Scale(-3, x)
	requireSame(t, "Scale", x, []float64{-3, 6, math.Copysign(0, -1), math.Inf(-1), math.Inf(-1)})
}

func TestMat(t *testing.T) {
	m := Mat{Rows: 3, Cols: 2, Stride: 4, Data: []float64{0, 1, -1, -1, 10, 11, -1, -1, 20, 21}}
	requireSame(t, "row", m.Row(2), []float64{20, 21})
	if got := cap(m.Row(0)); got != 2 {
		t.Errorf("capacity of a row: %d", got)
	}
	s := m.Slice(1, 3)
	if s.Rows != 2 || s.Cols != 2 {
		t.Errorf("slice is %dx%d", s.Rows, s.Cols)
	}
	s.Row(0)[1] = 5
	requireSame(t, "shared row", m.Row(1), []float64{10, 5})
	for _, from := range []int{0, 3} {
		if e := m.Slice(from, from); e.Rows != 0 || e.Cols != 2 {
			t.Errorf("empty slice is %dx%d", e.Rows, e.Cols)
		}
	}
}
