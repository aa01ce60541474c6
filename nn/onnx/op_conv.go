package onnx

import (
	"fmt"
	"slices"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/nn/onnx/internal/onnxpb"
)

// readConv reads a convolution with constant weights, of one or two spatial axes.
func readConv(im *importer, n *onnxpb.NodeProto) (*value, error) {
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
	if _, err := im.slide(n, &window, axes, kernel); err != nil {
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
	out := w.shape[0]
	images, channels := x.shape[0], x.shape[1]
	if groups < 1 || groups > int64(channels) || w.shape[1]*int(groups) != channels || out%int(groups) != 0 {
		return nil, fmt.Errorf("weights of shape %v in %d groups for a value of shape %v: want %d channels", w.shape, groups, x.shape, int64(w.shape[1])*groups)
	}
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
	params := nn.Params{Weight: nn.Matrix{Rows: images * out, Cols: depth, Stride: depth, Data: weights}, Bias: bias}
	conv := &nn.Conv{Params: params, Window: window, Groups: images * int(groups)}
	if err := im.afford(&window, images*out); err != nil {
		return nil, err
	}
	in, _ := size(x.shape)
	if _, err := conv.OutDim([]int{in}); err != nil {
		return nil, err
	}
	shape := im.outputs(&window, x, out)
	if x.isConstant() {
		return im.applied(conv, x.constant, shape)
	}
	v := im.add(irNode{
		kind: irDense, in: []int{x.node}, dense: dense{params: params, weight: w, bias: b, form: conv},
	}, shape, imageBatch(x))
	if b == nil {
		v.layer = &unbiased{v.node, channelsOf(images*out, window.Positions())}
	}
	return v, nil
}

// filtered is the value that a convolution is applied to, its weights and its bias, both
// constant; nil where they are not given.
func (im *importer) filtered(n *onnxpb.NodeProto) (x *value, w, b *tensor, err error) {
	if x, err = im.require(n, 0); err != nil {
		return nil, nil, nil, err
	}
	if w, err = im.constant(n, 1, "the weight"); err != nil {
		return nil, nil, nil, err
	}
	b, err = im.constant(n, 2, "the bias")
	return x, w, b, err
}

// kernelOf is the size of the filters w for the images x.
func kernelOf(w *tensor, x *value) ([]int64, error) {
	if w == nil || len(w.shape) != len(x.shape) || slices.Contains(w.shape, 0) {
		return nil, fmt.Errorf("weights of shape %v for a value of shape %v, want %d axes and no size of 0", shapeOf(w), x.shape, len(x.shape))
	}
	var kernel []int64
	for _, d := range w.shape[2:] {
		kernel = append(kernel, int64(d))
	}
	return kernel, nil
}

// biasOf are the biases b of out channels, 0 where there is none.
func (im *importer) biasOf(b *tensor, out int) ([]float64, error) {
	if b == nil {
		return make([]float64, out), nil
	}
	bias, err := b.asFloats()
	if err != nil {
		return nil, err
	}
	if len(bias) != out {
		return nil, fmt.Errorf("%d biases for %d output channels", len(bias), out)
	}
	im.note(b)
	return bias, nil
}

// channelsOf is the channel of each element of images.
func channelsOf(channels, positions int) []int32 {
	c := make([]int32, 0, channels*positions)
	for k := range channels {
		for range positions {
			c = append(c, int32(k))
		}
	}
	return c
}

func shapeOf(t *tensor) []int {
	if t == nil {
		return nil
	}
	return t.shape
}
