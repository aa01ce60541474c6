package onnx

import (
	"slices"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/nn/onnx/internal/onnxpb"
)

func readReduceMean(im *importer, n *onnxpb.NodeProto) (*value, error) {
	return im.reduce(n, 18, func(count int) float64 { return float64(count) }, addition)
}

func readReduceSum(im *importer, n *onnxpb.NodeProto) (*value, error) {
	return im.reduce(n, 13, func(int) float64 { return 1 }, addition)
}

func addition(x, y float64) float64 { return x + y }

// reduce reads a sum over fixed axes, which are an input from the opset since on,
// divided by a number that depends on how many entries are summed. Constants are joined
// by the given function instead of the sum.
func (im *importer) reduce(n *onnxpb.NodeProto, since int64, divisor func(int) float64, join func(x, y float64) float64) (*value, error) {
	x, err := im.require(n, 0)
	if err != nil {
		return nil, err
	}
	axes, err := im.axesOf(n, 1, since, len(x.shape))
	if err != nil {
		return nil, err
	}
	keep, err := intAttribute(n, "keepdims", 1)
	if err != nil {
		return nil, err
	}
	nothing, err := flagAttribute(n, "noop_with_empty_axes")
	if err != nil {
		return nil, err
	}
	if len(x.shape) == 0 {
		return im.reshaped(x, x.shape, x.batch), nil // one number
	}
	if len(axes) == 0 {
		if nothing && im.opset >= since {
			return im.reshaped(x, x.shape, x.batch), nil
		}
		for a := range x.shape {
			axes = append(axes, a)
		}
	}
	var kept, order []int
	var shape []int
	batch := x.batch
	for a, d := range x.shape {
		switch {
		case !slices.Contains(axes, a):
			shape, kept = append(shape, d), append(kept, a)
		case keep != 0:
			shape = append(shape, 1)
		}
		if a < x.batch && slices.Contains(axes, a) {
			batch = 0
		}
	}
	// Axes to sum that do not lie side by side go last.
	slices.Sort(axes)
	first := axes[0]
	if axes[len(axes)-1]-first >= len(axes) {
		first = len(kept)
	}
	order = slices.Concat(kept[:first], axes, kept[first:])
	var swapped []int
	for _, a := range order {
		swapped = append(swapped, x.shape[a])
	}
	l, err := im.arrange(x.shape, swapped, func(to, at []int) bool {
		for i, a := range order {
			at[a] = to[i]
		}
		return true
	})
	if err != nil {
		return nil, err
	}
	outer, _ := size(swapped[:first])
	count, _ := size(swapped[first : first+len(axes)])
	inner, _ := size(swapped[first+len(axes):])
	y, err := im.take(x, l.from, swapped, batch, 0)
	if err != nil {
		return nil, err
	}
	op := &nn.Reduce{Outer: outer, Axis: count, Inner: inner, Divisor: divisor(count)}
	if y.isConstant() {
		return im.reducedConstant(y.constant, op, shape, join)
	}
	if _, err := op.OutDim([]int{im.ir[y.node].dim}); err != nil {
		return nil, err
	}
	return im.add(irNode{kind: irFixed, in: []int{y.node}, fixed: op}, shape, batch), nil
}

// reducedConstant joins the entries of the middle axis of a constant.
func (im *importer) reducedConstant(t *tensor, op *nn.Reduce, shape []int, join func(x, y float64) float64) (*value, error) {
	xs, err := t.numbers()
	if err != nil {
		return nil, err
	}
	if op.Axis == 0 {
		return nil, unsupported("joins no entries")
	}
	ys := make([]float64, op.Outer*op.Inner)
	for i := range ys {
		at := i/op.Inner*op.Axis*op.Inner + i%op.Inner
		ys[i] = xs[at]
		for k := 1; k < op.Axis; k++ {
			ys[i] = join(ys[i], xs[at+k*op.Inner])
		}
		ys[i] /= op.Divisor
	}
	return im.made(t.typ, shape, ys)
}
