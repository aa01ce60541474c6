package repair_test

import (
	"testing"

	"github.com/netmend/netmend/internal/papertest"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/repair"
	"github.com/netmend/netmend/spec"
)

// TestRecheck: holds and violated are said of what package proof has shown alone.
func TestRecheck(t *testing.T) {
	bent := papertest.Chain(t, 1, papertest.Dense([]float64{1, 0}, []float64{-1, 0}), nn.ReLU(), papertest.Dense([]float64{1, 1, 0})) // |x|
	// A spike of height 1 at x = 2^-22, between regions that float64 takes for one.
	n := 0x1p22
	spike := papertest.Chain(t, 1, papertest.Dense([]float64{n, 0}, []float64{n, -1}, []float64{n, -2}), nn.ReLU(), papertest.Dense([]float64{1, -2, 1, 0}))
	smooth := papertest.Chain(t, 1, papertest.Dense([]float64{1, 0}), nn.Tanh(), papertest.Dense([]float64{1, 0}))
	large := papertest.Chain(t, 1, papertest.Dense([]float64{1e17, 0.3}, []float64{1e17, 0}), papertest.Dense([]float64{1, -1, 0})) // 0.3
	segment := func(lo, hi, from, to float64) *spec.Spec {
		return &spec.Spec{Items: []spec.Item{papertest.Segment(t, papertest.Between(lo, hi), []float64{from}, []float64{to})}}
	}
	point := func(lo, hi, x float64) *spec.Spec {
		return &spec.Spec{Items: []spec.Item{papertest.Point(papertest.Between(lo, hi), x)}}
	}
	for name, c := range map[string]struct {
		net           *nn.Network
		spec          *spec.Spec
		exact, double repair.RecheckVerdict
	}{
		"holds":         {bent, segment(0, 1, -1, 1), repair.RecheckHolds, repair.RecheckNotProven},
		"violated":      {bent, segment(0, 0.5, -1, 1), repair.RecheckViolated, repair.RecheckViolated},
		"narrow":        {spike, segment(-1, 0.5, -0x1p20, 0x1p20), repair.RecheckViolated, repair.RecheckNotProven},
		"smooth":        {smooth, point(0, 1, 0.5), repair.RecheckHolds, repair.RecheckNotProven},
		"smooth, not":   {smooth, point(0, 0.25, 0.5), repair.RecheckViolated, repair.RecheckViolated},
		"cancels":       {large, point(0.25, 0.3, 0.1), repair.RecheckHolds, repair.RecheckUnknown},
		"cancels, not":  {large, point(10, 40, 0.1), repair.RecheckViolated, repair.RecheckUnknown},
		"by a rounding": {bent, point(0.1, 0.1, 0.1+0x1p-56), repair.RecheckViolated, repair.RecheckNotProven},
	} {
		for _, float := range []bool{false, true} {
			want := c.exact
			if float {
				want = c.double
			}
			r, err := repair.Recheck(t.Context(), c.net, c.net, c.spec, repair.RecheckOptions{Float64: float})
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if r.Verdict != want {
				t.Errorf("%s: %s (%s), want %s; float64 %v", name, r.Verdict, r.Reason, want, float)
			}
			if decided := r.Verdict == repair.RecheckHolds || r.Verdict == repair.RecheckViolated; decided == (r.Reason != "") {
				t.Errorf("%s: %s, reason %q", name, r.Verdict, r.Reason)
			}
		}
	}
}
