package onnx

import (
	"fmt"
	"slices"

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
		return nil, fmt.Errorf("factor A has shape %v and B %v, want two axes each", a.shape, b.shape)
	}
	p, err := newProduct(a.shape, b.shape, g.transA, g.transB)
	if err != nil {
		return nil, err
	}
	y, err := im.product(p, a, b, g.alpha)
	if err == nil && (a.isConstant() || g.transA) {
		y.batch = 0 // the batch axis is no longer the first
	}
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
	return im.biased(y, scaled, c)
}

// biased adds C to a product: a row of one number for each output, or any other constant.
func (im *importer) biased(y *value, scaled, c *tensor) (*value, error) {
	if shape, err := broadcastShape(scaled.shape, y.shape); err != nil || !slices.Equal(shape, y.shape) {
		return nil, fmt.Errorf("constant C, %q of shape %v, does not broadcast to %v", c.name, c.shape, y.shape)
	}
	layer := y.layer
	z, err := im.shift(y, scaled, 1)
	if err == nil && layer != nil && im.ir[layer.node].dense.bias == scaled {
		im.ir[layer.node].dense.bias = c // the constant of the file
	}
	return z, err
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
