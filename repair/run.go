package repair

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/netmend/netmend/cert"
	"github.com/netmend/netmend/internal/executor"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/proof"
	"github.com/netmend/netmend/repair/conflict"
	"github.com/netmend/netmend/spec"
	"github.com/netmend/netmend/spec/final"
)

// Run looks for the smallest change of layer opt.Layer that makes the network
// meet the specification (Algorithms 1 and 2), stores it and checks it.
//
// If the network has an end, the specification is about its file's outputs, unless it is
// stated before the end already (package final).
//
// It fails, before any work, if layer, specification and network do not fit, or if the
// specification has a polytope and the network is smooth. A limit reached or a numerical
// failure is not an error but has Status Unknown, with the reason; so has an interrupt, for
// which ctx.Err() is returned as well.
func Run(ctx context.Context, net *nn.Network, s *spec.Spec, opt Options) (*Result, error) {
	opt, err := opt.withDefaults()
	if err != nil {
		return nil, err
	}
	net, s, err = prepare(ctx, net, s, opt)
	if late(ctx, err) {
		return opt.result(s, opt.Layer).unknown(stopReason(ctx)), nil
	}
	if err != nil {
		return nil, err
	}
	if s.Shares() {
		r, _, err := withShares(ctx, net, s, opt, func(ctx context.Context, s *spec.Spec) (*Result, error) { return repairLayer(ctx, net, s, opt) })
		return r, err
	}
	return repairLayer(ctx, net, s, opt)
}

// late reports whether an error only says that the time was over.
func late(ctx context.Context, err error) bool {
	return err != nil && errors.Is(ctx.Err(), context.DeadlineExceeded)
}

// result is an empty one for a layer.
func (opt *Options) result(s *spec.Spec, layer int) *Result {
	r := &Result{Layer: layer, Norm: opt.Norm, Bound: opt.Bound, DType: opt.DType}
	switch {
	case opt.Margin != nil:
		r.Margin = *opt.Margin
	case s != nil:
		r.Margin = s.Margin
	}
	return r
}

// prepare rounds the network to the stored type, and states the specification before its
// end, checks and binds it.
func prepare(ctx context.Context, net *nn.Network, s *spec.Spec, opt Options) (*nn.Network, *spec.Spec, error) {
	s, err := final.Spec(s, net)
	if err != nil {
		return nil, nil, err
	}
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
	if net, err = rounded(net, opt.DType); err != nil {
		return nil, nil, err
	}
	if opt.Executed {
		if _, err := executor.New(net, opt.DType); err != nil {
			return nil, nil, fmt.Errorf("executions in %v: %w", opt.DType, err)
		}
	}
	if opt.Arithmetic == Exact {
		if bound, unknown, err := proof.Bind(ctx, net, s); err != nil || unknown == "" {
			return net, bound, err
		}
	}
	bound, err := s.Bind(net.OutDim(), func(points [][]float64) ([][]float64, error) { return outputs(ctx, net, points, opt.Workers) })
	return net, bound, err
}

// outputs evaluates a network at points.
func outputs(ctx context.Context, net *nn.Network, points [][]float64, workers int) ([][]float64, error) {
	x, err := nn.MatrixOf(points)
	if err != nil {
		return nil, err
	}
	y, err := net.EvalContext(ctx, x, workers)
	if err != nil {
		return nil, err
	}
	return nn.RowsOf(y), nil
}

// repairLayer is Run on prepared input.
func repairLayer(ctx context.Context, net *nn.Network, s *spec.Spec, opt Options) (*Result, error) {
	a, res, err := newAttempt(ctx, net, s, opt)
	if a != nil && err == nil {
		res, err = a.repair()
	}
	if err != nil || !res.unstored || opt.DType == nn.Float64 || ctx.Err() != nil {
		return res, err
	}
	asked := opt.DType
	opt.DType = nn.Float64
	other, err := repairLayer(ctx, net, s, opt)
	if err != nil {
		return nil, err
	}
	return res.orWider(other, asked, opt.Wider), nil
}

// orWider is the repair stored in float64, where one will do and there is one, in place of
// a result without a network of the type asked for; otherwise its reason says whether there is.
func (r *Result) orWider(other *Result, asked nn.DType, will bool) *Result {
	switch {
	case other.Status != Repaired:
		r.Reason += "; nor in float64"
	case !will:
		r.Reason += "; in float64 there is one, proven"
	default:
		other.Reason = fmt.Sprintf("no network stored in %v was found", asked)
		return other
	}
	return r
}

// attempt is the repair of one layer on its way.
type attempt struct {
	ctx    context.Context
	cancel context.CancelFunc
	start  time.Time
	opt    Options
	free   []bool
	prover *prover
	res    *Result
}

// newAttempt prepares the repair of layer opt.Layer. Without an attempt there is a
// result already.
func newAttempt(ctx context.Context, net *nn.Network, s *spec.Spec, opt Options) (*attempt, *Result, error) {
	a := &attempt{ctx: ctx, start: time.Now(), opt: opt, cancel: func() {}}
	if opt.MaxTime > 0 {
		a.ctx, a.cancel = context.WithTimeout(ctx, opt.MaxTime)
	}
	a.res = opt.result(s, opt.Layer)
	_, layer, err := net.Layer(opt.Layer)
	if err != nil {
		return nil, nil, err
	}
	if a.free, err = opt.Free.Mask(layer.Channel(nn.ValueChannel)); err != nil {
		return nil, nil, err
	}
	if opt.Arithmetic == Exact {
		contradicted, err := a.contradicted(net, s)
		if late(a.ctx, err) {
			contradicted, err = true, nil
			a.res.unknown(stopReason(a.ctx))
		}
		if err != nil || contradicted {
			a.cancel()
			a.res.Time.Total = time.Since(a.start).Seconds()
			return nil, a.res, err
		}
	}
	lowered := net
	if net.SelectionNode() >= 0 && s.Polytopes() {
		// The regions are those of the lowered network, which is the same function; its
		// value parameters are those of the network itself.
		lowered = net.LowerSelections()
	}
	p, err := newProblem(a.ctx, lowered, s, opt.Layer, opt)
	a.res.Time.Regions = time.Since(a.start).Seconds()
	switch {
	case Undecided(err):
		return nil, a.res.unknown(err.Error()), nil
	case err != nil && a.ctx.Err() != nil:
		return nil, a.res.unknown(stopReason(a.ctx)), interrupted(a.ctx)
	case err != nil:
		return nil, nil, err
	}
	a.res.size(p)
	a.prover = newProver(newSearch(p, opt, a.free, a.res), net, s)
	return a, a.res, nil
}

// repair searches and proves what was found.
func (a *attempt) repair() (*Result, error) {
	defer a.cancel()
	defer func() { a.res.Time.Total = time.Since(a.start).Seconds() }()
	look := a.prover.repair
	if a.opt.Executed {
		look = a.executed
	}
	if err := look(a.ctx); err != nil {
		return nil, err
	}
	if a.res.Status == Unknown && a.ctx.Err() != nil {
		return a.res, interrupted(a.ctx)
	}
	return a.res, nil
}

// again goes on with what was found.
func (a *attempt) again(ctx context.Context) (*Result, error) {
	a.start, a.ctx, a.cancel = time.Now().Add(-time.Duration(a.res.Time.Total*float64(time.Second))), ctx, func() {}
	if a.opt.MaxTime > 0 {
		a.ctx, a.cancel = context.WithTimeout(ctx, a.opt.MaxTime)
	}
	if !a.opt.Executed {
		return a.repair()
	}
	a.res.Status = Repaired
	if err := a.prover.confirm(a.ctx); err != nil {
		return nil, err
	}
	return a.res, nil
}

// executed looks for a repair that holds as executed, and proves that it holds in
// real arithmetic, too.
func (a *attempt) executed(ctx context.Context) error {
	v := a.prover
	if err := searchExecution(ctx, v.x.p, a.opt, a.free, a.res); err != nil || a.res.Status != Repaired {
		return err
	}
	return v.confirm(ctx)
}

// contradicted reports whether two items exclude each other by themselves, which needs no
// search.
func (a *attempt) contradicted(net *nn.Network, s *spec.Spec) (bool, error) {
	r := a.res
	body := &cert.Repair{Layer: r.Layer, Margin: r.Margin, Bound: &r.Bound}
	var err error
	if body.Free, err = FreeRuns(net, r.Layer, a.opt.Free); err != nil {
		return false, err
	}
	value := conflict.Opposed(a.ctx, net, s, body, a.opt.Workers)
	if value == nil {
		return false, nil
	}
	r.refuted(s, net.OutDim(), body.Rows, value)
	return true, nil
}

// Undecided reports whether an error, of [Check] among others, says that something was
// neither shown nor refuted: too many patterns in executions, values that may overflow
// there, jumps.
func Undecided(err error) bool {
	var many *tooManyError
	var large *executor.RangeError
	var jump *executor.JumpError
	return errors.As(err, &many) || errors.As(err, &large) || errors.As(err, &jump)
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
	n := p.Counts()
	r.Size = Size{Regions: n.Regions, Cells: n.Cells, KeyPoints: n.Keys, Distinct: len(p.Keys), FacePoints: n.FaceKeys, Rows: n.Rows}
}
