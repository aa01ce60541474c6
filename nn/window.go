package nn

import "fmt"

// Window is the geometry of an operation that slides over the last two axes of
// samples of shape channels x height x width: a convolution or a pool. Axis 0
// of its pairs is the height, axis 1 the width.
type Window struct {
	// Channels, and In, the height and width of the input.
	Channels int
	In       [2]int
	// Kernel is the size of the window, Stride its step, Dilation the distance
	// of its elements.
	Kernel, Stride, Dilation [2]int
	// Before and After are the rows and columns of padding on either side.
	Before, After [2]int
}

// extent is the length that the window spans along an axis.
func (w *Window) extent(axis int) int { return (w.Kernel[axis]-1)*w.Dilation[axis] + 1 }

// Out is the number of positions of the window along an axis (0 or 1):
// floor((in + padding - extent) / stride) + 1.
func (w *Window) Out(axis int) int {
	return (w.In[axis]+w.Before[axis]+w.After[axis]-w.extent(axis))/w.Stride[axis] + 1
}

// Positions is the number of positions of the window.
func (w *Window) Positions() int { return w.Out(0) * w.Out(1) }

// maxSize bounds the lengths of samples and what is computed from them.
const maxSize = 1<<31 - 1

// check reports a geometry that has no positions, or whose sizes overflow.
func (w *Window) check() error {
	if w.Channels < 1 || w.In[0] < 1 || w.In[1] < 1 || w.In[0] > maxSize/w.In[1] || w.Channels > maxSize/(w.In[0]*w.In[1]) {
		return fmt.Errorf("input of %d x %d x %d, want positive sizes with a product below 2^31", w.Channels, w.In[0], w.In[1])
	}
	for axis, name := range []string{"height", "width"} {
		k, s, d, b, a := w.Kernel[axis], w.Stride[axis], w.Dilation[axis], w.Before[axis], w.After[axis]
		switch {
		case k < 1 || s < 1 || d < 1 || b < 0 || a < 0:
			return fmt.Errorf("%s: kernel %d, stride %d, dilation %d, padding %d and %d, want positive sizes and padding of at least 0",
				name, k, s, d, b, a)
		case k > maxSize/d || b > maxSize || a > maxSize:
			return fmt.Errorf("%s: kernel %d with dilation %d and padding %d and %d is too large", name, k, d, b, a)
		case w.In[axis]+b+a < w.extent(axis):
			return fmt.Errorf("%s: a window of extent %d does not fit into %d with padding %d and %d",
				name, w.extent(axis), w.In[axis], b, a)
		}
	}
	if w.Out(0) > maxSize/w.Out(1) || w.Kernel[0] > maxSize/w.Kernel[1] {
		return fmt.Errorf("%d x %d positions of a %d x %d window are too many", w.Out(0), w.Out(1), w.Kernel[0], w.Kernel[1])
	}
	return nil
}

// direct reports whether the window is one element that visits each input once,
// in order: its columns are the input itself.
func (w *Window) direct() bool {
	one, none := [2]int{1, 1}, [2]int{}
	return w.Kernel == one && w.Stride == one && w.Before == none && w.After == none
}

// span is the range [lo, hi) of positions along an axis at which element k of
// the window lies within the input.
func (w *Window) span(axis, k int) (lo, hi int) {
	s, off := w.Stride[axis], k*w.Dilation[axis]-w.Before[axis]
	if off < 0 {
		lo = (-off + s - 1) / s
	}
	if last := w.In[axis] - 1 - off; last >= 0 {
		hi = min(last/s+1, w.Out(axis))
	}
	return min(lo, hi), hi
}

// Each calls f for every run of inputs that one element of the window meets
// along a row of positions, in one channel: count positions from position pos
// on, whose inputs begin at index in of the channel's plane and are step apart.
// Only the rows of positions [top, bottom) are visited; element is the element's
// index in the window.
func (w *Window) Each(top, bottom int, f func(element, pos, in, step, count int)) {
	width := w.Out(1)
	for ky := range w.Kernel[0] {
		y0, y1 := w.span(0, ky)
		y0, y1 = max(y0, top), min(y1, bottom)
		for kx := range w.Kernel[1] {
			x0, x1 := w.span(1, kx)
			if x0 >= x1 {
				continue
			}
			col := x0*w.Stride[1] + kx*w.Dilation[1] - w.Before[1]
			for y := y0; y < y1; y++ {
				row := y*w.Stride[0] + ky*w.Dilation[0] - w.Before[0]
				f(ky*w.Kernel[1]+kx, y*width+x0, row*w.In[1]+col, w.Stride[1], x1-x0)
			}
		}
	}
}

func (w *Window) size() int { return w.Channels * w.Plane() }

// Plane is the number of inputs of a sample in one channel.
func (w *Window) Plane() int { return w.In[0] * w.In[1] }

// Elements is the number of elements of the window in one channel.
func (w *Window) Elements() int { return w.Kernel[0] * w.Kernel[1] }

// padded reports whether any element of the window meets padding.
func (w *Window) padded() bool { return w.Before != [2]int{} || w.After != [2]int{} }

// meetsInput reports a position at which the window meets padding only.
func (w *Window) meetsInput() error {
	for axis, name := range []string{"height", "width"} {
		met := make([]bool, w.Out(axis))
		for k := range w.Kernel[axis] {
			lo, hi := w.span(axis, k)
			for p := lo; p < hi; p++ {
				met[p] = true
			}
		}
		for p, ok := range met {
			if !ok {
				return fmt.Errorf("%s: position %d of the window meets padding only", name, p)
			}
		}
	}
	return nil
}
