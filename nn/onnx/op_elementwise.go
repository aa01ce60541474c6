package onnx

import (
	"math"
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
	shape, err := broadcastShape(a.shape, b.shape)
	if err != nil {
		return nil, err
	}
	n, ok := size(shape)
	if !ok {
		return nil, shapeErrorf("shapes %v and %v broadcast to %s elements", a.shape, b.shape, sizeText(shape))
	}
	if err := im.charge(int64(n)); err != nil {
		return nil, err
	}
	t := &tensor{name: nodeName(im.cur), shape: shape, typ: widerType(a, b), floats: make([]float64, n)}
	ia, ib := broadcastIndex(a.shape, shape), broadcastIndex(b.shape, shape)
	for i := range t.floats {
		t.floats[i] = f(fa[ia[i]], fb[ib[i]])
	}
	return constantValue(t), nil
}

// foldInts folds whole numbers, as in the computation of a shape.
func (im *importer) foldInts(a, b *tensor, f func(x, y float64) float64) (*value, error) {
	asFloat := func(t *tensor) *tensor {
		c := &tensor{name: t.name, shape: t.shape, typ: typeFloat64, floats: make([]float64, len(t.ints))}
		for i, v := range t.ints {
			c.floats[i] = float64(v)
		}
		return c
	}
	v, err := im.fold(asFloat(a), asFloat(b), f)
	if err != nil {
		return nil, err
	}
	t := &tensor{name: v.constant.name, shape: v.shape, typ: a.typ, ints: make([]int64, len(v.constant.floats))}
	for i, x := range v.constant.floats {
		if !(math.Abs(x) < 1<<53) {
			return nil, unsupportedf("computes %v with whole numbers", x)
		}
		t.ints[i] = int64(x)
	}
	return constantValue(t), nil
}

// shift adds sign t to a computed value. It becomes the bias of a dense layer
// without one, or the shift of a scaling without one, where nothing else uses
// that; zeros are dropped.
func (im *importer) shift(x *value, t *tensor, sign float64) (*value, error) {
	c, err := im.expand(t, x.shape, x.batch)
	if err != nil {
		return nil, err
	}
	for i := range c {
		c[i] = float64(c[i] * sign)
	}
	shape, batch := im.grown(x, t)
	node := &im.ir[x.node]
	same := im.alias(x, shape, batch)
	switch {
	case node.kind == irDense && node.dense.bias == nil && im.onlyUse(x):
		node.dense.params.Bias, node.dense.bias = c, t
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
	}, shape, batch), nil
}

// stretch multiplies a computed value with t, or with f of it where f is set;
// ones are dropped.
func (im *importer) stretch(x *value, t *tensor, f func(float64) float64) (*value, error) {
	c, err := im.expand(t, x.shape, x.batch)
	if err != nil {
		return nil, err
	}
	if f != nil {
		for i, v := range c {
			c[i] = f(v)
		}
	}
	shape, batch := im.grown(x, t)
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

// grown is the shape of x combined with a constant that only adds leading axes
// of size 1.
func (im *importer) grown(x *value, t *tensor) (shape []int, batch int) {
	lead := max(len(t.shape)-len(x.shape), 0)
	return append(slices.Repeat([]int{1}, lead), x.shape...), x.batch + lead
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
