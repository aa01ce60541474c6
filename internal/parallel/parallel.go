// Package parallel divides work among goroutines. What is called must write to places of its
// own: then the result does not depend on the number of workers.
package parallel

import (
	"context"
	"sync"
	"sync/atomic"
)

// Ranges calls f for the ranges [0, size), [size, 2 size), ... of n items, the last of which
// may be shorter, from up to the given number of goroutines.
func Ranges(n, size, workers int, f func(from, to int)) {
	if workers <= 1 || n <= size {
		for from := 0; from < n; from += size {
			f(from, min(from+size, n))
		}
		return
	}
	var next atomic.Int64
	var wg sync.WaitGroup
	for range min(workers, (n+size-1)/size) {
		wg.Go(func() {
			for {
				from := int(next.Add(int64(size))) - size
				if from >= n {
					return
				}
				f(from, min(from+size, n))
			}
		})
	}
	wg.Wait()
}

// Each calls f for 0 to n-1 from up to the given number of goroutines.
func Each(n, workers int, f func(i int)) { Ranges(n, 1, workers, func(i, _ int) { f(i) }) }

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
