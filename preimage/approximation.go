package preimage

import (
	"context"
	"math/rand/v2"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/set"
)

// result collects the pieces of the tree.
func (a *approximator) result(limit error) *Approximation {
	r := &Approximation{Boxes: a.boxes}
	r.Under.Side, r.Over.Side = Under, Over
	r.Under.Limit, r.Over.Limit = limit, limit
	a.root.leaves(func(p *part) {
		sides := p.box.Polyhedron()
		for _, m := range p.members {
			r.Over.Pieces = append(r.Over.Pieces, Piece{Set: sides.With(m.over...), Member: m.index})
			if a.opt.OverOnly {
				continue
			}
			under := sides.With(m.under...)
			if p.whole || !isEmpty(under, nil) {
				r.Under.Pieces = append(r.Under.Pieces, Piece{Set: under, Member: m.index})
			}
		}
	})
	return r
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

// leaf is the box of the tree that x lies in.
func (p *part) leaf(x []float64) *part {
	for p.children[0] != nil {
		side := 0
		if x[p.axis] > p.children[0].box.Hi[p.axis] {
			side = 1
		}
		p = p.children[side]
	}
	return p
}

// measureBatch is how many points are evaluated at a time.
const measureBatch = 1024

// measure estimates coverage and excess with samples of the domain, new ones in
// each round.
func (a *approximator) measure(r *Approximation, round uint64) error {
	within := func(x []float64, rows func(member) []set.HalfSpace) bool {
		for _, m := range a.root.leaf(x).members {
			if meetsAll(rows(m), x) {
				return true
			}
		}
		return false
	}
	return a.sampleDomain(r, round,
		func(x []float64) bool { return within(x, func(m member) []set.HalfSpace { return m.under }) },
		func(x []float64) bool { return within(x, func(m member) []set.HalfSpace { return m.over }) })
}

// sampleDomain estimates coverage and excess; inUnder and inOver tell whether a point lies in
// the subset and in the superset.
func (a *approximator) sampleDomain(r *Approximation, round uint64, inUnder, inOver func(x []float64) bool) error {
	random := rand.New(rand.NewPCG(a.opt.Seed, -round))
	var inside, covered, over, outside int
	for done := 0; done < a.opt.Measure; done += measureBatch {
		x := nn.NewMatrix(min(measureBatch, a.opt.Measure-done), a.net.InDim())
		for k := range x.Rows {
			drawIn(random, a.domain, x.Row(k))
		}
		y, err := a.net.Eval(x, len(a.bounders))
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
				if inUnder(x.Row(k)) {
					covered++
				}
			}
			if inOver(x.Row(k)) {
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

// isSmall tells whether exact arithmetic can be tried.
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
	in := func(pieces []Piece) func([]float64) bool {
		return func(x []float64) bool {
			for i := range pieces {
				if meetsAll(pieces[i].Set.Rows, x) {
					return true
				}
			}
			return false
		}
	}
	return r, a.sampleDomain(r, round, in(r.Under.Pieces), in(r.Over.Pieces))
}
