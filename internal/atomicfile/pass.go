package atomicfile

import (
	"context"
	"errors"
	"io"
	"os"
	"time"
)

// again is how long to wait for the reader of a FIFO before looking again.
const again = 20 * time.Millisecond

// pass writes data to a device or a FIFO, until ctx is over.
func pass(ctx context.Context, path string, data []byte) error {
	if info, err := os.Stat(path); err == nil {
		if f := standard(info); f != nil {
			return send(ctx, f, data)
		}
	}
	for {
		f, err := os.OpenFile(path, os.O_WRONLY|withoutWaiting, 0)
		if err == nil {
			return errors.Join(send(ctx, f, data), bare(f.Close()))
		}
		if !nobodyReads(err) {
			return bare(err)
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(again):
		}
	}
}

// send writes data, and stops if ctx is over and the file can be told to.
func send(ctx context.Context, f *os.File, data []byte) error {
	stop := context.AfterFunc(ctx, func() { _ = f.SetWriteDeadline(time.Now()) })
	defer stop()
	n, err := f.Write(data)
	switch {
	case ctx.Err() != nil && err != nil:
		return context.Cause(ctx)
	case err == nil && n < len(data):
		return io.ErrShortWrite
	}
	return bare(err)
}
