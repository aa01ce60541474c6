package within

import (
	"context"
	"unsafe"
)

// Grow returns s with room for n more, as [slices.Grow] does, and asks before it takes much
// memory. Beyond some length it takes a quarter more than there is, not as much again.
func Grow[T any](ctx context.Context, s []T, n int, what string) ([]T, error) {
	if len(s)+n <= cap(s) {
		return s, nil
	}
	const few, page = 1 << 14, 1 << 16
	next := max(len(s)+n, 2*len(s))
	if next > few {
		next = max(len(s)+n, few, len(s)+len(s)/growth)
	}
	var one T
	if bytes := int64(next) * int64(unsafe.Sizeof(one)); bytes > page {
		if err := Need(ctx, bytes, what); err != nil {
			return s, err
		}
	}
	return append(make([]T, 0, next), s...), nil
}
