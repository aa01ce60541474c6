package onnx

import (
	"fmt"
	"slices"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/nn/onnx/internal/onnxpb"
)

// readAdd reads a sum with a constant, or the sum that ends the linearisation
// of a smooth activation.
func readAdd(im *importer, n *onnxpb.NodeProto) (*value, error) {
	a, b, err := im.operands(n)
	switch {
	case err != nil:
		return nil, err
	case a.isConstant() && b.isConstant():
		return im.fold(a.constant, b.constant, func(x, y float64) float64 { return x + y })
	case a.isConstant():
		return im.shift(b, a.constant, 1)
	case b.isConstant():
		return im.shift(a, b.constant, 1)
	}
	if v := im.smoothLinearization(a, b); v != nil {
		return v, nil
	}
	return im.combine(irSum, a, b)
}

// readSub reads a difference with a constant on either side, or one within the
// linearisation of a smooth activation.
func readSub(im *importer, n *onnxpb.NodeProto) (*value, error) {
	a, b, err := im.operands(n)
	switch {
	case err != nil:
		return nil, err
	case a.isConstant() && b.isConstant():
		return im.fold(a.constant, b.constant, func(x, y float64) float64 { return x - y })
	case a.isConstant():
		negated, err := im.stretch(b, &tensor{typ: a.constant.typ, floats: []float64{-1}}, nil)
		if err != nil {
			return nil, err
		}
		return im.shift(negated, a.constant, 1)
	case b.isConstant():
		return im.shift(a, b.constant, -1)
	}
	return im.combine(irDifference, a, b)
}

// readMul reads a product with a constant, one that is a smooth activation, or
// one within the linearisation of such.
func readMul(im *importer, n *onnxpb.NodeProto) (*value, error) {
	a, b, err := im.operands(n)
	switch {
	case err != nil:
		return nil, err
	case a.isConstant() && b.isConstant():
		return im.fold(a.constant, b.constant, func(x, y float64) float64 { return float64(x * y) })
	case a.isConstant():
		return im.stretch(b, a.constant, nil)
	case b.isConstant():
		return im.stretch(a, b.constant, nil)
	}
	if v := im.gated(a, b); v != nil {
		return v, nil
	}
	return im.combine(irProduct, a, b)
}

// readDiv reads a quotient by a constant c, as the product with 1/c.
func readDiv(im *importer, n *onnxpb.NodeProto) (*value, error) {
	a, b, err := im.operands(n)
	switch {
	case err != nil:
		return nil, err
	case a.isConstant() && b.isConstant():
		return im.fold(a.constant, b.constant, func(x, y float64) float64 { return x / y })
	case b.isConstant():
		return im.stretch(a, b.constant, func(c float64) float64 { return 1 / c })
	}
	return nil, unsupported("divides by a computed value")
}

// fold computes a function of two constants, with broadcasting.
func (im *importer) fold(a, b *tensor, f func(x, y float64) float64) (*value, error) {
	if !a.isFloat() && !b.isFloat() {
		return im.foldInts(a, b, f)
	}
	fa, err := a.asFloats()
	if err != nil {
		return nil, err
	}
	fb, err := b.asFloats()
	if err != nil {
		return nil, err
	}
	return im.foldNumbers(widerType(a, b), a.shape, b.shape, fa, fb, f)
}

// foldInts folds whole numbers, as in the computation of a shape; quotients are cut off.
func (im *importer) foldInts(a, b *tensor, f func(x, y float64) float64) (*value, error) {
	if a.typ != b.typ {
		return nil, fmt.Errorf("joins constants of %v and %v", typeName(a.typ), typeName(b.typ))
	}
	xs, err := a.numbers()
	if err != nil {
		return nil, err
	}
	ys, err := b.numbers()
	if err != nil {
		return nil, err
	}
	return im.foldNumbers(a.typ, a.shape, b.shape, xs, ys, f)
}

// shift adds sign t to a computed value. It becomes the bias of a dense layer
// without one, or the shift of a scaling without one, where nothing else uses
// that; zeros are dropped.
func (im *importer) shift(x *value, t *tensor, sign float64) (*value, error) {
	x, c, err := im.expand(t, x)
	if err != nil {
		return nil, err
	}
	for i := range c {
		c[i] = float64(c[i] * sign)
	}
	node := &im.ir[x.node]
	same := im.alias(x, x.shape, x.batch)
	switch {
	case x.layer != nil && im.onlyUse(x) && im.bias(x.layer, c, t):
		return same, nil
	case node.kind == irScale && !node.shifted && im.onlyUse(x):
		node.scale.Shift, node.shifted = c, true
		return same, nil
	case all(c, 0):
		return same, nil
	}
	if err := im.charge(int64(len(c))); err != nil {
		return nil, err
	}
	ones := slices.Repeat([]float64{1}, len(c))
	return im.add(irNode{
		kind: irScale, in: []int{x.node}, scale: nn.Scale{Factor: ones, Shift: c}, shifted: true,
	}, x.shape, x.batch), nil
}

// bias gives a layer the constants c, made of t, as its bias, where all elements of one
// channel get the same.
func (im *importer) bias(l *unbiased, c []float64, t *tensor) bool {
	d := &im.ir[l.node].dense
	bias := make([]float64, len(d.params.Bias))
	seen := make([]bool, len(bias))
	for i, v := range c {
		k := l.channel[i]
		if seen[k] && bias[k] != v {
			return false
		}
		bias[k], seen[k] = v, true
	}
	if d.bias != nil {
		return false
	}
	d.params.Bias, d.bias = bias, t
	return true
}

// stretch multiplies a computed value with t, or with f of it where f is set;
// ones are dropped.
func (im *importer) stretch(x *value, t *tensor, f func(float64) float64) (*value, error) {
	x, c, err := im.expand(t, x)
	if err != nil {
		return nil, err
	}
	if f != nil {
		for i, v := range c {
			c[i] = f(v)
		}
	}
	shape, batch := x.shape, x.batch
	if all(c, 1) {
		return im.alias(x, shape, batch), nil
	}
	if v := im.restored(x, c, shape, batch); v != nil {
		return v, nil
	}
	if err := im.charge(int64(len(c))); err != nil {
		return nil, err
	}
	return im.add(irNode{
		kind: irScale, in: []int{x.node}, scale: nn.Scale{Factor: c, Shift: make([]float64, len(c))},
	}, shape, batch), nil
}

// combine keeps an elementwise operation on two computed values. It may turn out
// to be part of a linearisation; a sum or difference means something by itself.
func (im *importer) combine(kind irKind, a, b *value) (*value, error) {
	a, b, err := im.together(a, b)
	if err != nil {
		return nil, err
	}
	return im.add(irNode{kind: kind, in: []int{a.node, b.node}}, a.shape, max(a.batch, b.batch)), nil
}

func all(xs []float64, want float64) bool {
	for _, x := range xs {
		if x != want {
			return false
		}
	}
	return true
}
