package within

import (
	"context"
	"errors"
	"math"
)

// ErrMemory is what the errors of [Need] are.
var ErrMemory = errors.New("the memory allowed does not suffice")

// Memory is what work may take.
type Memory struct {
	// Need refuses work that takes that many bytes beside what is taken already, with an
	// error that is ErrMemory.
	Need func(bytes int64, what string) error
	// Left is how many bytes may be taken beside what is.
	Left func() int64
}

type memoryKey struct{}

// WithMemory returns a context whose work keeps to m.
func WithMemory(ctx context.Context, m Memory) context.Context {
	return context.WithValue(ctx, memoryKey{}, m)
}

// Need is to be asked before a large block is taken: it is the error of what ctx
// allows, and nil if that has no limit. What names the work, such as "reading it".
func Need(ctx context.Context, bytes int64, what string) error {
	if m, ok := ctx.Value(memoryKey{}).(Memory); ok {
		return m.Need(bytes, what)
	}
	return nil
}

// Left is how many bytes may be taken within ctx, and the largest number where that
// has no limit.
func Left(ctx context.Context) int64 {
	if m, ok := ctx.Value(memoryKey{}).(Memory); ok {
		return m.Left()
	}
	return math.MaxInt64
}
