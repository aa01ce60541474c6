package preimage

import (
	"context"
	"errors"
	"slices"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/region/certify"
	"github.com/netmend/netmend/region/polytope"
	"github.com/netmend/netmend/set"
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
	p, err := e.problem(e.members)
	if err != nil {
		return nil, err
	}
	covering, err := certify.Cover(ctx, p, certify.CoverOptions{Faces: e.faces, Workers: opt.Workers, Rounded: direction(opt.Rounded)})
	switch {
	case err != nil && context.Cause(ctx) == ErrTime:
		r.Limit, r.Side, r.Proof.Missing = ErrTime, Under, ErrTime
		return r, nil
	case err != nil:
		return nil, err
	}
	r.Proof, r.Ties = Proof{Accepted: true, Thin: covering.Thin}, covering.Ties
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
	return r, nil
}

// LinearRegions are the activation patterns of all linear regions with an interior on the
// domain of a question, in the order of a split tree; its target does not matter. On a flat
// domain they are those of the network on its coordinates. They are proven to be all.
func (q *Question) LinearRegions(ctx context.Context, net *nn.Network, workers int) ([]nn.Pattern, error) {
	net = net.LowerSelections()
	domain := q.Domain
	if q.Flat != nil {
		if err := q.Flat.check(net); err != nil {
			return nil, err
		}
		var err error
		if net, err = q.Flat.restrict(net); err != nil {
			return nil, err
		}
		domain = q.Flat.Sides
	}
	if err := errors.Join(checkPiecewise(net), checkDomain(net, domain)); err != nil {
		return nil, err
	}
	if isEmpty(domain, nil) {
		return nil, nil
	}
	e := &enumeration{net: net, domain: domain, target: set.Union{set.Whole(net.OutDim())}}
	p, err := e.problem([]int{0})
	if err != nil {
		return nil, err
	}
	point := true
	for j, lo := range p.Lo {
		point = point && lo == p.Hi[j]
	}
	covering, err := certify.Cover(ctx, p, certify.CoverOptions{Faces: point, Workers: workers})
	if err != nil {
		return nil, err
	}
	var patterns []nn.Pattern
	for i := range covering.Leaves {
		patterns = append(patterns, covering.Leaves[i].Pattern)
	}
	return patterns, nil
}

// SamePatterns tells whether two lists have the same patterns, in any order.
func SamePatterns(a, b []nn.Pattern) bool {
	texts := func(ps []nn.Pattern) []string {
		var ts []string
		for _, p := range ps {
			ts = append(ts, string(p))
		}
		slices.Sort(ts)
		return ts
	}
	return slices.Equal(texts(a), texts(b))
}
