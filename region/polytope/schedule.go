package polytope

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/netmend/netmend/internal/parallel"
	"github.com/netmend/netmend/region/internal/ordered"
)

const (
	// jobWork is the number of splits and cells after which a job ends and leaves
	// the rest as new jobs. Workers then stay close together in the order of the
	// cells, and what is found too early to be visited stays within a few times
	// this.
	jobWork = 16384
	// hungryWork is the same while another worker has nothing to do: enough to
	// pay for copying the cells that are put off.
	hungryWork = 64
	// batchesPerWorker limits the finished batches that wait to be visited.
	batchesPerWorker = 16
	// lookEvery is how many nodes of the search go by between looks at the clock
	// and at the memory used.
	lookEvery = 256
	// progressEvery is how often [Options.Progress] is called at most: often
	// enough for a person, too rarely to cost anything.
	progressEvery = 100 * time.Millisecond
)

// lane is a worker's side of the queue of jobs.
type lane = ordered.Lane[*job, batch]

// enumerate is [Enumerate] for a setting.
func (s *setting) enumerate(ctx context.Context, visit func(*Cell) error) (*Result, error) {
	if visit == nil && s.opt.Volume {
		visit = func(*Cell) error { return nil } // so that volumes add up in the order of the cells
	}
	v := &visitor{ctx: ctx, s: s, visit: visit, result: &Result{Free: s.free}, told: time.Now()}
	v.cell.s, v.cell.Index = s, -1
	if err := ctx.Err(); err != nil {
		return v.result, err
	}
	root, err := s.root()
	if err != nil || root == nil {
		return v.result, err
	}
	v.result.Resolution, v.result.Tolerances = s.resolution()
	if s.opt.Volume {
		v.result.DomainVolume = new(volumeScratch).volume(root.coords, root.facets, len(root.path), s.dim)
	}
	workers := parallel.Workers(s.opt.Workers)
	limit := batchesPerWorker * workers
	if s.opt.MaxBytes > 0 {
		limit = int(min(int64(limit), max(1, s.opt.MaxBytes/(4*batchBytes))))
	}
	p := &pool{s: s, workers: workers}
	start := func(l *lane) func(*job) ([]*job, error) { return p.worker(l, visit == nil) }
	err = ordered.NewQueue[*job, batch]([]*job{root}, limit).Run(ctx, workers, start, v.batch)
	v.result.add(&p.counts)
	v.result.Stopped, v.result.Tree = p.stopped, v.tree.Tree
	switch {
	case errors.Is(err, ErrMaxCells), errors.Is(err, ErrEnough):
		v.result.Stopped = err
		err = nil
	case err != nil && v.result.Stopped == nil:
		v.result.Stopped = err
	}
	return v.result, err
}

// add adds what a search counted.
func (r *Result) add(o *Result) {
	r.Splits += o.Splits
	r.Bounds += o.Bounds
	r.Pruned += o.Pruned
	r.Loosened += o.Loosened
	r.Touching += o.Touching
}

// pool is what the workers have in common beside the setting.
type pool struct {
	s       *setting
	workers int

	mu      sync.Mutex
	counts  Result
	stopped error // the limit that was reached
}

// worker returns what does jobs, on the goroutine of a lane.
func (p *pool) worker(l *lane, countOnly bool) func(*job) ([]*job, error) {
	out := newEmitter(p.s, countOnly, func(b *batch) (*batch, error) { return l.Put(b, fresh) })
	var r *search
	nodes := 0
	r = newSearch(p.s, out, func() error {
		if l.Stopped() {
			return ordered.ErrStopped
		}
		if nodes++; nodes%lookEvery != 1 {
			return nil
		}
		if !p.s.deadline.IsZero() && time.Now().After(p.s.deadline) {
			return ErrMaxTime
		}
		if p.s.opt.MaxBytes > 0 && r.bytes() > p.s.opt.MaxBytes/int64(2*p.workers) {
			return ErrMaxBytes
		}
		return nil
	})
	return func(j *job) ([]*job, error) {
		begun := r.work()
		r.resume(j)
		nodes = 0 // look at once
		err := r.explore(func() bool {
			done := r.work() - begun
			return done >= jobWork || done >= hungryWork && l.Hungry()
		})
		if e := out.finish(); err == nil {
			err = e
		}
		p.mu.Lock()
		defer p.mu.Unlock()
		p.counts.add(&r.counts)
		r.counts = Result{}
		if errors.Is(err, ErrMaxTime) || errors.Is(err, ErrMaxBytes) {
			// What the other workers have found counts all the same.
			p.stopped = err
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		return r.rest(), nil
	}
}
