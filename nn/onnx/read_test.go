package onnx

import (
	"encoding/binary"
	"math"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/nn/onnx/internal/onnxpb"
)

// One model an operator, with the output at one sample worked out by hand.
func TestOperators(t *testing.T) {
	w := []float32{1, 2, 3, 4, 5, 6} // 2 x 3 or 3 x 2
	for _, c := range []struct {
		name  string
		model *modelBuilder
		kinds string
		x, y  []float64
	}{
		{
			"MatMul, weight right", newModel(13, -1, 2).constant("w", []int64{2, 3}, w...).
				op("MatMul", []string{"x", "w"}, "y"),
			"Dense",
			[]float64{1, 10},
			[]float64{41, 52, 63},
		},
		{
			"MatMul, weight left", newModel(13, 3).constant("w", []int64{2, 3}, w...).
				op("MatMul", []string{"w", "x"}, "y"),
			"Dense",
			[]float64{1, 10, 100},
			[]float64{321, 654},
		},
		{
			"MatMul with a vector", newModel(13, -1, 3).constant("w", []int64{3}, 1, 2, 3).
				op("MatMul", []string{"x", "w"}, "y"),
			"Dense",
			[]float64{1, 10, 100},
			[]float64{321},
		},
		{
			"MatMul of each row of a sample", newModel(13, 2, 2).constant("b", []int64{2, 2}, 0, 0, 0, 7).
				constant("w", []int64{2, 2}, 1, 2, 3, 4).
				op("MatMul", []string{"x", "w"}, "h").op("Add", []string{"h", "b"}, "y"),
			"Take Conv Take Scale",
			[]float64{1, 10, 100, 1000},
			[]float64{31, 42, 3100, 4207},
		},
		{
			"MatMul then Add", newModel(13, -1, 2).constant("w", []int64{2, 3}, w...).constant("b", []int64{3}, 1, 1, 2).
				op("MatMul", []string{"x", "w"}, "h").op("Add", []string{"b", "h"}, "y"),
			"Dense",
			[]float64{1, 10},
			[]float64{42, 53, 65},
		},
		{
			"MatMul then Sub", newModel(13, -1, 2).constant("w", []int64{2, 3}, w...).constant("b", []int64{1}, 1).
				op("MatMul", []string{"x", "w"}, "h").op("Sub", []string{"h", "b"}, "y"),
			"Dense",
			[]float64{1, 10},
			[]float64{40, 51, 62},
		},
		{
			"MatMul used twice is not changed by Add", newModel(13, -1, 1).constant("w", []int64{1, 1}, 2).
				constant("b", []int64{1}, 1).constant("v", []int64{1, 1}, 1).
				op("MatMul", []string{"x", "w"}, "h").op("Identity", []string{"h"}, "i").
				op("Add", []string{"i", "b"}, "unused").op("MatMul", []string{"h", "v"}, "y"),
			"Dense Dense",
			[]float64{3},
			[]float64{6},
		},
		{
			"Gemm", newModel(13, -1, 3).constant("w", []int64{2, 3}, w...).constant("c", []int64{2}, 10, 20).
				op("Gemm", []string{"x", "w", "c"}, "y", floatAttr("alpha", 0.5), floatAttr("beta", 2), intAttr("transB", 1)),
			"Dense",
			[]float64{1, 10, 100},
			[]float64{20 + 160.5, 40 + 327},
		},
		{
			"Gemm, weight left", newModel(13, 3, 1).constant("w", []int64{3, 2}, w...).constant("c", []int64{2, 1}, 10, 20).
				op("Gemm", []string{"w", "x", "c"}, "y", intAttr("transA", 1)),
			"Dense",
			[]float64{1, 10, 100},
			[]float64{541, 662},
		},
		{
			"Gemm, input transposed", newModel(13, 3, 1).constant("w", []int64{3, 2}, w...).
				op("Gemm", []string{"x", "w"}, "y", intAttr("transA", 1)),
			"Dense",
			[]float64{1, 10, 100},
			[]float64{531, 642},
		},
		{
			"normalisation", newModel(13, -1, 2).constant("m", []int64{2}, 1, 2).constant("r", []int64{2}, 2, 4).
				op("Sub", []string{"x", "m"}, "h").op("Div", []string{"h", "r"}, "y"),
			"Scale",
			[]float64{3, 10},
			[]float64{1, 2},
		},
		{
			"normalisation by a quotient", newModel(13, -1, 2).constant("m", []int64{2}, 0.1, 0.2).constant("r", []int64{2}, 3, 5).
				op("Sub", []string{"x", "m"}, "h").op("Div", []string{"h", "r"}, "y"),
			"Scale",
			[]float64{float64(float32(0.1)), float64(float32(0.2))},
			[]float64{0, 0},
		},
		{
			"normalisation that float32 holds in two steps", newModel(13, -1, 2).constant("m", []int64{2}, 0.1, 0.2).constant("r", []int64{2}, 0.3, 5).
				op("Sub", []string{"x", "m"}, "h").op("Mul", []string{"h", "r"}, "y"),
			"Scale Scale",
			[]float64{float64(float32(0.1)), float64(float32(0.2))},
			[]float64{0, 0},
		},
		{
			"constants on the left", newModel(13, -1, 2).constant("m", []int64{1}, 1).constant("r", []int64{1, 2}, 2, 4).
				op("Mul", []string{"r", "x"}, "h").op("Sub", []string{"m", "h"}, "y"),
			"Scale",
			[]float64{3, 10},
			[]float64{-5, -39},
		},
		{
			"product and sum", newModel(13, -1, 2).constant("m", nil, 1).constant("r", []int64{1, 2}, 2, 4).
				op("Mul", []string{"r", "x"}, "h").op("Add", []string{"m", "h"}, "y"),
			"Scale",
			[]float64{3, 10},
			[]float64{7, 41},
		},
		{
			"nothing to do", newModel(13, -1, 2).constant("z", []int64{2}, 0, 0).constant("o", []int64{1}, 1).
				op("Sub", []string{"x", "z"}, "a").op("Mul", []string{"o", "a"}, "b").op("Dropout", []string{"b"}, "c").
				op("Cast", []string{"c"}, "d", intAttr("to", int64(typeFloat64))).op("Relu", []string{"d"}, "y"),
			"ReLU",
			[]float64{-3, 10},
			[]float64{0, 10},
		},
		{
			"folding", newModel(13, -1, 2).constant("a", []int64{2, 1}, 1, 2).constant("b", []int64{1, 2}, 3, 4).
				constant("c", []int64{2}, 1, 1).constant("d", nil, 2).
				op("MatMul", []string{"a", "b"}, "ab").op("Add", []string{"ab", "c"}, "abc").
				op("Mul", []string{"abc", "d"}, "e").op("Div", []string{"e", "d"}, "f").op("Sub", []string{"f", "c"}, "g").
				op("Relu", []string{"g"}, "h").op("MatMul", []string{"x", "h"}, "y"),
			"Dense",
			[]float64{1, 10},
			[]float64{63, 84},
		},
		{
			"constants of other types", newModel(13, -1, 2).ints("i", 1, -2).
				op("Cast", []string{"i"}, "f", intAttr("to", int64(typeFloat32))).op("Mul", []string{"x", "f"}, "y"),
			"Scale",
			[]float64{3, 10},
			[]float64{3, -20},
		},
		{
			"reshapes", newModel(13, -1, 2, 3).ints("s", 0, -1).ints("r", 3, 2).constant("w", []int64{2, 3}, w...).
				op("Reshape", []string{"x", "s"}, "a").op("Reshape", []string{"w", "r"}, "v").
				op("Flatten", []string{"a"}, "b", intAttr("axis", -1)).op("Reshape", []string{"b", "r"}, "c").
				op("MatMul", []string{"c", "w"}, "y"),
			"Take Conv Take",
			[]float64{1, 10, 0, 0, 0, 1},
			[]float64{41, 52, 63, 0, 0, 0, 4, 5, 6},
		},
		{
			"leaky and its default", newModel(13, -1, 2).op("LeakyRelu", []string{"x"}, "h", floatAttr("alpha", 0.5)).
				op("LeakyRelu", []string{"h"}, "y"),
			"LeakyReLU LeakyReLU",
			[]float64{-2, 3},
			[]float64{-leakyDefault, 3},
		},
		{
			"clip by attributes", newModel(10, -1, 3).op("Clip", []string{"x"}, "y", floatAttr("min", -2), floatAttr("max", 3)),
			"Clip",
			[]float64{-5, 0, 5},
			[]float64{-2, 0, 3},
		},
		{
			"clip by inputs", newModel(11, -1, 3).constant("hi", nil, 3).op("Clip", []string{"x", "", "hi"}, "y"),
			"Clip",
			[]float64{-5, 0, 5},
			[]float64{-5, 0, 3},
		},
		{
			"clip to -1, 1", newModel(11, -1, 3).constant("hi", nil, 1).constant("lo", nil, -1).
				op("Clip", []string{"x", "lo", "hi"}, "y"),
			"HardTanh",
			[]float64{-5, 0, 5},
			[]float64{-1, 0, 1},
		},
		{
			"clip without limits", newModel(10, -1, 1).op("Clip", []string{"x"}, "h", floatAttr("max", math.MaxFloat32)).
				op("Tanh", []string{"h"}, "y"),
			"Tanh",
			[]float64{0.5},
			[]float64{math.Tanh(0.5)},
		},
		{
			"sigmoid, then softmax", newModel(12, -1, 2).op("Sigmoid", []string{"x"}, "h").
				op("Softmax", []string{"h"}, "s").op("Identity", []string{"s"}, "y"),
			"Sigmoid",
			[]float64{0, 0},
			[]float64{0.5, 0.5},
		},
		{
			"where", newModel(13, -1, 2).constant("c", nil, 2).constant("s", nil, 3).
				op("Mul", []string{"x", "s"}, "e").
				op("GreaterOrEqual", []string{"x", "c"}, "g").constant("six", []int64{2}, 6, 6).
				op("Where", []string{"g", "six", "e"}, "y"),
			"Piecewise",
			[]float64{5, -1},
			[]float64{6, -3},
		},
		{
			"no input needed", newModel(13, 2).constant("k", []int64{3}, 1, 2, 3).op("Identity", []string{"k"}, "y"),
			"Dense",
			[]float64{5, -1},
			[]float64{1, 2, 3},
		},
		{"no operation", newModel(13, 2).op("Identity", []string{"x"}, "y"), "Scale", []float64{5, -1}, []float64{5, -1}},
	} {
		t.Run(c.name, func(t *testing.T) {
			n, err := c.model.read(t)
			if err != nil {
				t.Fatal(err)
			}
			var kinds []string
			for _, node := range n.Nodes {
				kinds = append(kinds, node.Op.Kind())
			}
			if got := strings.Join(kinds, " "); got != c.kinds {
				t.Errorf("nodes %s, want %s", got, c.kinds)
			}
			got := evalPoint(t, n, c.x...)
			if len(got) != len(c.y) {
				t.Fatalf("output %v, want %v", got, c.y)
			}
			for i := range got {
				if math.Abs(got[i]-c.y[i]) > 1e-12 {
					t.Fatalf("output %v, want %v", got, c.y)
				}
			}
		})
	}
}

// Initialisers listed as inputs, raw data, and nodes out of order.
func TestOldFiles(t *testing.T) {
	raw := binary.LittleEndian.AppendUint64(nil, math.Float64bits(0.1))
	b := newModel(7, -1, 1).op("Relu", []string{"h"}, "y").op("MatMul", []string{"x", "w"}, "h").
		tensor(&onnxpb.TensorProto{
			Name: proto.String("w"), Dims: []int64{1, 1}, DataType: proto.Int32(int32(typeFloat64)), RawData: raw,
		}).input("w", 1, 1)
	n := b.mustRead(t)
	if got := evalPoint(t, n, 2); got[0] != 0.2 {
		t.Errorf("output %v, want 0.2", got)
	}
	if n.Meta.DType != nn.Float64 || n.Meta.InputName != "x" || n.Meta.OutputName != "y" || n.Meta.Format != "onnx" {
		t.Errorf("meta %+v", n.Meta)
	}
}

func TestSoftmaxNotice(t *testing.T) {
	n := newModel(13, -1, 2).op("Relu", []string{"x"}, "h").op("Softmax", []string{"h"}, "y").mustRead(t)
	if len(n.Meta.Notices) != 1 {
		t.Errorf("notices %q, want one", n.Meta.Notices)
	}
}

func TestChosenOutput(t *testing.T) {
	// Two heads of one size: neither is the activation channel of the other.
	b := newModel(13, -1, 2).output("z").constant("w", []int64{2, 2}, 1, 0, 0, 1).constant("v", []int64{2, 2}, 0, 1, 1, 0).
		op("Relu", []string{"x"}, "h").op("MatMul", []string{"h", "w"}, "y").op("MatMul", []string{"h", "v"}, "z").
		op("Erf", []string{"h"}, "unused")
	if _, err := b.read(t); err == nil {
		t.Error("two outputs were read")
	}
	for name, want := range map[string][]float64{"y": {1, 2}, "z": {2, 1}} {
		n, err := read(t.Context(), b.bytes(t), "test.onnx", ReadOptions{Output: name}, maxExpanded)
		if err != nil {
			t.Fatal(err)
		}
		if got := evalPoint(t, n, 1, 2); n.Decoupled() || !slices.Equal(got, want) {
			t.Errorf("output %s is %v (decoupled: %v), want %v", name, got, n.Decoupled(), want)
		}
	}
	if _, err := read(t.Context(), b.bytes(t), "test.onnx", ReadOptions{Output: "h"}, maxExpanded); err == nil {
		t.Error("a value that is no output was chosen")
	}
}

// Which axes of the input become the sample.
func TestBatchAxes(t *testing.T) {
	matmul := func(b *modelBuilder) *modelBuilder {
		return b.constant("w", []int64{2, 1}, 1, 10).op("MatMul", []string{"h", "w"}, "y")
	}
	for _, c := range []struct {
		name    string
		model   *modelBuilder
		shape   []int
		outputs int
		notices int
	}{
		{"symbolic", matmul(newModel(13, -1, 2).op("Relu", []string{"x"}, "h")), []int{2}, 1, 0},
		{"size 1", matmul(newModel(13, 1, 2).op("Relu", []string{"x"}, "h")), []int{2}, 1, 0},
		{"none", matmul(newModel(13, 2).op("Relu", []string{"x"}, "h")), []int{2}, 1, 0},
		{"before the product", matmul(newModel(13, -1, 3, 2).op("Relu", []string{"x"}, "h")), []int{3, 2}, 3, 0},
		{"before a flattened product", matmul(newModel(13, 3, 1, 2).op("Flatten", []string{"x"}, "h")), []int{3, 1, 2}, 3, 0},
		{"no product", newModel(13, 3, 2).op("Relu", []string{"x"}, "y"), []int{3, 2}, 6, 0},
		{"symbolic in the middle", matmul(newModel(13, 1, -1, 2).op("Relu", []string{"x"}, "h")), []int{2}, 1, 0},
		{
			"entries differ", matmul(newModel(13, -1, 3, 2).constant("c", []int64{3, 2}, 1, 2, 3, 4, 5, 6).
				op("Add", []string{"x", "c"}, "h")), []int{3, 2}, 3, 0,
		},
		{"repeated for each entry of a constant", newModel(13, -1, 2).constant("c", []int64{3, 2}, 1, 2, 3, 4, 5, 6).op("Add", []string{"x", "c"}, "y"), []int{2}, 6, 1},
		{"sum over a batch", newModel(13, -1, 2).op("ReduceMean", []string{"x"}, "y", intsAttr("axes", 0)), []int{2}, 2, 1},
		{"batch moved", newModel(13, -1, 2).op("Transpose", []string{"x"}, "y"), []int{2}, 2, 1},
		{"batch kept by a shape", newModel(13, -1, 2, 2).ints("s", -1, 4).op("Reshape", []string{"x", "s"}, "y"), []int{2, 2}, 4, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			n := c.model.mustRead(t)
			if !slices.Equal(n.InputShape, c.shape) || n.OutDim() != c.outputs || len(n.Meta.Notices) != c.notices {
				t.Errorf("sample %v, %d outputs, notices %q; want %v, %d, %d of them",
					n.InputShape, n.OutDim(), n.Meta.Notices, c.shape, c.outputs, c.notices)
			}
		})
	}
}

// A hand-written decoupled file, with other names and another order of operands
// than ours, is recognised.
func TestForeignDecoupledFile(t *testing.T) {
	b := newModel(13, -1, 1).constant("w", []int64{1, 1}, 1).constant("v", []int64{1, 1}, 2).constant("o", []int64{1}, 1).
		op("MatMul", []string{"x", "w"}, "p").op("MatMul", []string{"x", "v"}, "q").
		op("Tanh", []string{"p"}, "t").op("Mul", []string{"t", "t"}, "tt").op("Sub", []string{"o", "tt"}, "d").
		op("Sub", []string{"q", "p"}, "e").op("Mul", []string{"e", "d"}, "r").op("Add", []string{"r", "t"}, "y")
	n := b.mustRead(t)
	if ks := n.RepairedLayers(); !slices.Equal(ks, []int{1}) {
		t.Fatalf("repaired layers %v, want [1]", ks)
	}
	th := math.Tanh(0.5)
	if got, want := evalPoint(t, n, 0.5)[0], th+float64((1-float64(th*th))*0.5); math.Abs(got-want) > 1e-15 {
		t.Errorf("output %v, want %v", got, want)
	}
}
