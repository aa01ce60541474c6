package repair

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/spec"
)

// Run looks for the smallest change of layer opt.Layer that makes the network
// meet the specification (Algorithms 1 and 2), stores it and checks it.
//
// It fails, before any work, where layer, specification and network do not fit
// or a polytope is required of a smooth network. A limit reached or a numerical
// failure is no error but Status Unknown, with the reason; so is an interrupt,
// for which ctx.Err() is returned beside the result.
func Run(ctx context.Context, net *nn.Network, s *spec.Spec, opt Options) (*Result, error) {
	opt, err := opt.withDefaults()
	if err != nil {
		return nil, err
	}
	net, s, err = prepare(net, s, opt)
	if err != nil {
		return nil, err
	}
	return run(ctx, net, s, opt)
}

// prepare rounds the network to the stored type, and checks and binds the
// specification.
func prepare(net *nn.Network, s *spec.Spec, opt Options) (*nn.Network, *spec.Spec, error) {
	if err := s.Check(net.InDim(), net.OutDim()); err != nil {
		return nil, nil, err
	}
	if i := net.SmoothNode(); i >= 0 && s.Polytopes() {
		return nil, nil, fmt.Errorf("node %d (%s %q) is not piecewise affine: segments and polygons need a piecewise-affine network; point repair works for this one",
			i, net.Nodes[i].Op.Kind(), net.Nodes[i].Name)
	}
	if i := net.SelectionNode(); i >= 0 && s.Polytopes() && opt.Executed {
		return nil, nil, fmt.Errorf("node %d (%s %q) is a maximum: a repair of segments and polygons as executed is not supported for it; "+
			"repair at points, or in exact arithmetic, works", i, net.Nodes[i].Op.Kind(), net.Nodes[i].Name)
	}
	net, err := rounded(net, opt.DType)
	if err != nil {
		return nil, nil, err
	}
	if opt.Executed {
		if _, err := nn.NewExecutor(net, opt.DType); err != nil {
			return nil, nil, fmt.Errorf("executions in %v: %w", opt.DType, err)
		}
	}
	bound, err := s.Bind(net.OutDim(), func(points [][]float64) ([][]float64, error) { return outputs(net, points, opt.Workers) })
	return net, bound, err
}

// outputs evaluates a network at points.
func outputs(net *nn.Network, points [][]float64, workers int) ([][]float64, error) {
	x, err := nn.MatrixOf(points)
	if err != nil {
		return nil, err
	}
	y, err := net.Eval(x, workers)
	if err != nil {
		return nil, err
	}
	rows := make([][]float64, y.Rows)
	for i := range rows {
		rows[i] = y.Row(i)
	}
	return rows, nil
}

// run is Run on prepared input.
func run(ctx context.Context, net *nn.Network, s *spec.Spec, opt Options) (*Result, error) {
	if net.SelectionNode() < 0 || !s.Polytopes() {
		return runLowered(ctx, net, s, opt)
	}
	// The regions are those of the lowered network, which is the same function; its
	// value parameters are those of the network itself.
	res, err := runLowered(ctx, net.LowerSelections(), s, opt)
	if res == nil || res.Network == nil {
		return res, err
	}
	_, l, missing := res.Network.Layer(opt.Layer)
	if missing != nil {
		return nil, missing
	}
	whole, missing := net.WithLayer(opt.Layer, l.Channel(nn.ValueChannel))
	if missing != nil {
		return nil, missing
	}
	res.Network = whole
	return res, err
}

// runLowered is run on a network without selections, or for points alone.
func runLowered(ctx context.Context, net *nn.Network, s *spec.Spec, opt Options) (*Result, error) {
	start := time.Now()
	if opt.TimeLimit > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, opt.TimeLimit)
		defer cancel()
	}
	res := &Result{Layer: opt.Layer, Norm: opt.Norm, Bound: opt.Bound, DType: opt.DType, Margin: s.Margin}
	if opt.Margin != nil {
		res.Margin = *opt.Margin
	}
	defer func() { res.Time.Total = time.Since(start).Seconds() }()
	_, dense, err := net.Layer(opt.Layer)
	if err != nil {
		return nil, err
	}
	free, err := opt.Free.Mask(dense.Channel(nn.ValueChannel))
	if err != nil {
		return nil, err
	}
	p, err := newProblem(ctx, net, s, opt.Layer, opt)
	res.Time.Regions = time.Since(start).Seconds()
	switch {
	case Undecided(err):
		return res.unknown(err.Error()), nil
	case err != nil && ctx.Err() != nil:
		return res.unknown(stopReason(ctx)), interrupted(ctx)
	case err != nil:
		return nil, err
	}
	res.size(p)
	look := func() error { return newSearch(p, opt, free, res).run(ctx) }
	if opt.Executed {
		look = func() error { return searchExecution(ctx, p, opt, free, res) }
	}
	if err := look(); err != nil {
		return nil, err
	}
	if res.Status == Unknown && ctx.Err() != nil {
		return res, interrupted(ctx)
	}
	return res, nil
}

// Undecided tells whether an error, of [Check] among others, says that something was
// neither shown nor refuted: too many patterns on a face or in executions, values
// that may overflow there, jumps.
func Undecided(err error) bool {
	var faces *undecidedError
	var many *tooManyError
	var large *nn.RangeError
	var jump *nn.JumpError
	return errors.As(err, &faces) || errors.As(err, &many) || errors.As(err, &large) || errors.As(err, &jump)
}

// interrupted is ctx.Err() unless only the time limit was reached.
func interrupted(ctx context.Context) error {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return nil
	}
	return ctx.Err()
}

func (r *Result) unknown(reason string) *Result {
	r.Status, r.Reason = Unknown, reason
	return r
}

func (r *Result) size(p *problem) {
	r.Size = Size{
		Regions: p.regions, Cells: len(p.cells) - p.single,
		KeyPoints: p.repeated, Distinct: len(p.keys), FacePoints: p.facePoints, Rows: p.repeatedRows,
	}
}
