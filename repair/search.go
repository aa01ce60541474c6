package repair

import (
	"context"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/netmend/netmend/nn"
)

const (
	// firstExtra is how much more than the margin the rows ask for at first,
	// relative to the size of the outputs: some ten thousand roundings, enough
	// to cover those of storing and evaluating most networks.
	firstExtra = 6e-12
	// thinTolerance, relative to the size of the outputs, is how exactly rows
	// are met where the requirement leaves no room for an extra margin.
	thinTolerance = 1e-12
	// extraFactor: how much of a shortfall is added to the margin next time.
	extraFactor = 2
	// spare is how many times its rounding bound the extra margin may be before
	// it is cut down to shrunk times, where it keeps the objective off its bound.
	spare, shrunk = 1.5, 1.2
	// maxStores bounds how often the margin is enlarged.
	maxStores = 8
)

// search looks for a change that the network as stored proves: it solves with a
// margin a little larger than asked for, stores, checks, and tries again.
type search struct {
	p    *problem
	opt  Options
	free []bool
	res  *Result

	norm   normal
	g      *generator
	solver solver
	first  solver // that the search began with
	// proving: the solver is the simplex that finds out for the Euclidean norm
	// whether there is a change at all.
	proving bool
	scale   float64 // size of the outputs

	candidate *candidate // the last change that was stored, nil for none
	extra     *float64   // margin beyond the one asked for of the last search
}

func newSearch(p *problem, opt Options, free []bool, res *Result) *search {
	x := &search{p: p, opt: opt, free: free, res: res, scale: 1}
	x.measure()
	x.norm = newNorm(opt, p.parameters())
	x.g = newGenerator(p, x.norm, opt)
	x.solver = newSolver(p, x.norm, opt.Bound, free)
	x.first = x.solver
	x.proving = x.norm.euclidean
	return x
}

// measure sets the size of the outputs.
func (x *search) measure() {
	for _, v := range x.p.Outputs.Data {
		x.scale = max(x.scale, math.Abs(v))
	}
}

// find searches, and once more with the simplex where numerics keep the interior-point
// method from an answer, as on degenerate programs, and the simplex is not too expensive.
func (x *search) find(ctx context.Context) error {
	err := x.search(ctx)
	if err != nil || x.res.Status != Unknown || ctx.Err() != nil || !x.interior() || x.p.execution != nil {
		return err
	}
	flat := newFlatSolver(x.p, x.norm, x.opt.Bound, x.free, len(x.g.rows))
	if flat == nil {
		return nil
	}
	x.first, x.solver, x.proving = flat, flat, x.norm.euclidean
	x.g = newGenerator(x.p, x.norm, x.opt)
	r := x.res
	before, size := r.Time, r.Size
	r.Status, r.Reason = "", ""
	err = x.search(ctx)
	r.Time.Pricing += before.Pricing
	r.Time.Master += before.Master
	r.Size.Rounds += size.Rounds
	r.Size.Generated += size.Generated
	r.Size.Pivots += size.Pivots
	return err
}

// interior reports whether the search began with the interior-point method.
func (x *search) interior() bool {
	_, ok := x.first.(*interiorSolver)
	return ok
}

func (x *search) search(ctx context.Context) error {
	extra := float64(firstExtra * x.scale)
	thin, cut := false, false // no extra margin, or cut down to what is needed
	enough := 0.0             // the extra margin before it was cut
	var met *candidate        // a repair at hand while a smaller one is looked for
	x.candidate = nil
	if x.extra != nil { // again, with more rows
		extra, thin = *x.extra, *x.extra == 0
		cut = true // what it costs is known
		if x.norm.euclidean {
			x.proving, x.solver = true, x.simplex()
			x.g.extra = extra
			x.g.transfer(x.solver)
		}
	} else if x.norm.linf > 0 && x.p.op.rankOne() {
		x.g.seed(ctx, x.solver, newEuclideanSolver(x.p, x.opt.Bound, x.free), extra)
	}
	defer func() { x.extra = &extra }()
	for range maxStores {
		out := x.solve(ctx, extra)
		if out.status == Infeasible && !thin && !x.proves(out.farkas) {
			// No room for the extra margin: without any.
			extra, thin = 0, true
			continue
		}
		if out.status != Repaired {
			x.settle(out)
			if x.candidate = met; met != nil {
				x.restore()
			}
			return nil
		}
		shortfall, err := x.accept(ctx, out)
		switch {
		case err != nil && ctx.Err() != nil:
			x.forget()
			x.res.unknown(stopReason(ctx))
			if x.candidate = met; met != nil {
				x.restore()
			}
			return nil
		case err != nil:
			return err
		case shortfall <= 0 && (cut || x.p.execution != nil || nearly(x.res.Objective, x.res.LowerBound) ||
			!nearly(x.res.Objective, out.own) || extra <= spare*x.res.Check.RoundingBound):
			return nil
		case shortfall <= 0:
			// The extra margin itself keeps the objective off its bound.
			met, enough = x.candidate, extra
			extra, cut = float64(shrunk*x.res.Check.RoundingBound), true
		case thin:
			x.upToRounding()
			return nil
		case cut:
			extra = max(extra+float64(extraFactor*shortfall), enough)
		default:
			extra += float64(extraFactor * shortfall)
		}
	}
	switch missed := x.res.Margin > x.res.Check.MarginReached-x.res.Check.RoundingBound; {
	case missed && met != nil:
		x.candidate = met
		x.restore()
	case missed:
		x.upToRounding()
	}
	return nil
}

// candidate is a change as stored, with what is known of it.
type candidate struct {
	net    *nn.Network
	d      []float64
	result Result
}

// restore makes the candidate the result.
func (x *search) restore() {
	time, size := x.res.Time, x.res.Size
	*x.res = x.candidate.result
	x.res.Time, x.res.Size.Rounds, x.res.Size.Generated, x.res.Size.Pivots = time, size.Rounds, size.Generated, size.Pivots
}

// restart drops all rows and the solver, some key points being no more.
func (x *search) restart() {
	x.g = newGenerator(x.p, x.norm, x.opt)
	x.solver = x.simplex()
	x.first, x.proving, x.extra = x.solver, x.norm.euclidean, nil
	x.forget()
	x.res.Status, x.res.Farkas = "", nil
}

// simplex is a new solver like the first one.
func (x *search) simplex() solver {
	if _, flat := x.first.(*flatSolver); flat {
		return newFlatSolver(x.p, x.norm, x.opt.Bound, x.free, 1)
	}
	return newSolver(x.p, x.norm, x.opt.Bound, x.free)
}

// forget drops the candidate.
func (x *search) forget() {
	x.candidate = nil
	x.res.Network, x.res.Change, x.res.Dual = nil, nil, nil
}

// solve generates rows for the margin enlarged by extra.
func (x *search) solve(ctx context.Context, extra float64) outcome {
	tolerance := float64(extra / 2)
	if extra == 0 {
		tolerance = float64(thinTolerance * x.scale)
	}
	out := x.g.generate(ctx, x.solver, extra, tolerance)
	if x.proving && out.status == Repaired {
		x.proving = false
		x.solver = newEuclideanSolver(x.p, x.opt.Bound, x.free)
		x.g.transfer(x.solver)
		out = x.g.generate(ctx, x.solver, extra, tolerance)
	}
	r := x.res
	r.Time.Pricing, r.Time.Master = x.g.pricing.Seconds(), x.g.solving.Seconds()
	r.Size.Rounds, r.Size.Generated, r.Size.Pivots = x.g.rounds, x.g.total, x.solver.pivots()
	return out
}

// accept stores the change, checks it, and records both. It returns by how much
// the check misses the margin; not positive means repaired.
func (x *search) accept(ctx context.Context, out outcome) (shortfall float64, err error) {
	r, p, g, opt := x.res, x.p, x.g, x.opt
	start := time.Now()
	defer func() { r.Time.Check += time.Since(start).Seconds() }()
	values, err := p.round(out.d, opt.Bound, opt.DType)
	if err != nil {
		return 0, err
	}
	net, change, d, err := p.store(opt.Layer, values)
	if err != nil {
		return 0, err
	}
	opt.Progress(Progress{Phase: "check", Layer: opt.Layer, Round: g.rounds, Rows: len(g.rows)})
	check, err := p.audit(ctx, net, g.p.margin, opt.Workers)
	if err != nil {
		return 0, err
	}
	r.Network, r.Check, r.Dual = net, check, out.dual
	x.measured(change, d)
	r.LowerBound = max(0, min(out.lower, r.Objective))
	r.Size.ActiveRows = out.active
	r.Status = Repaired
	x.candidate = &candidate{net: net, d: d, result: *r}
	if len(p.Keys) == 0 {
		return 0, nil // nothing is known to be asked
	}
	return r.Margin - (check.MarginReached - check.RoundingBound), nil
}

// measured records the change of a repair.
func (x *search) measured(change *nn.Params, d []float64) {
	r := x.res
	r.Change = change
	r.L1, r.Linf, r.L2 = measures(d)
	r.Objective = x.norm.objective(d)
	r.Changed = 0
	for _, v := range d {
		if v != 0 {
			r.Changed++
		}
	}
	r.BoundBinds = r.Linf >= x.opt.Bound*(1-1e-9)
}

// upToRounding gives a stored change that misses the margin its status: the
// requirement leaves no room for rounding.
func (x *search) upToRounding() {
	r := x.res
	reached := r.Check.MarginReached
	var ways []string
	if r.Margin > 0 {
		ways = append(ways, "ask for less")
	}
	if r.DType != nn.Float64 {
		ways = append(ways, "store it in float64")
	}
	advice := ""
	if len(ways) > 0 {
		advice = "; " + strings.Join(ways, ", or ")
	}
	r.Network, r.Change = nil, nil
	r.unknown(fmt.Sprintf("the margin %g is missed by %.3g once the change is stored in %v%s",
		r.Margin, r.Margin-reached, r.DType, advice))
}

// settle records an outcome without a change.
func (x *search) settle(out outcome) {
	r := x.res
	r.Network, r.Change, r.Check, r.Dual = nil, nil, CheckResult{}, nil
	switch {
	case out.status != Infeasible:
		r.unknown(out.reason)
	case x.p.execution != nil:
		// The rows ask for more than the requirement does.
		r.unknown(fmt.Sprintf("no change within the bound was found with which executions in %v are sure to meet the requirement", x.opt.DType))
		x.p.execution.refuted = true
	case x.opt.Arithmetic == Exact && (!x.interior() || x.proves(out.farkas)):
		r.Status, r.Farkas, r.Dual = Infeasible, out.farkas, out.dual
	case !x.proves(out.farkas):
		r.unknown("no change within the bound was found, and none was shown impossible")
	default:
		r.Status, r.Farkas, r.Dual = Infeasible, out.farkas, out.dual
	}
}

// proves reports whether multipliers show infeasibility beyond the errors of the
// rows themselves: a requirement that leaves no room would otherwise be rejected over a
// rounding error.
func (x *search) proves(rows []FarkasRow) bool {
	return FarkasValue(rows, x.opt.Bound, x.free) < -farkasDoubt(rows, x.opt.Bound, x.scale)
}
