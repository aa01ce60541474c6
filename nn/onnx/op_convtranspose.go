package onnx

import (
	"fmt"
	"slices"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/nn/onnx/internal/onnxpb"
)

// readConvTranspose reads a transposed convolution with constant weights, of one or two
// spatial axes.
func readConvTranspose(im *importer, n *onnxpb.NodeProto) (*value, error) {
	x, w, b, err := im.filtered(n)
	if err != nil {
		return nil, err
	}
	window, err := imagesOf(x)
	if err != nil {
		return nil, err
	}
	axes := len(x.shape) - 2
	kernel, err := kernelOf(w, x)
	if err != nil {
		return nil, err
	}
	if err := windowAttributes(n, &window, axes, kernel); err != nil {
		return nil, err
	}
	if err := transposedOutput(n, &window, axes); err != nil {
		return nil, err
	}
	groups, err := intAttribute(n, "group", 1)
	if err != nil {
		return nil, err
	}
	weights, err := w.asFloats()
	if err != nil {
		return nil, err
	}
	im.note(w)
	images, in := x.shape[0], x.shape[1]
	if groups < 1 || groups > int64(in) || in%int(groups) != 0 || w.shape[0] != in {
		return nil, fmt.Errorf("weights of shape %v in %d groups for a value of shape %v", w.shape, groups, x.shape)
	}
	out, g := w.shape[1]*int(groups), int(groups)
	weights = swapKernels(weights, g, in/g, out/g)
	bias, err := im.biasOf(b, out)
	if err != nil {
		return nil, err
	}
	depth := len(weights) / out
	if images > 1 { // each image is a group of its own, or several
		if err := im.charge(int64(images) * int64(len(weights)+out)); err != nil {
			return nil, err
		}
		weights, bias = slices.Repeat(weights, images), slices.Repeat(bias, images)
	}
	window.Channels = images * out
	params := nn.Params{Weight: nn.Matrix{Rows: images * out, Cols: depth, Stride: depth, Data: weights}, Bias: bias}
	layer := &nn.ConvTranspose{Params: params, Window: window, Inputs: images * in, Groups: images * g}
	for _, n := range []int{images * out, window.Elements()} {
		if plane, ok := size(window.In[:]); !ok || n > maxAxis/max(1, plane) {
			return nil, fmt.Errorf("an output of %d x %v is too large", n, window.In)
		}
	}
	if err := im.charge(int64(images*out) * int64(window.Plane())); err != nil {
		return nil, err
	}
	dim, _ := size(x.shape)
	if _, err := layer.OutDim([]int{dim}); err != nil {
		return nil, err
	}
	shape := append([]int{images, out}, window.In[2-axes:]...)
	if x.isConstant() {
		return im.applied(layer, x.constant, shape)
	}
	v := im.add(irNode{
		kind: irDense, in: []int{x.node}, dense: dense{params: params, weight: w, bias: b, form: layer},
	}, shape, imageBatch(x))
	if b == nil {
		v.layer = &unbiased{v.node, channelsOf(images*out, window.Plane())}
	}
	return v, nil
}

// swapKernels takes weights from [group][a][b][kernel] to [group][b][a][kernel]: ONNX has
// input channels before output channels, [nn.ConvTranspose] behind them.
func swapKernels(weights []float64, groups, a, b int) []float64 {
	swapped := make([]float64, 0, len(weights))
	elements := len(weights) / (groups * a * b)
	for g := range groups {
		for j := range b {
			for i := range a {
				swapped = append(swapped, weights[((g*a+i)*b+j)*elements:][:elements]...)
			}
		}
	}
	return swapped
}

// transposedOutput makes a window whose In is the size of the input one whose In is the
// size of the output, as the attributes output_padding, output_shape and auto_pad ask. It
// refuses what runtimes disagree about: an odd number of rows or columns to share out
// between the two sides, a negative one, and an output padding as long as the stride.
func transposedOutput(n *onnxpb.NodeProto, w *nn.Window, axes int) error {
	mode, err := stringAttribute(n, "auto_pad", "NOTSET")
	if err != nil {
		return err
	}
	if !slices.Contains([]string{"NOTSET", "VALID", "SAME_UPPER", "SAME_LOWER"}, mode) {
		return unsupportedf("attribute \"auto_pad\" is %q, want NOTSET, VALID, SAME_UPPER or SAME_LOWER", mode)
	}
	if mode != "NOTSET" && (w.Before != [2]int{} || w.After != [2]int{}) {
		return unsupportedf("attributes \"auto_pad\" %s and \"pads\" are both set", mode)
	}
	beyond, err := axisAttribute(n, "output_padding", axes, 0)
	if err != nil {
		return err
	}
	asked, err := intsAttribute(n, "output_shape")
	if err != nil {
		return err
	}
	if asked != nil && len(asked) != axes {
		return unsupportedf("attribute \"output_shape\" has %d numbers, want one for each of the %d spatial axes", len(asked), axes)
	}
	for i := range axes {
		axis := 2 - axes + i
		in, stride := w.In[axis], w.Stride[axis]
		if beyond[i] >= stride && beyond[i] > 0 {
			return unsupportedf("attribute \"output_padding\" is %d with a stride of %d: runtimes disagree about padding as long as the stride", beyond[i], stride)
		}
		if w.Kernel[axis] > maxAxis/w.Dilation[axis] || in > maxAxis/stride {
			return fmt.Errorf("kernel %d with dilation %d and stride %d is too large", w.Kernel[axis], w.Dilation[axis], stride)
		}
		full := stride*(in-1) + beyond[i] + (w.Kernel[axis]-1)*w.Dilation[axis] + 1
		if asked != nil || mode[0] == 'S' {
			want, name := int64(in*stride), "auto_pad"
			if asked != nil {
				want, name = asked[i], "output_shape"
			}
			total := int64(full) - want
			if want < 1 || total < 0 || total%2 != 0 {
				return unsupportedf("attribute %q asks for a size of %d in place of %d: runtimes disagree about what is cut off", name, want, full)
			}
			w.Before[axis], w.After[axis] = int(total/2), int(total/2)
		}
		w.In[axis] = full - w.Before[axis] - w.After[axis]
		if w.In[axis] < 1 {
			return fmt.Errorf("an output of %d rows or columns", w.In[axis])
		}
		// What lies beyond takes the place of padding.
		w.After[axis] = max(0, w.After[axis]-beyond[i])
	}
	return nil
}
