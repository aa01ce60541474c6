package region

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"
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

// schedule shares the jobs of an enumeration out among workers and brings their
// cells back in order.
//
// A worker always takes the earliest pending job. So the earliest unfinished job
// is never left waiting: either it runs, or the worker whose job left it as its
// rest takes it next. This job alone may go on when too many batches wait, and
// so the workers never wait for each other in a circle.
type schedule struct {
	stop   atomic.Bool  // set: end soon
	hungry atomic.Int32 // workers that wait for a pending job

	mu      sync.Mutex
	changed sync.Cond // broadcast on every change below
	head    *job      // the first job with unvisited cells
	waiting int       // batches that wait to be visited
	limit   int       // for waiting, but the earliest job may always add one
	spare   []*batch
}

// newSchedule has one job a group of domains.
func newSchedule(groups []span, limit int) *schedule {
	s := &schedule{limit: limit}
	s.changed.L = &s.mu
	var last *job
	for _, g := range groups {
		j := &job{domains: g}
		if last == nil {
			s.head = j
		} else {
			last.next = j
		}
		last = j
	}
	return s
}

// runParallel explores the domains with several workers and visits the cells on
// the calling goroutine. When it returns no worker runs any more.
func (s *schedule) runParallel(ctx context.Context, p *plan, workers int, v *visitor) error {
	var done sync.WaitGroup
	defer done.Wait()
	defer s.end()
	defer context.AfterFunc(ctx, s.end)()
	for range workers {
		done.Go(func() { s.work(p, v.opt.Tree) })
	}
	return s.deliver(ctx, v)
}

// end makes all workers return soon.
func (s *schedule) end() {
	s.stop.Store(true)
	s.mu.Lock()
	s.changed.Broadcast()
	s.mu.Unlock()
}

// deliver visits the cells of job after job.
func (s *schedule) deliver(ctx context.Context, v *visitor) error {
	for {
		b, err := s.next()
		if err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			return err
		}
		if b == nil {
			return nil
		}
		if err := v.batch(b); err != nil {
			return err
		}
		b.reset()
		s.mu.Lock()
		s.spare = append(s.spare, b)
		s.waiting--
		s.changed.Broadcast()
		s.mu.Unlock()
	}
}

// next waits for the next batch in order; nil at the end.
func (s *schedule) next() (*batch, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.head != nil {
		j := s.head
		switch {
		case s.stop.Load():
			return nil, errStopped
		case len(j.batches) > 0:
			b := j.batches[0]
			j.batches = j.batches[1:]
			s.changed.Broadcast()
			return b, nil
		case j.state == done && j.err != nil:
			return nil, j.err
		case j.state == done:
			s.head = j.next
			s.changed.Broadcast()
		default:
			s.changed.Wait()
		}
	}
	return nil, nil
}

// work runs jobs until there are none.
func (s *schedule) work(p *plan, tree bool) {
	var j *job
	out := newEmitter(p, tree, func(b *batch) (*batch, error) { return s.put(j, b) })
	search := newSearch(p, out, &s.stop)
	for j = s.take(); j != nil; j = s.take() {
		rest, err := s.run(search, j)
		s.mu.Lock()
		j.state, j.err = done, err
		for i := len(rest) - 1; i >= 0; i-- {
			rest[i].next, j.next = j.next, rest[i]
		}
		s.changed.Broadcast()
		s.mu.Unlock()
	}
}

// take waits for the earliest pending job and marks it as running; nil when no
// more can come.
func (s *schedule) take() *job {
	s.mu.Lock()
	defer s.mu.Unlock()
	for !s.stop.Load() {
		anyRunning := false
		for j := s.head; j != nil; j = j.next {
			if j.state == pending {
				j.state = running
				return j
			}
			anyRunning = anyRunning || j.state == running
		}
		if !anyRunning {
			return nil
		}
		s.hungry.Add(1)
		s.changed.Wait()
		s.hungry.Add(-1)
	}
	return nil
}

// run explores a job, or its first part; the rest comes back as new jobs.
func (s *schedule) run(search *search, j *job) (rest []*job, err error) {
	out := search.out
	out.count = 0
	enough := func() bool {
		return out.count >= jobCells || out.count >= hungryCells && s.hungry.Load() > 0
	}
	domains := j.domains
	if j.cell != nil {
		search.resume(j.cell)
		j.cell = nil
		err = search.run(enough)
	} else {
		for _, d := range search.eval.probe(domains) {
			if err = search.begin(d); err == nil {
				err = search.run(enough)
			}
			domains.from++
			if err != nil || enough() {
				break
			}
		}
	}
	if err == nil {
		rest = search.rest(domains)
	}
	if e := out.finish(); e != nil {
		err = e
	}
	return rest, err
}

// put appends a batch to a job's and returns an empty one.
func (s *schedule) put(j *job, b *batch) (*batch, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.waiting >= s.limit && (j != s.head || len(j.batches) > 0) {
		if s.stop.Load() {
			return b, errStopped
		}
		s.changed.Wait()
	}
	j.batches = append(j.batches, b)
	s.waiting++
	s.changed.Broadcast()
	if n := len(s.spare); n > 0 {
		b, s.spare = s.spare[n-1], s.spare[:n-1]
		return b, nil
	}
	return b.empty(), nil
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
	search := newSearch(p, out, &stop)
	for _, g := range groups {
		for _, d := range search.eval.probe(g) {
			err := search.begin(d)
			if err == nil {
				err = search.run(func() bool { return false })
			}
			if e := out.finish(); e != nil && (err == nil || err == errStopped) {
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
	if o.Workers > 0 {
		return o.Workers
	}
	return runtime.GOMAXPROCS(0)
}
