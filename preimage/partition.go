package preimage

import (
	"context"
	"fmt"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/set"
	"github.com/netmend/netmend/spec"
)

// Classes are the sets of outputs that a classifier with so many outputs answers
// with each class, closed: member k is where class k is preferred to, or ties
// with, every other. They cover the output space and overlap on faces only.
func Classes(e spec.Extremum, outputs int) set.Union {
	u := make(set.Union, outputs)
	for k := range u {
		u[k] = set.Whole(outputs)
		for j := range outputs {
			if j != k {
				u[k] = u[k].With(leads(e, k, j, outputs))
			}
		}
	}
	return u
}

// leads is where class k beats class j, or ties with it.
func leads(e spec.Extremum, k, j, outputs int) set.HalfSpace { return e.Beats(k, j, outputs).Closure() }

// Boundary is the decision boundary of the classes i and j, or with a positive
// band the set around it: the outputs that differ by no more than band, where no
// third class is preferred to either of them. Its preimage is where a
// small perturbation changes the answer from one of them to the other.
//
// It fails where i and j are not two of the outputs, or band is negative.
func Boundary(e spec.Extremum, i, j, outputs int, band float64) (set.Polyhedron, error) {
	if i == j || i < 0 || j < 0 || i >= outputs || j >= outputs {
		return set.Polyhedron{}, fmt.Errorf("boundary of classes %d and %d: want two different ones of 0 to %d", i, j, outputs-1)
	}
	if !(band >= 0) || !isFinite(band) {
		return set.Polyhedron{}, fmt.Errorf("band %v around the boundary: want a number that is not negative", band)
	}
	first, second := leads(e, i, j, outputs), leads(e, j, i, outputs)
	first.Offset, second.Offset = band, band
	p := set.Whole(outputs).With(first, second)
	for k := range outputs {
		if k != i && k != j {
			p = p.With(leads(e, i, k, outputs), leads(e, j, k, outputs))
		}
	}
	return p, nil
}

// Partition divides a bounded domain into the preimages of all classes: the
// result's pieces have the class as their Member. Together they cover the domain,
// and they overlap on faces only; where two classes tie throughout a region, the
// region goes to the first of them. It needs at least two outputs; all else is as
// for [Regions], and opt.Faces must not be set.
func Partition(ctx context.Context, net *nn.Network, domain set.Polyhedron, e spec.Extremum, opt RegionsOptions) (*Result, error) {
	if net.OutDim() < 2 {
		return nil, fmt.Errorf("the network has %d output, so it has no classes", net.OutDim())
	}
	if opt.Faces {
		return nil, fmt.Errorf("a partition has no faces of its own: ask for the preimages of the boundaries")
	}
	return Regions(ctx, net, domain, Classes(e, net.OutDim()), opt)
}
