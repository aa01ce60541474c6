package preimage

import (
	"container/heap"
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/netmend/netmend/internal/parallel"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/set"
)

// ApproximateOptions of [Approximate]. The zero value bounds the whole box once.
type ApproximateOptions struct {
	// Coverage is the estimated share of the preimage at which the search ends; 0 means after
	// the first box.
	Coverage float64
	// Gap is the share of the box that may remain between the two approximations. The search
	// ends when either is reached, if it is set.
	Gap float64
	// MaxBoxes and MaxTime end the search early; 0 means no limit, but a search without either
	// ends when halving boxes no longer helps ([ErrStalled]).
	MaxBoxes int
	MaxTime  time.Duration
	// MaxBytes is about how much memory the boxes may take; 0 means 256 MiB.
	MaxBytes int64
	// OverOnly asks only for the superset: the search goes on until nothing is left of it, or
	// until a limit, whatever samples say.
	OverOnly bool
	// Samples is the number of points of each box that estimate how much of it is undecided; 0
	// means 64.
	Samples int
	// Measure is the number of points of the whole domain with which the result is measured; 0
	// means 10,000.
	Measure int
	// Seed of all samples. The result depends on it, but not on Workers.
	Seed    uint64
	Workers int
	// Progress, if not nil, is told now and then how many boxes there are, and
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

// Approximate encloses the preimage {x in domain : net(x) in target} from below and from
// above: on a box, every half-space of the target is bounded by affine functions of the
// input, an upper bound for the subset and a lower bound for the superset, both with rounding
// accounted for. Boxes in which the two differ most are halved, again and again. It handles
// every activation function, smooth ones too, and many inputs. The subset is a proof for what
// it contains, the superset for what it does not contain.
//
// The order is best-first: the score of a box is the volume of its part that is
// in the preimage, but not in the subset, as its samples estimate it. A box is
// halved along the input that accounts for most of the width of the bounds.
//
// If the preimage of a small piecewise-affine network is still not covered after a number of
// boxes (for example, because outputs are exactly at the border of the target on sets with an
// interior), the pieces are those of exact arithmetic, rounded inward and outward, and all of
// it is covered.
//
// A limit that is reached is not an error: what is missing from the subset is in the
// superset, and both remain what they are; the results' Limit says so. An empty subset says
// nothing about the preimage; an empty superset says that there is none. It fails for an
// unbounded or empty domain, if dimensions do not agree, and with ctx.Err().
func Approximate(ctx context.Context, net *nn.Network, domain set.Box, target set.Union, opt ApproximateOptions) (*Approximation, error) {
	if err := net.CheckEnd(); err != nil {
		return nil, err
	}
	net, err := net.LowerSelectionsContext(ctx)
	if err != nil {
		return nil, err
	}
	if err := errors.Join(checkBox(net, domain), checkTarget(net, target)); err != nil {
		return nil, err
	}
	if domain.Empty() || !domain.Bounded() {
		return nil, fmt.Errorf("the domain %v is empty or unbounded: want finite lower and upper limits of every input", domain)
	}
	whole, stop := withLimit(ctx, opt.MaxTime)
	defer stop()
	ctx, stopSearch := withLimit(whole, opt.MaxTime*approximateShare/10)
	defer stopSearch()
	a := &approximator{net: net, domain: domain, target: target, opt: opt, whole: whole, start: time.Now()}
	b, err := newBounder(ctx, net)
	switch {
	case errors.Is(err, ErrTime):
		return a.nothing(), nil
	case err != nil:
		return nil, err
	}
	if opt.Samples == 0 {
		opt.Samples = 64
	}
	if opt.Measure == 0 {
		opt.Measure = 10_000
	}
	a.opt, a.bounders = opt, []*bounder{b}
	workers := parallel.Workers(opt.Workers)
	for len(a.bounders) < workers {
		a.bounders = append(a.bounders, b.fork())
	}
	return a.run(ctx)
}

// approximateShare is how many tenths of the time allowed the search has; what is left
// is for collecting what it found, and measuring it.
const approximateShare = 8

// defaultBoxBytes is what the boxes of [Approximate] may occupy by default.
const defaultBoxBytes = 1 << 28

// ErrStalled: twice as many boxes brought nothing new, several times in a row, for example
// because the outputs lie on the boundary of the target throughout a region.
var ErrStalled = errors.New("halving boxes further does not help")

// nothing is what is known before the first box has been bounded.
func (a *approximator) nothing() *Approximation {
	a.root = a.first()
	a.root.unknown, a.root.samples = true, 1
	a.root.axis, a.boxes = -1, 1
	r := a.result(a.whole, ErrTime)
	r.Coverage, r.Excess = estimate(0, 0), estimate(0, 0)
	return r
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
	// of what is in the subset; and of the boxes that are undecided.
	inside, covered, undecided float64
	whole                      context.Context // until the end of the time allowed
	start                      time.Time
	progressed                 progressed
	least                      int // boxes there must be before the estimates are believed
}

// progressed watches whether halving boxes helps.
type progressed struct {
	boxes int     // at the last look
	left  float64 // what was left then
	still int     // looks in a row that found no progress
}

const (
	// stallFrom is the number of boxes before which a search goes on in any case.
	stallFrom = 1 << 14
	// stallShare is the share of what is left that remains, at the least, where twice
	// as many boxes are not progress, and stallLooks how often in a row that ends it.
	stallShare, stallLooks = 0.98, 3
)

// stalled looks whenever the number of boxes has doubled.
func (a *approximator) stalled() bool {
	w := &a.progressed
	if a.opt.MaxBoxes > 0 || a.opt.MaxTime > 0 || a.opt.OverOnly {
		return false
	}
	if a.boxes < 2*w.boxes || a.boxes < 16 {
		return false
	}
	left := a.inside - a.covered
	if !(a.inside > 0) {
		left = a.undecided
	}
	if w.still++; w.boxes == 0 || left < float64(stallShare*w.left) {
		w.still = 0
	}
	w.boxes, w.left = a.boxes, left
	return w.still >= stallLooks && a.boxes >= stallFrom
}

// full reports whether the boxes occupy what they may: bounds, and for each member of the
// target and each of its half-spaces two more.
func (a *approximator) full() bool {
	limit := a.opt.MaxBytes
	if limit == 0 {
		limit = defaultBoxBytes
	}
	rows := 0
	for _, p := range a.target {
		rows += len(p.Rows)
	}
	const number, halfSpace, other = 8, 48, 300
	n := int64(a.net.InDim())
	box := other + 2*number*n + int64(rows)*2*(number*n+halfSpace) + 4*halfSpace*n // as a box, and as polyhedra
	return int64(a.boxes)*box > limit
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

// fewSamples is one in how many samples is to meet the preimage for a measurement to
// count, as long as there are few boxes.
const fewSamples = 500

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
		r := a.result(a.whole, limit)
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
		if r.Coverage.Samples*fewSamples < a.opt.Measure && a.boxes < stallFrom {
			missing = max(0, missing) // what was measured says little: the boxes are too large
		} else if !(missing > 0) {
			return r, nil
		}
		if limit != nil || a.open.Len() == 0 || goal == 0 {
			return r, nil
		}
		if math.IsNaN(missing) {
			missing = 0
		}
		a.opt.Coverage = min(a.covered/a.inside+missing+goalStep, 1)
		a.least = a.boxes + a.boxes/4 + 1
	}
}

// batchBoxes is how many boxes are halved between two looks at the estimates:
// enough to keep the workers busy, and a constant, so that the result does not
// depend on their number.
const batchBoxes = 32

// search grows the tree.
func (a *approximator) search(ctx context.Context) (limit, err error) {
	if a.root == nil {
		a.root = a.first()
		if err := a.bound(ctx, []*part{a.root}); err != nil {
			return nil, err
		}
		switch cause := context.Cause(ctx); {
		case errors.Is(cause, ErrTime):
			a.root = a.first()
			a.root.unknown, a.root.samples, a.root.axis, a.boxes = true, 1, -1, 1
			return ErrTime, nil
		case cause != nil:
			return nil, cause
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
		switch {
		case a.opt.MaxBoxes > 0 && a.boxes >= a.opt.MaxBoxes:
			return ErrPolyhedra, nil
		case a.full():
			return ErrMemory, nil
		case a.stalled():
			return ErrStalled, nil
		}
		var halves, whole []*part
		for a.open.Len() > 0 && len(halves) < 2*batchBoxes && (a.opt.MaxBoxes == 0 || a.boxes+len(halves)/2 < a.opt.MaxBoxes) {
			p := heap.Pop(&a.open).(*part)
			whole = append(whole, p)
			a.undecided -= p.volume
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
				a.undecided += p.volume
				a.inside += p.volume * float64(p.inside) / float64(p.samples)
				a.covered += p.volume * float64(p.covered) / float64(p.samples)
				heap.Push(&a.open, p)
			}
			continue
		}
		for _, p := range whole {
			p.members = nil
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

// enough reports whether the goal is reached, by the estimates.
func (a *approximator) enough() bool {
	switch {
	case a.opt.OverOnly || a.boxes < a.least:
		return false
	case a.opt.Coverage == 0 && a.opt.Gap == 0:
		return true
	}
	// Where no sample met the preimage, there may be one all the same.
	return a.opt.Coverage > 0 && a.inside > 0 && a.covered >= a.opt.Coverage*a.inside ||
		a.opt.Gap > 0 && a.inside-a.covered <= a.opt.Gap
}

// add counts a box that has been bounded, and queues it where it is undecided.
func (a *approximator) add(p *part) {
	p.number = a.boxes
	a.boxes++
	a.inside += p.volume * float64(p.inside) / float64(p.samples)
	a.covered += p.volume * float64(p.covered) / float64(p.samples)
	if len(p.members) > 0 && !p.whole && p.axis >= 0 {
		a.undecided += p.volume
		heap.Push(&a.open, p)
	}
}

// first is the box of the whole domain.
func (a *approximator) first() *part {
	root := &part{box: a.domain, volume: 1, path: 1}
	for k := range a.target {
		root.members = append(root.members, member{index: k})
	}
	return root
}
