package preimage

import (
	"context"
	"slices"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/region/certify"
	"github.com/netmend/netmend/set"
)

// point is the preimage within a domain of one point, which has the volume 1.
func (e *enumeration) point(ctx context.Context, opt RegionsOptions) (*Result, error) {
	if opt.Volume {
		e.result.DomainVolume = 1
	}
	defer e.measurePoint(opt)
	x := e.result.constants
	pattern := e.net.PatternsAt(nn.RowMatrix(x), 1)[0]
	a, b, err := e.net.AffineMap(pattern)
	if err != nil {
		return nil, err
	}
	for _, m := range e.members {
		p := e.domain.Intersect(e.target[m].Preimage(a, b))
		if !isFiniteRows(p.Rows) {
			return nil, ErrOverflow
		}
		if !isEmpty(p, nil) {
			e.add(Piece{Set: p, Vertices: [][]float64{x}, Pattern: pattern, Member: m, Volume: 1}, 0)
			break // the others hold there, too
		}
	}
	if opt.Prove {
		e.provePoint(ctx, opt)
	}
	return &e.result, nil
}

// provePoint closes the preimage within a domain of one point.
func (e *enumeration) provePoint(ctx context.Context, opt RegionsOptions) {
	r := &e.result
	p, err := e.problem(e.members)
	if err == nil {
		var covering *certify.Covering
		if covering, err = certify.Cover(ctx, p, certify.CoverOptions{Faces: true, Workers: 1}); err == nil {
			r.Proof.Accepted = true
			first := -1
			var pattern nn.Pattern
			for i := range covering.Leaves {
				for _, part := range covering.Leaves[i].Parts {
					if m := e.members[part.Term]; first < 0 || m < first {
						first, pattern = m, covering.Leaves[i].Pattern
					}
				}
			}
			if first >= 0 && r.Count == 1 && r.Pieces != nil && r.Pieces[0].Member == first && slices.Equal(r.Pieces[0].Pattern, pattern) {
				return
			}
			r.Proof.Dropped = r.Count
			r.Count, r.Pieces, r.Volume = 0, nil, 0
			if r.Shares != nil {
				r.Shares = make([]Share, len(r.Shares))
			}
			if r.Ties = 0; first < 0 {
				r.Ties = 1 // or outside of the target
				return
			}
			x := r.constants
			e.add(Piece{Set: set.Box{Lo: x, Hi: x}.Polyhedron(), Vertices: [][]float64{x}, Pattern: pattern, Member: first, Volume: 1}, 0)
			r.Proof.Added++
			return
		}
	}
	r.Proof.Missing = err
}
