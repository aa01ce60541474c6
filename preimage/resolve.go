package preimage

import (
	"context"
	"math"
	"time"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/region/polytope"
	"github.com/netmend/netmend/set"
)

// ring is by how much the inner one of the parts is smaller that a domain is divided
// into where float64 does not resolve the preimage on it.
const ring = 0x1p20

// hugest is the largest number of a domain that is divided, which bounds the parts.
const hugest = 0x1p80

// mostDivided is how often a part of the domain is divided again, beside once for each
// input that varies: where that does not help, nothing does, and every division
// multiplies the pieces.
const mostDivided = 4

// rings divides a box along the input with the largest numbers: into those close to
// 0, where float64 is fine, and the others; nil if no input has both.
func rings(d polytope.Domain) []set.Box {
	axis, largest := -1, 0.0
	for j, lo := range d.Lo {
		size, least := max(math.Abs(lo), math.Abs(d.Hi[j])), 0.0
		if lo > 0 || d.Hi[j] < 0 {
			least = min(math.Abs(lo), math.Abs(d.Hi[j]))
		}
		if least < size/ring && size > largest {
			axis, largest = j, size
		}
	}
	if axis < 0 || largest > hugest {
		return nil
	}
	var parts []set.Box
	from := d.Lo[axis]
	for _, to := range []float64{float64(-largest / ring), float64(largest / ring), d.Hi[axis]} {
		if to = min(to, d.Hi[axis]); to <= from {
			continue
		}
		b := set.Box{Lo: append([]float64(nil), d.Lo...), Hi: append([]float64(nil), d.Hi...)}
		b.Lo[axis], b.Hi[axis] = from, to
		parts = append(parts, b)
		from = to
	}
	return parts
}

// resolve repeats an enumeration that float64 did not resolve on the parts of its
// domain, from which the result is put together; not ok where it has no parts.
func (e *enumeration) resolve(ctx context.Context, net *nn.Network, d polytope.Domain, opt RegionsOptions, start time.Time) (r *Result, ok bool, err error) {
	free := 0
	for j, lo := range d.Lo {
		if lo < d.Hi[j] {
			free++
		}
	}
	parts := rings(d)
	if len(parts) < 2 || opt.divided >= min(free+1, mostDivided) {
		return nil, false, nil
	}
	opt.divided++
	r = &Result{DomainVolume: e.result.DomainVolume, free: e.result.free, constants: e.result.constants, Shares: noShares(e.target, opt)}
	r.Proof.Accepted, r.Extents.Basis = opt.Prove, Rigorous
	for _, b := range parts {
		rest := opt
		if opt.MaxTime > 0 {
			rest.MaxTime = max(opt.MaxTime-time.Since(start), time.Nanosecond)
		}
		if opt.MaxPieces > 0 {
			if rest.MaxPieces = opt.MaxPieces - r.Count; rest.MaxPieces <= 0 {
				r.Limit = ErrPolyhedra
				break
			}
		}
		p, err := Regions(ctx, net, e.domain.Intersect(b.Polyhedron()), e.target, rest)
		if err != nil {
			return nil, false, err
		}
		r.Proof.Add(p.Proof)
		r.Ties += p.Ties
		r.Pieces = append(r.Pieces, p.Pieces...)
		r.Count += p.Count
		r.Volume += p.Volume
		r.TiedVolume = r.TiedVolume.Plus(p.TiedVolume)
		r.Extents.add(p.Extents)
		for k, s := range p.Shares {
			r.Shares[k].Count += s.Count
			r.Shares[k].Volume += s.Volume
			r.Shares[k].Within = r.Shares[k].Within.Plus(s.Within)
		}
		if p.Limit != nil && (r.Limit == nil || r.Limit == ErrResolution) {
			r.Limit = p.Limit
		}
	}
	if r.Limit != nil {
		r.Side = Under
	}
	return r, true, nil
}
