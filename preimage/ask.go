package preimage

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/set"
	"github.com/netmend/netmend/spec"
)

// Answer is the preimages of one or more questions together.
type Answer struct {
	// Result has the pieces of all questions, and the sums of their volumes.
	Result
	// Measured reports whether the volumes are known: whether the domains have the same
	// dimension, do not overlap, and are not empty.
	Measured bool
	// Overlap is [ErrOverlap] if domains overlap in too many ways: shared parts are then
	// counted for each of them, and no volumes are given.
	Overlap error
}

// Ask answers questions together; their domains may overlap. opt.MaxPieces and opt.MaxTime
// are limits for all of them together, and volumes are computed if opt.Volume says so. It
// refuses networks that overflow; see [CheckOverflow]. Everything else is as for [Regions].
func Ask(ctx context.Context, net *nn.Network, questions []Question, opt RegionsOptions) (*Answer, error) {
	a := &Answer{Measured: opt.Volume && sameDimension(questions)}
	start, answered := time.Now(), 0
	apart, err := disjointWithin(ctx, questions, opt.MaxTime)
	switch {
	case errors.Is(err, ErrOverlap):
		a.Measured, a.Overlap, apart = false, err, questions
	case err != nil:
		return nil, err
	}
	a.Proof.Accepted, a.Extents.Basis = opt.Prove, Rigorous
	for i := range apart {
		if a.Limit != nil && !errors.Is(a.Limit, ErrResolution) {
			break // of time or of polyhedra
		}
		q := &apart[i]
		if q.Flat == nil {
			if err := CheckOverflow(net, q.Domain); err != nil {
				return nil, err
			}
		}
		rest := opt
		if opt.MaxPieces > 0 {
			if rest.MaxPieces = opt.MaxPieces - a.Count; rest.MaxPieces == 0 {
				a.Limit = ErrPolyhedra
				break
			}
		}
		if opt.MaxTime > 0 {
			rest.MaxTime = max(opt.MaxTime-time.Since(start), time.Nanosecond)
		}
		if counted := a.Count; opt.Progress != nil {
			rest.Progress = func(pieces int) { opt.Progress(counted + pieces) }
		}
		r, err := q.Regions(ctx, net, rest)
		if err != nil {
			return nil, err
		}
		if answered++; answered == 1 {
			a.free, a.constants = r.free, r.constants
		} else {
			a.free, a.constants = nil, nil
		}
		a.add(r, opt)
		if a.Measured && r.DomainVolume == 0 && q.Dimension() >= 0 {
			a.Measured = false // its parts have no volume
		}
	}
	a.Measured = a.Measured && a.DomainVolume > 0
	if a.Side == Exact && a.Limit != nil {
		a.Side = Under
	}
	return a, nil
}

// add adds the answer to another question.
func (a *Answer) add(r *Result, opt RegionsOptions) {
	a.Pieces = append(a.Pieces, r.Pieces...)
	if opt.Rounded != Exact {
		a.Side = r.Side
	}
	a.Proof.Add(r.Proof)
	a.Engine = a.Engine.And(r.Engine)
	a.Count += r.Count
	a.Ties += r.Ties
	a.Volume += r.Volume
	a.DomainVolume += r.DomainVolume
	a.Extents.add(r.Extents)
	if r.Limit != nil {
		a.Limit = r.Limit
	}
}

// ErrValuesOverflow says that a network's values are too large for float64.
var ErrValuesOverflow = errors.New("overflow float64 on the input set")

// CheckOverflow fails with [ErrValuesOverflow] for a network whose values overflow float64 at the ends of the bounds
// of a bounded domain. Domains that are not boxes are not looked at.
func CheckOverflow(net *nn.Network, domain set.Polyhedron) error {
	b, ok := domain.AsBox()
	if !ok || !b.Bounded() || b.Empty() {
		return nil
	}
	for _, x := range [][]float64{b.Lo, b.Hi} {
		y, err := net.EvalPoint(x)
		if err != nil {
			return err
		}
		if slices.ContainsFunc(append(y, x...), math.IsNaN) {
			return fmt.Errorf("the network's values %w", ErrValuesOverflow)
		}
		for i, v := range y {
			if math.IsInf(v, 0) {
				return fmt.Errorf("output %d: values %w", i, ErrValuesOverflow)
			}
		}
	}
	return nil
}

// QuestionsOn asks for a set of outputs on each point, segment and polygon of a
// specification: the set that target returns for its item, such as [spec.Output.Violation].
func QuestionsOn(s *spec.Spec, target func(*spec.Item) set.Union) []Question {
	var all []Question
	for i := range s.Items {
		it := &s.Items[i]
		q := Question{Target: target(it)}
		var flats []Flat
		switch {
		case it.Segment != nil:
			flats = []Flat{FlatOfSegment(*it.Segment)}
		case it.Polygon != nil:
			flats = FlatsOfPolygon(it.Polygon)
		default:
			q.Domain = set.Box{Lo: it.Point, Hi: it.Point}.Polyhedron()
			all = append(all, q)
		}
		for k := range flats {
			q.Flat = &flats[k]
			all = append(all, q)
		}
	}
	return all
}
