package tree

import "context"

// watch ends work once a context is done. It belongs to one goroutine.
type watch struct {
	ctx  context.Context
	work int // operations, roughly, since the context was looked at
}

// watchEvery is how many operations, roughly, lie between two looks: some milliseconds.
const watchEvery = 1 << 22

// after counts operations, and returns the context's error where it is done.
func (w *watch) after(operations int) error {
	if w.work += operations; w.work < watchEvery {
		return nil
	}
	w.work = 0
	if w.ctx.Err() != nil {
		return context.Cause(w.ctx)
	}
	return nil
}
