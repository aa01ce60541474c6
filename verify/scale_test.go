package verify

import (
	"fmt"
	"testing"
)

// TestHugeInputSet asks whether a spike of width 2w and height s w at c exceeds
// half of it, on input sets on which the units' tolerances are larger than the spike.
func TestHugeInputSet(t *testing.T) {
	const c = -77777.3
	for _, w := range []float64{0.5, 8, 100} {
		for _, s := range []float64{1, 1000} {
			spike := []float64{1, 1, 1, -c + w, -c, -c - w}
			shallow := build(t, []int{1, 3, 1, 1}, spike, []float64{s, float64(-2 * s), s, 0}, []float64{1, 0})
			deep := build(t, []int{1, 3, 1, 1, 1}, spike, []float64{s, float64(-2 * s), s, 0}, []float64{-1, float64(s * w)}, []float64{-1, float64(s * w)})
			for _, size := range []string{"1e9", "1e12", "1e13", "316227766016838", "1e15"} {
				p := property(t, 1, 1, fmt.Sprintf("(assert (<= X_0 %s)) (assert (>= X_0 (- %s))) (assert (>= Y_0 %v))", size, size, s*w/2))
				far := property(t, 1, 1, fmt.Sprintf("(assert (<= X_0 %s)) (assert (>= X_0 (- %s))) (assert (>= Y_0 1e9))", size, size))
				for _, q := range []struct {
					r    *Result
					want Verdict
				}{
					{mustDecide(t, shallow, p, Options{}), Violated},
					{mustDecide(t, deep, p, Options{}), Violated},
					{mustDecide(t, shallow, far, Options{}), Holds},
				} {
					if q.r.Verdict != q.want {
						t.Errorf("width %v, slope %v, inputs to %s: %v (%s), want %v", w, s, size, q.r.Verdict, q.r.Reason, q.want)
					}
				}
				if r := mustDecide(t, shallow, p, Options{Arithmetic: Float64}); r.Verdict == Unproven && r.Found == Holds {
					t.Errorf("width %v, slope %v, inputs to %s: float64 misses the spike", w, s, size)
				}
			}
		}
	}
}
