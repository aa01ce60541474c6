package repair

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/spec"
)

const (
	// firstExtra is how much more than the margin the rows ask for at first,
	// relative to the size of the outputs: ten thousand roundings, enough to
	// cover those of storing and evaluating most networks.
	firstExtra = 1e-12
	// extraFactor: how much of a shortfall is added to the margin next time.
	extraFactor = 2
	// spare is how many times its rounding bound the extra margin may be before
	// it is cut down to shrunk times, where it keeps the objective off its bound.
	spare, shrunk = 1.5, 1.2
	// maxStores bounds how often the margin is enlarged.
	maxStores = 8
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
	net, err := rounded(net, opt.DType)
	if err != nil {
		return nil, nil, err
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
	free, err := opt.Free.mask(dense.Channel(nn.ValueChannel))
	if err != nil {
		return nil, err
	}
	p, err := newProblem(ctx, net, s, opt.Layer, opt)
	res.Time.Regions = time.Since(start).Seconds()
	var undecided *undecidedError
	switch {
	case errors.As(err, &undecided):
		return res.unknown(err.Error()), nil
	case err != nil && ctx.Err() != nil:
		return res.unknown(stopReason(ctx)), interrupted(ctx)
	case err != nil:
		return nil, err
	}
	res.size(p)
	if err := res.search(ctx, p, opt, free); err != nil {
		return nil, err
	}
	if res.Status == Unknown && ctx.Err() != nil {
		return res, interrupted(ctx)
	}
	return res, nil
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

// search solves, stores and checks, with the margin enlarged until the stored
// network meets the one asked for.
func (r *Result) search(ctx context.Context, p *problem, opt Options, free []bool) error {
	scale := 1.0
	for _, v := range p.y.Data {
		scale = max(scale, math.Abs(v))
	}
	norm := newNorm(opt, p.dense.Weight.Rows*(p.dense.Weight.Cols+1))
	g := newGenerator(p, norm, opt)
	s := newSolver(p, norm, opt.Bound, free)
	extra := firstExtra * scale
	if norm.l1 > 0 && norm.linf > 0 {
		g.seed(ctx, s, newEuclideanSolver(p, opt.Bound, free), extra)
	}
	if norm.euclidean {
		// The simplex tells whether there is a change at all, and finds rows.
		if out := g.run(ctx, s, extra, extra/2); out.status != Repaired {
			r.settle(out, free)
			return nil
		}
		s = newEuclideanSolver(p, opt.Bound, free)
		g.transfer(s)
	}
	for range maxStores {
		out := g.run(ctx, s, extra, extra/2)
		r.Time.Pricing, r.Time.Master = g.pricing.Seconds(), g.solving.Seconds()
		r.Size.Rounds, r.Size.Generated, r.Size.Pivots = g.rounds, g.total, s.pivots()
		if out.status != Repaired {
			r.settle(out, free)
			return nil
		}
		shortfall, err := r.accept(p, g, out, opt)
		switch {
		case err != nil:
			return err
		case shortfall > 0:
			extra += extraFactor * shortfall
		case nearly(r.Objective, r.LowerBound) || extra <= spare*r.Check.RoundingBound:
			return nil
		default:
			// The extra margin itself keeps the objective off its bound.
			extra = shrunk * r.Check.RoundingBound
		}
	}
	if r.Margin > r.Check.MarginReached-r.Check.RoundingBound {
		r.Status = RepairedUpToRounding
	}
	return nil
}

// accept stores the change, checks it, and records both. It returns by how much
// the check misses the margin; not positive means repaired.
func (r *Result) accept(p *problem, g *generator, out outcome, opt Options) (shortfall float64, err error) {
	start := time.Now()
	defer func() { r.Time.Check += time.Since(start).Seconds() }()
	net, change, d, err := p.store(opt.Layer, out.d, opt.DType)
	if err != nil {
		return 0, err
	}
	opt.Progress(Progress{Phase: "check", Layer: opt.Layer, Round: g.rounds, Rows: len(g.rows)})
	check := p.audit(net, g.p.margin, opt.Workers)
	r.Network, r.Change, r.Check = net, change, check
	r.L1, r.Linf, r.L2 = measures(d)
	r.Objective, r.LowerBound = g.norm.objective(d), min(out.lower, g.norm.objective(d))
	r.Size.ActiveRows = out.active
	r.Changed = 0
	for _, v := range d {
		if v != 0 {
			r.Changed++
		}
	}
	r.BoundBinds = r.Linf >= opt.Bound*(1-1e-9)
	r.Status = Repaired
	return r.Margin - (check.MarginReached - check.RoundingBound), nil
}

// settle records an outcome without a change.
func (r *Result) settle(out outcome, free []bool) {
	if out.status == Infeasible {
		r.conclude(out, free)
	} else {
		r.unknown(out.reason)
	}
}

// conclude decides what a proof of infeasibility at the enlarged margin says
// about the margin asked for.
func (r *Result) conclude(out outcome, free []bool) {
	proof := FarkasValue(out.farkas, r.Bound, free)
	switch {
	case proof < 0 && !out.doubt:
		*r = Result{
			Status: Infeasible, Layer: r.Layer, Norm: r.Norm, Margin: r.Margin, Bound: r.Bound, DType: r.DType,
			Farkas: out.farkas, Size: r.Size, Time: r.Time,
		}
	case r.Network != nil && r.Check.MarginReached >= r.Margin-max(r.Check.RoundingBound, firstExtra):
		r.Status = RepairedUpToRounding
	case out.doubt:
		r.unknown("no change within the bound was found, but the proof uses a unit that vanishes up to rounding")
	default:
		r.unknown("no change within the bound reaches more than the margin asked for, and none was shown impossible")
	}
}

// FarkasValue is sum y b + bound |A^T y|_1 over the free parameters (nil: all),
// for the rows' multipliers y. Negative, it proves that no change with
// |D_i| <= bound meets the rows, since every such D has
// y^T A D >= -bound |A^T y|_1 > y^T b.
func FarkasValue(rows []FarkasRow, bound float64, free []bool) float64 {
	if len(rows) == 0 {
		return math.Inf(1)
	}
	in := len(rows[0].H)
	q := make([]float64, len(rows[0].G)*in)
	value := 0.0
	for _, r := range rows {
		value += r.Multiplier * r.RHS
		for j, g := range r.G {
			for i, h := range r.H {
				q[j*in+i] += r.Multiplier * g * h
			}
		}
	}
	for i, v := range q {
		if free == nil || free[i] {
			value += bound * math.Abs(v)
		}
	}
	return value
}
