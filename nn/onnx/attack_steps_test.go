//go:build ort

package onnx

import (
	"slices"

	"google.golang.org/protobuf/proto"

	"github.com/netmend/netmend/nn/onnx/internal/onnxpb"
)

var none0 = quantity{constant: true} // an input that is left out

// step adds an operator.
func (a *attacker) step() {
	steps := []func(){
		a.unary, a.unary, a.smooth, a.binary, a.binary, a.binary, a.matMul, a.matMul, a.gemm, a.conv, a.conv, a.convTranspose, a.convTranspose, a.pool, a.pool, a.norm, a.reduce,
		a.transpose, a.squeeze, a.unsqueeze, a.slice, a.slice, a.gather, a.split, a.pad, a.concat, a.reshape, a.reshape, a.flatten,
		a.expand, a.tile, a.shapeChain, a.where, a.constants, a.clip, a.convShift,
	}
	steps[a.r.IntN(len(steps))]()
}

func (a *attacker) unary() {
	x := a.pick('f')
	switch a.r.IntN(12) {
	case 0:
		a.node("LeakyRelu", []quantity{x}, 'f', 1, a.maybe(floatAttr("alpha", []float64{0, -0.5, 0.25, 1, 2}[a.r.IntN(5)])))
	case 1:
		a.node("HardSigmoid", []quantity{x}, 'f', 1, a.maybe(floatAttr("alpha", 0.25)), a.maybe(floatAttr("beta", float64(a.r.IntN(3))/2)))
	case 2:
		a.node("ThresholdedRelu", []quantity{x}, 'f', 1, a.maybe(floatAttr("alpha", []float64{0, 0.25, 1, 2}[a.r.IntN(4)])))
	case 3:
		if a.node("Dropout", []quantity{x}, 'f', 1+a.r.IntN(2)) {
			n := len(a.values) - 1
			if a.values[n].inexact = a.values[n].inexact || x.inexact; len(a.b.m.Graph.Node[len(a.b.m.Graph.Node)-1].Output) > 1 {
				a.values = a.values[:n] // the mask
			}
		}
	case 4:
		to := []elemType{typeFloat32, typeFloat64, typeFloat16, typeInt64, typeFloat32}[a.r.IntN(5)]
		if to == typeFloat32 {
			a.node("Cast", []quantity{x}, 'f', 1, intAttr("to", int64(to)))
			return
		}
		// There and back again.
		n := len(a.values)
		if a.node("Cast", []quantity{x}, 'n', 1, intAttr("to", int64(to))) {
			a.node("Cast", []quantity{a.values[n]}, 'f', 1, intAttr("to", int64(typeFloat32)))
		}
	case 5:
		c := a.fitting(x.shape)
		a.node("PRelu", []quantity{x, c}, 'f', 1)
	default:
		a.node([]string{"Relu", "Abs", "Sign", "Neg", "Identity", "Relu"}[a.r.IntN(6)], []quantity{x}, 'f', 1)
	}
}

func (a *attacker) smooth() {
	x := a.pick('f')
	switch a.r.IntN(8) {
	case 0:
		a.node([]string{"Elu", "Celu"}[a.r.IntN(2)], []quantity{x}, 'f', 1, a.maybe(floatAttr("alpha", []float64{0.5, 1, 2}[a.r.IntN(3)])))
	case 1:
		a.node("Selu", []quantity{x}, 'f', 1, a.maybe(floatAttr("alpha", 1.5)), a.maybe(floatAttr("gamma", 1.25)))
	case 2:
		a.node("Gelu", []quantity{x}, 'f', 1, a.maybe(textAttr("approximate", []string{"none", "tanh"}[a.r.IntN(2)])))
	case 3: // SiLU
		n := len(a.values)
		if a.node("Sigmoid", []quantity{x}, 'f', 1) {
			a.node("Mul", []quantity{x, a.values[n]}, 'f', 1)
		}
	default:
		a.node([]string{"Tanh", "Sigmoid", "Softplus", "Softsign", "HardSwish"}[a.r.IntN(5)], []quantity{x}, 'f', 1)
	}
}

func (a *attacker) clip() {
	x := a.pick('f')
	lo, hi := float64(a.r.IntN(9)-4)/2, float64(a.r.IntN(9)-4)/2
	if a.oneIn(3) {
		lo = -3.4028234663852886e38
	}
	if a.opset < 11 {
		a.node("Clip", []quantity{x}, 'f', 1, a.maybe(floatAttr("min", lo)), a.maybe(floatAttr("max", hi)))
		return
	}
	in := []quantity{x}
	for _, v := range []float64{lo, hi} {
		if a.oneIn(3) {
			in = append(in, none0)
			continue
		}
		in = append(in, a.hold(&onnxpb.TensorProto{DataType: proto.Int32(int32(typeFloat32)), FloatData: []float32{float32(v)}}, 'f', nil))
	}
	a.node("Clip", in[:1+a.r.IntN(3)], 'f', 1)
}

func (a *attacker) binary() {
	x := a.pick('f')
	y := a.fitting(x.shape)
	if a.oneIn(3) {
		y = a.pick('f')
	}
	op := []string{"Add", "Sub", "Mul", "Div", "Max", "Min", "Sum", "Add", "Sub", "Pow"}[a.r.IntN(10)]
	if a.oneIn(3) {
		x, y = y, x
	}
	in := []quantity{x, y}
	switch {
	case (op == "Max" || op == "Min" || op == "Sum") && a.oneIn(2):
		in = append(in, a.fitting(x.shape), a.pick('f'))[:1+a.r.IntN(4)]
	case op == "Pow":
		in[1] = a.hold(&onnxpb.TensorProto{DataType: proto.Int32(int32(typeFloat32)), FloatData: []float32{1}}, 'f', nil)
	case (op == "Mul" || op == "Div") && !x.constant && !y.constant:
		op = "Sub"
	case op == "Div" && x.constant && !y.constant:
		op = "Add"
	}
	a.node(op, in, 'f', 1)
}

func (a *attacker) matMul() {
	x := a.pick('f')
	k := int64(1 + a.r.IntN(3))
	rank := len(x.shape)
	if rank == 0 {
		return
	}
	w := []int64{x.shape[rank-1], k}
	left := a.oneIn(3)
	if left {
		w = []int64{k, x.shape[max(0, rank-2)]}
	}
	switch a.r.IntN(6) {
	case 0: // a vector
		w = w[:1]
		if left {
			w = []int64{x.shape[max(0, rank-2)]}
		}
	case 1: // batched
		if rank > 2 && a.oneIn(2) {
			w = append(slices.Clone(x.shape[:rank-2]), w...)
		} else {
			w = append([]int64{int64(1 + a.r.IntN(3))}, w...)
		}
	}
	in := []quantity{x, a.floats(w...)}
	if left {
		slices.Reverse(in)
	}
	n := len(a.values)
	if a.node("MatMul", in, 'f', 1) && a.oneIn(2) {
		a.node("Add", []quantity{a.values[n], a.fitting(a.values[n].shape)}, 'f', 1)
	}
}

func (a *attacker) gemm() {
	x := a.pick('f')
	if len(x.shape) != 2 {
		a.flatten()
		x = a.values[len(a.values)-1]
		if len(x.shape) != 2 || x.typ != 'f' {
			return
		}
	}
	k := int64(1 + a.r.IntN(3))
	transA, transB := a.r.IntN(2), a.r.IntN(2)
	rows, inner := x.shape[0], x.shape[1]
	if transA == 1 {
		rows, inner = inner, rows
	}
	w := []int64{inner, k}
	if transB == 1 {
		slices.Reverse(w)
	}
	in := []quantity{x, a.floats(w...)}
	if a.oneIn(6) { // the other factor is computed
		in = []quantity{a.floats(w...), x}
		transA, transB = a.r.IntN(2), a.r.IntN(2)
	}
	if a.opset < 11 || a.oneIn(2) {
		in = append(in, a.fitting([]int64{rows, k}))
	}
	attrs := []*onnxpb.AttributeProto{a.maybe(floatAttr("alpha", 0.5)), a.maybe(floatAttr("beta", 2))}
	if transA == 1 || a.oneIn(2) {
		attrs = append(attrs, intAttr("transA", int64(transA)))
	}
	if transB == 1 || a.oneIn(2) {
		attrs = append(attrs, intAttr("transB", int64(transB)))
	}
	a.node("Gemm", in, 'f', 1, attrs...)
}

// windowAttributes are those of a kernel, each left out now and then.
func (a *attacker) windowAttributes(axes int, kernel []int, dilated bool) []*onnxpb.AttributeProto {
	draw := func(from, n, count int) []int {
		xs := make([]int, count)
		for i := range xs {
			xs[i] = from + a.r.IntN(n)
		}
		return xs
	}
	attrs := []*onnxpb.AttributeProto{a.maybe(intsAttr("strides", draw(1, 3, axes)...))}
	if dilated {
		attrs = append(attrs, a.maybe(intsAttr("dilations", draw(1, 2, axes)...)))
	}
	switch a.r.IntN(4) {
	case 0:
		attrs = append(attrs, textAttr("auto_pad", []string{"SAME_UPPER", "SAME_LOWER", "VALID", "NOTSET"}[a.r.IntN(4)]))
	case 1:
	default:
		pads := make([]int, 2*axes)
		for i := range pads {
			pads[i] = a.r.IntN(kernel[i%axes] + 1)
		}
		attrs = append(attrs, intsAttr("pads", pads...))
	}
	return attrs
}

// spatial is a value with one or two spatial axes.
func (a *attacker) spatial() (x quantity, axes int, ok bool) {
	x = a.pick('f')
	if len(x.shape) == 3 || len(x.shape) == 4 {
		return x, len(x.shape) - 2, true
	}
	if n := product64(x.shape); n%4 == 0 || n > 1 && a.oneIn(2) {
		target := [][]int64{{1, 1, -1}, {1, 2, -1}, {1, 1, 2, -1}, {1, 1, -1, 1}, {2, 1, -1}, {1, 2, 2, -1}}[a.r.IntN(6)]
		n := len(a.values)
		if a.node("Reshape", []quantity{x, a.ints(target...)}, 'f', 1) {
			return a.values[n], len(target) - 2, true
		}
	}
	return x, 0, false
}

func (a *attacker) kernel(axes int) []int {
	k := make([]int, axes)
	for i := range k {
		k[i] = 1 + a.r.IntN(3)
	}
	return k
}

func (a *attacker) conv() { a.convolution() }

func (a *attacker) convolution() bool {
	x, axes, ok := a.spatial()
	if !ok {
		return false
	}
	c := x.shape[1]
	groups := int64(1)
	if a.oneIn(3) {
		groups = c
	}
	out := groups * int64(1+a.r.IntN(2))
	k := a.kernel(axes)
	w := []int64{out, c / groups}
	for _, d := range k {
		w = append(w, int64(d))
	}
	in := []quantity{x, a.floats(w...)}
	if a.oneIn(2) {
		in = append(in, a.floats(out))
	}
	attrs := a.windowAttributes(axes, k, true)
	if groups > 1 || a.oneIn(2) {
		attrs = append(attrs, intAttr("group", groups))
	}
	return a.node("Conv", in, 'f', 1, append(attrs, a.maybe(intsAttr("kernel_shape", k...)))...)
}

func (a *attacker) convTranspose() {
	x, axes, ok := a.spatial()
	if !ok {
		return
	}
	c, groups := x.shape[1], int64(1)
	if a.oneIn(3) {
		groups = c
	}
	out := 1 + int64(a.r.IntN(2)) // of a group
	k := a.kernel(axes)
	w := []int64{c, out}
	for _, d := range k {
		w = append(w, int64(d))
	}
	in := []quantity{x, a.floats(w...)}
	if a.oneIn(2) {
		in = append(in, a.floats(out*groups))
	}
	attrs := a.windowAttributes(axes, k, true)
	if groups > 1 || a.oneIn(2) {
		attrs = append(attrs, intAttr("group", groups))
	}
	sizes := make([]int, axes)
	switch a.r.IntN(4) {
	case 0:
		for i := range sizes {
			sizes[i] = a.r.IntN(3)
		}
		attrs = append(attrs, intsAttr("output_padding", sizes...))
	case 1:
		for i := range sizes {
			sizes[i] = max(1, int(x.shape[2+i])*(1+a.r.IntN(2))+a.r.IntN(3)-1)
		}
		attrs = append(attrs, intsAttr("output_shape", sizes...))
	}
	a.node("ConvTranspose", in, 'f', 1, append(attrs, a.maybe(intsAttr("kernel_shape", k...)))...)
}

// convShift is a Conv and the sum with a constant, for each channel or a map.
func (a *attacker) convShift() {
	if !a.convolution() {
		return
	}
	y := a.values[len(a.values)-1]
	c := slices.Clone(y.shape)
	c[0] = 1
	if a.oneIn(2) {
		for i := 2; i < len(c); i++ {
			c[i] = 1
		}
	}
	if a.oneIn(2) {
		c = c[1:]
	}
	in := []quantity{y, a.floats(c...)}
	if a.oneIn(3) {
		slices.Reverse(in)
	}
	a.node([]string{"Add", "Sub"}[a.r.IntN(2)], in, 'f', 1)
}

func (a *attacker) pool() {
	x, axes, ok := a.spatial()
	if !ok {
		return
	}
	k := a.kernel(axes)
	op := []string{"MaxPool", "AveragePool", "GlobalMaxPool", "GlobalAveragePool", "MaxPool", "AveragePool"}[a.r.IntN(6)]
	if op[0] == 'G' {
		a.node(op, []quantity{x}, 'f', 1)
		return
	}
	attrs := append(a.windowAttributes(axes, k, op == "MaxPool" && a.opset >= 10 || a.opset >= 19), intsAttr("kernel_shape", k...))
	if a.opset >= 10 && a.oneIn(2) {
		attrs = append(attrs, intAttr("ceil_mode", int64(a.r.IntN(2))))
	}
	outputs := 1
	if op == "AveragePool" {
		attrs = append(attrs, a.maybe(intAttr("count_include_pad", int64(a.r.IntN(2)))))
	} else if a.opset >= 8 && a.oneIn(4) {
		attrs = append(attrs, intAttr("storage_order", int64(a.r.IntN(2))))
	}
	a.node(op, []quantity{x}, 'f', outputs, attrs...)
}

func (a *attacker) norm() {
	x := a.pick('f')
	if len(x.shape) < 2 {
		return
	}
	c := x.shape[1]
	variance := a.hold(&onnxpb.TensorProto{Dims: []int64{c}, DataType: proto.Int32(int32(typeFloat32)), FloatData: slices.Repeat([]float32{0.5}, int(c))}, 'f', []int64{c})
	attrs := []*onnxpb.AttributeProto{a.maybe(floatAttr("epsilon", 1e-3)), a.maybe(floatAttr("momentum", 0.5))}
	if a.opset < 9 && a.oneIn(3) {
		attrs = append(attrs, intAttr("spatial", 1))
	}
	outputs := 1
	if a.oneIn(6) {
		outputs = 5
		if a.opset >= 14 {
			outputs, attrs = 1, append(attrs, intAttr("training_mode", 0))
		}
	}
	a.node("BatchNormalization", []quantity{x, a.floats(c), a.floats(c), a.floats(c), variance}, 'f', outputs, attrs...)
}
