package preimage

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"time"

	"github.com/netmend/netmend/internal/vector"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/set"
	"github.com/netmend/netmend/set/solve"
)

// Question asks for the inputs in Domain whose outputs lie in Target.
type Question struct {
	Domain set.Polyhedron
	Target set.Union
	// Flat, if not nil, is the domain in its own coordinates; Domain does not count then.
	Flat *Flat
}

// Inputs is the domain by half-spaces in the input space. It fails for flat sets in so many
// inputs that the half-spaces would not fit into memory, and with the cause of ctx.
func (q *Question) Inputs(ctx context.Context) (set.Polyhedron, error) {
	if q.Flat == nil {
		return q.Domain, nil
	}
	if err := q.Flat.checkLift(); err != nil {
		return set.Polyhedron{}, err
	}
	l, err := q.Flat.lifter(ctx)
	if err != nil {
		return set.Polyhedron{}, err
	}
	return l.lift(q.Flat.Sides), nil
}

// Regions is [Regions], or [RegionsOnFlat] where the domain is flat.
func (q *Question) Regions(ctx context.Context, net *nn.Network, opt RegionsOptions) (*Result, error) {
	if q.Flat != nil {
		return RegionsOnFlat(ctx, net, *q.Flat, q.Target, opt)
	}
	return Regions(ctx, net, q.Domain, q.Target, opt)
}

// Dimension of the domain, -1 where it is empty.
func (q *Question) Dimension() int {
	if q.Flat != nil {
		return len(q.Flat.Axes)
	}
	box, only := set.WholeBox(q.Domain.Dim), true
	for _, h := range q.Domain.Rows {
		j, single := onlyCoordinate(h.Normal)
		only = only && single && bound(&box, j, h)
	}
	if only && box.Bounded() && !box.Empty() {
		d := 0
		for k, lo := range box.Lo {
			if lo < box.Hi[k] {
				d++
			}
		}
		return d
	}
	hull, err := solve.AffineHullOf(q.Domain)
	if err != nil {
		return -1
	}
	return len(hull.Basis)
}

// sameDimension reports whether the volumes of all domains can be added: whether all that are
// not empty have the same dimension. Points count.
func sameDimension(questions []Question) bool {
	dim := -1
	for i := range questions {
		d := questions[i].Dimension()
		if d >= 0 && dim >= 0 && d != dim {
			return false
		}
		dim = max(dim, d)
	}
	return dim >= 0
}

// maxDisjoint bounds the number of parts of [Disjoint]: n sets may overlap in 2^n
// ways.
const maxDisjoint = 1 << 12

// ErrOverlap says that sets overlap in too many ways to be told apart.
var ErrOverlap = errors.New("the input sets overlap in too many ways")

// Disjoint asks the same as several questions together, with domains that share faces at
// most, so that counts and volumes add up: where domains overlap, their common part is asked
// for any of their targets. The order is that of the questions, and questions whose domain
// overlaps no other stay as they are. It fails with [ErrOverlap], and with the cause of ctx.
func Disjoint(ctx context.Context, questions []Question) ([]Question, error) {
	var flat, parts []Question
	in := solve.Within(ctx)
	for _, q := range questions {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		if q.Flat != nil {
			flat = append(flat, q)
			continue
		}
		rest := set.Union{q.Domain}
		var next []Question
		for _, p := range parts {
			shared := false
			for _, r := range rest {
				shared = shared || overlap(in, p.Domain, r)
			}
			if !shared {
				next = append(next, p)
				continue
			}
			if reflect.DeepEqual(p.Target, q.Target) {
				next = append(next, p)
			} else {
				own, err := without(in, set.Union{p.Domain}, q.Domain)
				if err != nil {
					return nil, err
				}
				for _, d := range own {
					next = append(next, Question{Domain: d, Target: p.Target})
				}
				both := append(append(set.Union{}, p.Target...), q.Target...)
				for _, r := range rest {
					if overlap(in, p.Domain, r) {
						next = append(next, Question{Domain: merged(p.Domain, r), Target: both})
					}
				}
			}
			var err error
			if rest, err = without(in, rest, p.Domain); err != nil {
				return nil, err
			}
			if len(next)+len(rest) > maxDisjoint {
				return nil, ErrOverlap
			}
		}
		for _, d := range rest {
			next = append(next, Question{Domain: d, Target: q.Target})
		}
		parts = next
	}
	return append(flat, parts...), nil
}

// disjointWithin is [Disjoint] that takes no more than that time, 0 for any.
func disjointWithin(ctx context.Context, questions []Question, limit time.Duration) ([]Question, error) {
	if limit > 0 {
		var stop context.CancelFunc
		ctx, stop = context.WithTimeout(ctx, limit)
		defer stop()
	}
	return Disjoint(ctx, questions)
}

// overlap reports whether p and q share more than a face of either: whether what
// they share has as many dimensions as p.
func overlap(in solve.Solver, p, q set.Polyhedron) bool {
	shared, err := in.AffineHullOf(merged(p, q))
	if err != nil {
		return false // empty
	}
	hull, err := in.AffineHullOf(p)
	return err == nil && len(shared.Basis) == len(hull.Basis)
}

// merged is the intersection of p and q, with a single bound of each coordinate
// where both have one.
func merged(p, q set.Polyhedron) set.Polyhedron {
	box := set.WholeBox(p.Dim)
	var rows []set.HalfSpace
	for _, h := range append(append([]set.HalfSpace{}, p.Rows...), q.Rows...) {
		if j, single := onlyCoordinate(h.Normal); !single || !bound(&box, j, h) {
			rows = append(rows, h)
		}
	}
	bounds := set.Polyhedron{Dim: p.Dim}
	for _, h := range box.Polyhedron().Rows {
		if vector.IsFinite(h.Offset) {
			bounds = bounds.With(h)
		}
	}
	return bounds.With(rows...)
}

// without is the closure of the union less q.
func without(in solve.Solver, u set.Union, q set.Polyhedron) (set.Union, error) {
	var kept set.Union
	for _, p := range u {
		if !overlap(in, p, q) {
			kept = append(kept, p)
			continue
		}
		parts, err := in.Difference(p, set.Union{q})
		if err != nil {
			return nil, fmt.Errorf("input sets: %w", err)
		}
		for _, r := range parts {
			kept = append(kept, merged(r.Closure(), set.Whole(p.Dim)))
		}
	}
	return kept, nil
}
