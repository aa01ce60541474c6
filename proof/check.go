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
// Segments and polygons need a piecewise-affine network whose constants are dyadic, unlike
// those of means over a number of values that is not a power of 2. Maxima are first replaced
// by pairs of ReLUs, which count in patterns. At points every network is evaluated, with
// intervals of growing precision around everything that is smooth or not dyadic. Amounts are
// then upper bounds, and what 4096 bits do not decide is unknown.
//
// It fails if network and specification do not fit, and with the context. A question that it
// cannot decide is not an error but has status StatusUnknown with the reason.
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
	c.under(ctx)
	results := make([]*judge, len(c.jobs))
	c.crew = newCrew(opt.Workers)
	err = c.crew.run(len(c.jobs), func(i int) error {
		return c.check(ctx, i, simplexCell(len(c.jobs[i].corners)), &results[i])
	})
	if err != nil {
		return nil, err
	}
	return res, res.merge(results, opt)
}

// begin checks that network and specification fit, and fills in the options.
func begin(net *nn.Network, s *spec.Spec, opt *Options) (*Result, error) {
	if err := aboutOutputs(net, s.BeforeEnd); err != nil {
		return nil, err
	}
	if err := s.Check(net.InDim(), net.OutDim()); err != nil {
		return nil, err
	}
	res := &Result{Margin: s.Margin}
	if opt.Margin != nil {
		res.Margin = *opt.Margin
	}
	if !(res.Margin >= 0) || !isFinite(res.Margin) {
		return nil, fmt.Errorf("margin %v: want a finite number from 0", res.Margin)
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
	choice *network // see Options.Choice; net itself where its activation channel chooses
	margin float64
	limit  int // of violations reported
	jobs   []job
	crew   *crew // nil for one goroutine

	mu       sync.Mutex
	pieces   int
	progress func(pieces int)
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
	return &checker{net: n, choice: choice, spec: s, margin: margin, limit: opt.MaxViolations, jobs: jobsOf(s), progress: opt.Progress}, nil
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
	if choice.isActivationOf(n) {
		// Its values come with those of the network: nothing is to be computed twice.
		for i := range n.nodes {
			n.nodes[i].needed = true
		}
		return n, nil
	}
	return choice, nil
}

// isActivationOf reports whether the network's values are those of the activation channel
// of another one of like nodes.
func (n *network) isActivationOf(m *network) bool {
	for i := range n.nodes {
		a, b := &n.nodes[i], &m.nodes[i]
		switch {
		case !slices.Equal(a.inputs, b.inputs):
			return false
		case a.pieces != nil:
			if !slices.Equal(a.pieces.slope, b.pieces.slope) || !slices.Equal(a.pieces.offset, b.pieces.offset) {
				return false
			}
		default:
			v, w := a.value, b.act
			if v.rows != w.rows || v.cols != w.cols || !slices.Equal(v.w, w.w) || !slices.Equal(v.bias, w.bias) ||
				!slices.Equal(v.index, w.index) || !slices.Equal(v.first, w.first) {
				return false
			}
		}
	}
	return true
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

// under sets the context that exact arithmetic obeys.
func (c *checker) under(ctx context.Context) {
	c.net.ctx = ctx
	if c.choice != nil {
		c.choice.ctx = ctx
	}
}

// check goes through the cells that a part of simplex i consists of, and others of the
// crew with it; first is the first judge of them.
func (c *checker) check(ctx context.Context, i int, part *cell, first **judge) error {
	b, n := &c.jobs[i], c.net
	w := &walker{ctx: ctx, net: n, corners: len(b.corners)}
	j := &judge{
		walker: w, item: b.item, triangle: b.triangle, points: b.corners, full: len(b.corners) - 1, limit: c.limit,
		need: newNeed(&c.spec.Items[b.item].Output, n.net.OutDim(), c.margin), choice: c.choice,
	}
	*first = j
	w.visit = j.cell
	return c.walk(j, func(w *walker) error { return w.node(part, inputState(b.corners), 0) })
}

// walk lets a judge's walker go through a part of a simplex.
func (c *checker) walk(j *judge, start func(*walker) error) error {
	w := j.walker
	w.tell = c.count
	if c.crew != nil {
		w.give = func(start func(*walker) error) bool {
			if !c.crew.wanted() {
				return false
			}
			// The part comes behind what this judge has seen, and before what is left.
			other := &walker{ctx: w.ctx, net: w.net, corners: w.corners}
			before := j.next
			theirs := j.fresh(other)
			mine := theirs.fresh(w)
			if !c.crew.give(func() error { return c.walk(theirs, start) }) {
				j.next, w.visit = before, j.cell
				return false
			}
			j = mine
			return true
		}
	}
	err := uninterrupted(func() error { return start(w) })
	w.give = nil
	j.piece = nil
	c.count(w.told)
	j.size.Signs, j.size.Exact = w.signs, w.exact
	return err
}

// count tells of some more pieces.
func (c *checker) count(more int) {
	if c.progress == nil || more == 0 {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.pieces += more
	c.progress(c.pieces)
}

// merge joins the results of all simplices, in order.
func (r *Result) merge(first []*judge, opt Options) error {
	var js []*judge
	for _, j := range first {
		for ; j != nil; j = j.next {
			js = append(js, j)
		}
	}
	r.Status = StatusHolds
	err := uninterrupted(func() error { return r.findWorst(js, opt.Workers) })
	if err != nil {
		return err
	}
	open := 0
	for _, j := range js {
		r.Count += j.count
		r.Ties += j.ties
		open += j.open
		r.Size.Pieces += j.size.Pieces
		r.Size.Faces += j.size.Faces
		r.Size.Rows += j.size.Rows
		r.Size.Signs += j.size.Signs
		r.Size.Exact += j.size.Exact
		r.Violations = append(r.Violations, j.found[:min(len(j.found), opt.MaxViolations-len(r.Violations))]...)
	}
	if open > 0 {
		r.Status, r.Reason = StatusUnknown, fmt.Sprintf("%d bits do not tell whether a share is large enough", lastBits)
	}
	if r.Count > 0 {
		r.Status, r.Reason = StatusViolated, ""
		if r.Ties == r.Count && len(r.Violations) > 0 {
			r.Worst = &r.Violations[0] // one that is executed
		}
	}
	return nil
}

// findWorst finds the place with the largest amount of all simplices, the first of
// equal ones.
func (r *Result) findWorst(js []*judge, workers int) error {
	floor := math.Inf(-1)
	for _, j := range js {
		if len(j.top.left) > 0 {
			floor = max(floor, j.top.floor)
		}
	}
	var left []*candidate
	var of []*judge
	for _, j := range js {
		j.top.raise(floor)
		for k := range j.top.left {
			left, of = append(left, &j.top.left[k]), append(of, j)
		}
	}
	if len(left) == 0 {
		return nil
	}
	if len(left) > 1 {
		err := parallel(len(left), workers, func(i int) error {
			return uninterrupted(func() error { left[i].exactly(); return nil })
		})
		if err != nil {
			return err
		}
	}
	best := 0
	for i := 1; i < len(left); i++ {
		if left[i].exactly().Cmp(left[best].exactly()) > 0 {
			best = i
		}
	}
	c := left[best]
	of[best].complete(&c.place, c.form, c.vertex, c.cell)
	r.Worst = &c.place
	return nil
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
