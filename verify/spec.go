package verify

import (
	"context"
	"errors"
	"fmt"
	"math/big"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/proof"
	"github.com/netmend/netmend/spec"
)

// Spec decides whether the network meets every item of a specification, with its
// margin: on points, and on every point of the segments and polygons. s must be
// bound to the network's outputs ([spec.Spec.Bind]). Package proof decides; where it
// cannot, what the engines find is [Unproven].
//
// It fails where s does not fit the network, and as packages proof and region do.
func Spec(ctx context.Context, net *nn.Network, s *spec.Spec, opt Options) (*Result, error) {
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
		return specInFloat(limited, net, s, opt)
	}
	r, err := specExactly(limited, net, s, opt)
	if err != nil && errors.Is(context.Cause(limited), errTime) {
		return &Result{Cases: len(s.Items), Reason: errTime.Error()}, nil
	}
	if err != nil || r.Verdict != Unknown {
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
		r.Witness, err = witnessAt(net, s, x)
	default:
		r.Complete = false
	}
	return r, err
}

// witnessAt is the place where a specification is violated most.
func witnessAt(net *nn.Network, s *spec.Spec, x *proof.Result) (*Witness, error) {
	p := x.Worst
	if len(x.Violations) > 0 && x.Violated(p).Cmp(x.Violated(&x.Violations[0])) <= 0 {
		p = &x.Violations[0]
	}
	w := &Witness{Input: p.Point, Case: p.Item, Exact: true, Place: p}
	w.Margin, _ = new(big.Rat).Set(x.Violated(p)).Float64()
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
