package verify

import (
	"context"
	"math"
	"math/big"

	"github.com/netmend/netmend/internal/vector"
	"github.com/netmend/netmend/region/polytope"
	"github.com/netmend/netmend/set"
	"github.com/netmend/netmend/spec/vnnlib"
)

// task is one case: an input set and the union of output sets that violate on it.
type task struct {
	index int
	set   *vnnlib.InputSet
	terms violation
	// domain contains the input set: a box rounded outward, half-spaces as
	// rounded in set.
	domain polytope.Domain
	// lo and hi are the box rounded inward, but for fixed inputs.
	lo, hi []float64
	fixed  []bool
	free   int // inputs that are not fixed
	cut    bool

	close   int   // close calls of candidates decided so far
	closest doubt // of the candidates since the last enumeration began
}

// newTask fails with the cause of ctx: large boxes have many numbers to compare.
func newTask(ctx context.Context, index int, c *vnnlib.Case) (*task, error) {
	s := &c.Input
	n := len(s.Box.Lo)
	t := &task{index: index, set: s, lo: make([]float64, n), hi: make([]float64, n), fixed: make([]bool, n), cut: len(s.HalfSpaces) > 0}
	for _, o := range c.Outputs {
		t.terms = append(t.terms, o.HalfSpaces())
	}
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
	if !ok || !vector.IsFinite(v) {
		return 0
	}
	return x.Cmp(new(big.Rat).SetFloat64(v))
}

// unbounded is the first input without two bounds, or -1.
func (t *task) unbounded() int {
	for j, lo := range t.domain.Lo {
		if !vector.IsFinite(lo) || !vector.IsFinite(t.domain.Hi[j]) {
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
		if !vector.IsFinite(v) || v < t.lo[j] || v > t.hi[j] {
			return false
		}
	}
	return t.set.HalfSpaces.Contains(x)
}

// outputs is the union of the terms in dim outputs, closed and moved outward by widen.
func (t *task) outputs(dim int, widen func(h *set.HalfSpace) float64) set.Union {
	target := set.Union{} // not nil: without terms, nothing is in it
	for _, term := range t.terms {
		p := set.Polyhedron{Dim: dim, Rows: term}.Closure()
		for i := range p.Rows {
			p.Rows[i].Offset += widen(&p.Rows[i])
		}
		target = append(target, p)
	}
	return target
}
