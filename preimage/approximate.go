package preimage

import (
	"container/heap"
	"context"
	"errors"
	"fmt"
	"runtime"
	"time"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/set"
)

// ApproximateOptions of [Approximate]. The zero value bounds the whole box once.
type ApproximateOptions struct {
	// Coverage is the share of the preimage at which the search ends, as it
	// estimates it on the way; 0 means after the first box.
	Coverage float64
	// Gap is the share of the box that may remain between the two
	// approximations; the search ends at either, where they are set.
	Gap float64
	// MaxBoxes and MaxTime end the search early; 0 means no limit.
	MaxBoxes int
	MaxTime  time.Duration
	// OverOnly asks for the superset alone: the search goes on until nothing is
	// left of it, or a limit, whatever samples say.
	OverOnly bool
	// Samples is the number of points of each box that tell how much of it is
	// undecided; 0 means 64.
	Samples int
	// Measure is the number of points of the whole domain by which the result is
	// measured; 0 means 10,000.
	Measure int
	// Seed of all samples. The result depends on it, but not on Workers.
	Seed    uint64
	Workers int
	// Progress, where not nil, is told now and then how many boxes there are, and
	// the estimate of the coverage.
	Progress func(boxes int, coverage float64)
}

// Approximation is a preimage within a box from both sides.
type Approximation struct {
	// Under is a subset of the preimage, Over a superset. Pieces of different
	// boxes overlap on faces only; those of one box overlap where members of the
	// target do.
	Under, Over Result
	// Coverage is the share of the preimage that lies in Under; Excess is the
	// share of Over's part of the box that lies outside the preimage. Both are
	// measured with samples of their own.
	Coverage, Excess Estimate
	// Boxes is the number of boxes that the domain was divided into.
	Boxes int
}

// Approximate encloses the preimage {x in domain : net(x) in target} from below
// and from above: on a box, every half-space of the target is bounded by affine
// functions of the input, an upper bound for the subset and a lower bound for
// the superset, both with rounding accounted for. Boxes in which the two differ
// most are halved, again and again. It takes every activation function, smooth
// ones too, and many inputs; the subset is a proof for what it contains, the
// superset for what it does not.
//
// The order is best-first: the score of a box is the volume of its part that is
// in the preimage, but not in the subset, as its samples estimate it. A box is
// halved along the input that accounts for most of the width of the bounds.
//
// Where a small piecewise-affine network's preimage is still not covered after a number of
// boxes, since outputs are exactly at the border of the target on sets with an interior for
// example, the pieces are those of exact arithmetic, rounded inward and outward: all of it is
// covered.
//
// A limit that is reached is no error: what is missing from the subset is in the
// superset, and both remain what they are; the results' Limit says so. It fails
// for an unbounded or empty domain, where dimensions do
// not agree, and with ctx.Err().
func Approximate(ctx context.Context, net *nn.Network, domain set.Box, target set.Union, opt ApproximateOptions) (*Approximation, error) {
	net = net.LowerSelections()
	if err := errors.Join(checkBox(net, domain), checkTarget(net, target)); err != nil {
		return nil, err
	}
	if domain.Empty() || !domain.Bounded() {
		return nil, fmt.Errorf("the domain %v is empty or unbounded: want finite lower and upper limits of every input", domain)
	}
	b, err := newBounder(net)
	if err != nil {
		return nil, err
	}
	if opt.Samples == 0 {
		opt.Samples = 64
	}
	if opt.Measure == 0 {
		opt.Measure = 10_000
	}
	a := &approximator{net: net, domain: domain, target: target, opt: opt, bounders: []*bounder{b}}
	workers := opt.Workers
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	for len(a.bounders) < workers {
		a.bounders = append(a.bounders, b.fork())
	}
	ctx, stop := withLimit(ctx, opt.MaxTime)
	defer stop()
	return a.run(ctx)
}

// approximator is a run of [Approximate].
type approximator struct {
	net      *nn.Network
	domain   set.Box
	target   set.Union
	opt      ApproximateOptions
	bounders []*bounder
	root     *part
	open     parts
	boxes    int
	// Estimated volumes, in shares of the domain: of what is in the preimage and
	// of what is in the subset.
	inside, covered float64
}

// boxesFirst is the number of boxes after which exact arithmetic is tried, with at most
// exactCells cells; it takes about as long.
const (
	boxesFirst = 256
	exactCells = 1 << 10
)

// goalStep is how much more than the goal is asked of the estimates, each time
// that the measured coverage falls short of it.
const goalStep = 0.002

// run searches until the measured coverage reaches the goal: the estimates that
// guide the search are too good by as much as it follows them.
func (a *approximator) run(ctx context.Context) (*Approximation, error) {
	goal, most := a.opt.Coverage, a.opt.MaxBoxes
	exact := a.isSmall() && (most == 0 || most > boxesFirst)
	if exact {
		a.opt.MaxBoxes = boxesFirst
	}
	for round := uint64(1); ; round++ {
		limit, err := a.search(ctx)
		if err != nil {
			return nil, err
		}
		r := a.result(limit)
		if err := a.measure(r, round); err != nil {
			return nil, err
		}
		missing := goal - r.Coverage.Value
		if exact && limit == ErrPolyhedra {
			exact, a.opt.MaxBoxes = false, most
			if whole, err := a.exactly(ctx, round+1); whole != nil || err != nil {
				return whole, err
			}
			continue
		}
		if limit != nil || a.open.Len() == 0 || !(missing > 0) {
			return r, nil
		}
		a.opt.Coverage = a.covered/a.inside + missing + goalStep
	}
}

// batchBoxes is how many boxes are halved between two looks at the estimates:
// enough to keep the workers busy, and a constant, so that the result does not
// depend on their number.
const batchBoxes = 32

// search grows the tree.
func (a *approximator) search(ctx context.Context) (limit, err error) {
	if a.root == nil {
		a.root = &part{box: a.domain, volume: 1, path: 1}
		for k := range a.target {
			a.root.members = append(a.root.members, member{index: k})
		}
		if err := a.bound(context.WithoutCancel(ctx), []*part{a.root}); err != nil {
			return nil, err
		}
		a.add(a.root)
	}
	for a.open.Len() > 0 && !a.enough() {
		if cause := context.Cause(ctx); cause != nil {
			if cause == ErrTime {
				return ErrTime, nil
			}
			return nil, cause
		}
		if a.opt.MaxBoxes > 0 && a.boxes >= a.opt.MaxBoxes {
			return ErrPolyhedra, nil
		}
		var halves, whole []*part
		for a.open.Len() > 0 && len(halves) < 2*batchBoxes && (a.opt.MaxBoxes == 0 || a.boxes+len(halves)/2 < a.opt.MaxBoxes) {
			p := heap.Pop(&a.open).(*part)
			whole = append(whole, p)
			a.inside -= p.volume * float64(p.inside) / float64(p.samples)
			a.covered -= p.volume * float64(p.covered) / float64(p.samples)
			halves = append(halves, p.halve()...)
		}
		if err := a.bound(ctx, halves); err != nil {
			return nil, err
		}
		if context.Cause(ctx) != nil { // some were not bounded: the boxes remain whole
			for _, p := range whole {
				p.children = [2]*part{}
				a.inside += p.volume * float64(p.inside) / float64(p.samples)
				a.covered += p.volume * float64(p.covered) / float64(p.samples)
				heap.Push(&a.open, p)
			}
			continue
		}
		a.boxes -= len(halves) / 2
		for _, p := range halves {
			a.add(p)
		}
		if a.opt.Progress != nil {
			a.opt.Progress(a.boxes, a.covered/a.inside)
		}
	}
	return nil, nil
}

// enough tells whether the goal is reached, by the estimates.
func (a *approximator) enough() bool {
	switch {
	case a.opt.OverOnly:
		return false
	case a.opt.Coverage == 0 && a.opt.Gap == 0:
		return true
	}
	return a.opt.Coverage > 0 && a.covered >= a.opt.Coverage*a.inside ||
		a.opt.Gap > 0 && a.inside-a.covered <= a.opt.Gap
}

// add counts a box that has been bounded, and queues it where it is undecided.
func (a *approximator) add(p *part) {
	p.number = a.boxes
	a.boxes++
	a.inside += p.volume * float64(p.inside) / float64(p.samples)
	a.covered += p.volume * float64(p.covered) / float64(p.samples)
	if len(p.members) > 0 && !p.whole && p.axis >= 0 {
		heap.Push(&a.open, p)
	}
}
