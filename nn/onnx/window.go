package onnx

import (
	"fmt"
	"slices"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/nn/onnx/internal/onnxpb"
)

// imagesOf checks that x is a value of one or two spatial axes after those of images and
// of channels, and returns the geometry of all channels of all images. A signal of one
// axis is an image of height 1.
func imagesOf(x *value) (nn.Window, error) {
	w := nn.Window{Stride: [2]int{1, 1}, Dilation: [2]int{1, 1}, Kernel: [2]int{1, 1}}
	switch len(x.shape) {
	case 3:
		w.In = [2]int{1, x.shape[2]}
	case 4:
		w.In = [2]int{x.shape[2], x.shape[3]}
	default:
		return w, unsupportedf("acts on a value of %d axes, want images, channels and one or two more", len(x.shape))
	}
	w.Channels = x.shape[0] * x.shape[1]
	return w, nil
}

// outputs is the value's shape after the window, with the given channels for an image.
func (im *importer) outputs(w *nn.Window, x *value, channels int) []int {
	if len(x.shape) == 3 {
		return []int{x.shape[0], channels, w.Out(1)}
	}
	return []int{x.shape[0], channels, w.Out(0), w.Out(1)}
}

// afford accounts for the results of a window with the given channels, and for its
// elements: padding makes both as large as a file says.
func (im *importer) afford(w *nn.Window, channels int) error {
	for _, shape := range [][]int{{channels, w.Out(0), w.Out(1)}, {w.Kernel[0], w.Kernel[1]}} {
		if slices.Min(shape) < 1 {
			return nil // reported as an error by the operation
		}
		n, ok := size(shape)
		if !ok {
			return fmt.Errorf("a window of %v over images of %v has more than 2^31 results or elements", w.Kernel, w.In)
		}
		if err := im.charge(int64(n)); err != nil {
			return err
		}
	}
	return nil
}

// slide reads the attributes of a window with the given kernel (nil for the
// attribute kernel_shape) into w. beyond is the padding that ceil_mode adds.
func (im *importer) slide(n *onnxpb.NodeProto, w *nn.Window, axes int, kernel []int64) (beyond [2]int, err error) {
	if err := windowAttributes(n, w, axes, kernel); err != nil {
		return beyond, err
	}
	if err := autoPad(n, w, axes, kernel == nil); err != nil {
		return beyond, err
	}
	up, err := flagAttribute(n, "ceil_mode")
	if err != nil || !up {
		return beyond, err
	}
	return roundUp(w), nil
}

// axisAttribute reads an attribute of count numbers of at least 0; all are the fallback
// where it is missing.
func axisAttribute(n *onnxpb.NodeProto, name string, count int, fallback int64) ([]int, error) {
	xs, err := intsAttribute(n, name)
	if err != nil {
		return nil, err
	}
	if xs == nil {
		xs = slices.Repeat([]int64{fallback}, count)
	}
	if len(xs) != count {
		return nil, fmt.Errorf("attribute %q has %d numbers, want %d", name, len(xs), count)
	}
	out := make([]int, count)
	for i, v := range xs {
		if v < 0 || v > maxAxis {
			return nil, unsupportedf("attribute %q holds %d, want 0 to 2^31-1", name, v)
		}
		out[i] = int(v)
	}
	return out, nil
}

// windowAttributes reads the attributes kernel_shape, strides, dilations and pads into w.
func windowAttributes(n *onnxpb.NodeProto, w *nn.Window, axes int, kernel []int64) error {
	first := 2 - axes // the axis of the window that the first attribute is for
	sizes, err := axisAttribute(n, "kernel_shape", axes, 0)
	if err != nil {
		return err
	}
	for i := range axes {
		switch {
		case kernel == nil && sizes[i] == 0:
			return fmt.Errorf("attribute \"kernel_shape\" is missing, or has a size of 0")
		case kernel != nil && sizes[i] != 0 && int64(sizes[i]) != kernel[i]:
			return fmt.Errorf("attribute \"kernel_shape\" is %v, the weights have kernels of shape %v", sizes, kernel)
		case kernel != nil:
			sizes[i] = int(kernel[i])
		}
		w.Kernel[first+i] = sizes[i]
	}
	for name, to := range map[string]*[2]int{"strides": &w.Stride, "dilations": &w.Dilation} {
		v, err := axisAttribute(n, name, axes, 1)
		if err != nil {
			return err
		}
		for i := range axes {
			if v[i] == 0 {
				return fmt.Errorf("attribute %q is %v, want positive numbers", name, v)
			}
			to[first+i] = v[i]
		}
	}
	pads, err := axisAttribute(n, "pads", 2*axes, 0)
	if err != nil {
		return err
	}
	for i := range axes {
		w.Before[first+i], w.After[first+i] = pads[i], pads[axes+i]
	}
	return nil
}

// autoPad replaces the padding as the attribute auto_pad asks. It refuses what runtimes
// disagree about: padding that the formula makes negative, some crop and some do not; and
// dilated pools, of which some forget the dilation.
func autoPad(n *onnxpb.NodeProto, w *nn.Window, axes int, pool bool) error {
	mode, err := stringAttribute(n, "auto_pad", "NOTSET")
	if err != nil {
		return err
	}
	if mode != "NOTSET" && (w.Before != [2]int{} || w.After != [2]int{}) {
		return unsupportedf("attributes \"auto_pad\" %s and \"pads\" are both set", mode)
	}
	switch mode {
	case "NOTSET":
		return nil
	case "VALID":
		w.Before, w.After = [2]int{}, [2]int{}
		return nil
	case "SAME_UPPER", "SAME_LOWER":
	default:
		return unsupportedf("attribute \"auto_pad\" is %q, want NOTSET, VALID, SAME_UPPER or SAME_LOWER", mode)
	}
	for axis := 2 - axes; axis < 2; axis++ {
		in, stride := w.In[axis], w.Stride[axis]
		out := (in + stride - 1) / stride
		total := (out-1)*stride + (w.Kernel[axis]-1)*w.Dilation[axis] + 1 - in
		if total < 0 {
			return unsupportedf("attribute \"auto_pad\" is %s and the stride, %d, is larger than the window: runtimes disagree about padding that is negative, %d",
				mode, stride, total)
		}
		if pool && w.Dilation[axis] != 1 {
			return unsupportedf("attribute \"auto_pad\" is %s and the window of the pool is dilated: runtimes disagree about the padding", mode)
		}
		w.Before[axis], w.After[axis] = total/2, total-total/2
		if mode == "SAME_LOWER" {
			w.Before[axis], w.After[axis] = w.After[axis], w.Before[axis]
		}
	}
	return nil
}

// roundUp adds padding after the input so that the number of positions is rounded
// up, but for a last position that would begin in that padding.
func roundUp(w *nn.Window) (beyond [2]int) {
	for axis := range 2 {
		extent := (w.Kernel[axis]-1)*w.Dilation[axis] + 1
		room := w.In[axis] + w.Before[axis] + w.After[axis] - extent
		if room < 0 {
			continue // reported as an error later
		}
		if rest := room % w.Stride[axis]; rest > 0 {
			start := room - rest + w.Stride[axis] // of the position to add
			if start < w.In[axis]+w.Before[axis] {
				beyond[axis] = w.Stride[axis] - rest
				w.After[axis] += beyond[axis]
			}
		}
	}
	return beyond
}

// imageBatch is the number of leading axes that a window keeps apart: that of images.
func imageBatch(x *value) int {
	if x.batch > 1 {
		return 0
	}
	return x.batch
}
