package verify

import (
	"strings"
	"testing"
)

// TestDoubt: an answer that is unknown says where the violation is closest.
func TestDoubt(t *testing.T) {
	// 0.3 + 3 ReLU(x - 0.1), which is 0.3 as rounded to float64 up to x = 0.1, and at 0.7
	// a rounding error below 2.1.
	net := build(t, []int{1, 1, 1}, []float64{1, -0.1}, []float64{3, 0.3})
	p := property(t, 1, 1, "(assert (and (>= X_0 0) (<= X_0 0.7) (>= Y_0 2.1)))")
	r := mustDecide(t, net, p, Options{Arithmetic: Float64})
	const want = "in 1 place whether the violation is met; the closest is (0.7), on the violation's boundary"
	if r.Verdict != Unknown || !strings.Contains(r.Reason, want) {
		t.Errorf("%v, %q, want %q", r.Verdict, r.Reason, want)
	}
	if r := mustDecide(t, net, p, Options{}); r.Verdict != Holds || r.By != Proof {
		t.Errorf("without rounding: %v (%s), want holds", r.Verdict, r.Reason)
	}
	d := doubt{jumps: true, where: "item 2"}
	d.consider([]float64{1, 2}, -0.5)
	d.consider([]float64{3, 4}, -1)
	if got := d.reason(2, "requirement"); !strings.Contains(got, "in 2 places whether the requirement is met; the closest is item 2 at (1, 2), 0.5 outside the violation: a linear region") {
		t.Error(got)
	}
}
