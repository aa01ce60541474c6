package verify

import (
	"context"
	"errors"
	"fmt"
	"math/big"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/proof"
	"github.com/netmend/netmend/set"
	"github.com/netmend/netmend/spec"
	"github.com/netmend/netmend/spec/final"
)

// Spec decides whether the network meets every item of a specification, with its margin: on
// points, and on every point of the segments and polygons. s must be bound to the network's
// outputs ([spec.Spec.Bind]). If the network has an end, s is about the file's outputs,
// unless it is stated before the end already (package final). Package proof decides; where it
// cannot, what the engines find is [Unproven].
//
// It fails if s does not fit the network, and as packages proof and region do.
func Spec(ctx context.Context, net *nn.Network, s *spec.Spec, opt Options) (*Result, error) {
	s, err := final.Spec(s, net)
	if err != nil {
		return nil, err
	}
	if err := s.Check(net.InDim(), net.OutDim()); err != nil {
		return nil, err
	}
	if i := net.SmoothNode(); i >= 0 && s.Polytopes() {
		return nil, fmt.Errorf("node %q is a %s: only a piecewise-affine network can be decided on segments and polygons", net.Nodes[i].Name, net.Nodes[i].Op.Kind())
	}
	limited := ctx
	if opt.MaxTime > 0 {
		var cancel context.CancelFunc
		limited, cancel = context.WithTimeoutCause(ctx, opt.MaxTime, errTime)
		defer cancel()
	}
	if opt.Arithmetic == Float64 {
		if s.Shares() {
			return nil, errors.New("bounds on probabilities of three classes or more are decided in exact arithmetic alone")
		}
		return specInFloat(limited, net, s, opt)
	}
	pieces := 0
	told := opt
	told.Progress = func(p Progress) {
		if pieces = p.Cells; opt.Progress != nil {
			opt.Progress(p)
		}
	}
	r, err := specExactly(limited, net, s, told)
	if err != nil && errors.Is(context.Cause(limited), errTime) {
		return &Result{Cases: len(s.Items), Cells: pieces, TimedOut: true, Reason: errTime.Error()}, nil
	}
	if err != nil || r.Verdict != Unknown || s.Shares() {
		return r, err
	}
	found, err := specInFloat(limited, net, s, opt)
	if err != nil {
		return nil, err
	}
	if found.Verdict == Unproven {
		found.Reason = r.Reason
	} else if found.Reason != r.Reason {
		found.Reason = r.Reason + "; " + found.Reason
	}
	return found, nil
}

// specExactly lets package proof decide.
func specExactly(ctx context.Context, net *nn.Network, s *spec.Spec, opt Options) (*Result, error) {
	p := proof.Options{Workers: opt.Workers, MaxViolations: 1}
	if opt.Progress != nil {
		p.Progress = func(pieces int) { opt.Progress(Progress{Cases: len(s.Items), Cells: pieces}) }
	}
	x, err := proof.Check(ctx, net, s, p)
	if err != nil {
		return nil, err
	}
	r := &Result{Cases: len(s.Items), Cells: x.Size.Pieces, Complete: true, Reason: x.Reason}
	switch x.Status {
	case proof.StatusHolds:
		r.Verdict, r.By = Holds, Proof
	case proof.StatusViolated:
		r.Verdict, r.By = Violated, Proof
		r.Witness, err = witnessAt(net, s, x, s.Margin)
	default:
		r.Complete = false
	}
	return r, err
}

// witnessAt is the place where a specification is violated most.
func witnessAt(net *nn.Network, s *spec.Spec, x *proof.Result, margin float64) (*Witness, error) {
	p := x.Worst
	if len(x.Violations) > 0 && x.Violated(p).Cmp(x.Violated(&x.Violations[0])) <= 0 {
		p = &x.Violations[0]
	}
	w := &Witness{Input: p.Point, Case: p.Item, Exact: true, Place: p}
	w.Margin, _ = x.Violated(p).Float64()
	if w.pointOf(net, s.Items[p.Item].Output.Violation(net.OutDim(), margin)) {
		return w, nil
	}
	at, err := nn.MatrixOf([][]float64{p.Point})
	if err != nil {
		return nil, err
	}
	if net = net.LowerSelections(); len(p.Pattern) != net.PatternLen() || net.SmoothNode() >= 0 {
		w.Output, err = net.EvalPoint(p.Point)
		return w, err
	}
	// The point is rounded, and may execute other pieces than the one meant.
	y := net.RunLinear(at, net.LinearizePatterns([]nn.Pattern{p.Pattern}, 0), []int32{0}, 1).Output()
	w.Output = append([]float64(nil), y.Row(0)...)
	return w, nil
}

// inwardSteps is how many times the way from a vertex into its piece is halved.
const inwardSteps = 64

// pointOf makes the witness of a place a point whose output violates: the vertex itself
// where it executes the piece, otherwise the farthest point on the way into the piece, halved
// until it does. One is preferred that violates in float64, too. It is false if there
// is none, or the network cannot be evaluated exactly.
func (w *Witness) pointOf(net *nn.Network, violation set.Union) bool {
	p := w.Place
	found := false
	for k := range inwardSteps {
		t := new(big.Rat)
		if !p.Executed {
			if p.Inward == nil {
				return found
			}
			t.SetFrac(big.NewInt(1), new(big.Int).Lsh(big.NewInt(1), uint(k)))
		}
		weights, x := alongWay(p, t)
		y, err := proof.Evaluate(net, x)
		if err != nil {
			return found
		}
		margin := insideBy(violation, y)
		if margin != nil && !found {
			found = true
			w.set(weights, x, y, margin)
		}
		if p.Executed {
			return found
		}
		if margin == nil {
			continue
		}
		near := make([]*big.Rat, len(x))
		for i, v := range rounded(x) {
			near[i] = new(big.Rat).SetFloat64(v)
		}
		if y, err := proof.Evaluate(net, near); err == nil && insideBy(violation, y) != nil {
			w.set(weights, x, y, margin)
			return true
		}
	}
	return found
}

func (w *Witness) set(weights, x, y []*big.Rat, margin *big.Rat) {
	w.Input, w.Output, w.ExactInput, w.Weights = rounded(x), rounded(y), x, weights
	w.Margin, _ = margin.Float64()
}

// alongWay are the weights of the point at t on the way from a place's vertex into its
// piece, and the point.
func alongWay(p *proof.Place, t *big.Rat) (weights, x []*big.Rat) {
	for range p.Corners[0] {
		x = append(x, new(big.Rat))
	}
	for k, v := range p.Weights {
		w := new(big.Rat).Set(v)
		if t.Sign() > 0 {
			d := new(big.Rat).Sub(p.Inward[k], v)
			w.Add(w, d.Mul(d, t))
		}
		weights = append(weights, w)
		for i, c := range p.Corners[k] {
			x[i].Add(x[i], new(big.Rat).Mul(w, new(big.Rat).SetFloat64(c)))
		}
	}
	return weights, x
}

// insideBy is how far inside a union an exact point lies, by the least slack of the
// half-spaces of the set of the union where that is largest; nil if it lies in none.
func insideBy(u set.Union, y []*big.Rat) *big.Rat {
	var most *big.Rat
	for _, p := range u {
		var least *big.Rat
		for _, h := range p.Rows {
			slack := new(big.Rat).SetFloat64(h.Offset)
			for j, a := range h.Normal {
				if a != 0 {
					slack.Sub(slack, new(big.Rat).Mul(new(big.Rat).SetFloat64(a), y[j]))
				}
			}
			if sign := slack.Sign(); sign < 0 || sign == 0 && h.Strict {
				least = nil
				break
			}
			if least == nil || slack.Cmp(least) < 0 {
				least = slack
			}
		}
		if least != nil && (most == nil || least.Cmp(most) > 0) {
			most = least
		}
	}
	return most
}

// rounded are numbers in float64.
func rounded(x []*big.Rat) []float64 {
	out := make([]float64, len(x))
	for i, v := range x {
		out[i], _ = v.Float64()
	}
	return out
}
