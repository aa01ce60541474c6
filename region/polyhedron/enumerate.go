package polyhedron

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync"
	"time"

	"github.com/netmend/netmend/internal/parallel"
	"github.com/netmend/netmend/internal/vector"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/region/internal/layers"
	"github.com/netmend/netmend/region/internal/ordered"
	"github.com/netmend/netmend/region/polytope"
	"github.com/netmend/netmend/set"
	"github.com/netmend/netmend/set/solve"
)

const (
	// jobNodes is the number of nodes of the search after which a job ends and
	// leaves the rest as new jobs; hungryNodes while another worker has nothing to
	// do.
	jobNodes    = 1024
	hungryNodes = 16
	// batchesPerWorker limits the finished batches that wait to be visited, and
	// batchCells the cells in each.
	batchesPerWorker = 64
	batchCells       = 64
	// progressEvery is how often [Options.Progress] is called at most.
	progressEvery = 100 * time.Millisecond
)

// setting is what all workers of an enumeration share.
type setting struct {
	*layers.Network
	opt      Options
	domain   set.Polyhedron // in the coordinates that it does not fix
	given    set.Polyhedron
	box      set.Box // around domain
	empty    bool    // the domain is
	bounded  bool    // it is, and there is a target
	free     []int
	deadline time.Time
	goalEps  []float64
}

// Enumerate calls visit for every linear region of the network on the domain, in
// order (see the package documentation); with [Options.Target], for the parts of
// the target's preimage. visit is called by the calling goroutine; it may be nil
// where only the counts are wanted. Strict rows of the domain count as closed.
//
// For a decoupled network the regions are those of the activation channel, and
// the output is that of the value channel.
//
// A limit that is reached, and [polytope.ErrEnough] from visit, are not errors: see
// [Result.Stopped]. It fails, before any search, where the network is not
// piecewise affine or domain or target do not fit it; with any other error of
// visit; and with ctx.Err().
func Enumerate(ctx context.Context, net *nn.Network, domain set.Polyhedron, opt Options, visit func(*Cell) error) (*Result, error) {
	net = net.LowerSelections()
	s, err := newSetting(ctx, net, domain, opt)
	if err != nil {
		return nil, err
	}
	result := &Result{Free: s.free}
	if err := ctx.Err(); err != nil {
		return result, err
	}
	if s.empty {
		return result, nil
	}
	workers := parallel.Workers(opt.Workers)
	var mu sync.Mutex // guards counts and stopped
	var counts Result
	var stopped error
	var tree polytope.TreeBuilder
	told := time.Now()
	start := func(l *lane) func(*job) ([]*job, error) {
		r := newSearch(s, l)
		return func(j *job) ([]*job, error) {
			rest, err := r.do(j)
			mu.Lock()
			defer mu.Unlock()
			counts.add(&r.counts)
			r.counts = Result{}
			if errors.Is(err, polytope.ErrMaxTime) {
				stopped = err
				return nil, nil
			}
			return rest, err
		}
	}
	err = ordered.NewQueue[*job, batch]([]*job{s.root()}, batchesPerWorker*workers).Run(ctx, workers, start, func(b *batch) error {
		defer b.reset()
		for _, n := range b.nodes {
			tree.Add(n)
		}
		for _, c := range b.cells {
			if err := ctx.Err(); err != nil {
				return err
			}
			if opt.MaxCells > 0 && result.Cells >= opt.MaxCells {
				return polytope.ErrMaxCells
			}
			c.Index = result.Cells
			result.Cells++
			if c.Whole {
				result.Whole++
			}
			if visit != nil {
				if err := visit(c); err != nil {
					return err
				}
			}
		}
		if opt.Progress != nil && time.Since(told) >= progressEvery {
			told = time.Now()
			opt.Progress(result.Cells)
		}
		return nil
	})
	result.add(&counts)
	result.Tree = tree.Tree
	result.Stopped = stopped
	switch {
	case errors.Is(err, polytope.ErrMaxCells), errors.Is(err, polytope.ErrEnough):
		result.Stopped, err = err, nil
	case err != nil && stopped == nil:
		result.Stopped = err
	}
	return result, err
}

// add adds what a search counted.
func (r *Result) add(o *Result) {
	r.Programs += o.Programs
	r.Unsure += o.Unsure
	r.Pruned += o.Pruned
}

func newSetting(ctx context.Context, net *nn.Network, domain set.Polyhedron, opt Options) (*setting, error) {
	if err := domain.Validate(); err != nil {
		return nil, fmt.Errorf("the domain: %w", err)
	}
	if domain.Dim != net.InDim() {
		return nil, fmt.Errorf("the domain has %d dimensions, the network %d inputs", domain.Dim, net.InDim())
	}
	for i, term := range opt.Target {
		if err := (set.Polyhedron{Dim: net.OutDim(), Rows: term.Rows}).Validate(); err != nil {
			return nil, fmt.Errorf("term %d of the target: %w", i, err)
		}
	}
	s := &setting{opt: opt, given: domain.Closure()}
	var err error
	if s.Network, err = layers.New(net); err != nil {
		return nil, err
	}
	at := s.fix()
	if opt.MaxTime > 0 {
		s.deadline = time.Now().Add(opt.MaxTime)
	}
	// Where it is undecided whether a very thin domain is empty, the search has
	// to do.
	if e, err := solve.Within(ctx).Empty(s.domain); err == nil && e.Empty {
		s.empty = true
		return s, nil
	}
	if s.box, err = solve.Within(ctx).BoundingBox(s.domain); err != nil {
		return nil, fmt.Errorf("the domain: %w", err)
	}
	if opt.Target != nil {
		s.Aim(opt.Target)
		s.bounded = s.box.Bounded()
	}
	s.Restrict(s.free, at)
	if s.bounded {
		s.probe(at)
	}
	return s, nil
}

// fix finds the coordinates that the domain fixes, by two rows about the coordinate
// alone, and their values, and takes the domain in the others.
func (s *setting) fix() []float64 {
	box := set.WholeBox(s.given.Dim)
	for _, h := range s.given.Rows {
		at, count := 0, 0
		for k, a := range h.Normal {
			if a != 0 {
				at, count = k, count+1
			}
		}
		switch {
		case count != 1:
		case h.Normal[at] == 1:
			box.Hi[at] = min(box.Hi[at], h.Offset)
		case h.Normal[at] == -1:
			box.Lo[at] = max(box.Lo[at], -h.Offset)
		}
	}
	s.free = []int{}
	for k, lo := range box.Lo {
		if lo != box.Hi[k] {
			s.free = append(s.free, k)
		}
	}
	s.domain = set.Whole(len(s.free))
	for _, h := range s.given.Slice(box.Lo, s.free).Rows {
		if vector.Norm(h.Normal) > 0 || h.Offset < 0 {
			s.domain.Rows = append(s.domain.Rows, h)
		}
	}
	return box.Lo
}

// probe finds the tolerances of the goal's columns for bounding: as large as the
// terms that they are summed from at the middle of the domain's box and at two
// of its corners; at has the coordinates that the domain fixes.
func (s *setting) probe(at []float64) {
	box := s.box
	x := nn.NewMatrix(3, len(at))
	for i := range x.Rows {
		copy(x.Row(i), at)
	}
	for k, j := range s.free {
		x.Row(0)[j], x.Row(1)[j], x.Row(2)[j] = box.Lo[k], box.Hi[k], float64((box.Lo[k]+box.Hi[k])/2)
	}
	blocks := [2]nn.Matrix{x, x}
	next := &s.Entry
	for i := range s.Stages {
		for ch := range blocks {
			blocks[ch] = next[ch].Apply(blocks[ch])
		}
		blocks = s.Stages[i].Linearized(blocks)
		next = &s.Stages[i].Next
	}
	size := make([]float64, blocks[nn.ValueChannel].Cols)
	for r := range blocks[nn.ValueChannel].Rows {
		for k, v := range blocks[nn.ValueChannel].Row(r) {
			size[k] = max(size[k], math.Abs(v))
		}
	}
	s.goalEps = s.Goal.Magnitudes(size)
	for i := range s.goalEps {
		s.goalEps[i] = float64(s.goalEps[i] * tolerance)
	}
}
