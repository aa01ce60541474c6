package tree

import (
	"context"
	"slices"
	"sync"

	"github.com/netmend/netmend/cert"
)

// RunParallel is like [Run], with a further goroutine for each token in free, which it
// takes and gives back. The answer does not depend on their number.
//
// Where the steps of the parts of a split begin and end is guessed from the kinds of the
// steps alone. A part is accepted only if its steps end where they were guessed to, with
// all of its cells done; if one does not, or some step proves nothing, all steps are run
// again in order, and that decides.
func RunParallel(ctx context.Context, p *Problem, steps []byte, free chan struct{}) (Tally, error) {
	if len(steps) < 2*worthwhile || cap(free) == 0 {
		return Run(ctx, p, steps)
	}
	splits := guess(ctx, steps, len(p.Terms))
	if splits == nil {
		return Run(ctx, p, steps)
	}
	s, err := New(ctx, p)
	if err != nil {
		return Tally{}, err
	}
	limited, cancel := context.WithCancel(ctx)
	defer cancel()
	r := &parallelRun{steps: steps, splits: splits, free: free, cancel: cancel}
	if r.subtree(limited, s, part{0, len(steps), 0}) {
		return r.tally, nil
	}
	if ctx.Err() != nil {
		return Tally{}, context.Cause(ctx)
	}
	return Run(ctx, p, steps)
}

// worthwhile is how many bytes of steps are worth a goroutine.
const worthwhile = 1 << 8

// part is the part of a split: its steps from one byte to another, and the number of its
// first split.
type part struct{ from, to, split int }

// guess finds, for each split in order, where the steps of its upper part begin and end,
// taking it that a cell is done by steps that close all terms or show that it is empty; nil
// where the steps do not come out so.
func guess(ctx context.Context, steps []byte, terms int) []part {
	type open struct {
		split  int
		closed []bool
		upper  bool
	}
	var splits []part
	var stack []open
	closed, left := make([]bool, terms), terms
	r := cert.NewStepReader(steps)
	var step cert.Step
	n := 0
	for r.More() {
		if left == 0 || r.Next(&step) != nil || len(stack) > maxDepth {
			return nil
		}
		if n++; n%(1<<16) == 0 && ctx.Err() != nil {
			return nil
		}
		switch step.Kind {
		case cert.Split, cert.Halve:
			splits = append(splits, part{})
			stack = append(stack, open{split: len(splits) - 1, closed: slices.Clone(closed)})
		case cert.Close, cert.CloseBack, cert.CloseExactly:
			if step.Index < terms && !closed[step.Index] {
				closed[step.Index] = true
				left--
			}
		case cert.Empty, cert.EmptyExactly:
			left = 0
		}
		for left == 0 && len(stack) > 0 {
			last := &stack[len(stack)-1]
			at := len(steps) - r.Rest()
			if last.upper {
				splits[last.split].to = at
				stack = stack[:len(stack)-1]
				continue
			}
			last.upper = true
			splits[last.split].from, splits[last.split].split = at, len(splits)
			closed, left = slices.Clone(last.closed), 0
			for _, done := range closed {
				if !done {
					left++
				}
			}
		}
	}
	if left > 0 || len(stack) > 0 {
		return nil
	}
	return splits
}

// parallelRun is one call of RunParallel.
type parallelRun struct {
	steps  []byte
	splits []part // the upper parts of the splits, in order
	free   chan struct{}
	cancel context.CancelFunc

	mu    sync.Mutex
	tally Tally
}

// subtree runs the steps of a part, which must finish the current cell, and reports whether
// they do.
func (r *parallelRun) subtree(ctx context.Context, s *State, at part) bool {
	base := len(s.stack)
	reader := cert.NewStepReader(r.steps[at.from:at.to])
	var step cert.Step
	var tally Tally
	defer func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.tally.Splits += tally.Splits
		r.tally.Steps += tally.Steps
	}()
	split := at.split
	for {
		for s.Done() {
			if len(s.stack) == base {
				return !reader.More()
			}
			s.Next()
		}
		if !reader.More() || tally.Steps%256 == 0 && ctx.Err() != nil || reader.Next(&step) != nil || s.Apply(&step) != nil {
			r.cancel()
			return false
		}
		tally.Steps++
		if step.Kind != cert.Split && step.Kind != cert.Halve {
			continue
		}
		tally.Splits++
		upper := r.splits[split]
		lower := part{at.to - reader.Rest(), upper.from, split + 1}
		split++
		if len(s.stack) > base+1 || upper.to != at.to || lower.to-lower.from < worthwhile || upper.to-upper.from < worthwhile {
			continue // all in order, here
		}
		return r.both(ctx, s, lower, upper)
	}
}

// both runs the parts of a split, the lower one of which is at hand.
func (r *parallelRun) both(ctx context.Context, s *State, lower, upper part) bool {
	select {
	case <-r.free:
	default:
		if !r.subtree(ctx, s, lower) {
			return false
		}
		s.Next()
		return r.subtree(ctx, s, upper)
	}
	other := s.Detach(ctx)
	done := make(chan bool)
	go func() {
		ok := r.subtree(ctx, other, upper)
		r.free <- struct{}{}
		done <- ok
	}()
	ok := r.subtree(ctx, s, lower)
	// Another may work while this one waits.
	r.free <- struct{}{}
	also := <-done
	<-r.free
	return ok && also
}
