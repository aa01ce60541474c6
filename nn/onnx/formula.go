package onnx

import (
	"fmt"
	"math"

	"github.com/netmend/netmend/nn"
)

// formula is an expression in one value z, made of operators of the standard.
// Smooth functions that opset 13 has no operator for, and the derivatives of
// all, are written as formulas and recognised by them.
type formula struct {
	kind formulaKind
	// factor and shift of a scaling.
	factor, shift float64
	// op is the operator of a mapping.
	op string
	// act is the function of an activation.
	act nn.Activation
	in  []*formula
}

type formulaKind uint8

const (
	ofArgument   formulaKind = iota // z
	ofResult                        // f(z), of a derivative
	ofScaling                       // factor in[0] + shift
	ofSum                           // in[0] + in[1]
	ofProduct                       // in[0] in[1]
	ofMapping                       // op(in[0])
	ofActivation                    // act(in[0])
)

var (
	theArgument = &formula{kind: ofArgument}
	theResult   = &formula{kind: ofResult}
)

func scale(factor, shift float64, x *formula) *formula {
	return &formula{kind: ofScaling, factor: factor, shift: shift, in: []*formula{x}}
}
func plus(x, y *formula) *formula  { return &formula{kind: ofSum, in: []*formula{x, y}} }
func times(x, y *formula) *formula { return &formula{kind: ofProduct, in: []*formula{x, y}} }
func apply(op string, x *formula) *formula {
	return &formula{kind: ofMapping, op: op, in: []*formula{x}}
}

func activation(f nn.Activation, x *formula) *formula {
	return &formula{kind: ofActivation, act: f, in: []*formula{x}}
}

// formulaTolerance is how far a constant of a file may be from that of a
// formula, relative to 1: a few roundings to float32.
const formulaTolerance = 0x1p-21

func nearConstant(x, want float64) bool {
	return x == want || math.Abs(x-want) <= formulaTolerance*math.Abs(want)
}

// matches reports whether node computes the formula, given the nodes of z and of
// f(z). Sums and products may have either order.
func (im *importer) matches(f *formula, node, z, t int) bool {
	n := &im.ir[node]
	switch f.kind {
	case ofArgument:
		return node == z
	case ofResult:
		return node == t
	case ofScaling:
		return n.kind == irScale && uniformScale(n.scale) && nearConstant(n.scale.Factor[0], f.factor) &&
			nearConstant(n.scale.Shift[0], f.shift) && im.matches(f.in[0], n.in[0], z, t)
	case ofSum, ofProduct:
		if want := map[formulaKind]irKind{ofSum: irSum, ofProduct: irProduct}[f.kind]; n.kind != want {
			return false
		}
		for _, q := range swaps(n.in) {
			if im.matches(f.in[0], q[0], z, t) && im.matches(f.in[1], q[1], z, t) {
				return true
			}
		}
		return false
	case ofMapping:
		return n.kind == irMapped && n.op == f.op && im.matches(f.in[0], n.in[0], z, t)
	case ofActivation:
		return n.kind == irActivation && !n.isLinearized() && similarActivation(n.act, f.act) && im.matches(f.in[0], n.in[0], z, t)
	}
	return false
}

// formula writes an expression in the values z and t = f(z) and returns the
// name of its result, which name names.
func (w *writer) formula(f *formula, name, z, t string) (string, error) {
	in := make([]string, len(f.in))
	for k, x := range f.in {
		part := name + "/part"
		if len(f.in) > 1 {
			part = fmt.Sprintf("%s/part%d", name, k+1)
		}
		var err error
		if in[k], err = w.formula(x, part, z, t); err != nil {
			return "", err
		}
	}
	switch f.kind {
	case ofArgument:
		return z, nil
	case ofResult:
		return t, nil
	case ofScaling:
		return w.scaled(f.factor, f.shift, name, in[0])
	case ofSum:
		return w.node("Add", name, in), nil
	case ofProduct:
		return w.node("Mul", name, in), nil
	case ofMapping:
		return w.node(f.op, name, in), nil
	}
	return w.plain(f.act, name, in[:1], nn.ActivationChannel)
}

// scaled writes factor x + shift.
func (w *writer) scaled(factor, shift float64, name, x string) (string, error) {
	if factor != 1 && (factor != -1 || shift == 0) {
		a, err := w.scalar(factor)
		if err != nil {
			return "", err
		}
		if shift == 0 {
			return w.node("Mul", name, []string{x, a}), nil
		}
		x = w.node("Mul", name+"/factor", []string{x, a})
	}
	c, err := w.scalar(shift)
	if err != nil {
		return "", err
	}
	if factor == -1 {
		return w.node("Sub", name, []string{c, x}), nil
	}
	return w.node("Add", name, []string{x, c}), nil
}
