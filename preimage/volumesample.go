package preimage

import (
	"context"
	"math/rand/v2"
	"slices"

	"github.com/netmend/netmend/internal/vector"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/proof/tree"
	"github.com/netmend/netmend/proof/volume"
	"github.com/netmend/netmend/region/polytope"
	"github.com/netmend/netmend/set"
)

const (
	// volumeSamples is the number of points that volumes are estimated from: a share of a half
	// is then known to half a percent.
	volumeSamples = 1 << 16
	// sampledZ is the two-sided quantile of the normal distribution for twice the certainty of
	// [Confidence]: a share is the quotient of two volumes, each of which may be off.
	sampledZ = 2.807033768343811
)

// sample bounds the volumes of a result that no limit has cut short in more dimensions than
// [Rigorous] bounds are made for, by evaluating the network at random points of the domain's
// box. It rests on nothing that was found, but rounds as [nn.Network.Eval] does.
func (e *enumeration) sample(ctx context.Context, d polytope.Domain, opt RegionsOptions) error {
	r, free := &e.result, freeDims(d)
	if !opt.Volume || e.faces || opt.Rounded != Exact || len(free) <= rigorousDim || r.Limit != nil {
		return nil
	}
	whole := boxOf(d)
	if r.Proof.Accepted && len(d.Cuts) == 0 && (r.Count == 0 && r.Ties == 0 || e.full && len(r.Shares) == 0) {
		// What is proven to be empty, or all of the domain, needs no samples.
		r.Extents, r.Volume, r.DomainVolume = Extents{Basis: Rigorous, Domain: whole}, 0, middle(whole)
		if r.Count > 0 {
			r.Extents.Volume, r.Volume = whole, r.DomainVolume
		}
		return nil
	}
	target := e.target
	if e.claim != nil {
		target = e.claim
	}
	inside, all, tied := 0, 0, 0
	hits := make([]int, len(target))
	random := rand.New(rand.NewPCG(0x766f6c756d65, uint64(len(free))))
	for done := 0; done < volumeSamples; {
		x := nn.NewMatrix(min(e.net.EvalRows(), volumeSamples-done), len(d.Lo))
		for i := range x.Rows {
			row := x.Row(i)
			copy(row, d.Lo)
			for _, j := range free {
				row[j] += float64(random.Float64() * (d.Hi[j] - d.Lo[j]))
			}
		}
		y, err := e.net.EvalContext(ctx, x, opt.Workers)
		if context.Cause(ctx) == ErrTime {
			return nil // without bounds
		} else if err != nil {
			return err
		}
		for i := range x.Rows {
			if slices.ContainsFunc(y.Row(i), func(v float64) bool { return !vector.IsFinite(v) }) {
				return nil // values that overflow lie nowhere
			}
			if len(d.Cuts) > 0 && !e.domain.Contains(x.Row(i)) {
				continue
			}
			inside++
			if m := firstMember(target, y.Row(i)); m >= 0 {
				hits[m]++
				all++
			} else {
				tied++
			}
		}
		done += x.Rows
	}
	part := func(hits int) (float64, volume.Interval) {
		s := wilson(hits, volumeSamples, sampledZ)
		return float64(s.Value * middle(whole)), volume.Interval{Lo: s.Lower, Hi: s.Upper}.Times(whole)
	}
	r.Extents = Extents{Basis: Sampled, Domain: whole}
	value, in := part(all)
	// What float64 computed from vertices is the better estimate, where there is any.
	known := r.DomainVolume > 0 && (r.Volume > 0 || r.Count == 0)
	if !known {
		r.Volume, r.DomainVolume = value, middle(whole)
	}
	r.Extents.Volume = around(in, r.Volume)
	if len(d.Cuts) > 0 {
		inDomain := 0.0
		if inDomain, r.Extents.Domain = part(inside); !known {
			r.DomainVolume = inDomain
		}
		r.Extents.Domain = around(r.Extents.Domain, r.DomainVolume)
	}
	for m := range r.Shares {
		s := &r.Shares[m]
		value, in := part(hits[m])
		if r.Proof.Accepted && s.Count == 0 {
			value, in = 0, volume.Interval{} // proven empty
		}
		if !known {
			s.Volume = value
		}
		s.Within = around(in, s.Volume)
	}
	if r.Ties > 0 {
		_, r.TiedVolume = part(tied)
	}
	return nil
}

// boxOf is the volume of a domain's box in the inputs that vary.
func boxOf(d polytope.Domain) volume.Interval {
	return boxVolume(&tree.Problem{Lo: d.Lo, Hi: d.Hi})
}

// around is an interval enlarged to contain a number.
func around(i volume.Interval, v float64) volume.Interval {
	return volume.Interval{Lo: min(i.Lo, v), Hi: max(i.Hi, v)}
}

// firstMember is the first member of a union that contains a point, or -1.
func firstMember(u set.Union, y []float64) int {
	for m := range u {
		if u[m].Contains(y) {
			return m
		}
	}
	return -1
}
