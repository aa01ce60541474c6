package onnx

import (
	"slices"

	"github.com/netmend/netmend/nn"
)

// take selects elements of a value: element i of the result is element from[i] of
// x, or fill where that is -1. A selection of everything in order is x itself.
func (im *importer) take(x *value, from []int32, shape []int, batch int, fill float64) (*value, error) {
	n, _ := size(x.shape)
	if x.isConstant() {
		return im.takeConstant(x.constant, from, shape, fill)
	}
	if inOrder(from, n) {
		return im.alias(x, shape, batch), nil
	}
	if err := im.charge(int64(len(from))); err != nil {
		return nil, err
	}
	// A selection of a selection that nothing else uses is one.
	if before, ok := im.ir[x.node].fixed.(*nn.Take); ok && im.onlyUse(x) && (before.Fill == fill || !filled(before.From) || !filled(from)) {
		if !filled(from) {
			fill = before.Fill
		}
		joined := make([]int32, len(from))
		for i, f := range from {
			joined[i] = -1
			if f >= 0 {
				joined[i] = before.From[f]
			}
		}
		return im.take(&value{node: im.ir[x.node].in[0], shape: []int{before.In}, shared: true}, joined, shape, batch, fill)
	}
	if !filled(from) {
		fill = 0 // of nothing
	}
	return im.add(irNode{
		kind: irFixed, in: []int{x.node}, fixed: &nn.Take{In: n, From: from, Fill: fill},
	}, shape, batch), nil
}

// inOrder reports whether a selection is all of n elements in their order.
func inOrder(from []int32, n int) bool {
	for i, f := range from {
		if int(f) != i {
			return false
		}
	}
	return len(from) == n
}

func filled(from []int32) bool { return slices.Contains(from, -1) }

func (im *importer) takeConstant(t *tensor, from []int32, shape []int, fill float64) (*value, error) {
	if err := im.charge(int64(len(from))); err != nil {
		return nil, err
	}
	c := &tensor{name: nodeName(im.cur), shape: shape, typ: t.typ}
	if t.isFloat() {
		c.floats = make([]float64, len(from))
	} else {
		c.ints = make([]int64, len(from))
	}
	for i, f := range from {
		switch {
		case t.isFloat() && f < 0:
			c.floats[i] = fill
		case t.isFloat():
			c.floats[i] = t.floats[f]
		case f < 0:
			c.ints[i] = int64(fill)
		default:
			c.ints[i] = t.ints[f]
		}
	}
	return constantValue(c), nil
}
