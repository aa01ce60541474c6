package onnx

import (
	"fmt"
	"math"

	"github.com/netmend/netmend/internal/portable"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/nn/onnx/internal/onnxpb"
)

func readTanh(im *importer, n *onnxpb.NodeProto) (*value, error) { return im.activate(n, nn.Tanh()) }

func readSigmoid(im *importer, n *onnxpb.NodeProto) (*value, error) {
	return im.activate(n, nn.Sigmoid())
}

func readSoftplus(im *importer, n *onnxpb.NodeProto) (*value, error) {
	return im.activate(n, nn.Softplus())
}

func readSoftsign(im *importer, n *onnxpb.NodeProto) (*value, error) {
	return im.activate(n, nn.Softsign())
}

func readHardSwish(im *importer, n *onnxpb.NodeProto) (*value, error) {
	return im.activate(n, nn.HardSwish())
}

func readElu(im *importer, n *onnxpb.NodeProto) (*value, error) {
	return im.exponential(n, nn.ELU)
}

func readCelu(im *importer, n *onnxpb.NodeProto) (*value, error) {
	return im.exponential(n, nn.CELU)
}

func (im *importer) exponential(n *onnxpb.NodeProto, make func(alpha float64) (*nn.Smooth, error)) (*value, error) {
	alpha, err := floatAttribute(n, "alpha", 1)
	if err != nil {
		return nil, err
	}
	f, err := make(alpha)
	if err != nil {
		return nil, unsupported(err.Error())
	}
	return im.activate(n, f)
}

// The standard's parameters of a Selu without attributes.
const (
	seluAlpha = float64(float32(1.67326319217681884765625))
	seluGamma = float64(float32(1.05070102214813232421875))
)

func readSelu(im *importer, n *onnxpb.NodeProto) (*value, error) {
	alpha, err := floatAttribute(n, "alpha", seluAlpha)
	if err != nil {
		return nil, err
	}
	gamma, err := floatAttribute(n, "gamma", seluGamma)
	if err != nil {
		return nil, err
	}
	f, err := nn.SELU(alpha, gamma)
	if err != nil {
		return nil, unsupported(err.Error())
	}
	return im.activate(n, f)
}

func readGelu(im *importer, n *onnxpb.NodeProto) (*value, error) {
	form, err := attribute(n, "approximate", onnxpb.AttributeProto_STRING)
	if err != nil {
		return nil, err
	}
	switch string(form.GetS()) {
	case "", "none":
		return im.activate(n, nn.GELU())
	case "tanh":
		return im.activate(n, nn.GELUTanh())
	}
	return nil, unsupportedf("attribute approximate is %q, want \"none\" or \"tanh\"", form.GetS())
}

// mappings are the operators that have a meaning within a formula only, and
// what they are of constants.
var mappings = map[string]func(float64) float64{
	"Erf":        portable.Erf,
	"Exp":        portable.Exp,
	"Log":        portable.Log,
	"Reciprocal": func(x float64) float64 { return 1 / x },
	"Sqrt":       math.Sqrt,
}

// readMapped keeps an operator until it turns out to be part of a formula.
func readMapped(im *importer, n *onnxpb.NodeProto) (*value, error) {
	x, err := im.require(n, 0)
	if err != nil {
		return nil, err
	}
	if !x.isConstant() {
		return im.add(irNode{kind: irMapped, in: []int{x.node}}, x.shape, x.batch), nil
	}
	f := mappings[n.GetOpType()]
	return im.fold(x.constant, &tensor{typ: x.constant.typ, floats: []float64{0}}, func(x, _ float64) float64 { return f(x) })
}

// readPow reads a power of a constant, or a square or cube within a formula, as
// products.
func readPow(im *importer, n *onnxpb.NodeProto) (*value, error) {
	a, b, err := im.operands(n)
	switch {
	case err != nil:
		return nil, err
	case a.isConstant() && b.isConstant():
		return im.fold(a.constant, b.constant, portable.Pow)
	case !b.isConstant():
		return nil, unsupported("the exponent is computed, want a constant")
	}
	e, err := im.uniform(b.constant, a)
	if err != nil {
		return nil, err
	}
	switch e {
	case 1:
		return im.alias(a, a.shape, a.batch), nil
	case 2, 3:
		y, err := im.combine(irProduct, a, a)
		if err != nil || e == 2 {
			return y, err
		}
		return im.combine(irProduct, y, a)
	}
	return nil, unsupportedf("the exponent is %v, want 1, 2 or 3", e)
}

// smoothLinearization recognises the sum f(z) + f'(z) (v - z), the
// linearisation of a smooth function around z at v (Definition 4.2), in either
// order of every sum and product; nil if a + b is none.
func (im *importer) smoothLinearization(a, b *value) *value {
	for _, s := range [2][2]*value{{a, b}, {b, a}} {
		t, p := s[0].node, s[1].node
		f, ok := im.ir[t].act.(*nn.Smooth)
		if !ok || im.ir[t].isLinearized() || im.ir[p].kind != irProduct {
			continue
		}
		slope := slopeFormula(f)
		if slope == nil {
			continue
		}
		z := im.ir[t].in[0]
		for _, q := range swaps(im.ir[p].in) {
			d := im.ir[q[1]]
			if d.kind != irDifference || d.in[1] != z || !im.matches(slope, q[0], z, t) {
				continue
			}
			return im.add(irNode{kind: irActivation, in: []int{z, d.in[0]}, act: f}, s[1].shape, s[1].batch)
		}
	}
	return nil
}

func swaps(in []int) [2][2]int { return [2][2]int{{in[0], in[1]}, {in[1], in[0]}} }

// tangent writes f(z) + f'(z) (v - z), where t is f(z), or "" where the file
// does not have it yet.
func (w *writer) tangent(f *nn.Smooth, name, z, v, t string) (string, error) {
	if t == "" {
		var err error
		if t, err = w.smooth(f, name+"/at", z); err != nil {
			return "", err
		}
	}
	derivative := slopeFormula(f)
	if derivative == nil {
		return "", fmt.Errorf("the derivative of %s cannot be written as ONNX", f.Kind())
	}
	slope, err := w.formula(derivative, name+"/slope", z, t)
	if err != nil {
		return "", err
	}
	away := w.node("Sub", name+"/away", []string{v, z})
	rise := w.node("Mul", name+"/rise", []string{slope, away})
	return w.node("Add", name, []string{t, rise}), nil
}

// smooth writes f with its operator, or its formula.
func (w *writer) smooth(f *nn.Smooth, name, x string) (string, error) {
	if v := valueFormula(f); v != nil {
		return w.formula(v, name, x, "")
	}
	switch kind, p := f.Kind(), f.Parameters(); kind {
	case nn.KindTanh, nn.KindSigmoid, nn.KindSoftplus, nn.KindSoftsign:
		return w.node(kind, name, []string{x}), nil
	case nn.KindELU, nn.KindCELU:
		return w.parametric(map[string]string{nn.KindELU: "Elu", nn.KindCELU: "Celu"}[kind], name, x, "alpha", p[0])
	case nn.KindSELU:
		return w.parametric("Selu", name, x, "alpha", p[0], "gamma", p[1])
	}
	return "", fmt.Errorf("activation %s cannot be written as ONNX", f.Kind())
}

// parametric writes an operator with attributes, given as names and numbers.
func (w *writer) parametric(op, name, x string, attributes ...any) (string, error) {
	var attrs []*onnxpb.AttributeProto
	for i := 0; i < len(attributes); i += 2 {
		v, err := w.fit(attributes[i+1].(float64))
		if err != nil {
			return "", err
		}
		attrs = append(attrs, floatAttr(attributes[i].(string), v))
	}
	return w.node(op, name, []string{x}, attrs...), nil
}
