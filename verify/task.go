package verify

import (
	"context"
	"math"
	"math/big"

	"github.com/netmend/netmend/region/polytope"
	"github.com/netmend/netmend/set"
	"github.com/netmend/netmend/spec/vnnlib"
)

// task is one case: an input set and the union of output sets that violate on it.
type task struct {
	index int
	set   *vnnlib.InputSet
	terms []vnnlib.Conjunction
	// domain contains the input set: a box rounded outward, half-spaces as
	// rounded in set.
	domain polytope.Domain
	// lo and hi are the box rounded inward, but for fixed inputs.
	lo, hi []float64
	fixed  []bool
	free   int // inputs that are not fixed
	cut    bool
}

// newTask fails with the cause of ctx: large boxes have many numbers to compare.
func newTask(ctx context.Context, index int, c *vnnlib.Case) (*task, error) {
	s := &c.Input
	n := len(s.Box.Lo)
	t := &task{index: index, set: s, terms: c.Outputs, lo: make([]float64, n), hi: make([]float64, n), fixed: make([]bool, n), cut: len(s.HalfSpaces) > 0}
	t.domain = polytope.Domain{Lo: make([]float64, n), Hi: make([]float64, n), Cuts: s.HalfSpaces.HalfSpaces()}
	for j := range n {
		if j%1024 == 1023 && ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		lo, hi := s.Box.Lo[j], s.Box.Hi[j]
		t.domain.Lo[j], t.domain.Hi[j], t.lo[j], t.hi[j] = lo, hi, lo, hi
		if lo == hi && sameNumber(s.LowerText[j], s.UpperText[j]) {
			t.fixed[j] = true
			continue
		}
		t.free++
		if order := compareText(s.LowerText[j], lo); order < 0 {
			t.domain.Lo[j] = math.Nextafter(lo, math.Inf(-1))
		} else if order > 0 {
			t.lo[j] = math.Nextafter(lo, math.Inf(1))
		}
		if order := compareText(s.UpperText[j], hi); order > 0 {
			t.domain.Hi[j] = math.Nextafter(hi, math.Inf(1))
		} else if order < 0 {
			t.hi[j] = math.Nextafter(hi, math.Inf(-1))
		}
	}
	return t, nil
}

// sameNumber reports whether two texts are the same number.
func sameNumber(a, b string) bool {
	if a == b {
		return true
	}
	x, ok := new(big.Rat).SetString(a)
	y, also := new(big.Rat).SetString(b)
	return ok && also && x.Cmp(y) == 0
}

// compareText compares the number of a text with v, finite or the text is "".
func compareText(text string, v float64) int {
	x, ok := new(big.Rat).SetString(text)
	if !ok || !isFinite(v) {
		return 0
	}
	return x.Cmp(new(big.Rat).SetFloat64(v))
}

// unbounded is the first input without two bounds, or -1.
func (t *task) unbounded() int {
	for j, lo := range t.domain.Lo {
		if !isFinite(lo) || !isFinite(t.domain.Hi[j]) {
			return j
		}
	}
	return -1
}

// clamp moves x into the box.
func (t *task) clamp(x []float64) {
	for j := range x {
		x[j] = min(max(x[j], t.lo[j]), t.hi[j])
	}
}

// contains tells, exactly, whether the input set contains x, a point that went
// through clamp.
func (t *task) contains(x []float64) bool {
	for j, v := range x {
		if !isFinite(v) || v < t.lo[j] || v > t.hi[j] {
			return false
		}
	}
	return t.set.HalfSpaces.Contains(x)
}

// slack is how far inside a term y lies: the smallest slack of its half-spaces,
// +Inf for a term without any.
func slack(term vnnlib.Conjunction, y []float64) float64 {
	s := math.Inf(1)
	for i := range term {
		s = min(s, term[i].Slack(y))
	}
	return s
}

// slackError bounds the error of slack for outputs that are off by errs: of the
// output, of the sums, and of the rounding of the half-spaces' numbers.
func slackError(term vnnlib.Conjunction, y, errs []float64) float64 {
	most := 0.0
	for i := range term {
		h := &term[i]
		e, size := 0.0, math.Abs(h.Offset)
		for j, a := range h.Normal {
			e += float64(math.Abs(a) * errs[j])
			size += math.Abs(a * y[j])
		}
		most = max(most, e+float64(float64(len(y)+4)*0x1p-53*size))
	}
	return float64(most * (1 + 0x1p-40))
}

// outputs collects the half-spaces of all terms, moved outward by widen.
func (t *task) outputs(widen func(h *set.HalfSpace) float64) polytope.Target {
	target := polytope.Target{}
	for _, term := range t.terms {
		rows := []set.HalfSpace{}
		for i := range term {
			h := term[i].HalfSpace
			h.Strict = false
			h.Offset += widen(&h)
			rows = append(rows, h)
		}
		target = append(target, rows)
	}
	return target
}

// isFinite reports whether v is a number.
func isFinite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }
