package onnx

import (
	"fmt"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/nn/onnx/internal/onnxpb"
)

// readMatMul reads a product of a computed value and a constant, in either
// order.
func readMatMul(im *importer, n *onnxpb.NodeProto) (*value, error) {
	a, b, err := im.operands(n)
	if err != nil {
		return nil, err
	}
	p, err := newProduct(a.shape, b.shape, false, false)
	if err != nil {
		return nil, err
	}
	return im.product(p, a, b, 1)
}

// readGemm reads alpha A B + beta C with constant C and either A or B computed;
// alpha and beta are multiplied into the constants in float64.
func readGemm(im *importer, n *onnxpb.NodeProto) (*value, error) {
	a, b, err := im.operands(n)
	if err != nil {
		return nil, err
	}
	c, err := im.constant(n, 2, "C")
	if err != nil {
		return nil, err
	}
	var g struct {
		alpha, beta    float64
		transA, transB bool
	}
	if g.alpha, err = floatAttribute(n, "alpha", 1); err != nil {
		return nil, err
	}
	if g.beta, err = floatAttribute(n, "beta", 1); err != nil {
		return nil, err
	}
	if g.transA, err = flagAttribute(n, "transA"); err != nil {
		return nil, err
	}
	if g.transB, err = flagAttribute(n, "transB"); err != nil {
		return nil, err
	}
	if len(a.shape) != 2 || len(b.shape) != 2 {
		return nil, shapeErrorf("A has shape %v and B %v, want two axes each", a.shape, b.shape)
	}
	p, err := newProduct(a.shape, b.shape, g.transA, g.transB)
	if err != nil {
		return nil, err
	}
	y, err := im.product(p, a, b, g.alpha)
	if err != nil || c == nil {
		return y, err
	}
	scaled, err := im.scaled(c, g.beta)
	if err != nil {
		return nil, err
	}
	if y.isConstant() {
		return im.fold(y.constant, scaled, func(x, y float64) float64 { return x + y })
	}
	bias, err := im.expand(scaled, y.shape, y.batch)
	if err != nil {
		return nil, err
	}
	d := &im.ir[y.node].dense
	d.params.Bias, d.bias = bias, c
	return y, nil
}

func (im *importer) operands(n *onnxpb.NodeProto) (a, b *value, err error) {
	if a, err = im.require(n, 0); err != nil {
		return nil, nil, err
	}
	if b, err = im.require(n, 1); err != nil {
		return nil, nil, err
	}
	return a, b, nil
}

// scaled is the constant times a factor.
func (im *importer) scaled(t *tensor, factor float64) (*tensor, error) {
	f, err := t.asFloats()
	if err != nil || factor == 1 {
		return t, err
	}
	if err := im.charge(int64(len(f))); err != nil {
		return nil, err
	}
	s := &tensor{name: t.name, shape: t.shape, typ: t.typ, floats: make([]float64, len(f))}
	for i, v := range f {
		s.floats[i] = float64(factor * v)
	}
	return s, nil
}

// product multiplies two values of which one at least is a constant. With one
// computed, the result is a dense layer on the whole sample: where the product
// acts on one of several axes, its weight has a block for each position.
func (im *importer) product(p *product, a, b *value, factor float64) (*value, error) {
	switch {
	case a.isConstant() && b.isConstant():
		return im.constantProduct(p, a.constant, b.constant, factor)
	case !a.isConstant() && !b.isConstant():
		return nil, unsupported("both factors are computed, want one constant")
	}
	x, w := a, b
	if a.isConstant() {
		x, w = b, a
	}
	weights, err := w.constant.asFloats()
	if err != nil {
		return nil, err
	}
	in, _ := size(x.shape)
	out, _ := size(p.out)
	if err := im.charge(int64(in)*int64(out) + int64(out)); err != nil {
		return nil, fmt.Errorf("a sample of shape %v becomes one of %v by a %d x %d matrix: %w", x.shape, p.out, out, in, err)
	}
	im.note(w.constant)
	m := nn.NewMatrix(out, in)
	if x == a {
		p.each(func(o, ia, ib int) { m.Data[o*in+ia] = float64(factor * weights[ib]) })
	} else {
		p.each(func(o, ia, ib int) { m.Data[o*in+ib] = float64(factor * weights[ia]) })
	}
	return im.add(irNode{
		kind: irDense, in: []int{x.node},
		dense: dense{params: nn.Params{Weight: m, Bias: make([]float64, out)}, weight: w.constant},
	}, p.out, min(x.batch, max(len(p.out)-1, 0))), nil
}

func (im *importer) constantProduct(p *product, a, b *tensor, factor float64) (*value, error) {
	fa, err := a.asFloats()
	if err != nil {
		return nil, err
	}
	fb, err := b.asFloats()
	if err != nil {
		return nil, err
	}
	if err := im.charge(p.work()); err != nil {
		return nil, err
	}
	n, _ := size(p.out)
	t := &tensor{name: nodeName(im.cur), shape: p.out, typ: widerType(a, b), floats: make([]float64, n)}
	p.each(func(o, ia, ib int) { t.floats[o] += float64(factor * fa[ia] * fb[ib]) })
	return constantValue(t), nil
}

func widerType(a, b *tensor) elemType {
	if a.typ == typeFloat64 {
		return a.typ
	}
	return b.typ
}
