//go:build !race

package blas

import "testing"

// TestNoAllocation is left out under the race detector, where sync.Pool drops
// what it holds at random.
func TestNoAllocation(t *testing.T) {
	eachBackend(t, func(t *testing.T) {
		r := newRandom(12)
		c := NewMat(40, 30)
		for _, kind := range kinds {
			p := r.product(kind, 40, 50, 30)
			if n := testing.AllocsPerRun(200, func() { p.mul(c, true, 1) }); n != 0 {
				t.Errorf("Mul%s allocates %v times", kind, n)
			}
		}
		a := r.mat(3, 5)
		if n := testing.AllocsPerRun(200, func() {
			var x [5]float64 // would count if it escaped
			var y [3]float64
			MulVec(y[:], a, x[:])
			MulVecT(x[:], a, y[:])
			Rank1(a, 2, y[:], x[:])
			Axpy(Dot(x[:], x[:]), x[:], x[:])
		}); n != 0 {
			t.Errorf("the vector operations allocate %v times", n)
		}
	})
}
