package onnx

import (
	"fmt"
	"math"
	"slices"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/nn/onnx/internal/onnxpb"
)

// Constants are folded through every operator that exporters make them by.

// numbers are the elements of a constant of whatever type; whole numbers must be ones of
// float64.
func (t *tensor) numbers() ([]float64, error) {
	if t.isFloat() {
		return t.floats, nil
	}
	xs := make([]float64, len(t.ints))
	for i, v := range t.ints {
		if v >= 1<<53 || v <= -1<<53 {
			return nil, unsupportedf("computes with the whole number %d", v)
		}
		xs[i] = float64(v)
	}
	return xs, nil
}

// decisive are the elements of a constant by which something is decided: a runtime that
// computes them in their type must have the same.
func (t *tensor) decisive() ([]float64, error) {
	xs, err := t.numbers()
	if err != nil {
		return nil, err
	}
	for _, x := range xs {
		if t.rounded(x) != x {
			return nil, unsupportedf("decides by the constant %v, which is none of %v: a runtime rounds it", x, typeName(t.typ))
		}
	}
	return xs, nil
}

// rounded is the number next to x in a tensor's floating-point type.
func (t *tensor) rounded(x float64) float64 {
	switch t.typ {
	case typeFloat32:
		return float64(float32(x))
	case typeFloat16:
		return roundToFloat16(x)
	}
	return x
}

// made is a constant of the given type with the elements xs, rounded towards 0 if that
// is a type of whole numbers.
func (im *importer) made(typ elemType, shape []int, xs []float64) (*value, error) {
	t := &tensor{name: nodeName(im.cur), shape: shape, typ: typ}
	if t.isFloat() {
		t.floats = xs
		return constantValue(t), nil
	}
	t.ints = make([]int64, len(xs))
	for i, x := range xs {
		if !(math.Abs(x) < 1<<53) {
			return nil, unsupportedf("computes %v with whole numbers", x)
		}
		t.ints[i] = int64(x)
	}
	return constantValue(t), nil
}

// mapped is a function of each element of a constant.
func (im *importer) mapped(t *tensor, xs []float64, f func(float64) float64) (*value, error) {
	if err := im.charge(int64(len(xs))); err != nil {
		return nil, err
	}
	ys := make([]float64, len(xs))
	for i, x := range xs {
		ys[i] = f(x)
	}
	return im.made(t.typ, t.shape, ys)
}

// readConstantMapping reads a rounding of a constant.
func readConstantMapping(im *importer, n *onnxpb.NodeProto) (*value, error) {
	f := map[string]func(float64) float64{"Floor": math.Floor, "Ceil": math.Ceil, "Round": math.RoundToEven}[n.GetOpType()]
	t, err := im.wanted(n, 0)
	if err != nil {
		return nil, err
	}
	xs, err := t.decisive()
	if err != nil {
		return nil, err
	}
	return im.mapped(t, xs, f)
}

// wanted is an input that is there and constant.
func (im *importer) wanted(n *onnxpb.NodeProto, i int) (*tensor, error) {
	v, err := im.require(n, i)
	if err != nil {
		return nil, err
	}
	if !v.isConstant() {
		return nil, unsupportedf("input %d is computed, want a constant", i)
	}
	return v.constant, nil
}

// decided reads a function of two constants whose result is a truth value.
func (im *importer) decided(n *onnxpb.NodeProto, f func(x, y float64) bool) (*value, error) {
	var in [2]*tensor
	var xs [2][]float64
	for i := range in {
		var err error
		if in[i], err = im.wanted(n, i); err != nil {
			return nil, err
		}
		if xs[i], err = in[i].decisive(); err != nil {
			return nil, err
		}
	}
	return im.foldNumbers(typeBool, in[0].shape, in[1].shape, xs[0], xs[1], func(x, y float64) float64 {
		if f(x, y) {
			return 1
		}
		return 0
	})
}

// foldNumbers computes a function of two constants, with broadcasting.
func (im *importer) foldNumbers(typ elemType, a, b []int, xs, ys []float64, f func(x, y float64) float64) (*value, error) {
	shape, err := broadcastShape(a, b)
	if err != nil {
		return nil, err
	}
	n, ok := size(shape)
	if !ok {
		return nil, fmt.Errorf("shapes %v and %v broadcast to %s elements", a, b, sizeText(shape))
	}
	if err := im.charge(int64(n)); err != nil {
		return nil, err
	}
	zs := make([]float64, n)
	ia, ib := broadcastIndex(a, shape), broadcastIndex(b, shape)
	for i := range zs {
		zs[i] = f(xs[ia[i]], ys[ib[i]])
	}
	return im.made(typ, shape, zs)
}

// readComparison reads a comparison of constants.
func readComparison(im *importer, n *onnxpb.NodeProto) (*value, error) {
	f := map[string]func(x, y float64) bool{
		"Equal":          func(x, y float64) bool { return x == y },
		"Greater":        func(x, y float64) bool { return x > y },
		"Less":           func(x, y float64) bool { return x < y },
		"LessOrEqual":    func(x, y float64) bool { return x <= y },
		"GreaterOrEqual": func(x, y float64) bool { return x >= y },
	}[n.GetOpType()]
	return im.decided(n, f)
}

func readLogic(im *importer, n *onnxpb.NodeProto) (*value, error) {
	f := map[string]func(x, y float64) bool{
		"And": func(x, y float64) bool { return x != 0 && y != 0 },
		"Or":  func(x, y float64) bool { return x != 0 || y != 0 },
		"Xor": func(x, y float64) bool { return (x != 0) != (y != 0) },
	}[n.GetOpType()]
	return im.decided(n, f)
}

func readNot(im *importer, n *onnxpb.NodeProto) (*value, error) {
	t, err := im.wanted(n, 0)
	if err != nil {
		return nil, err
	}
	xs, err := t.numbers()
	if err != nil {
		return nil, err
	}
	return im.mapped(t, xs, func(x float64) float64 {
		if x != 0 {
			return 0
		}
		return 1
	})
}

// readMod reads a remainder of constants, which has the sign of the divisor, or that of the
// dividend where the attribute fmod is set.
func readMod(im *importer, n *onnxpb.NodeProto) (*value, error) {
	a, err := im.wanted(n, 0)
	if err != nil {
		return nil, err
	}
	b, err := im.wanted(n, 1)
	if err != nil {
		return nil, err
	}
	c, err := flagAttribute(n, "fmod")
	if err != nil {
		return nil, err
	}
	if a.isFloat() && !c {
		return nil, unsupported("of floating-point numbers without the attribute fmod")
	}
	xs, err := a.decisive()
	if err != nil {
		return nil, err
	}
	ys, err := b.decisive()
	if err != nil {
		return nil, err
	}
	return im.foldNumbers(a.typ, a.shape, b.shape, xs, ys, func(x, y float64) float64 {
		m := math.Mod(x, y)
		if !c && m != 0 && (m < 0) != (y < 0) {
			m += y
		}
		return m
	})
}

// readConstantOfShape fills a shape with one number.
func readConstantOfShape(im *importer, n *onnxpb.NodeProto) (*value, error) {
	t, err := im.wanted(n, 0)
	if err != nil {
		return nil, err
	}
	dims, err := t.asInts()
	if err != nil {
		return nil, err
	}
	shape, count, err := shapeOfInts(dims)
	if err != nil {
		return nil, err
	}
	fill := &tensor{typ: typeFloat32, floats: []float64{0}}
	a, err := attribute(n, "value", onnxpb.AttributeProto_TENSOR)
	if err != nil {
		return nil, err
	}
	if a != nil {
		if fill, err = decodeTensor(a.GetT()); err != nil {
			return nil, err
		}
	}
	xs, err := fill.numbers()
	if err != nil {
		return nil, err
	}
	if len(xs) != 1 {
		return nil, fmt.Errorf("attribute \"value\" has %d elements, want 1", len(xs))
	}
	if err := im.charge(int64(count)); err != nil {
		return nil, err
	}
	return im.made(fill.typ, shape, slices.Repeat(xs, count))
}

// shapeOfInts checks a shape that a constant gives.
func shapeOfInts(dims []int64) (shape []int, count int, err error) {
	for _, d := range dims {
		if d < 0 || d > math.MaxInt32 || len(dims) > maxRank {
			return nil, 0, fmt.Errorf("shape %v, want up to %d sizes from 0 to 2^31-1", dims, maxRank)
		}
		shape = append(shape, int(d))
	}
	count, ok := size(shape)
	if !ok {
		return nil, 0, fmt.Errorf("shape %v is too large", dims)
	}
	return shape, count, nil
}

// readRange lists start, start + delta, ... before the limit.
func readRange(im *importer, n *onnxpb.NodeProto) (*value, error) {
	var at [3]float64
	var typ elemType
	for i := range at {
		t, err := im.wanted(n, i)
		if err != nil {
			return nil, err
		}
		xs, err := t.decisive()
		if err != nil {
			return nil, err
		}
		if len(xs) != 1 {
			return nil, fmt.Errorf("input %d has shape %v, want one number", i, t.shape)
		}
		at[i], typ = xs[0], t.typ
	}
	if at[2] == 0 {
		return nil, fmt.Errorf("the step is 0")
	}
	count := math.Max(0, math.Ceil((at[1]-at[0])/at[2]))
	if !(count <= maxExpanded) {
		return nil, fmt.Errorf("%v to %v by %v is too long", at[0], at[1], at[2])
	}
	if err := im.charge(int64(count)); err != nil {
		return nil, err
	}
	xs := make([]float64, int(count))
	for i := range xs {
		xs[i] = at[0] + float64(float64(i)*at[2])
	}
	return im.made(typ, []int{len(xs)}, xs)
}

// readSize is the number of elements of a value.
func readSize(im *importer, n *onnxpb.NodeProto) (*value, error) {
	x, err := im.require(n, 0)
	if err != nil {
		return nil, err
	}
	count, _ := size(x.shape)
	return constantValue(&tensor{name: nodeName(n), typ: typeInt64, ints: []int64{int64(count)}}), nil
}

// readReduceConstant reads a product, maximum or minimum over axes of a constant.
func readReduceConstant(im *importer, n *onnxpb.NodeProto) (*value, error) {
	f := map[string]func(x, y float64) float64{
		"ReduceProd": func(x, y float64) float64 { return float64(x * y) }, "ReduceMax": math.Max, "ReduceMin": math.Min,
	}[n.GetOpType()]
	if x, err := im.require(n, 0); err != nil {
		return nil, err
	} else if !x.isConstant() {
		return nil, unsupported("of a computed value")
	}
	return im.reduce(n, 18, func(int) float64 { return 1 }, f)
}

// applied is an operation without layers on a constant, in float64.
func (im *importer) applied(op nn.Op, t *tensor, shape []int) (*value, error) {
	xs, err := t.asFloats()
	if err != nil {
		return nil, err
	}
	count, _ := size(shape)
	if err := im.charge(int64(count)); err != nil {
		return nil, err
	}
	ys := make([]float64, count)
	switch op := op.(type) {
	case nn.Affine:
		op.Forward(nn.RowMatrix(ys), []nn.Matrix{nn.RowMatrix(xs)}, nn.ValueChannel, true, 1)
	case nn.Selection:
		op.Apply(ys, [][]float64{xs})
	default:
		return nil, unsupported("of a constant")
	}
	return im.made(t.typ, shape, ys)
}
