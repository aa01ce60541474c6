package verify

import (
	"fmt"
	"strings"
	"testing"
)

// TestHugeInputSet asks whether a spike of width 2w and height s w at c exceeds
// half of it, on input sets on which the units' tolerances are larger than the spike:
// the answer may be unknown, but not that it does not.
func TestHugeInputSet(t *testing.T) {
	const c = -77777.3
	unresolved := 0
	for _, w := range []float64{0.5, 8, 100} {
		for _, s := range []float64{1, 1000} {
			spike := []float64{1, 1, 1, -c + w, -c, -c - w}
			shallow := build(t, []int{1, 3, 1, 1}, spike, []float64{s, -2 * s, s, 0}, []float64{1, 0})
			deep := build(t, []int{1, 3, 1, 1, 1}, spike, []float64{s, -2 * s, s, 0}, []float64{-1, s * w}, []float64{-1, s * w})
			for _, size := range []string{"1e9", "1e12", "1e13", "316227766016838", "1e15"} {
				p := property(t, 1, 1, fmt.Sprintf("(assert (<= X_0 %s)) (assert (>= X_0 (- %s))) (assert (>= Y_0 %v))", size, size, s*w/2))
				far := property(t, 1, 1, fmt.Sprintf("(assert (<= X_0 %s)) (assert (>= X_0 (- %s))) (assert (>= Y_0 1e9))", size, size))
				r, err := Property(t.Context(), shallow, p, Options{})
				if err != nil {
					t.Fatal(err)
				}
				q, err := Property(t.Context(), deep, p, Options{})
				if err != nil {
					t.Fatal(err)
				}
				if r.Verdict == Holds || q.Verdict == Holds {
					t.Errorf("width %v, slope %v, inputs to %s: %v and %v", w, s, size, r.Verdict, q.Verdict)
				}
				for _, v := range []*Result{r, q} {
					if v.Verdict == Unknown && strings.Contains(v.Reason, "divide the input set") {
						unresolved++
					}
				}
				if r, err = Property(t.Context(), shallow, far, Options{}); err != nil {
					t.Fatal(err)
				}
				if r.Verdict != Holds && size != "1e15" && size != "316227766016838" {
					t.Errorf("width %v, slope %v, inputs to %s, far above: %v, %s", w, s, size, r.Verdict, r.Reason)
				}
			}
		}
	}
	if unresolved == 0 {
		t.Error("the reason is never that the input set is too large")
	}
}
