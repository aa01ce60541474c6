package preimage

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/netmend/netmend/internal/vector"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/proof/volume"
	"github.com/netmend/netmend/set"
	"github.com/netmend/netmend/spec"
)

// maxClasses bounds the classes of a partition: their half-spaces have as many numbers as the
// cube of it, here 1 GiB.
const maxClasses = 512

// Classes are the sets of outputs that a classifier with that many outputs answers with each
// class, closed: in member k class k is preferred to, or ties with, every other class. They
// cover the output space and overlap on faces only.
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

// Boundary is the decision boundary of the classes i and j, or with a positive band the set
// around it: the outputs that differ by no more than band, where no third class is preferred
// to either of them. On its preimage a small perturbation changes the answer from one of them
// to the other.
//
// It fails if i and j are not two different outputs, or band is negative.
func Boundary(e spec.Extremum, i, j, outputs int, band float64) (set.Polyhedron, error) {
	if i == j || i < 0 || j < 0 || i >= outputs || j >= outputs {
		return set.Polyhedron{}, fmt.Errorf("boundary of classes %d and %d: want two different ones of 0 to %d", i, j, outputs-1)
	}
	if !(band >= 0) || !vector.IsFinite(band) {
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

// Partition divides a domain into the preimages of all classes: the result's pieces have the
// class as their Member. A class is the one output that is beyond every other; where two tie
// for it throughout a linear region there is no class, the region is not a piece, and
// [Result.Ties] counts it. The rest of the domain is covered by the closures of pieces, which
// overlap on faces only. It needs at least two outputs, or the end of a file that has
// classes: one sigmoid, whose classes are the signs of its argument, or an ArgMax, for which
// the first, or the last, of equal outputs has the class. Everything else is as for
// [Regions], and opt.Faces must not be set.
func Partition(ctx context.Context, net *nn.Network, domain set.Polyhedron, e spec.Extremum, opt RegionsOptions) (*Result, error) {
	return (&Question{Domain: domain}).partition(ctx, net, e, opt)
}

// answers are where a network's outputs give each class, closed, and without what gives
// another one, or none. An end has classes of its own: one sigmoid has two, the signs of
// its argument (at 0 there is none), and an ArgMax those of its answer, by its rule for
// ties. Of other ends the classes are those of the numbers before it.
func answers(net *nn.Network, e spec.Extremum) (closed, strict set.Union, err error) {
	n, end := net.OutDim(), net.Meta.End
	switch {
	case end != nil && e != spec.Argmax && (end.Kind == nn.EndArgMax || end.Kind == nn.EndSigmoid && n == 1):
		return nil, nil, fmt.Errorf("the class of a final %s is the largest output, not the smallest", end.Kind)
	case end != nil && end.Kind == nn.EndSigmoid && n == 1:
		for _, sign := range []float64{1, -1} {
			h := set.HalfSpace{Normal: []float64{sign}}
			closed = append(closed, set.Whole(1).With(h))
			h.Strict = true
			strict = append(strict, set.Whole(1).With(h))
		}
		return closed, strict, nil
	case end != nil && end.Kind != nn.EndSigmoid && end.Outer*end.Inner > 1:
		return nil, nil, fmt.Errorf("the final %s has %d groups of outputs: there is no single class", end.Kind, end.Outer*end.Inner)
	case n < 2:
		return nil, nil, fmt.Errorf("the network has %d output, so it has no classes", n)
	}
	if n > maxClasses {
		return nil, nil, fmt.Errorf("%d classes: a partition into more than %d takes too much memory: ask for the preimages of some of them", n, maxClasses)
	}
	closed = Classes(e, n)
	o := spec.Output{Extremum: e}
	if end != nil && end.Kind == nn.EndArgMax {
		if o.Ties = spec.FirstOfTies; end.Last {
			o.Ties = spec.LastOfTies
		}
	}
	for k := range n {
		p := set.Whole(n)
		for j := range n {
			if j != k {
				p = p.With(o.Beats(k, j, n))
			}
		}
		strict = append(strict, p)
	}
	return closed, strict, nil
}

// partition is [Partition] for the domain of a question.
func (q *Question) partition(ctx context.Context, net *nn.Network, e spec.Extremum, opt RegionsOptions) (*Result, error) {
	closed, strict, err := answers(net, e)
	if err != nil {
		return nil, err
	}
	if opt.Faces {
		return nil, fmt.Errorf("a partition has no faces of its own: ask for the preimages of the boundaries")
	}
	net = net.BeforeEnd()
	asked := *q
	if opt.Prove {
		// The enumeration is faster in what is closed, and the proof finds the ties.
		proven := opt
		proven.claim = strict
		asked.Target = closed
		start := time.Now()
		r, err := asked.Regions(ctx, net, proven)
		if err != nil || r.Proof.Accepted || r.Limit != nil || errors.Is(r.Proof.Missing, ErrTime) {
			return r, err // without the time for another run, ties count for the first class
		}
		missing := r.Proof.Missing
		opt.Prove = false
		if opt.MaxTime > 0 {
			opt.MaxTime = max(opt.MaxTime-time.Since(start), time.Nanosecond)
		}
		asked.Target = strict
		if r, err = asked.Regions(ctx, net, opt); err == nil {
			r.Proof.Missing = missing
		}
		return r, err
	}
	asked.Target = strict
	return asked.Regions(ctx, net, opt)
}

// Division is how a classifier divides one or more sets of inputs.
type Division struct {
	// Classes has the share of each class, NoClass that of the linear regions throughout
	// which several classes tie. Volumes are NaN if they are not Measured.
	Classes []Share
	NoClass Share
	// Measured reports whether volumes are known, and Volume is that of all sets together.
	Measured bool
	Volume   float64
	// Basis is that of the volumes' bounds, and Within contains Volume if there is one.
	Basis  Basis
	Within volume.Interval
	// Overlap is [ErrOverlap] if sets overlap in too many ways: shared parts are then counted
	// for each of them, and no volumes are given.
	Overlap error
	// Engine, Limit and Proof are as for a [Result].
	Engine Engine
	Limit  error
	Proof  Proof
}

// Divide finds the shares of all classes on the domains of some questions, whose targets do
// not matter; domains may overlap. opt.MaxPieces and opt.MaxTime are limits for all of them
// together.
func Divide(ctx context.Context, net *nn.Network, domains []Question, e spec.Extremum, opt RegionsOptions) (*Division, error) {
	same, _, err := answers(net, e)
	if err != nil {
		return nil, err
	}
	d := &Division{Classes: make([]Share, len(same)), Measured: sameDimension(domains)}
	for i := range domains {
		domains[i].Target = same
	}
	start, count := time.Now(), 0
	apart, err := disjointWithin(ctx, domains, opt.MaxTime)
	switch {
	case errors.Is(err, ErrOverlap):
		d.Measured, d.Overlap, apart = false, err, domains
	case err != nil:
		return nil, err
	}
	d.Proof.Accepted, d.Basis = opt.Prove, Rigorous
	for i := range apart {
		rest := opt
		rest.Shares, rest.Discard, rest.Volume = true, true, d.Measured
		if opt.MaxPieces > 0 {
			if rest.MaxPieces = opt.MaxPieces - count; rest.MaxPieces == 0 {
				d.Limit = ErrPolyhedra
				break
			}
		}
		if opt.MaxTime > 0 {
			rest.MaxTime = max(opt.MaxTime-time.Since(start), time.Nanosecond)
		}
		r, err := apart[i].partition(ctx, net, e, rest)
		if err != nil {
			return nil, err
		}
		d.add(r)
		if count += r.Count; d.Limit != nil && !errors.Is(d.Limit, ErrResolution) {
			break
		}
	}
	d.settle()
	return d, nil
}

// add adds the shares of a result.
func (d *Division) add(r *Result) {
	for k, s := range r.Shares {
		d.Classes[k].Count += s.Count
		d.Classes[k].Volume += s.Volume
		d.Classes[k].Within = d.Classes[k].Within.Plus(s.Within)
	}
	d.NoClass.Within = d.NoClass.Within.Plus(r.TiedVolume)
	d.Within, d.Basis = d.Within.Plus(r.Extents.Domain), d.Basis.and(r.Extents.Basis)
	d.NoClass.Count += r.Ties
	d.Volume += r.DomainVolume
	d.Proof.Add(r.Proof)
	d.Engine = d.Engine.And(r.Engine)
	if r.Limit != nil {
		d.Limit = r.Limit
	}
}

// settle gives what is left to no class.
func (d *Division) settle() {
	d.Measured = d.Measured && d.Volume > 0
	if !d.Measured {
		for k := range d.Classes {
			d.Classes[k].Volume = math.NaN()
		}
		d.NoClass.Volume = math.NaN()
		return
	}
	switch {
	case d.NoClass.Count > 0 && d.Basis == Rigorous:
		d.NoClass.Volume = middle(d.NoClass.Within)
	case d.NoClass.Count > 0 && d.Limit == nil:
		rest := d.Volume
		for _, s := range d.Classes {
			rest -= s.Volume
		}
		d.NoClass.Volume = max(0, rest)
	}
}
