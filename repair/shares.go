package repair

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/proof"
	"github.com/netmend/netmend/set"
	"github.com/netmend/netmend/spec"
	"github.com/netmend/netmend/spec/final"
)

const (
	// maxTangents is how often a program is solved again with the tangents of shares
	// where what was found misses them.
	maxTangents = 60
	// nearlyMet is the excess from which on the tangents get a reserve: what is found
	// beyond comes no closer to the curved set than that.
	nearlyMet = 1e-6
)

// errShares refuses what is not done with shares.
var errShares = errors.New("bounds on probabilities of three classes or more are for the repair of one layer, in real arithmetic")

// tangents repairs for a specification that bounds shares, a convex requirement: by
// half-spaces that it implies, its tangents, more of them where what was found misses it
// (Kelley's cutting planes). So the claims about all repairs, that there is none and that
// none is smaller, is true of the requirement itself. At last the tangents get a reserve, and
// package proof decides about the requirement.
//
// Upper bounds are not a convex requirement: see upper.
type tangents struct {
	net   *nn.Network
	spec  *spec.Spec
	opt   Options
	sides [][]set.HalfSpace // of each item, those that imply its upper bounds, in order
	outer *spec.Spec
	first []int // of each item, the first of its half-spaces that is a tangent
	lower float64
	slack float64
}

// halfSpaceSolver is the repair for half-spaces.
type halfSpaceSolver func(context.Context, *spec.Spec) (*Result, error)

// withShares solves with tangents. Where implied is set, what was asked of solve at last
// implies the requirement, and is not implied by it: then infeasibility there says nothing.
func withShares(ctx context.Context, net *nn.Network, s *spec.Spec, opt Options, solve halfSpaceSolver) (r *Result, implied bool, err error) {
	if opt.Executed {
		return nil, false, errShares
	}
	if opt.MaxTime > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, opt.MaxTime)
		defer cancel()
	}
	if s.AtMost() {
		u := &upper{net: net, spec: s, opt: opt, solve: solve}
		r, err = u.run(ctx)
		return r, !u.relaxed, err
	}
	t := &tangents{net: net, spec: s, opt: opt, lower: math.Inf(-1)}
	r, err = t.run(ctx, solve)
	return r, t.slack > 0, err
}

// run solves with more and more tangents.
func (t *tangents) run(ctx context.Context, solve halfSpaceSolver) (*Result, error) {
	s, opt := t.spec, t.opt
	if err := t.begin(ctx); err != nil {
		return nil, err
	}
	for range maxTangents {
		r, err := solve(ctx, t.reserved())
		if err != nil || r.Network == nil {
			return t.without(r), err
		}
		if t.slack == 0 {
			t.lower = max(t.lower, r.LowerBound)
		}
		check, err := proof.Check(ctx, r.Network, s, proof.Options{Margin: &r.Margin, Workers: opt.Workers, MaxViolations: maxLearned, Choice: t.choice()})
		switch {
		case late(ctx, err):
			return t.forgotten(r, stopReason(ctx)), nil
		case err != nil:
			return nil, err
		case check.Status == proof.StatusHolds:
			return t.met(r, check), nil
		case check.Status == proof.StatusUnknown:
			return t.forgotten(r, check.Reason), nil
		}
		if err := t.learn(r.Network, check); err != nil {
			return nil, err
		}
	}
	r := opt.result(s, opt.Layer)
	return r.unknown(fmt.Sprintf("no network was found that has the probabilities asked for, after %d tangents", maxTangents)), nil
}

// begin states the tangents where the network is.
func (t *tangents) begin(ctx context.Context) error {
	o := *t.spec
	o.Items = slices.Clone(o.Items)
	t.outer = &o
	for i := range o.Items {
		it := &o.Items[i]
		it.Output.Shares = nil
		it.Output.HalfSpaces = slices.Clone(it.Output.HalfSpaces)
		t.first = append(t.first, len(it.Output.HalfSpaces))
		shares := t.spec.Items[i].Output.Shares
		if len(shares) == 0 {
			continue
		}
		y, err := outputs(ctx, t.net, cornersOf(it), t.opt.Workers)
		if err != nil {
			return err
		}
		if t.sides != nil {
			it.Output.HalfSpaces = append(it.Output.HalfSpaces, t.sides[i]...)
		}
		for _, z := range y {
			for k := range shares {
				if !shares[k].Most {
					it.Output.HalfSpaces = append(it.Output.HalfSpaces, final.Tangent(&shares[k], z))
				}
			}
		}
	}
	return nil
}

// cornersOf are the points whose hull an item is.
func cornersOf(it *spec.Item) [][]float64 {
	switch {
	case it.Segment != nil:
		return [][]float64{it.Segment.From, it.Segment.To}
	case it.Polygon != nil:
		return it.Polygon.Vertices
	}
	return [][]float64{it.Point}
}

// reserved is the specification with tangents, by slack inside.
func (t *tangents) reserved() *spec.Spec {
	o := *t.outer
	o.Items = slices.Clone(o.Items)
	for i := range o.Items {
		hs := slices.Clone(o.Items[i].Output.HalfSpaces)
		for k := t.first[i]; k < len(hs); k++ {
			hs[k].Offset -= t.slack
		}
		o.Items[i].Output.HalfSpaces = hs
	}
	return &o
}

// learn adds tangents where shares are missed.
func (t *tangents) learn(net *nn.Network, check *proof.Result) error {
	most := 0.0
	for i := range check.Violations {
		p := &check.Violations[i]
		it := &t.spec.Items[p.Item]
		shares := it.Output.Shares
		k := p.HalfSpace - len(it.Output.HalfSpaces) - len(it.Output.Disallowed(t.net.OutDim()))
		if k < 0 || k >= len(shares) || shares[k].Most { // whose half-spaces imply it
			continue
		}
		z, err := outputsOn(net, p)
		if err != nil {
			return err
		}
		most = max(most, floatOf(check.Violated(p)))
		out := &t.outer.Items[p.Item].Output
		out.HalfSpaces = append(out.HalfSpaces, final.Tangent(&shares[k], z))
	}
	switch {
	case t.slack > 0:
		t.slack = float64(t.slack * 4)
	case most < nearlyMet:
		t.slack = max(2*most, 1e-9)
	}
	return nil
}

// outputsOn are the outputs at a violation, with its pattern, in float64.
func outputsOn(net *nn.Network, p *proof.Place) ([]float64, error) {
	lowered := net.LowerSelections()
	if net.SmoothNode() >= 0 || len(p.Pattern) != lowered.PatternLen() {
		return net.EvalPoint(p.Point)
	}
	at, err := nn.MatrixOf([][]float64{p.Point})
	if err != nil {
		return nil, err
	}
	y := lowered.RunLinear(at, lowered.LinearizePatterns([]nn.Pattern{p.Pattern}, 0), []int32{0}, 1).Output()
	return slices.Clone(y.Row(0)), nil
}

// choice is as of [prover.choice].
func (t *tangents) choice() *nn.Network {
	for i := range t.spec.Items {
		if len(t.spec.Items[i].Output.Allowed) > 1 {
			return t.net
		}
	}
	return nil
}

// without is a result without a network: with a reserve, it says nothing of all repairs.
func (t *tangents) without(r *Result) *Result {
	if r == nil || t.slack == 0 || r.Status != Infeasible && r.Found != Infeasible {
		return r
	}
	r.Found, r.Farkas, r.Dual, r.Rows, r.Conflict, r.Contradiction = "", nil, nil, nil, nil, nil
	return r.unknown("no network was found that has the probabilities asked for with room to be stored")
}

// forgotten is a result whose network was not shown to meet the requirement.
func (t *tangents) forgotten(r *Result, reason string) *Result {
	r.Network, r.Change, r.Found, r.Proof = nil, nil, "", nil
	return r.unknown(reason)
}

// met is the result for a network that meets the requirement.
func (t *tangents) met(r *Result, check *proof.Result) *Result {
	r.Dual, r.Farkas = nil, nil
	r.LowerBoundFound = 0
	r.LowerBound = min(t.lower, r.Objective)
	if r.Status == Repaired {
		r.Proof = check
		if check.Worst != nil {
			r.Check.MarginReached = below(check.MarginReached())
			r.Check.Worst = Place{Item: t.spec.Items[check.Worst.Item].Name, Point: check.Worst.Point, index: check.Worst.Item}
		}
	}
	return r
}
