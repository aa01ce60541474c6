// Package parallel divides work among goroutines. What is called must write to places of its
// own: then the result does not depend on the number of workers.
package parallel

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"
)

// Workers is the number of goroutines for an option: n, or one a processor for 0 or less.
func Workers(n int) int {
	if n <= 0 {
		return runtime.GOMAXPROCS(0)
	}
	return n
}

// Jobs calls f(w, j) for every job j of n from up to the given number of goroutines, of which
// w counts those at work, from 0: what a worker keeps for itself can be found by it.
func Jobs(n, workers int, f func(w, j int)) {
	workers = min(workers, n)
	if workers <= 1 {
		for j := range n {
			f(0, j)
		}
		return
	}
	var next atomic.Int64
	var all sync.WaitGroup
	for w := range workers {
		all.Go(func() {
			for j := int(next.Add(1)) - 1; j < n; j = int(next.Add(1)) - 1 {
				f(w, j)
			}
		})
	}
	all.Wait()
}

// Each calls f for 0 to n-1 from up to the given number of goroutines.
func Each(n, workers int, f func(i int)) { Jobs(n, workers, func(_, i int) { f(i) }) }

// Ranges calls f for the ranges [0, size), [size, 2 size), ... of n items, the last of which
// may be shorter, from up to the given number of goroutines.
func Ranges(n, size, workers int, f func(from, to int)) {
	Each((n+size-1)/size, workers, func(i int) { f(i*size, min((i+1)*size, n)) })
}

// RangesWithin is [Ranges], and fails if ctx is over before the last range begins. The
// first range is done in any case.
func RangesWithin(ctx context.Context, n, size, workers int, f func(from, to int)) error {
	var left atomic.Bool
	Ranges(n, size, workers, func(from, to int) {
		if from > 0 && ctx.Err() != nil {
			left.Store(true)
			return
		}
		f(from, to)
	})
	if left.Load() {
		return ctx.Err()
	}
	return nil
}
