package polyhedron

import (
	"context"
	"errors"
	"fmt"
	"math"
	"runtime"
	"sync"
	"time"

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
)

// setting is what all workers of an enumeration share.
type setting struct {
	*layers.Network
	opt      Options
	domain   set.Polyhedron
	empty    bool // the domain is
	bounded  bool // it is, and there is a target
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
// A limit that is reached, and [polytope.ErrEnough] from visit, are no errors: see
// [Result.Stopped]. It fails, before any search, where the network is not
// piecewise affine or domain or target do not fit it; with any other error of
// visit; and with ctx.Err().
func Enumerate(ctx context.Context, net *nn.Network, domain set.Polyhedron, opt Options, visit func(*Cell) error) (*Result, error) {
	net = net.LowerSelections()
	s, err := newSetting(net, domain, opt)
	if err != nil {
		return nil, err
	}
	result := &Result{}
	if err := ctx.Err(); err != nil {
		return result, err
	}
	if s.empty {
		return result, nil
	}
	workers := opt.Workers
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	var mu sync.Mutex // guards counts and stopped
	var counts Result
	var stopped error
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
		defer func() { b.cells = b.cells[:0] }()
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
		return nil
	})
	result.add(&counts)
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

func newSetting(net *nn.Network, domain set.Polyhedron, opt Options) (*setting, error) {
	if err := domain.Validate(); err != nil {
		return nil, fmt.Errorf("the domain: %w", err)
	}
	if domain.Dim != net.InDim() {
		return nil, fmt.Errorf("the domain has %d dimensions, the network %d inputs", domain.Dim, net.InDim())
	}
	for i, term := range opt.Target {
		if err := (set.Polyhedron{Dim: net.OutDim(), Rows: term}).Validate(); err != nil {
			return nil, fmt.Errorf("term %d of the target: %w", i, err)
		}
	}
	s := &setting{opt: opt, domain: domain.Closure()}
	var err error
	if s.Network, err = layers.New(net); err != nil {
		return nil, err
	}
	for k := range net.InDim() {
		s.free = append(s.free, k)
	}
	if opt.MaxTime > 0 {
		s.deadline = time.Now().Add(opt.MaxTime)
	}
	// Where it is undecided whether a very thin domain is empty, the search has
	// to do.
	if e, err := solve.Empty(s.domain); err == nil && e.Empty {
		s.empty = true
		return s, nil
	}
	if opt.Target != nil {
		s.Aim(opt.Target)
		if s.bounded, err = solve.Bounded(s.domain); err != nil {
			return nil, fmt.Errorf("the domain: %w", err)
		}
	}
	s.Restrict(s.free, nil)
	if s.bounded {
		if err := s.probe(); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// probe finds the tolerances of the goal's columns for bounding: as large as the
// terms that they are summed from at the middle of the domain's box and at two
// of its corners.
func (s *setting) probe() error {
	box, err := solve.BoundingBox(s.domain)
	if err != nil {
		return err
	}
	x := nn.NewMatrix(3, s.Dim)
	for k := range s.Dim {
		x.Row(0)[k], x.Row(1)[k], x.Row(2)[k] = box.Lo[k], box.Hi[k], float64((box.Lo[k]+box.Hi[k])/2)
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
		s.goalEps[i] = float64(s.goalEps[i] * Tolerance)
	}
	return nil
}
