package preimage

import (
	"context"
	"time"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/set"
	"github.com/netmend/netmend/set/solve"
)

// withoutInterior are the members that have none.
func withoutInterior(in solve.Solver, target set.Union, members []int) []int {
	var thin []int
	for _, m := range members {
		if isThin(in, target[m]) {
			thin = append(thin, m)
		}
	}
	return thin
}

// separately is [Regions] where some members have no interior: the parts of the preimage
// with an interior, which such members may have where the network is constant, and then
// those of the thin members without one.
func separately(ctx context.Context, net *nn.Network, domain set.Polyhedron, target set.Union, thin []int, opt RegionsOptions) (*Result, error) {
	start := time.Now()
	first := opt
	first.interiors = true
	r, err := Regions(ctx, net, domain, target, first)
	if err != nil || r.Limit != nil {
		return r, err
	}
	var flat set.Union
	for _, m := range thin {
		flat = append(flat, target[m])
	}
	rest := opt
	rest.Faces, rest.Volume, rest.Discard = true, false, false
	if opt.MaxTime > 0 {
		rest.MaxTime = max(opt.MaxTime-time.Since(start), time.Nanosecond)
	}
	if opt.MaxPieces > 0 {
		rest.MaxPieces = r.Count + opt.MaxPieces // some may be those of the first run
	}
	f, err := Regions(ctx, net, domain, flat, rest)
	if err != nil {
		return nil, err
	}
	r.Proof.Add(f.Proof)
	r.Limit = f.Limit
	for _, p := range f.Pieces {
		if !isThin(solve.Solver{}, inFree(p.Set, r)) {
			continue // of the first run
		}
		if opt.MaxPieces > 0 && r.Count >= opt.MaxPieces {
			r.Limit = ErrPolyhedra
			break
		}
		p.Member = thin[p.Member]
		r.Count++
		if r.Shares != nil {
			r.Shares[p.Member].Count++
		}
		if !opt.Discard {
			r.Pieces = append(r.Pieces, p)
		}
	}
	if r.Limit != nil {
		r.Side = Under
	}
	return r, nil
}
