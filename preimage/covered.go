package preimage

import (
	"context"

	"github.com/netmend/netmend/region/certify"
	"github.com/netmend/netmend/region/polytope"
)

// cover is the preimage by its proof alone, without an enumeration in float64: of networks
// that jump, whose linear regions are not closed. Every piece is that of one pattern.
func (e *enumeration) cover(ctx context.Context, d polytope.Domain, opt RegionsOptions) (*Result, error) {
	ctx, stop := withLimit(ctx, opt.MaxTime)
	defer stop()
	r := &e.result
	if opt.Volume && !opt.Faces && opt.Rounded == Exact {
		r.DomainVolume = domainVolume(e.domain, d, r)
	}
	options := e.coverOptions(opt)
	e.measures = options.Volumes
	p, err := e.problem(e.members)
	if err != nil {
		return nil, err
	}
	options.MaxCells = opt.maxCells
	covering, err := certify.Cover(ctx, p, options)
	switch {
	case err != nil && context.Cause(ctx) == ErrTime:
		r.Limit, r.Side, r.Proof.Missing = ErrTime, Under, ErrTime
		return r, nil
	case err != nil:
		return nil, err
	}
	r.Proof, r.Ties, e.full = Proof{Accepted: true, Thin: covering.Thin}, covering.Ties, !covering.Partial
	for i := range covering.Leaves {
		leaf := &covering.Leaves[i]
		for _, part := range leaf.Parts {
			if opt.MaxPieces > 0 && r.Count >= opt.MaxPieces {
				r.Limit, r.Side = ErrPolyhedra, Under
				return r, nil
			}
			e.addPart(p, leaf.Pattern, part)
		}
	}
	r.Proof.Added = 0 // nothing was there before
	e.round(covering, opt)
	if e.measures {
		e.measure(p, covering)
	}
	return r, nil
}
