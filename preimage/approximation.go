package preimage

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/set"
)

// result collects the pieces of the tree. Whether a part of the subset is empty, which does
// no harm, is found out until ctx is over, or the time allowed.
func (a *approximator) result(ctx context.Context, limit error) *Approximation {
	r := &Approximation{Boxes: a.boxes}
	r.Under.Side, r.Over.Side = Under, Over
	r.Under.Limit, r.Over.Limit = limit, limit
	sides := newSides(a.net.InDim())
	late := func() bool {
		return ctx.Err() != nil || a.opt.MaxTime > 0 && time.Since(a.start) > a.opt.MaxTime*9/10
	}
	a.root.leaves(func(p *part) {
		if len(p.members) == 0 {
			return
		}
		box := sides.of(p.box)
		for k := range p.members {
			m := &p.members[k]
			r.Over.Pieces = append(r.Over.Pieces, Piece{Set: box.With(m.over...), Member: m.index})
			if a.opt.OverOnly || p.unknown {
				continue
			}
			if under := box.With(m.under...); p.meets(m, under, late) {
				r.Under.Pieces = append(r.Under.Pieces, Piece{Set: under, Member: m.index})
			} else {
				m.none = true
			}
		}
	})
	return r
}

// meets reports whether a member's subset of the box has a point, where there is time to
// find out; otherwise it counts as empty.
func (p *part) meets(m *member, under set.Polyhedron, late func() bool) bool {
	if p.whole || len(p.members) == 1 && p.covered > 0 {
		return true
	}
	for _, h := range m.under {
		least := h.Offset - mostOn(h.Normal, 0, set.Box{Lo: p.box.Hi, Hi: p.box.Lo}) // the other ends
		if least < 0 {
			return false
		}
	}
	return !late() && !isEmpty(under, nil)
}

// sides are the half-spaces of boxes, whose normals they share: in many dimensions they
// are most of what a box occupies.
type sides struct{ up, down [][]float64 }

func newSides(n int) *sides {
	s := &sides{}
	for k := range n {
		up, down := make([]float64, n), make([]float64, n)
		up[k], down[k] = 1, -1
		s.up, s.down = append(s.up, up), append(s.down, down)
	}
	return s
}

// of is a bounded box as a polyhedron, with room for more half-spaces.
func (s *sides) of(b set.Box) set.Polyhedron {
	p := set.Polyhedron{Dim: len(b.Lo), Rows: make([]set.HalfSpace, 0, 2*len(b.Lo))}
	for k, hi := range b.Hi {
		p.Rows = append(p.Rows, set.HalfSpace{Normal: s.up[k], Offset: hi}, set.HalfSpace{Normal: s.down[k], Offset: -b.Lo[k]})
	}
	return p
}

// leaves calls visit for the boxes that are not halved, in order.
func (p *part) leaves(visit func(*part)) {
	if p.children[0] == nil {
		visit(p)
		return
	}
	p.children[0].leaves(visit)
	p.children[1].leaves(visit)
}

// measureBatch is how many points are evaluated at a time.
const measureBatch = 1024

// measure estimates coverage and excess with samples, new ones in each round.
func (a *approximator) measure(r *Approximation, round uint64) error {
	return a.sampleBoxes(r, round,
		func(p *part, x []float64) bool {
			return slices.ContainsFunc(p.members, func(m member) bool { return !m.none && meetsAll(m.under, x) })
		},
		func(p *part, x []float64) bool {
			return slices.ContainsFunc(p.members, func(m member) bool { return meetsAll(m.over, x) })
		})
}

// sampleBoxes estimates coverage and excess by points of the boxes that may meet the
// preimage, so that small ones are not missed; inUnder and inOver tell whether a point of a
// box lies in the subset and in the superset.
func (a *approximator) sampleBoxes(r *Approximation, round uint64, inUnder, inOver func(p *part, x []float64) bool) error {
	random := rand.New(rand.NewPCG(a.opt.Seed, -round))
	var leaves []*part
	var ends []float64 // sums of their volumes
	sum := 0.0
	a.root.leaves(func(p *part) {
		if len(p.members) > 0 && !p.unknown {
			sum += p.volume
			leaves, ends = append(leaves, p), append(ends, sum)
		}
	})
	var inside, covered, over, outside int
	for done := 0; done < a.opt.Measure && len(leaves) > 0; done += measureBatch {
		x := nn.NewMatrix(min(measureBatch, a.opt.Measure-done), a.net.InDim())
		at := make([]*part, x.Rows)
		for k := range x.Rows {
			i, _ := slices.BinarySearch(ends, float64(random.Float64()*sum))
			at[k] = leaves[min(i, len(leaves)-1)]
			drawIn(random, at[k].box, x.Row(k))
		}
		y, err := a.net.EvalContext(a.whole, x, len(a.bounders))
		if errors.Is(err, ErrTime) {
			break // with fewer samples
		}
		if err != nil {
			return err
		}
		for k := range x.Rows {
			in := false
			for _, p := range a.target {
				in = in || meetsAll(p.Rows, y.Row(k))
			}
			if in {
				inside++
				if inUnder(at[k], x.Row(k)) {
					covered++
				}
			}
			if inOver(at[k], x.Row(k)) {
				over++
				if !in {
					outside++
				}
			}
		}
	}
	r.Coverage, r.Excess = estimate(covered, inside), estimate(outside, over)
	return nil
}

// isSmall reports whether exact arithmetic can be tried.
func (a *approximator) isSmall() bool {
	free := 0
	for j, lo := range a.domain.Lo {
		if lo < a.domain.Hi[j] {
			free++
		}
	}
	return a.opt.Coverage > 0 && !a.opt.OverOnly && a.net.PatternLen() <= fewUnits && free <= maxVolumeDim && checkPiecewise(a.net) == nil
}

// exactly is the preimage by exact arithmetic, its pieces rounded to either side; nil where
// that takes more than a small network.
func (a *approximator) exactly(ctx context.Context, round uint64) (*Approximation, error) {
	r := &Approximation{Boxes: a.boxes}
	for side, into := range map[Side]*Result{Under: &r.Under, Over: &r.Over} {
		res, err := Regions(ctx, a.net, a.domain.Polyhedron(), a.target, RegionsOptions{
			Prove: true, Rounded: side, Workers: a.opt.Workers, maxCells: exactCells,
		})
		switch {
		case ctx.Err() != nil && context.Cause(ctx) != ErrTime:
			return nil, context.Cause(ctx)
		case err != nil || res.Limit != nil || !res.Proof.Accepted:
			return nil, nil // by boxes then
		}
		into.Side = side
		for _, p := range res.Pieces {
			if side == Over || !isEmpty(p.Set, nil) {
				into.Pieces = append(into.Pieces, Piece{Set: p.Set, Member: p.Member})
			}
		}
	}
	in := func(pieces []Piece) func(*part, []float64) bool {
		return func(_ *part, x []float64) bool {
			for i := range pieces {
				if meetsAll(pieces[i].Set.Rows, x) {
					return true
				}
			}
			return false
		}
	}
	return r, a.sampleBoxes(r, round, in(r.Under.Pieces), in(r.Over.Pieces))
}
