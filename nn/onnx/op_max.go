package onnx

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/nn/onnx/internal/onnxpb"
)

func readMax(im *importer, n *onnxpb.NodeProto) (*value, error) {
	return im.fromLeft(n, math.Max, im.larger)
}

// readMin reads a minimum, as the negated maximum of the negated values.
func readMin(im *importer, n *onnxpb.NodeProto) (*value, error) {
	return im.fromLeft(n, math.Min, im.smaller)
}

// readSum reads a sum of any number of values.
func readSum(im *importer, n *onnxpb.NodeProto) (*value, error) {
	return im.fromLeft(n, func(x, y float64) float64 { return x + y }, im.plus)
}

// fromLeft joins the inputs of a node from left to right: constants by fold, others
// by join, whose second operand may be a constant. Constants are joined first.
func (im *importer) fromLeft(n *onnxpb.NodeProto, fold func(x, y float64) float64, join func(x, y *value) (*value, error)) (*value, error) {
	var computed, fixed *value
	for i := range n.GetInput() {
		v, err := im.require(n, i)
		if err != nil {
			return nil, err
		}
		switch {
		case v.isConstant() && fixed != nil:
			if fixed, err = im.fold(fixed.constant, v.constant, fold); err != nil {
				return nil, err
			}
		case v.isConstant():
			fixed = v
		case computed != nil:
			if computed, err = join(computed, v); err != nil {
				return nil, err
			}
		default:
			computed = v
		}
	}
	switch {
	case computed == nil && fixed == nil:
		return nil, errors.New("no inputs")
	case computed == nil:
		return fixed, nil
	case fixed == nil:
		return im.alias(computed, computed.shape, computed.batch), nil
	}
	return join(computed, fixed)
}

func (im *importer) plus(x, y *value) (*value, error) {
	if y.isConstant() {
		return im.shift(x, y.constant, 1)
	}
	return im.combine(irSum, x, y)
}

// larger is the maximum of a computed value and a constant or computed one.
func (im *importer) larger(x, y *value) (*value, error) { return im.extreme(x, y, 1) }

// smaller is the minimum.
func (im *importer) smaller(x, y *value) (*value, error) { return im.extreme(x, y, -1) }

// extreme is the maximum for sign 1, the minimum for sign -1.
func (im *importer) extreme(x, y *value, sign float64) (*value, error) {
	if y.isConstant() {
		t := y.constant
		var c []float64
		var err error
		if x, c, err = im.expand(t, x); err != nil {
			return nil, err
		}
		if len(c) > 0 && all(c, c[0]) {
			return im.limited(x, c[0], sign)
		}
		if y, err = im.constantBranch(&tensor{name: t.name, shape: x.shape, typ: t.typ, floats: c}, x); err != nil {
			return nil, err
		}
	}
	x, y, err := im.together(x, y)
	if err != nil {
		return nil, err
	}
	if sign < 0 {
		x, y = im.negated(x), im.negated(y)
	}
	dim := im.ir[x.node].dim
	z := im.add(irNode{
		kind: irSelection, in: []int{x.node, y.node, x.node, y.node}, sel: &nn.Max{Inputs: 2, Dim: dim},
	}, x.shape, max(x.batch, y.batch))
	if sign < 0 {
		return im.negated(z), nil
	}
	return z, nil
}

// limited is x limited from below (sign 1) or above by one number.
func (im *importer) limited(x *value, c, sign float64) (*value, error) {
	var f nn.Activation
	var err error
	switch {
	case sign > 0 && c == 0:
		f = nn.ReLU()
	case sign > 0:
		f, err = nn.Clip(c, math.Inf(1))
	default:
		f, err = nn.Clip(math.Inf(-1), c)
	}
	if err != nil {
		return nil, err
	}
	return im.add(irNode{kind: irActivation, in: []int{x.node, x.node}, act: f}, x.shape, x.batch), nil
}

func (im *importer) negated(x *value) *value {
	n := im.ir[x.node].dim
	return im.add(irNode{
		kind: irScale, in: []int{x.node},
		scale: nn.Scale{Factor: slices.Repeat([]float64{-1}, n), Shift: make([]float64, n)},
	}, x.shape, x.batch)
}

func readNeg(im *importer, n *onnxpb.NodeProto) (*value, error) {
	x, err := im.require(n, 0)
	if err != nil {
		return nil, err
	}
	minus := &tensor{typ: typeFloat32, floats: []float64{-1}}
	if x.isConstant() {
		return im.fold(x.constant, minus, func(x, y float64) float64 { return float64(x * y) })
	}
	return im.stretch(x, minus, nil)
}

// together gives two computed values their common shape.
func (im *importer) together(a, b *value) (*value, *value, error) {
	shape, err := broadcastShape(a.shape, b.shape)
	if err != nil {
		return nil, nil, err
	}
	if a, err = im.repeated(a, shape); err != nil {
		return nil, nil, err
	}
	b, err = im.repeated(b, shape)
	return a, b, err
}

// repeated is a computed value broadcast to a shape.
func (im *importer) repeated(x *value, shape []int) (*value, error) {
	if slices.Equal(x.shape, shape) {
		return x, nil
	}
	batch := x.batch
	if len(shape) != len(x.shape) || !slices.Equal(shape[:batch], x.shape[:batch]) {
		batch = 0
	}
	n, ok := size(shape)
	if !ok {
		return nil, fmt.Errorf("shape %v is too large", shape)
	}
	if err := im.charge(int64(n)); err != nil {
		return nil, err
	}
	from := make([]int32, n)
	for i, j := range broadcastIndex(x.shape, shape) {
		from[i] = int32(j)
	}
	return im.take(x, from, shape, batch, 0)
}
