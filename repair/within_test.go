package repair

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
)

// TestChunksWithin: once the context is over no range begins but the first, and what was
// left out is an error.
func TestChunksWithin(t *testing.T) {
	k := &keyPoints{rows: 10}
	for _, workers := range []int{1, 3} {
		ctx, cancel := context.WithCancel(t.Context())
		var done atomic.Int64
		if err := k.chunksWithin(ctx, 100, workers, func(from, to int) { done.Add(int64(to - from)) }); err != nil || done.Load() != 100 {
			t.Errorf("%d workers: %d items, %v", workers, done.Load(), err)
		}
		cancel()
		done.Store(0)
		if err := k.chunksWithin(ctx, 100, workers, func(from, to int) { done.Add(int64(to - from)) }); !errors.Is(err, context.Canceled) || done.Load() != 10 {
			t.Errorf("%d workers, over: %d items, %v", workers, done.Load(), err)
		}
		done.Store(0)
		if err := k.chunksWithin(ctx, 7, workers, func(from, to int) { done.Add(int64(to - from)) }); err != nil || done.Load() != 7 {
			t.Errorf("%d workers, one range: %d items, %v", workers, done.Load(), err)
		}
	}
}
