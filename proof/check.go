package proof

import (
	"context"
	"errors"
	"fmt"
	"math"
	"runtime"
	"slices"
	"sync"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/spec"
)

// Check decides whether a network, repaired or not, meets a specification, in
// exact arithmetic. Items to keep must have their classes already ([Bind]). A class
// is the output that is larger (or smaller) than every other one that is not allowed:
// at margin 0 a tie violates it, as equality does a strict half-space.
//
// Segments and polygons need a piecewise-affine network whose constants are
// dyadic, which means of other numbers than powers of 2 are not; maxima are
// replaced by pairs of ReLUs first, which patterns count. At points every network
// is evaluated, what is smooth or not dyadic enclosed in intervals of growing
// precision; amounts are upper bounds there, and what 4096 bits do not tell is
// unknown.
//
// It fails where network and specification do not fit, and with the context.
// What it cannot decide is no error but status StatusUnknown with the reason.
func Check(ctx context.Context, net *nn.Network, s *spec.Spec, opt Options) (*Result, error) {
	res, err := begin(net, s, &opt)
	if err != nil {
		return nil, err
	}
	c, err := newChecker(net, s, opt, res.Margin)
	var unsupported *unsupportedError
	switch {
	case errors.As(err, &unsupported) && s.Polytopes():
		return res.undecided(err.Error()), nil
	case errors.As(err, &unsupported):
		if r, err := checkPoints(ctx, net, s, opt, res); !errors.As(err, &unsupported) {
			return r, err
		}
		return res.undecided(unsupported.Error()), nil
	case err != nil:
		return nil, err
	}
	results := make([]*judge, len(c.jobs))
	var mu sync.Mutex
	pieces := 0
	err = parallel(len(c.jobs), opt.Workers, func(i int) error {
		j, err := c.check(ctx, i, simplexCell(len(c.jobs[i].corners)))
		if err != nil {
			return err
		}
		mu.Lock()
		defer mu.Unlock()
		results[i] = j
		if pieces += j.size.Pieces; opt.Progress != nil {
			opt.Progress(pieces)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	res.merge(results, opt.MaxViolations, opt.Workers)
	return res, nil
}

// begin checks that network and specification fit, and fills in the options.
func begin(net *nn.Network, s *spec.Spec, opt *Options) (*Result, error) {
	if err := s.Check(net.InDim(), net.OutDim()); err != nil {
		return nil, err
	}
	res := &Result{Margin: s.Margin}
	if opt.Margin != nil {
		res.Margin = *opt.Margin
	}
	if !(res.Margin >= 0) {
		return nil, fmt.Errorf("margin %v: want a number from 0", res.Margin)
	}
	if opt.MaxViolations == 0 {
		opt.MaxViolations = DefaultViolations
	}
	return res, nil
}

// undecided makes the result unknown for a reason.
func (r *Result) undecided(reason string) *Result {
	r.Status, r.Reason = StatusUnknown, reason
	return r
}

// checker is a check of simplices.
type checker struct {
	net    *network
	spec   *spec.Spec
	choice *network // see Options.Choice
	margin float64
	limit  int // of violations reported
	jobs   []job
}

// newChecker fails with an unsupportedError for networks that have no pieces to go
// through.
func newChecker(net *nn.Network, s *spec.Spec, opt Options, margin float64) (*checker, error) {
	n, err := compile(net)
	if err != nil {
		return nil, err
	}
	choice, err := chooser(n, opt.Choice)
	if err != nil {
		return nil, err
	}
	return &checker{net: n, choice: choice, spec: s, margin: margin, limit: opt.MaxViolations, jobs: jobsOf(s)}, nil
}

// chooser prepares the network that chooses among allowed classes; nil for the one
// that is checked.
func chooser(n *network, net *nn.Network) (*network, error) {
	if net == nil {
		return nil, nil
	}
	choice, err := compile(net)
	if err != nil {
		return nil, err
	}
	alike := len(choice.nodes) == len(n.nodes) && choice.net.OutDim() == n.net.OutDim() && choice.net.InDim() == n.net.InDim()
	for i := range n.nodes {
		if !alike {
			break
		}
		a, b := &n.nodes[i], &choice.nodes[i]
		alike = a.from == b.from && a.to == b.to && (a.pieces == nil) == (b.pieces == nil) &&
			(a.pieces == nil || slices.Equal(a.pieces.breaks, b.pieces.breaks))
	}
	if !alike {
		return nil, errors.New("the network that chooses among allowed classes is built otherwise than the one checked")
	}
	return choice, nil
}

// job is one simplex of an item.
type job struct {
	item, triangle int
	corners        [][]float64
}

// jobsOf lists the simplices of all items: points, segments, and the triangles
// of each polygon's fan.
func jobsOf(s *spec.Spec) []job {
	var jobs []job
	for i := range s.Items {
		switch it := &s.Items[i]; {
		case it.Segment != nil:
			jobs = append(jobs, job{i, 0, [][]float64{it.Segment.From, it.Segment.To}})
		case it.Polygon != nil:
			v := it.Polygon.Vertices
			for k := 1; k+1 < len(v); k++ {
				jobs = append(jobs, job{i, k - 1, [][]float64{v[0], v[k], v[k+1]}})
			}
		default:
			jobs = append(jobs, job{i, 0, [][]float64{it.Point}})
		}
	}
	return jobs
}

// check goes through the cells that a part of simplex i consists of.
func (c *checker) check(ctx context.Context, i int, part *cell) (*judge, error) {
	b, n := &c.jobs[i], c.net
	w := &walker{ctx: ctx, net: n, corners: len(b.corners)}
	j := &judge{
		walker: w, item: b.item, triangle: b.triangle, points: b.corners, full: len(b.corners) - 1, limit: c.limit,
		need: newNeed(&c.spec.Items[b.item].Output, n.net.OutDim(), c.margin), choice: c.choice,
	}
	w.visit = j.cell
	if err := w.node(part, inputState(b.corners), 0); err != nil {
		return nil, err
	}
	j.size.Signs, j.size.Exact = j.signs, j.cutter.exact
	j.piece = nil
	return j, nil
}

// merge joins the results of all simplices, in order.
func (r *Result) merge(js []*judge, limit, workers int) {
	r.Status, r.Worst = StatusHolds, worst(js, workers)
	for _, j := range js {
		r.Count += j.count
		r.Ties += j.ties
		r.Size.Pieces += j.size.Pieces
		r.Size.Faces += j.size.Faces
		r.Size.Rows += j.size.Rows
		r.Size.Signs += j.size.Signs
		r.Size.Exact += j.size.Exact
		r.Violations = append(r.Violations, j.found[:min(len(j.found), limit-len(r.Violations))]...)
	}
	if r.Count > 0 {
		r.Status = StatusViolated
		if r.Ties == r.Count && len(r.Violations) > 0 {
			r.Worst = &r.Violations[0] // one that is executed
		}
	}
}

// worst is the place with the largest amount of all simplices, the first of equal
// ones; nil where there are none.
func worst(js []*judge, workers int) *Place {
	floor, left := math.Inf(-1), 0
	for _, j := range js {
		if len(j.top.left) > 0 {
			floor = max(floor, j.top.floor)
		}
	}
	for _, j := range js {
		j.top.raise(floor)
		left += len(j.top.left)
	}
	if left > 1 { // candidates of one simplex share values
		_ = parallel(len(js), workers, func(i int) error {
			for k := range js[i].top.left {
				js[i].top.left[k].exactly()
			}
			return nil
		})
	}
	var best *candidate
	var of *judge
	for _, j := range js {
		for k := range j.top.left {
			if c := &j.top.left[k]; best == nil || c.exactly().Cmp(best.exactly()) > 0 {
				best, of = c, j
			}
		}
	}
	if best == nil {
		return nil
	}
	of.complete(&best.place, best.form, best.vertex, best.cell)
	return &best.place
}

// parallel calls f(0), ..., f(n-1) from several goroutines and returns the error
// of the smallest index that failed. After one, no new calls start.
func parallel(n, workers int, f func(i int) error) error {
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	var mu sync.Mutex
	next, failed := 0, n
	var first error
	var wg sync.WaitGroup
	for range min(workers, n) {
		wg.Go(func() {
			for {
				mu.Lock()
				i := next
				next++
				stop := i >= n || first != nil
				mu.Unlock()
				if stop {
					return
				}
				if err := f(i); err != nil {
					mu.Lock()
					if i < failed {
						failed, first = i, err
					}
					mu.Unlock()
				}
			}
		})
	}
	wg.Wait()
	return first
}
