package polytope

import (
	"errors"
	"math"
)

// errTarget: how far outputs lie from the target is beyond float64.
var errTarget = errors.New("the target's half-spaces overflow float64 on the domain")

// leafCutter cuts a linear region with the target.
type leafCutter struct {
	parts []body // scratch, two for each level of the recursion
	vals  [][]float64
}

// thickness of the layer that a touching region is cut down to, in tolerances:
// the vertices within one of them are well inside it.
const thickness = 3

// cut emits the parts of the current cell, a linear region, that lie in the
// target. A part belongs to the first term that it lies in.
func (l *leafCutter) cut(r *search) error {
	height, path := r.store.Height(), len(r.path)
	err := l.term(r, &r.body, 0, 0, 0, false)
	r.store.Truncate(height)
	r.path = r.path[:path]
	return err
}

// term cuts a body with the half-spaces of a term from number h on, and what
// lies outside with the terms after it. The body lies inside the half-spaces
// before; with touching, only up to the tolerance.
func (l *leafCutter) term(r *search, b *body, term, h, depth int, touching bool) error {
	g := r.s.Goal
	if term == g.Terms() {
		return nil
	}
	column := g.First[term] + h
	if column == g.First[term+1] {
		return r.out.emit(r, b, finding{stage: r.stage, term: term, touching: touching})
	}
	for 2*depth+1 >= len(l.parts) {
		l.parts = append(l.parts, body{}, body{})
		l.vals = append(l.vals, nil)
	}
	eps := r.s.goalEps[column]
	vals, low, high := l.vals[depth][:0], math.Inf(1), math.Inf(-1)
	for _, v := range b.verts {
		x := r.guide.maps.GoalAt(r.store.coords.Row(int(v)), column)
		vals, low, high = append(vals, x), min(low, x), max(high, x)
	}
	l.vals[depth] = vals
	if !(math.Abs(low) <= math.MaxFloat64 && math.Abs(high) <= math.MaxFloat64 && eps <= math.MaxFloat64) {
		return errTarget
	}
	inner := touching
	if low > eps {
		return l.term(r, b, term+1, 0, depth+1, false)
	}
	if low >= -eps && high > eps {
		if !touching {
			r.counts.Touching++
		}
		if !r.s.opt.Touching {
			return l.term(r, b, term+1, 0, depth+1, false)
		}
		inner = true
		for i := range vals {
			vals[i] -= float64(thickness * eps)
		}
	}
	lower, upper := l.parts[2*depth], l.parts[2*depth+1]
	f := Facet{Kind: Goal, Index: int32(h), Break: int32(term)}
	result := r.divide(b, vals, eps, f, -1, 0, &lower, &upper)
	l.parts[2*depth], l.parts[2*depth+1] = lower, upper
	switch result {
	case allBelow:
		return l.term(r, b, term, h+1, depth+1, inner)
	case allAbove:
		return l.term(r, b, term+1, 0, depth+1, false)
	}
	at := len(r.path) - 1
	height := r.store.Height()
	if err := l.term(r, &lower, term, h+1, depth+1, inner); err != nil {
		return err
	}
	r.store.Truncate(height)
	r.path = r.path[:at+1]
	if term+1 == g.Terms() {
		return nil
	}
	r.path[at].Above = true
	return l.term(r, &upper, term+1, 0, depth+1, false)
}
