package certify

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/netmend/netmend/cert"
	"github.com/netmend/netmend/internal/parallel"
	"github.com/netmend/netmend/proof/tree"
)

// Options of [Search]. The zero value is ready to use.
type Options struct {
	// Workers is the number of goroutines; 0 means one per processor. The proof does
	// not depend on it.
	Workers int
	// MaxBytes limits the size of the proof; 0 means [DefaultMaxBytes].
	MaxBytes int64
	// MaxCells limits the number of cells, in the order in which one goroutine looks at them;
	// 0 means no limit. Several look at more, so that what the search ends with is the same.
	MaxCells int
	// AtUnits leaves out what is fast for most problems, halving cells and substitution: cells
	// are divided at units alone, and take less time each, which is better where the target
	// comes very close.
	AtUnits bool
	// Progress, if not nil, is told from time to time, and at the end, how many cells are done. It
	// may be called from any goroutine, one at a time.
	Progress func(cells int)
	// Try, if not nil, is given inputs of the set, up to rounding, whose outputs may
	// lie in the target: a witness that there is no proof. Its error ends the search. It
	// is called from several goroutines at a time; the search ends with the error that is
	// first in the order of the cells, for any number of workers.
	Try func(x []float64) error
}

// DefaultMaxBytes leaves room in the largest certificate that is read.
const DefaultMaxBytes = 160 << 20

// Errors of a search that ends without a proof.
var (
	// ErrMaxBytes: the proof is larger than [Options.MaxBytes].
	ErrMaxBytes = errors.New("the proof is larger than the limit allows")
	// ErrMaxCells: there are more cells than [Options.MaxCells].
	ErrMaxCells = errors.New("more cells are needed than the limit allows")
	// ErrTarget: some cell could not be kept from the target.
	ErrTarget = errors.New("no proof was found that a linear region does not meet the target: it does, or comes too close to it")
)

// Proof is a split tree: its steps, and how many there are.
type Proof struct {
	Steps cert.Tree
	tree.Tally
}

// Search looks for a proof of a problem's claim. The states of package tree that took its
// steps have proven the claim when it is found: each cell was left when it was done, and all of
// the domain is accounted for.
//
// It fails with a MetError, ErrTarget, ErrMaxBytes or ErrMaxCells where it ends without one, with
// ctx.Err(),
// and where the problem is none that such proofs are made for (see [tree.New]).
func Search(ctx context.Context, p *tree.Problem, opt Options) (*Proof, error) {
	workers := parallel.Workers(opt.Workers)
	if opt.MaxBytes == 0 {
		opt.MaxBytes = DefaultMaxBytes
	}
	state, err := tree.New(ctx, p)
	if err != nil {
		return nil, err
	}
	s := &search{opt: opt, free: make(chan struct{}, workers), told: time.Now()}
	for range workers - 1 {
		s.free <- struct{}{}
	}
	e := newExplorer(s, ctx, state)
	err = e.explore()
	if opt.Progress != nil {
		opt.Progress(e.cells)
	}
	if err != nil {
		return nil, err
	}
	if e.state.Next(); !e.state.Finished() {
		return nil, errUnfinished
	}
	return &Proof{e.steps, e.tally}, nil
}

// errUnfinished would be a fault of the search.
var errUnfinished = errors.New("a part of the domain is not accounted for")

// search is what the goroutines of a search share.
type search struct {
	opt  Options
	free chan struct{} // a token for each worker that has nothing to do
	most int           // limit on the cells of all goroutines together; 0 means none

	mu    sync.Mutex
	cells int
	bytes int64
	told  time.Time
}

// progressEvery is how often [Options.Progress] is called at most.
const progressEvery = 100 * time.Millisecond

// count notes that a cell was finished or split, with that many bytes of steps, and
// tells why the search must end, where it must.
func (s *search) count(bytes int) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cells++; s.most > 0 && s.cells > s.most {
		return ErrMaxCells
	}
	if s.bytes += int64(bytes); s.bytes > s.opt.MaxBytes {
		return ErrMaxBytes
	}
	if s.opt.Progress != nil && time.Since(s.told) >= progressEvery {
		s.told = time.Now()
		s.opt.Progress(s.cells)
	}
	return nil
}

// explore finishes the current cell, with all its parts. Where a worker is free, the
// part of a split that is put off goes to it. The steps of the lower part come first,
// whichever was looked at first.
func (e *explorer) explore() error {
	if err := e.ctx.Err(); err != nil {
		return err
	}
	before := len(e.steps)
	if err := e.cell(); err != nil {
		return err
	}
	if err := e.search.count(len(e.steps) - before); err != nil {
		return err
	}
	e.cells++
	if e.over() {
		return ErrMaxCells
	}
	if e.state.Done() {
		return nil
	}
	last := e.put[len(e.put)-1]
	e.put = e.put[:len(e.put)-1]
	above := e.steps
	e.steps = nil
	first, second, err := e.parts(last)
	if last.upper {
		first, second = second, first
	}
	e.steps = append(append(above, first...), second...)
	return err
}

// over reports whether the cells finished or split are more than the limit.
func (e *explorer) over() bool {
	limit := e.search.opt.MaxCells
	return limit > 0 && e.cells > limit
}

// parts finishes both parts of a split, the one at hand and the one put off.
func (e *explorer) parts(put putOff) (first, second []byte, err error) {
	select {
	case <-e.search.free:
	default:
		if err := e.explore(); err != nil {
			return nil, nil, err
		}
		first, e.steps = e.steps, nil
		e.state.Next()
		e.thin, e.pool = put.thin, put.pool
		err := e.explore()
		return first, e.steps, err
	}
	// The error that counts is the first one in the order of the cells: that of the first
	// part ends the work on the second one, and not the other way round.
	ctx, cancel := context.WithCancel(e.ctx)
	defer cancel()
	other := newExplorer(e.search, ctx, e.state.Detach(ctx))
	other.thin, other.pool = put.thin, put.pool
	done := make(chan error, 1)
	go func() {
		err := other.explore()
		other.state.Next()
		e.search.free <- struct{}{}
		done <- err
	}()
	if err = e.explore(); err != nil {
		cancel()
	}
	// Another may work while this one waits.
	e.search.free <- struct{}{}
	later := <-done
	<-e.search.free
	e.tally.Splits += other.tally.Splits
	e.tally.Steps += other.tally.Steps
	if err == nil {
		err = later
		if e.cells += other.cells; e.over() {
			// One goroutine would have come to the limit and no further.
			e.cells, err = e.search.opt.MaxCells+1, ErrMaxCells
		}
	}
	return e.steps, other.steps, err
}

// take executes a step and keeps it. A step whose multipliers are too large for float64
// tells nothing, and is left out.
func (e *explorer) take(step *cert.Step) error {
	switch err := e.state.Apply(step); {
	case errors.Is(err, tree.ErrOverflow) && step.Kind != cert.Split:
	case err != nil:
		return fmt.Errorf("taking a step: %w", err)
	default:
		e.keep(step)
	}
	return nil
}

func (e *explorer) keep(step *cert.Step) {
	e.steps = cert.AppendStep(e.steps, step)
	e.tally.Add(step)
}
