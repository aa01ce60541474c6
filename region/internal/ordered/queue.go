// Package ordered runs a search on several goroutines and hands its results out
// in the order in which one goroutine would find them.
package ordered

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
)

// ErrStopped is how a search says that it was told to stop; the reason is known
// elsewhere.
var ErrStopped = errors.New("stopped")

// Queue shares the jobs of a search out among workers and brings their batches
// of results back in order. J is a job, a part of the search; a worker that has
// done enough of one leaves the rest as new jobs in its place. B is a batch.
//
// A worker always takes the earliest pending job. So the earliest unfinished job
// is never left waiting: either it runs, or the worker whose job left it as its
// rest takes it next. This job alone may go on when too many batches wait, and
// so the workers never wait for each other in a circle.
type Queue[J, B any] struct {
	stop   atomic.Bool  // set: end soon
	hungry atomic.Int32 // workers that wait for a pending job

	mu      sync.Mutex
	changed sync.Cond    // broadcast on every change below
	head    *entry[J, B] // the first job with unvisited batches
	waiting int          // batches that wait to be visited
	limit   int          // for waiting, but the earliest job may always add one
	spare   []*B
}

// entry is a job with what has come of it, guarded by the queue's lock.
type entry[J, B any] struct {
	job     J
	next    *entry[J, B]
	state   state
	batches []*B  // not yet visited
	err     error // why the job ended early
}

type state uint8

const (
	pending state = iota
	running
	done
)

// NewQueue returns a queue of jobs in order. At most limit batches wait to be
// visited, but for one of the earliest job.
func NewQueue[J, B any](jobs []J, limit int) *Queue[J, B] {
	q := &Queue[J, B]{limit: limit}
	q.changed.L = &q.mu
	for i := len(jobs) - 1; i >= 0; i-- {
		q.head = &entry[J, B]{job: jobs[i], next: q.head}
	}
	return q
}

// Run searches with several workers and calls visit for every batch, in order,
// on the calling goroutine. When it returns no worker runs any more.
//
// start is called once for each worker, on its goroutine, and returns what does
// a job: it puts batches into the lane and returns the jobs that are left, in
// order. A batch that was visited comes back from [Lane.Put] as it is.
func (q *Queue[J, B]) Run(ctx context.Context, workers int, start func(*Lane[J, B]) func(J) ([]J, error), visit func(*B) error) error {
	var wait sync.WaitGroup
	defer wait.Wait()
	defer q.end()
	defer context.AfterFunc(ctx, q.end)()
	for range workers {
		wait.Go(func() { q.work(start) })
	}
	return q.deliver(ctx, visit)
}

// end makes all workers return soon.
func (q *Queue[J, B]) end() {
	q.stop.Store(true)
	q.mu.Lock()
	q.changed.Broadcast()
	q.mu.Unlock()
}

// deliver visits the batches of job after job.
func (q *Queue[J, B]) deliver(ctx context.Context, visit func(*B) error) error {
	for {
		b, err := q.next()
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if b == nil || err != nil {
			return err
		}
		if err := visit(b); err != nil {
			return err
		}
		q.mu.Lock()
		q.spare = append(q.spare, b)
		q.waiting--
		q.changed.Broadcast()
		q.mu.Unlock()
	}
}

// next waits for the next batch in order; nil at the end.
func (q *Queue[J, B]) next() (*B, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for q.head != nil {
		e := q.head
		switch {
		case q.stop.Load():
			return nil, ErrStopped
		case len(e.batches) > 0:
			b := e.batches[0]
			e.batches = e.batches[1:]
			q.changed.Broadcast()
			return b, nil
		case e.state == done && e.err != nil:
			return nil, e.err
		case e.state == done:
			q.head = e.next
			q.changed.Broadcast()
		default:
			q.changed.Wait()
		}
	}
	return nil, nil
}

// work does jobs until there are none.
func (q *Queue[J, B]) work(start func(*Lane[J, B]) func(J) ([]J, error)) {
	lane := &Lane[J, B]{q: q}
	run := start(lane)
	for e := q.take(); e != nil; e = q.take() {
		lane.at = e
		rest, err := run(e.job)
		q.mu.Lock()
		var none J
		e.job, e.state, e.err = none, done, err
		for i := len(rest) - 1; i >= 0; i-- {
			e.next = &entry[J, B]{job: rest[i], next: e.next}
		}
		q.changed.Broadcast()
		q.mu.Unlock()
	}
}

// take waits for the earliest pending job and marks it as running; nil when no
// more can come.
func (q *Queue[J, B]) take() *entry[J, B] {
	q.mu.Lock()
	defer q.mu.Unlock()
	for !q.stop.Load() {
		anyRunning := false
		for e := q.head; e != nil; e = e.next {
			if e.state == pending {
				e.state = running
				return e
			}
			anyRunning = anyRunning || e.state == running
		}
		if !anyRunning {
			return nil
		}
		q.hungry.Add(1)
		q.changed.Wait()
		q.hungry.Add(-1)
	}
	return nil
}

// Lane is a worker's side of a queue.
type Lane[J, B any] struct {
	q  *Queue[J, B]
	at *entry[J, B]
}

// Put appends a batch to what has come of the present job, which then belongs to
// the queue. It returns one that was visited or, where there is none, what fresh
// makes, which may look at the batch put. It waits while too many batches wait
// to be visited, and fails with [ErrStopped].
func (l *Lane[J, B]) Put(b *B, fresh func(like *B) *B) (*B, error) {
	q := l.q
	q.mu.Lock()
	defer q.mu.Unlock()
	for q.waiting >= q.limit && (l.at != q.head || len(l.at.batches) > 0) {
		if q.stop.Load() {
			return b, ErrStopped
		}
		q.changed.Wait()
	}
	var next *B
	if n := len(q.spare); n > 0 {
		next, q.spare = q.spare[n-1], q.spare[:n-1]
	} else {
		next = fresh(b)
	}
	l.at.batches = append(l.at.batches, b)
	q.waiting++
	q.changed.Broadcast()
	return next, nil
}

// Hungry reports whether another worker has nothing to do.
func (l *Lane[J, B]) Hungry() bool { return l.q.hungry.Load() > 0 }

// Stopped reports whether the search is to end soon.
func (l *Lane[J, B]) Stopped() bool { return l.q.stop.Load() }
