package preimage

import (
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
			leaf := a.root.leaf(x.Row(k))
			in := false
			for _, p := range a.target {
				in = in || meetsAll(p.Rows, y.Row(k))
			}
			within := func(rows func(member) []set.HalfSpace) bool {
				for _, m := range leaf.members {
					if meetsAll(rows(m), x.Row(k)) {
						return true
					}
				}
				return false
			}
			if in {
				inside++
				if within(func(m member) []set.HalfSpace { return m.under }) {
					covered++
				}
			}
			if within(func(m member) []set.HalfSpace { return m.over }) {
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
