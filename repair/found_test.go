package repair

import (
	"math"
	"testing"
)

// TestFound: what figures in float64 say; ones that are not finite say nothing.
func TestFound(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	for _, test := range []struct {
		reached, rounding, margin float64
		violations                int
		want                      RecheckVerdict
	}{
		{0.5, 1e-15, 0.25, 0, RecheckHolds},
		{0.5, 0.25, 0.25, 0, RecheckHolds},
		{0.25, 0, 0.25, 0, RecheckHolds},
		{1e-15, 2e-15, 0, 0, RecheckHolds},
		{-2e-15, 2e-15, 0, 0, RecheckHolds},
		{-9e-13, 2e-15, 0, 0, RecheckHolds},
		{-14e-8, 1e-7, 0, 0, RecheckHolds},
		{-2e-12, 1e-15, 0, 0, RecheckUnknown},
		{-2e-7, 1e-7, 0, 0, RecheckUnknown},
		{1e-6, 2e-6, 0, 0, RecheckUnknown},
		{-10, 16, 0, 0, RecheckUnknown},
		{-10, 1, 0, 3, RecheckViolated},
		{inf, nan, 0, 0, RecheckUnknown},
		{inf, 0, 0, 0, RecheckUnknown},
		{1, inf, 0, 0, RecheckUnknown},
		{nan, 0, 0, 0, RecheckUnknown},
		{1, nan, 0, 0, RecheckUnknown},
		{nan, nan, 0, 1, RecheckViolated},
	} {
		c := &CheckResult{MarginReached: test.reached, RoundingBound: test.rounding, Violations: test.violations}
		v := c.found(test.margin)
		if v != test.want {
			t.Errorf("%v reached, rounding bound %v, %d violations, %v asked: %s, want %s",
				test.reached, test.rounding, test.violations, test.margin, v, test.want)
		}
		if v == RecheckUnknown && c.reason(test.margin) == "" {
			t.Errorf("%v reached, rounding bound %v: unknown without a reason", test.reached, test.rounding)
		}
	}
}
