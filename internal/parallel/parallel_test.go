package parallel

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
)

// TestRanges: every item is in one range, ranges have the size asked for, and Each is the
// same for size 1.
func TestRanges(t *testing.T) {
	for _, n := range []int{0, 1, 9, 10, 11, 100} {
		for _, workers := range []int{-1, 1, 2, 7} {
			times, singly := make([]int, n), make([]int, n)
			Ranges(n, 10, workers, func(from, to int) {
				if from%10 != 0 || to != min(from+10, n) {
					t.Errorf("%d items: a range from %d to %d", n, from, to)
				}
				for i := from; i < to; i++ {
					times[i]++
				}
			})
			Each(n, workers, func(i int) { singly[i]++ })
			for i := range n {
				if times[i] != 1 || singly[i] != 1 {
					t.Errorf("%d items, %d workers: item %d was met %d and %d times", n, workers, i, times[i], singly[i])
				}
			}
		}
	}
}

// TestRangesWithin: once the context is over no range begins but the first, and what was
// left out is an error.
func TestRangesWithin(t *testing.T) {
	for _, workers := range []int{1, 3} {
		ctx, cancel := context.WithCancel(t.Context())
		var done atomic.Int64
		count := func(from, to int) { done.Add(int64(to - from)) }
		if err := RangesWithin(ctx, 100, 10, workers, count); err != nil || done.Load() != 100 {
			t.Errorf("%d workers: %d items, %v", workers, done.Load(), err)
		}
		cancel()
		done.Store(0)
		if err := RangesWithin(ctx, 100, 10, workers, count); !errors.Is(err, context.Canceled) || done.Load() != 10 {
			t.Errorf("%d workers, over: %d items, %v", workers, done.Load(), err)
		}
		done.Store(0)
		if err := RangesWithin(ctx, 7, 10, workers, count); err != nil || done.Load() != 7 {
			t.Errorf("%d workers, one range: %d items, %v", workers, done.Load(), err)
		}
	}
}
