package preimage

import (
	"container/heap"
	"context"
	"errors"
	"time"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/set"
	"github.com/netmend/netmend/set/solve"
)

// Order is the order in which [SearchCells] looks at the sets that it has.
type Order uint8

const (
	// DepthFirst continues with the set that was found last, and goes back where
	// it ends in nothing. It needs the least memory.
	DepthFirst Order = iota
	// BreadthFirst continues with the set that was found first.
	BreadthFirst
	// BestFirst continues with the set of the highest score: of sample inputs whose output is
	// in the target, the number that follow the same pieces; among equal scores, the one
	// closest to the input. It needs a Domain.
	BestFirst
)

// CellsOptions of [SearchCells]. The zero value finds all cells.
type CellsOptions struct {
	Order Order
	// Domain, if not nil, is the set of inputs that count. Its image prunes
	// the search.
	Domain *set.Polyhedron
	// MaxPieces ends the search after that many pieces, MaxTime after that time, and MaxOpen
	// when more sets than that are waiting; 0 means no limit.
	MaxPieces, MaxOpen int
	MaxTime            time.Duration
	// Coverage ends the search once the measured coverage is certainly (see
	// [Estimate]) at least this share of the preimage; 0 means not at all. It
	// needs a bounded Domain.
	Coverage float64
	// Samples is the number of inputs drawn from Domain for the score, and the same number for
	// the coverage; 0 means 2,000, if Domain is bounded.
	Samples int
	// Seed of the samples.
	Seed uint64
}

// CellsResult is what [SearchCells] found.
type CellsResult struct {
	// Result has the pieces in the order in which they were found, with their patterns. It is
	// Exact if the search came to its end.
	Result
	// Coverage is the share of the preimage in Domain that the pieces cover, measured with
	// samples that the search does not use; without samples it says nothing.
	Coverage Estimate
	// Expanded counts the sets that were looked at, DeadEnds those that led to nothing.
	Expanded, DeadEnds int
}

// ErrCoverage: the coverage asked for is reached.
var ErrCoverage = errors.New("the coverage asked for is reached")

// SearchCells finds pieces of the preimage {x : net(x) in target} one by one, by a search
// over the choices of [Backward] (section 3.2 of the paper): a set behind an activation node
// is continued with one of the unit's pieces at a time, and if it becomes empty the search
// goes back to another choice. At any time, what has been found is a subset of the preimage.
//
// Ends by MaxPieces, MaxOpen ([ErrPolyhedra]), MaxTime ([ErrTime]) or Coverage
// ([ErrCoverage]) are not errors: see [Result.Limit]. It fails as Backward does.
func SearchCells(ctx context.Context, net *nn.Network, target set.Union, opt CellsOptions) (*CellsResult, error) {
	if err := net.CheckEnd(); err != nil {
		return nil, err
	}
	net, err := net.LowerSelectionsContext(ctx)
	if err != nil {
		return nil, err
	}
	ctx, stop := withLimit(ctx, opt.MaxTime)
	defer stop()
	b, err := newBackward(ctx, net, target, &BackwardOptions{Domain: opt.Domain, Prune: opt.Domain != nil})
	if context.Cause(ctx) == ErrTime {
		return &CellsResult{Result: Result{Side: Under, Limit: ErrTime}}, nil
	}
	if err != nil {
		return nil, err
	}
	if opt.Domain == nil && (opt.Order == BestFirst || opt.Coverage > 0) {
		return nil, errors.New("best-first search and coverage are measured on a domain: give one")
	}
	c := &cellSearch{backward: b, opt: &opt, target: target, splits: make([]*split, len(net.Nodes))}
	for i := range net.Nodes {
		if b.isActivation(i) {
			c.splits[i] = b.splitOf(i)
		}
	}
	if err := c.draw(); err != nil {
		return nil, err
	}
	if err := c.run(ctx); err != nil {
		return nil, err
	}
	if c.result.Limit != nil {
		c.result.Side = Under
	}
	c.result.Coverage = estimate(c.covered, c.hits)
	return &c.result, nil
}

// cellSearch is a run of [SearchCells].
type cellSearch struct {
	*backward
	opt    *CellsOptions
	target set.Union
	splits []*split
	open   choices
	count  int // choices so far
	result CellsResult
	// guides are the patterns of the samples for the score, by member; measures
	// counts those for the coverage whose output is in the target, by pattern.
	guides   [][]nn.Pattern
	measures map[string][]measured
	hits     int
	covered  int
}

// measured is a sample for the coverage that no piece covers yet.
type measured struct{ output []float64 }

// choice is a set that the search may continue with.
type choice struct {
	member int
	// The next step is over node, from its unit on; -1 is the input.
	node, unit int
	set        set.Polyhedron
	pattern    nn.Pattern
	guides     []nn.Pattern // samples that follow the pieces chosen
	number     int
	order      Order
}

// before reports whether c is taken up before d.
func (c *choice) before(d *choice) bool {
	switch c.order {
	case BreadthFirst:
		return c.number < d.number
	case BestFirst:
		if len(c.guides) != len(d.guides) {
			return len(c.guides) > len(d.guides)
		}
		if c.node != d.node {
			return c.node < d.node
		}
		if c.unit != d.unit {
			return c.unit > d.unit
		}
	}
	return c.number > d.number
}

// choices is a heap of choices.
type choices []*choice

func (h choices) Len() int           { return len(h) }
func (h choices) Less(i, j int) bool { return h[i].before(h[j]) }
func (h choices) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }

// Push implements [heap.Interface].
func (h *choices) Push(x any) { *h = append(*h, x.(*choice)) }

// Pop implements [heap.Interface].
func (h *choices) Pop() any {
	old := *h
	c := old[len(old)-1]
	old[len(old)-1] = nil
	*h = old[:len(old)-1]
	return c
}

func (c *cellSearch) push(next choice) {
	next.number, next.order = c.count, c.opt.Order
	c.count++
	heap.Push(&c.open, &next)
}

// run takes up sets until none is left or a limit is reached.
func (c *cellSearch) run(ctx context.Context) error {
	last := len(c.net.Nodes) - 1
	for m := len(c.target) - 1; m >= 0; m-- {
		first := choice{member: m, node: last, set: c.target[m], pattern: make(nn.Pattern, c.net.PatternLen())}
		if m < len(c.guides) {
			first.guides = c.guides[m]
		}
		c.push(first)
	}
	for len(c.open) > 0 {
		switch cause := context.Cause(ctx); {
		case cause == ErrTime:
			c.result.Limit = ErrTime
			return nil
		case cause != nil:
			return cause
		case c.opt.MaxOpen > 0 && len(c.open) > c.opt.MaxOpen:
			c.result.Limit = ErrPolyhedra
			return nil
		}
		next := heap.Pop(&c.open).(*choice)
		c.result.Expanded++
		if c.expand(next); c.result.Limit != nil {
			return nil
		}
	}
	return nil
}

// expand makes the next step.
func (c *cellSearch) expand(at *choice) {
	switch i := at.node; {
	case i < 0:
		c.finish(at)
	case !c.layouts[i+1].has(i):
		c.step(at, c.moved(i, set.Union{at.set})[0])
	case !c.isActivation(i):
		c.step(at, c.affine(i, set.Union{at.set})[0])
	default:
		c.choose(at)
	}
}

// step continues before the node with p.
func (c *cellSearch) step(at *choice, p set.Polyhedron) {
	if isEmptyIn(solve.Within(c.ctx), p, c.box(at.node)) {
		c.result.DeadEnds++
		return
	}
	next := *at
	next.set, next.node, next.unit = p, at.node-1, 0
	c.push(next)
}

// choose continues with each piece of the next unit.
func (c *cellSearch) choose(at *choice) {
	s := c.splits[at.node]
	p := at.set
	if at.unit == 0 {
		p = s.lift(p)
	}
	if at.unit == s.units {
		c.step(at, s.cut(p))
		return
	}
	from, _ := c.net.Units(at.node)
	dead := true
	for _, k := range s.possible(at.unit) { // the last one pushed is the upper one
		next := *at
		next.set = s.piece(p, at.unit, k)
		if isEmptyIn(solve.Within(c.ctx), next.set, s.space(at.unit+1)) {
			continue
		}
		dead = false
		next.unit++
		next.pattern = append(nn.Pattern{}, at.pattern...)
		next.pattern[from+at.unit] = uint8(k)
		next.guides = nil
		for _, g := range at.guides {
			if g[from+at.unit] == uint8(k) {
				next.guides = append(next.guides, g)
			}
		}
		c.push(next)
	}
	if dead {
		c.result.DeadEnds++
	}
}

// finish takes a set of inputs.
func (c *cellSearch) finish(at *choice) {
	p := at.set
	if c.opt.Domain != nil {
		p = p.Intersect(*c.opt.Domain)
		if isEmpty(p, nil) {
			c.result.DeadEnds++
			return
		}
	}
	if c.opt.MaxPieces > 0 && len(c.result.Pieces) >= c.opt.MaxPieces {
		c.result.Limit = ErrPolyhedra
		return
	}
	c.result.Pieces = append(c.result.Pieces, Piece{Set: p, Pattern: at.pattern, Member: at.member})
	c.cover(at)
	if c.opt.Coverage > 0 && c.hits > 0 && estimate(c.covered, c.hits).Lower >= c.opt.Coverage {
		c.result.Limit = ErrCoverage
	}
}
