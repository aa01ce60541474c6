package cert

import (
	"fmt"
	"math"
)

const (
	// Repaired: the network meets the requirement exactly, and its change is the
	// smallest up to the gap stated.
	Repaired Kind = "repaired"
	// NoRepair: no change of the layer within the bound meets the requirement.
	NoRepair Kind = "no-repair"
)

// Limits on the counts of a repair's certificate.
const (
	maxRows       = 1 << 20
	maxParameters = 1 << 26
)

// Repair is the body of Repaired and NoRepair. The header's network is the
// repaired one for Repaired, and Original the one before; for NoRepair both are
// the same.
type Repair struct {
	// Original is the network before its repair.
	Original Identity `json:"original"`
	// Layer that changes, from 1.
	Layer int `json:"layer"`
	// Margin m asked for: every half-space a . y <= b counts as a . y <= b - m.
	Margin float64 `json:"margin"`
	// Bound on the change of each parameter; absent: none.
	Bound *float64 `json:"bound,omitempty"`
	// Free are the parameters that may change, as runs of a list that has for
	// each output of the layer its inputs in order and then the bias: the lengths
	// of runs that are alternately fixed and free, fixed first. Absent: all.
	Free []int `json:"free,omitempty"`
	// Objective, for Repaired.
	Objective *Objective `json:"objective,omitempty"`
	// Execution is the claim about executions in floating point, for Repaired; absent: no
	// claim.
	Execution *Execution `json:"execution,omitempty"`
	// Rows with their multipliers, for the lower bound or the contradiction.
	Rows []Row `json:"rows"`
}

// Objective is what was minimised of the change D of a layer with N parameters,
// those that may not change included.
type Objective struct {
	// Norm is "l1", Σ|D_i|; "linf", max|D_i|; "l2", the root of ΣD_i²; or "mix",
	// L1Weight Σ|D_i| / N + LinfWeight max|D_i|.
	Norm string `json:"norm"`
	// The weights are 0 of other norms.
	L1Weight   float64 `json:"l1_weight"`
	LinfWeight float64 `json:"linf_weight"`
	// Value of the stored change, rounded up, and the number that no change falls
	// below, rounded down; their difference is the gap.
	Value      float64 `json:"value"`
	LowerBound float64 `json:"lower_bound"`
}

// Execution is a claim about executions of the network's file: for every input of the type
// within Ulps units in the last place of the specification, coordinate by coordinate, and any
// order of sums, b - a . y is at least MarginReached for every half-space required there
// (docs/SOUNDNESS.md). It follows from bounds on rounding errors at the corners of the linear
// regions, which the check recomputes.
type Execution struct {
	DType         string  `json:"dtype"`
	Ulps          float64 `json:"ulps"`
	MarginReached float64 `json:"margin_reached"`
}

func (e *Execution) validate(margin float64) error {
	switch {
	case e.DType != "float32" && e.DType != "float64":
		return fmt.Errorf("execution: type %.20q: want float32 or float64", e.DType)
	case !(e.Ulps > 0):
		return fmt.Errorf("execution: %v units in the last place: want a number above 0", e.Ulps)
	case !(e.MarginReached >= margin):
		return fmt.Errorf("execution: margin %v, want at least the one asked for, %v", e.MarginReached, margin)
	}
	return nil
}

// Row is one row of the linear program: a half-space of the requirement of an
// item at a point of its set, where the pattern holds.
type Row struct {
	// Item of the specification, from 0.
	Item int `json:"item"`
	// At is the point: nothing for a point, t for a segment; for a polygon the
	// weights of the second and third corner of a triangle of its fan (see
	// docs/CERTIFICATES.md), which is Triangle.
	At       []Number `json:"at,omitempty"`
	Triangle int      `json:"triangle,omitempty"`
	// Towards, a point like At, says which pattern is meant if several meet: the one that
	// executes next to the point on the way there. Without it, the one that executes at the
	// point.
	Towards []Number `json:"towards,omitempty"`
	// HalfSpace of the item's requirement, from 0, in the order half-spaces, then
	// the class chosen against each class that is not allowed, ascending.
	HalfSpace int `json:"half_space"`
	// Class chosen, for items with several allowed classes.
	Class *int `json:"class,omitempty"`
	// Multiplier of the row, from 0. A row at a point whose weights have the common denominator
	// q in lowest terms is counted q / 2^k times, 2^k being the largest power of 2 that is at
	// most q: a factor from 1 to 2, and 1 if the weights are dyadic, as float64 numbers are.
	Multiplier Number `json:"multiplier"`
}

func (r *Repair) validate(kind Kind) error {
	if err := r.Original.Validate(); err != nil {
		return fmt.Errorf("original: %w", err)
	}
	switch {
	case r.Original.Content == "":
		return fmt.Errorf("original: without the digest of its content")
	case r.Layer < 1:
		return fmt.Errorf("layer %d: want a number from 1", r.Layer)
	case !(r.Margin >= 0 && r.Margin <= math.MaxFloat64):
		return fmt.Errorf("margin %v: want a finite number from 0", r.Margin)
	case r.Bound != nil && !(*r.Bound > 0 && *r.Bound <= math.MaxFloat64):
		return fmt.Errorf("bound %v: want a finite number above 0", *r.Bound)
	case len(r.Rows) > maxRows:
		return fmt.Errorf("%d rows, want at most %d", len(r.Rows), maxRows)
	case (kind == Repaired) != (r.Objective != nil):
		return fmt.Errorf("an objective belongs to kind %q, and to no other", Repaired)
	case r.Execution != nil && kind != Repaired:
		return fmt.Errorf("a claim about executions belongs to kind %q, and to no other", Repaired)
	}
	if r.Execution != nil {
		if err := r.Execution.validate(r.Margin); err != nil {
			return err
		}
	}
	total := 0
	for i, n := range r.Free {
		if n < 0 || n > maxParameters || (n == 0 && i > 0) {
			return fmt.Errorf("free: run %d has length %d", i, n)
		}
		if total += n; total > maxParameters {
			return fmt.Errorf("free: more than %d parameters", maxParameters)
		}
	}
	for i := range r.Rows {
		if err := r.Rows[i].validate(); err != nil {
			return fmt.Errorf("row %d: %w", i, err)
		}
	}
	if o := r.Objective; o != nil {
		return o.validate()
	}
	return nil
}

func (o *Objective) validate() error {
	mix := o.Norm == "mix"
	switch {
	case o.Norm != "l1" && o.Norm != "linf" && o.Norm != "l2" && !mix:
		return fmt.Errorf("objective: norm %.20q: want l1, linf, mix or l2", o.Norm)
	case !(o.L1Weight >= 0) || !(o.LinfWeight >= 0) || mix != (o.L1Weight+o.LinfWeight > 0):
		return fmt.Errorf("objective: weights %v and %v: want two numbers from 0, not both 0, for mix, and no weights for other norms", o.L1Weight, o.LinfWeight)
	case !(o.LowerBound >= 0) || !(o.Value >= o.LowerBound) || !(max(o.Value, o.L1Weight, o.LinfWeight) <= math.MaxFloat64):
		return fmt.Errorf("objective: value %v, lower bound %v: want finite numbers, 0 <= lower bound <= value", o.Value, o.LowerBound)
	}
	return nil
}

func (r *Row) validate() error {
	switch {
	case r.Item < 0 || r.HalfSpace < 0 || r.Triangle < 0:
		return fmt.Errorf("item %d, half-space %d, triangle %d: want numbers from 0", r.Item, r.HalfSpace, r.Triangle)
	case len(r.At) > 2 || len(r.Towards) > 2:
		return fmt.Errorf("a point of %d parameters, want at most 2", max(len(r.At), len(r.Towards)))
	case r.Class != nil && *r.Class < 0:
		return fmt.Errorf("class %d: want a number from 0", *r.Class)
	}
	for _, v := range append(r.At[:len(r.At):len(r.At)], r.Towards...) {
		if err := v.notNegative("parameter"); err != nil {
			return err
		}
	}
	return r.Multiplier.notNegative("multiplier")
}
