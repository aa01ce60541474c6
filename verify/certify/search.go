package certify

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"time"

	"github.com/netmend/netmend/cert"
	"github.com/netmend/netmend/proof/tree"
)

// Options of [Search]. The zero value is ready to use.
type Options struct {
	// Workers is the number of goroutines; 0 means one a processor. The proof does
	// not depend on it.
	Workers int
	// MaxBytes limits the size of the proof; 0 means [DefaultMaxBytes].
	MaxBytes int64
	// Progress, where not nil, is told from time to time how many cells are done. It
	// may be called from any goroutine, one at a time.
	Progress func(cells int)
}

// DefaultMaxBytes leaves room in the largest certificate that is read.
const DefaultMaxBytes = 160 << 20

// Errors of a search that ends without a proof.
var (
	// ErrMaxBytes: the proof is larger than [Options.MaxBytes].
	ErrMaxBytes = errors.New("the proof is larger than the limit allows")
	// ErrTarget: some cell could not be kept from the target.
	ErrTarget = errors.New("no proof was found that a linear region does not meet the target: it does, or comes too close to it")
)

// Search looks for a proof of a problem's claim, as steps of a split tree.
//
// It fails with ErrTarget or ErrMaxBytes where it ends without one, with ctx.Err(),
// and where the problem is none that such proofs are made for (see [tree.New]).
func Search(ctx context.Context, p *tree.Problem, opt Options) ([]byte, error) {
	workers := opt.Workers
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	if opt.MaxBytes == 0 {
		opt.MaxBytes = DefaultMaxBytes
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	state, err := tree.New(ctx, p)
	if err != nil {
		return nil, err
	}
	s := &search{ctx: ctx, cancel: cancel, opt: opt, free: make(chan struct{}, workers), told: time.Now()}
	for range workers - 1 {
		s.free <- struct{}{}
	}
	e := newExplorer(s, state)
	if err := e.explore(); err != nil {
		return nil, err
	}
	return e.steps, nil
}

// search is what the goroutines of a search share.
type search struct {
	ctx    context.Context
	cancel context.CancelCauseFunc
	opt    Options
	free   chan struct{} // a token for each worker that has nothing to do

	mu    sync.Mutex
	cells int
	bytes int64
	told  time.Time
}

// progressEvery is how often [Options.Progress] is called at most.
const progressEvery = 100 * time.Millisecond

// count notes that a cell was finished or split, with so many bytes of steps, and
// tells why the search must end, where it must.
func (s *search) count(bytes int) error {
	if s.ctx.Err() != nil {
		return context.Cause(s.ctx)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cells++
	if s.bytes += int64(bytes); s.bytes > s.opt.MaxBytes {
		return ErrMaxBytes
	}
	if s.opt.Progress != nil && time.Since(s.told) >= progressEvery {
		s.told = time.Now()
		s.opt.Progress(s.cells)
	}
	return nil
}

// explore finishes the cell at hand, with all its parts. Where a worker is free, the
// upper part of a split goes to it; its steps are put behind those of the lower part
// all the same.
func (e *explorer) explore() error {
	before := len(e.steps)
	if err := e.cell(); err != nil {
		e.search.cancel(err)
		return err
	}
	if err := e.search.count(len(e.steps) - before); err != nil {
		return err
	}
	if e.state.Done() {
		return nil
	}
	select {
	case <-e.search.free:
	default:
		if err := e.explore(); err != nil {
			return err
		}
		e.state.Next()
		return e.explore()
	}
	other := newExplorer(e.search, e.state.Detach())
	done := make(chan error, 1)
	go func() {
		err := other.explore()
		e.search.free <- struct{}{}
		done <- err
	}()
	err := e.explore()
	// Another may work while this one waits.
	e.search.free <- struct{}{}
	upper := <-done
	<-e.search.free
	if err == nil {
		err = upper
	}
	e.steps = append(e.steps, other.steps...)
	return err
}

// take executes a step and keeps it. A step whose multipliers are too large for float64
// tells nothing, and is left out.
func (e *explorer) take(step *cert.Step) error {
	switch err := e.state.Apply(step); {
	case errors.Is(err, tree.ErrOverflow):
	case err != nil:
		return fmt.Errorf("taking a step: %w", err)
	default:
		e.keep(step)
	}
	return nil
}

func (e *explorer) keep(step *cert.Step) { e.steps = cert.AppendStep(e.steps, step) }
