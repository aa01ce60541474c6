package region

import (
	"context"
	"sync/atomic"

	"github.com/netmend/netmend/internal/parallel"
	"github.com/netmend/netmend/region/internal/ordered"
)

const (
	// jobCells is the number of cells after which a job ends and leaves the rest
	// as new jobs. Workers then stay close together in the order of the cells,
	// and what is found too early to be visited stays within a few times this.
	jobCells = 4096
	// hungryCells is the same while another worker has nothing to do: enough to
	// pay for copying the cells that are put off.
	hungryCells = 16
	// batchesPerWorker limits the finished batches that wait to be visited.
	batchesPerWorker = 64
)

// lane is a worker's side of the queue of jobs.
type lane = ordered.Lane[*job, batch]

// runParallel explores the domains with several workers and visits the cells on
// the calling goroutine; at most limit batches wait to be visited. When it
// returns no worker runs any more.
func runParallel(ctx context.Context, p *plan, groups []span, workers, limit int, v *visitor) error {
	var jobs []*job
	for _, g := range groups {
		jobs = append(jobs, &job{domains: g})
	}
	start := func(l *lane) func(*job) ([]*job, error) {
		out := newEmitter(p, v.opt.Tree, func(b *batch) (*batch, error) { return l.Put(b, (*batch).empty) })
		s := newSearch(p, out, l.Stopped)
		return func(j *job) ([]*job, error) { return s.runJob(l, j) }
	}
	return ordered.NewQueue[*job, batch](jobs, limit).Run(ctx, workers, start, func(b *batch) error {
		defer b.reset()
		return v.batch(b)
	})
}

// runJob explores a job, or its first part; the rest comes back as new jobs.
func (s *search) runJob(l *lane, j *job) (rest []*job, err error) {
	out := s.out
	out.count = 0
	enough := func() bool {
		return out.count >= jobCells || out.count >= hungryCells && l.Hungry()
	}
	domains := j.domains
	if j.cell != nil {
		s.resume(j.cell)
		j.cell = nil
		err = s.explore(enough)
	} else {
		for _, d := range s.p.probe(domains) {
			if err = s.begin(d); err == nil {
				err = s.explore(enough)
			}
			domains.from++
			if err != nil || enough() {
				break
			}
		}
	}
	if err == nil {
		rest = s.rest(domains)
	}
	if e := out.finish(); e != nil {
		err = e
	}
	return rest, err
}

// runSerial explores the domains and visits the cells on the calling goroutine.
func runSerial(ctx context.Context, p *plan, groups []span, v *visitor) error {
	var stop atomic.Bool
	defer context.AfterFunc(ctx, func() { stop.Store(true) })()
	out := newEmitter(p, v.opt.Tree, func(b *batch) (*batch, error) {
		err := v.batch(b)
		b.reset()
		return b, err
	})
	search := newSearch(p, out, stop.Load)
	for _, g := range groups {
		for _, d := range p.probe(g) {
			err := search.begin(d)
			if err == nil {
				err = search.explore(func() bool { return false })
			}
			if e := out.finish(); e != nil && (err == nil || err == ordered.ErrStopped) {
				err = e
			}
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// workers is the number of goroutines asked for.
func (o Options) workers() int {
	return parallel.Workers(o.Workers)
}
