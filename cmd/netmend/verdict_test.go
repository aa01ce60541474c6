package main

import (
	"math"
	"testing"

	"github.com/netmend/netmend/repair"
)

func TestJudge(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	for _, test := range []struct {
		reached, rounding, margin float64
		violations                int
		want                      verdict
	}{
		{0.5, 1e-15, 0.25, 0, met},
		{0.5, 0.25, 0.25, 0, met},
		{0.25, 0, 0.25, 0, met},
		{1e-15, 2e-15, 0, 0, metUpToRounding},
		{-2e-15, 2e-15, 0, 0, metUpToRounding},
		{-9e-13, 2e-15, 0, 0, metUpToRounding},
		{-14e-8, 1e-7, 0, 0, metUpToRounding},
		{-2e-12, 1e-15, 0, 0, undecided},
		{-2e-7, 1e-7, 0, 0, undecided},
		{1e-6, 2e-6, 0, 0, undecided},
		{-10, 16, 0, 0, undecided},
		{-10, 1, 0, 3, missed},
		{inf, nan, 0, 0, undecided},
		{inf, 0, 0, 0, undecided},
		{1, inf, 0, 0, undecided},
		{nan, 0, 0, 0, undecided},
		{1, nan, 0, 0, undecided},
		{nan, nan, 0, 1, missed},
	} {
		c := &repair.CheckResult{MarginReached: test.reached, RoundingBound: test.rounding, Violations: test.violations}
		v := judge(c, test.margin)
		if v != test.want {
			t.Errorf("%v reached, rounding bound %v, %d violations, %v asked: %d, want %d",
				test.reached, test.rounding, test.violations, test.margin, v, test.want)
		}
		if (v.reason(c, test.margin) != "") != (v == undecided) {
			t.Errorf("%v reached, rounding bound %v: verdict %d with reason %q", test.reached, test.rounding, v, v.reason(c, test.margin))
		}
	}
}
