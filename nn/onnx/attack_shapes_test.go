//go:build ort

package onnx

import (
	"slices"

	"google.golang.org/protobuf/proto"

	"github.com/netmend/netmend/nn/onnx/internal/onnxpb"
)

// someAxes are axes without repetition, in any order, negative now and then.
func (a *attacker) someAxes(rank int) []int64 {
	var axes []int64
	for _, p := range a.r.Perm(rank) {
		if a.oneIn(2) {
			x := int64(p)
			if a.oneIn(2) {
				x -= int64(rank)
			}
			axes = append(axes, x)
		}
	}
	return axes
}

func asInts(xs []int64) []int {
	ys := make([]int, len(xs))
	for i, x := range xs {
		ys[i] = int(x)
	}
	return ys
}

func (a *attacker) reduce() {
	x := a.pick('f')
	op := []string{"ReduceMean", "ReduceSum"}[a.r.IntN(2)]
	axes := a.someAxes(len(x.shape))
	attrs := []*onnxpb.AttributeProto{a.maybe(intAttr("keepdims", int64(a.r.IntN(2))))}
	in := []quantity{x}
	since := map[string]int64{"ReduceMean": 18, "ReduceSum": 13}[op]
	switch {
	case a.opset < since:
		if len(axes) > 0 {
			attrs = append(attrs, intsAttr("axes", asInts(axes)...))
		}
	default:
		attrs = append(attrs, a.maybe(intAttr("noop_with_empty_axes", int64(a.r.IntN(2)))))
		if len(axes) > 0 || a.oneIn(2) {
			in = append(in, a.ints(axes...))
		}
	}
	a.node(op, in, 'f', 1, attrs...)
}

func (a *attacker) transpose() {
	x := a.pick('f')
	a.node("Transpose", []quantity{x}, 'f', 1, a.maybe(intsAttr("perm", a.r.Perm(len(x.shape))...)))
}

// axesOf gives axes as an attribute or an input.
func (a *attacker) axesAs(since int64, axes []int64) ([]quantity, *onnxpb.AttributeProto) {
	if a.opset < since {
		return nil, intsAttr("axes", asInts(axes)...)
	}
	return []quantity{a.ints(axes...)}, nil
}

func (a *attacker) squeeze() {
	x := a.pick('f')
	if a.oneIn(3) {
		a.node("Squeeze", []quantity{x}, 'f', 1)
		return
	}
	var axes []int64
	for _, p := range a.someAxes(len(x.shape)) {
		if x.shape[(p+int64(len(x.shape)))%int64(len(x.shape))] == 1 {
			axes = append(axes, p)
		}
	}
	if len(axes) == 0 {
		return
	}
	in, attr := a.axesAs(13, axes)
	a.node("Squeeze", append([]quantity{x}, in...), 'f', 1, attr)
}

func (a *attacker) unsqueeze() {
	x := a.pick('f')
	n := 1 + a.r.IntN(2)
	rank := len(x.shape) + n
	if rank > 5 {
		return
	}
	var axes []int64
	for _, p := range a.r.Perm(rank)[:n] {
		v := int64(p)
		if a.oneIn(2) && a.opset >= 11 {
			v -= int64(rank)
		}
		axes = append(axes, v)
	}
	in, attr := a.axesAs(13, axes)
	a.node("Unsqueeze", append([]quantity{x}, in...), 'f', 1, attr)
}

func (a *attacker) slice() {
	x := a.pick('f')
	if len(x.shape) == 0 {
		return
	}
	axes := a.someAxes(len(x.shape))
	if len(axes) == 0 {
		axes = []int64{0}
	}
	border := []int64{0, 1, 2, -1, -2, 100, -100, 1 << 62, -1 << 62, 3}
	var starts, ends, steps []int64
	for range axes {
		starts, ends = append(starts, border[a.r.IntN(len(border))]), append(ends, border[a.r.IntN(len(border))])
		steps = append(steps, []int64{1, 2, -1, -2, 1 << 40}[a.r.IntN(5)])
	}
	if a.opset < 10 {
		attrs := []*onnxpb.AttributeProto{ints64Attr("starts", starts), ints64Attr("ends", ends)}
		if a.oneIn(2) {
			attrs = append(attrs, ints64Attr("axes", axes))
		}
		a.node("Slice", []quantity{x}, 'f', 1, attrs...)
		return
	}
	in := []quantity{x, a.ints(starts...), a.ints(ends...), none0, none0}
	if a.oneIn(2) {
		in[3] = a.ints(axes...)
	}
	if a.oneIn(2) {
		in[4] = a.ints(steps...)
	}
	a.node("Slice", in[:3+a.r.IntN(3)], 'f', 1)
}

func ints64Attr(name string, xs []int64) *onnxpb.AttributeProto {
	at := intsAttr(name)
	at.Ints = xs
	return at
}

func (a *attacker) gather() {
	x := a.pick('f')
	if len(x.shape) == 0 {
		return
	}
	axis := a.axis(len(x.shape))
	d := x.shape[(axis+int64(len(x.shape)))%int64(len(x.shape))]
	shape := [][]int64{{}, {1}, {2}, {2, 2}}[a.r.IntN(4)]
	var at []int64
	for range product64(shape) {
		i := int64(a.r.IntN(int(d)))
		if a.oneIn(2) && a.opset >= 11 {
			i -= d
		}
		at = append(at, i)
	}
	attr := intAttr("axis", axis)
	if axis == 0 {
		attr = a.maybe(attr)
	}
	a.node("Gather", []quantity{x, a.intTensor(shape, at...)}, 'f', 1, attr)
}

func (a *attacker) split() {
	x := a.pick('f')
	if len(x.shape) == 0 {
		return
	}
	axis := a.axis(len(x.shape))
	d := x.shape[(axis+int64(len(x.shape)))%int64(len(x.shape))]
	attr := intAttr("axis", axis)
	if axis == 0 {
		attr = a.maybe(attr)
	}
	parts := 1 + a.r.IntN(3)
	attrs := []*onnxpb.AttributeProto{attr}
	in := []quantity{x}
	if a.oneIn(2) && d > 1 {
		sizes := []int64{1, d - 1}
		parts = 2
		if a.opset < 13 {
			attrs = append(attrs, ints64Attr("split", sizes))
		} else {
			in = append(in, a.ints(sizes...))
		}
	} else if a.opset >= 18 {
		attrs = append(attrs, intAttr("num_outputs", int64(parts)))
	}
	a.node("Split", in, 'f', parts, attrs...)
}

func (a *attacker) pad() {
	x := a.pick('f')
	rank := len(x.shape)
	if rank == 0 {
		return
	}
	modes := []string{"constant", "edge", "reflect", "constant"}
	if a.opset >= 19 {
		modes = append(modes, "wrap")
	}
	mode := a.maybe(textAttr("mode", modes[a.r.IntN(len(modes))]))
	pads := make([]int64, 2*rank)
	for i := range pads {
		pads[i] = int64(a.r.IntN(4) - 1)
	}
	if a.opset < 11 {
		a.node("Pad", []quantity{x}, 'f', 1, mode, ints64Attr("pads", pads), a.maybe(floatAttr("value", 0.5)))
		return
	}
	in := []quantity{x, a.ints(pads...), none0, none0}
	if a.oneIn(2) {
		in[2] = a.floats()
	}
	count := 3
	if a.opset >= 18 && a.oneIn(2) {
		axes := a.someAxes(rank)
		if len(axes) > 0 {
			in[1], in[3], count = a.ints(pads[:2*len(axes)]...), a.ints(axes...), 4
		}
	}
	if in[2].name == "" && count == 3 {
		count = 2 + a.r.IntN(2)
	}
	a.node("Pad", in[:count], 'f', 1, mode)
}

func (a *attacker) concat() {
	x := a.pick('f')
	if len(x.shape) == 0 {
		return
	}
	axis := a.axis(len(x.shape))
	shape := slices.Clone(x.shape)
	shape[(axis+int64(len(shape)))%int64(len(shape))] = int64(1 + a.r.IntN(2))
	in := []quantity{x, a.floats(shape...), a.pick('f'), x}
	a.r.Shuffle(len(in), func(i, j int) { in[i], in[j] = in[j], in[i] })
	in = slices.DeleteFunc(in[:1+a.r.IntN(4)], func(q quantity) bool { return !q.constant && !slices.Equal(q.shape, x.shape) })
	if len(in) > 0 {
		a.node("Concat", in, 'f', 1, intAttr("axis", axis))
	}
}

func (a *attacker) reshape() {
	x := a.pick('f')
	n := product64(x.shape)
	target := [][]int64{{-1}, {n}, {1, -1}, {-1, 1}, {-1, n}, {1, n, 1}, {0, -1}, {-1, 2}, {2, -1}, {0, 0, -1}}[a.r.IntN(10)]
	a.node("Reshape", []quantity{x, a.ints(target...)}, 'f', 1)
}

func (a *attacker) flatten() {
	x := a.pick('f')
	axis := int64(a.r.IntN(len(x.shape) + 1))
	if a.oneIn(2) && a.opset >= 11 {
		axis -= int64(len(x.shape))
	}
	attr := intAttr("axis", axis)
	if axis == 1 {
		attr = a.maybe(attr)
	}
	a.node("Flatten", []quantity{x}, 'f', 1, attr)
}

func (a *attacker) expand() {
	x := a.pick('f')
	s := slices.Clone(x.shape)
	for i := range s {
		if s[i] == 1 && a.oneIn(2) {
			s[i] = 2
		} else if a.oneIn(3) {
			s[i] = 1
		}
	}
	if a.oneIn(3) {
		s = append([]int64{2}, s...)
	}
	a.node("Expand", []quantity{x, a.ints(s...)}, 'f', 1)
}

func (a *attacker) tile() {
	x := a.pick('f')
	reps := make([]int64, len(x.shape))
	for i := range reps {
		reps[i] = int64(1 + a.r.IntN(2))
	}
	a.node("Tile", []quantity{x, a.ints(reps...)}, 'f', 1)
}

// shapeChain computes a shape as exporters do, and reshapes by it.
func (a *attacker) shapeChain() {
	x := a.pick('f')
	var attrs []*onnxpb.AttributeProto
	if a.opset >= 15 && a.oneIn(2) {
		attrs = append(attrs, intAttr("start", int64(a.r.IntN(4)-2)), a.maybe(intAttr("end", int64(a.r.IntN(4)-1))))
	}
	n := len(a.values)
	if !a.node("Shape", []quantity{x}, 'i', 1, attrs...) {
		return
	}
	s := a.values[n]
	n = len(a.values)
	switch a.r.IntN(3) {
	case 0:
		if !a.node("Gather", []quantity{s, a.ints(0)}, 'i', 1) {
			return
		}
	case 1:
		if a.opset < 10 || !a.node("Slice", []quantity{s, a.ints(0), a.ints(1)}, 'i', 1) {
			return
		}
	default:
		a.node("ConstantOfShape", []quantity{s}, 'f', 1)
		if k := len(a.values); k > n && a.oneIn(2) {
			a.node([]string{"Add", "Mul"}[a.r.IntN(2)], []quantity{x, a.values[k-1]}, 'f', 1)
		}
		return
	}
	first := a.values[n]
	n = len(a.values)
	if a.node("Concat", []quantity{first, a.ints(-1)}, 'i', 1, intAttr("axis", 0)) {
		a.node("Reshape", []quantity{x, a.values[n]}, 'f', 1)
	}
}

// where chooses among values by a constant condition, or by a comparison with a number.
func (a *attacker) where() {
	x := a.pick('f')
	n := len(a.values)
	op := []string{"GreaterOrEqual", "Greater", "Less", "LessOrEqual", "Equal"}[a.r.IntN(5)]
	y := a.fitting(x.shape)
	left := a.fitting(x.shape)
	if a.oneIn(2) {
		left, y, op = x, a.floats(), "GreaterOrEqual"
	}
	if !a.node(op, []quantity{left, y}, 'b', 1) {
		return
	}
	cond := a.values[n]
	if cond.constant && a.oneIn(3) {
		n = len(a.values)
		if a.node("Not", []quantity{cond}, 'b', 1) {
			cond = a.values[n]
		}
	}
	other := a.fitting(x.shape)
	if !cond.constant {
		other = a.floats()
	} else if a.oneIn(2) {
		other = a.pick('f')
	}
	in := []quantity{cond, x, other}
	if a.oneIn(3) {
		in[1], in[2] = in[2], in[1]
	}
	a.node("Where", in, 'f', 1)
}

// constants makes a constant by an operator.
func (a *attacker) constants() {
	switch a.r.IntN(13) {
	case 0:
		a.node("Range", []quantity{a.floats(), a.floats(), a.floats()}, 'f', 1)
	case 1:
		a.node("Range", []quantity{a.intTensor(nil, int64(a.r.IntN(3))), a.intTensor(nil, int64(a.r.IntN(7)-1)), a.intTensor(nil, []int64{1, 2, -1}[a.r.IntN(3)])}, 'i', 1)
	case 2:
		value := &onnxpb.TensorProto{Dims: []int64{1}, DataType: proto.Int32(int32(typeFloat32)), FloatData: []float32{1.5}}
		a.node("ConstantOfShape", []quantity{a.ints(int64(1+a.r.IntN(3)), 2)}, 'f', 1, a.maybe(&onnxpb.AttributeProto{
			Name: proto.String("value"), Type: onnxpb.AttributeProto_TENSOR.Enum(), T: value,
		}))
	case 3:
		i := a.pick('i')
		a.node("Cast", []quantity{i}, 'f', 1, intAttr("to", int64(typeFloat32)))
	case 4:
		i, j := a.pick('i'), a.pick('i')
		a.node([]string{"Add", "Sub", "Mul", "Div"}[a.r.IntN(4)], []quantity{i, j}, 'i', 1)
	case 5:
		i, j := a.pick('i'), a.pick('i')
		a.node([]string{"Equal", "Less", "Greater"}[a.r.IntN(3)], []quantity{i, j}, 'b', 1)
	case 6:
		i := a.pick('i')
		a.node([]string{"Unsqueeze", "Squeeze", "Identity", "Neg"}[2+a.r.IntN(2)], []quantity{i}, 'i', 1)
	case 7:
		b := a.pick('b')
		a.node("Cast", []quantity{b}, 'f', 1, intAttr("to", int64(typeFloat32)))
	case 8:
		a.node([]string{"And", "Or", "Xor"}[a.r.IntN(3)], []quantity{a.pick('b'), a.pick('b')}, 'b', 1)
	case 9:
		a.node("Mod", []quantity{a.pick('i'), a.intTensor(nil, []int64{1, 2, 3, -2}[a.r.IntN(4)])}, 'i', 1)
	case 10:
		a.node("Size", []quantity{a.pick([]byte{'f', 'i'}[a.r.IntN(2)])}, 'i', 1)
	case 11:
		a.node([]string{"Round", "Floor", "Ceil"}[a.r.IntN(3)], []quantity{a.floats(int64(1 + a.r.IntN(3)))}, 'f', 1)
	case 12:
		a.node([]string{"ReduceMax", "ReduceMin", "ReduceProd"}[a.r.IntN(3)], []quantity{a.floats(2, int64(1+a.r.IntN(3)))}, 'f', 1,
			a.maybe(intAttr("keepdims", int64(a.r.IntN(2)))))
	}
}

// ending ends the graph as classifiers do.
func (a *attacker) ending() {
	x := a.last()
	op := []string{"Softmax", "LogSoftmax", "Sigmoid", "ArgMax", "Softmax"}[a.r.IntN(5)]
	axis := a.maybe(intAttr("axis", a.axis(len(x.shape))))
	switch op {
	case "Sigmoid":
		a.ended = a.node(op, []quantity{x}, 'f', 1)
	case "ArgMax":
		attrs := []*onnxpb.AttributeProto{axis, a.maybe(intAttr("keepdims", int64(a.r.IntN(2))))}
		if a.opset >= 12 {
			attrs = append(attrs, a.maybe(intAttr("select_last_index", int64(a.r.IntN(2)))))
		}
		a.ended = a.node(op, []quantity{x}, 'i', 1, attrs...)
	default:
		a.ended = a.node(op, []quantity{x}, 'f', 1, axis)
	}
}
