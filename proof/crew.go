package proof

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// crew are goroutines that share work of very different length: whoever has a part
// to give away offers it while others are idle.
type crew struct {
	workers int
	idle    atomic.Int32
	offers  chan func() error
	done    chan struct{}

	mu     sync.Mutex
	failed error // the first failure
}

func newCrew(workers int) *crew {
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	return &crew{workers: workers, offers: make(chan func() error), done: make(chan struct{})}
}

// run calls f(0), ..., f(n-1), and what they give away, and returns the first error.
// After one nothing new starts.
func (c *crew) run(n int, f func(i int) error) error {
	var next atomic.Int64
	var wg sync.WaitGroup
	for range c.workers {
		wg.Go(func() {
			for !c.stopped() {
				i := int(next.Add(1)) - 1
				if i >= n {
					break
				}
				c.note(f(i))
			}
			for {
				if c.idle.Add(1) == int32(c.workers) {
					close(c.done)
				}
				select {
				case task := <-c.offers:
					if !c.stopped() {
						c.note(task())
					}
				case <-c.done:
					return
				}
			}
		})
	}
	wg.Wait()
	return c.failed
}

// give lets an idle goroutine do a task; false if there is none.
func (c *crew) give(task func() error) bool {
	// The one that may take it counts as busy from here on. All are idle only where
	// nothing is left, since the one that gives is not.
	c.idle.Add(-1)
	select {
	case c.offers <- task:
		return true
	default:
		c.idle.Add(1)
		return false
	}
}

// wanted reports whether someone waits for a task.
func (c *crew) wanted() bool { return c.idle.Load() > 0 }

func (c *crew) note(err error) {
	if err != nil {
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.failed == nil {
			c.failed = err
		}
	}
}

func (c *crew) stopped() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.failed != nil
}

// interrupted is what exact arithmetic panics with where its context is done: it may
// take seconds in one place, and its callers have no errors. Entry points turn it into
// the context's error.
type interrupted struct{ err error }

// uninterrupted calls f and returns its error, or that of the context that was done
// meanwhile.
func uninterrupted(f func() error) (err error) {
	defer func() {
		switch r := recover().(type) {
		case nil:
		case interrupted:
			err = r.err
		default:
			panic(r)
		}
	}()
	return f()
}

// obey panics if the context is done.
func (n *network) obey() {
	if n.ctx == nil {
		return
	}
	if err := n.ctx.Err(); err != nil {
		panic(interrupted{err})
	}
}
