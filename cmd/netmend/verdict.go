package main

import (
	"fmt"
	"math"

	"github.com/netmend/netmend/repair"
)

// verdict is what a check's figures say of the requirement.
type verdict uint8

const (
	// undecided: neither was shown.
	undecided verdict = iota
	// met: the margin is reached with more than the rounding bound to spare.
	met
	// metUpToRounding: the margin is missed by a few roundings at most, as
	// where the requirement leaves no room.
	metUpToRounding
	// missed: some row misses the margin by more than the rounding bound.
	missed
)

// judge compares the figures of a check with the margin asked for. A figure that
// is not finite proves nothing.
func judge(c *repair.CheckResult, margin float64) verdict {
	switch {
	case c.Violations > 0:
		return missed
	case c.Meets(margin):
		return met
	case c.MeetsUpToRounding(margin):
		return metUpToRounding
	}
	return undecided
}

// holds tells whether the requirement counts as met.
func (v verdict) holds() bool { return v == met || v == metUpToRounding }

// upTo is what to add to "the requirement holds".
func (v verdict) upTo() string {
	if v == metUpToRounding {
		return " up to rounding"
	}
	return ""
}

// givenValues limits what was shown to the values that rounding bounds start
// from: those that float64 computes before the layer, where it is not 0.
func givenValues(layer int) string {
	if layer == 0 {
		return ""
	}
	return fmt.Sprintf(", given the values that float64 computes before layer %d", layer)
}

// reason says why nothing was shown, for a verdict of undecided.
func (v verdict) reason(c *repair.CheckResult, margin float64) string {
	switch {
	case v != undecided:
		return ""
	case c.Execution != nil && judge(c, margin).holds():
		return fmt.Sprintf("the requirement holds in real arithmetic, but of executions in %v only the margin %s was shown",
			c.Execution.DType, short(c.Execution.MarginReached))
	case !isFinite(c.MarginReached) || !isFinite(c.RoundingBound):
		return "the outputs, or bounds on their rounding errors, overflow float64"
	}
	return fmt.Sprintf("float64 cannot tell: margin %s asked, %s reached, and rounding errors can be up to %.2g",
		short(margin), short(c.MarginReached), c.RoundingBound)
}

func isFinite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }
