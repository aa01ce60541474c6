// Package within has work keep to the limits of a context: reading ends with it, and large
// blocks of memory are asked for before they are taken.
package within

import (
	"context"
	"io"
)

// often is how many bytes are read between two looks at the context: what is small is read
// in any case.
const often = 1 << 18

// Reader reads as r does, and fails with the cause of ctx once that is over, which it
// notices within a quarter of a mebibyte.
func Reader(ctx context.Context, r io.Reader) io.Reader {
	if ctx.Done() == nil {
		return r
	}
	return &reader{ctx: ctx, r: r}
}

type reader struct {
	ctx context.Context
	r   io.Reader
	n   int // bytes since the last look
}

func (r *reader) Read(p []byte) (int, error) {
	if r.n >= often {
		if r.n = 0; r.ctx.Err() != nil {
			return 0, context.Cause(r.ctx)
		}
	}
	n, err := r.r.Read(p[:min(len(p), often)])
	r.n += n
	return n, err
}
