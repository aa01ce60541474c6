package onnx

import (
	"bytes"
	"errors"
	"math"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	"github.com/netmend/netmend/nn/onnx/internal/onnxpb"
)

// Every model here is refused, with an error that says what and where.
func TestRefusals(t *testing.T) {
	relu := func(opset int64, shape ...int64) *modelBuilder {
		return newModel(opset, shape...).op("Relu", []string{"x"}, "y")
	}
	typed := func(b *modelBuilder, e elemType) *modelBuilder {
		b.m.Graph.Input[0].Type.GetTensorType().ElemType = proto.Int32(int32(e))
		return b
	}
	add := func(name string, dims ...int64) *modelBuilder {
		return newModel(13, -1, 2).constant("c", dims, 1, 2, 3, 4, 5, 6).op("Add", []string{"x", "c"}, "y")
	}
	raw := func(e elemType, dims []int64, data ...byte) *modelBuilder {
		return newModel(13, -1, 2).tensor(&onnxpb.TensorProto{
			Name: proto.String("c"), Dims: dims, DataType: proto.Int32(int32(e)), RawData: data,
		}).op("Add", []string{"x", "c"}, "y")
	}
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	noShape := relu(13)
	noShape.m.Graph.Input[0].Type.GetTensorType().Shape = nil
	negative := relu(13, 7, 2)
	negative.m.Graph.Input[0].Type.GetTensorType().Shape.Dim[0].GetValue().(*onnxpb.TensorShapeProto_Dimension_DimValue).DimValue = -7
	noOpset := relu(13, -1, 2)
	noOpset.m.OpsetImport = nil
	ownRelu := relu(13, -1, 2)
	ownRelu.m.Functions = []*onnxpb.FunctionProto{{Name: proto.String("Relu")}}
	twoOpsets := relu(13, -1, 2)
	twoOpsets.m.OpsetImport = append(twoOpsets.m.OpsetImport, &onnxpb.OperatorSetIdProto{Domain: proto.String("ai.onnx"), Version: proto.Int64(9)})
	sparse := relu(13, -1, 2)
	sparse.m.Graph.SparseInitializer = []*onnxpb.SparseTensorProto{{Values: &onnxpb.TensorProto{Name: proto.String("s")}}}
	external := add("c", 3, 2)
	external.m.Graph.Initializer[0].DataLocation = onnxpb.TensorProto_EXTERNAL.Enum()
	for _, c := range []struct {
		name  string
		model *modelBuilder
		want  []string // parts of the message
	}{
		{"opset 6", relu(6, -1, 2), []string{"opset 6", "7 to 20"}},
		{"opset 21", relu(21, -1, 2), []string{"opset 21", "7 to 20"}},
		{"a function in the place of an operator", ownRelu, []string{`"Relu"`, "default domain"}},
		{"two opsets", twoOpsets, []string{"opset 13", "opset 9"}},
		{"a sparse initialiser", sparse, []string{`"s"`, "sparse"}},
		{"no opset", noOpset, []string{"opset"}},
		{"no shape", noShape, []string{`"x"`, "shape"}},
		{"all symbolic", relu(13, -1, -1), []string{`"x"`, "fixed"}},
		{"huge sample", relu(13, -1, 1<<20, 1<<20), []string{`"x"`, "2^31"}},
		{"negative size", negative, []string{`"x"`, "-7"}},
		{"int input", typed(relu(13, -1, 2), typeInt64), []string{"int64", "float32"}},
		{"two inputs", relu(13, -1, 2).input("z", 1), []string{"2 inputs", `"x"`, `"z"`}},
		{"no input", relu(13, -1, 2).constant("x", []int64{1}, 1), []string{"0 inputs"}},
		{"two outputs", relu(13, -1, 2).output("x"), []string{"2 outputs", "by name"}},
		{"missing output", newModel(13, -1, 2), []string{`"y"`, "not the output of any node"}},
		{"too many axes", relu(13, make([]int64, 100)...), []string{`"x"`, "100 axes"}},
		{"cycle", newModel(13, -1, 2).op("Relu", []string{"b"}, "a").op("Relu", []string{"a"}, "b").op("Relu", []string{"a"}, "y"), []string{`"a"`, `"b"`, "cycle"}},
		{"own input", newModel(13, -1, 2).op("Relu", []string{"y"}, "y"), []string{`"y"`, "cycle"}},
		{"missing value", newModel(13, -1, 2).op("Add", []string{"x", "w"}, "y"), []string{"Add", `"w"`}},
		{"defined twice", relu(13, -1, 2).op("Relu", []string{"x"}, "y"), []string{`"y"`, "already"}},
		{"two initialisers", relu(13, -1, 2).constant("c", nil, 1).constant("c", nil, 1), []string{"two initialisers"}},
		{"too few inputs", newModel(13, -1, 2).op("MatMul", []string{"x"}, "y"), []string{"MatMul", "1 inputs, want 2"}},
		{"input left out", newModel(13, -1, 2).op("Relu", []string{""}, "y"), []string{"Relu", "missing"}},

		{"weight too short", newModel(13, -1, 3).constant("w", []int64{2, 3}, 1, 2, 3, 4, 5, 6).op("MatMul", []string{"x", "w"}, "y"), []string{`"y" (MatMul)`, "[1 3]", "[2 3]"}},
		{"Gemm of three axes", newModel(13, -1, 1, 2).constant("w", []int64{2, 1}, 1, 2).op("Gemm", []string{"x", "w"}, "y"), []string{"Gemm", "[1 1 2]"}},
		{"bias of other length", newModel(13, -1, 2).constant("w", []int64{2, 1}, 1, 2).constant("b", []int64{3}, 1, 2, 3).op("Gemm", []string{"x", "w", "b"}, "y"), []string{"Gemm", `"b"`, "[3]"}},
		{"shapes that do not fit", add("c", 6), []string{"[6]", "[1 2]"}},
		{"reshape to another size", newModel(13, -1, 2, 3).ints("s", 0, 5).op("Reshape", []string{"x", "s"}, "y"), []string{"Reshape", "[0 5]", "6"}},
		{"reshape by floats", newModel(13, -1, 2).constant("s", []int64{1}, 2).op("Reshape", []string{"x", "s"}, "y"), []string{"Reshape", "int64"}},
		{"axis out of range", newModel(13, -1, 2).op("Flatten", []string{"x"}, "y", intAttr("axis", 3)), []string{"Flatten", "axis 3"}},
		{"attribute of another type", newModel(13, -1, 2).op("LeakyRelu", []string{"x"}, "y", intAttr("alpha", 1)), []string{"LeakyRelu", "alpha", "FLOAT"}},

		{"dimensions beyond the data", add("c", 1<<40, 1<<40), []string{`"c"`, "2^31"}},
		{"more dimensions than data", add("c", 7), []string{`"c"`, "holds 6", "want 7"}},
		{"negative dimension", add("c", -3, -2), []string{`"c"`, "[-3 -2]"}},
		{"odd bytes", raw(typeFloat32, []int64{2}, 1, 2, 3, 4, 5), []string{`"c"`, "5 bytes"}},
		{"too few bytes", raw(typeFloat32, []int64{2}, 1, 2, 3, 4), []string{`"c"`, "holds 1", "want 2"}},
		{"bfloat16", raw(onnxpb.TensorProto_BFLOAT16, []int64{2}, 1, 2, 3, 4), []string{`"c"`, "bfloat16"}},
		{"int parameters", raw(typeInt32, []int64{2}, 1, 0, 0, 0, 1, 0, 0, 0), []string{`"c"`, "int32"}},
		{"external data", external, []string{`"c"`, "another file"}},
		{"NaN bias", newModel(13, -1, 2).constant("c", []int64{2}, 1, nan).op("Add", []string{"x", "c"}, "y"), []string{`"y"`, "NaN", "shift [1]"}},
		{"infinite weight", newModel(13, -1, 1).constant("c", []int64{1, 1}, inf).op("MatMul", []string{"x", "c"}, "y"), []string{`"y"`, "+Inf", "weight [0, 0]"}},
		{"division by zero", newModel(13, -1, 1).constant("c", nil, 0).op("Div", []string{"x", "c"}, "y"), []string{`"y"`, "+Inf"}},

		{"pictures of any size", newModel(13, -1, 3, -1, -1).constant("w", []int64{1, 3, 1, 1}, 1, 2, 3).op("Conv", []string{"x", "w"}, "y"), []string{`"x"`, "axis 3", "leading"}},
		{"pictures of any size and an unknown operator", newModel(13, -1, 3, -1, 4).constant("w", []int64{1, 3, 1, 1}, 1, 2, 3).
			op("Conv", []string{"x", "w"}, "c").op("LSTM", []string{"c"}, "y"), []string{`LSTM "y"`, "axis 2", "leading"}},
		{"convolution of volumes", newModel(13, -1, 1, 2, 2, 2).constant("w", []int64{1, 1, 1, 1, 1}, 1).op("Conv", []string{"x", "w"}, "y"), []string{`Conv "y"`, "5 axes"}},
		{"unknown attribute", newModel(13, -1, 1, 2, 2).constant("w", []int64{1, 1, 1, 1}, 1).op("Conv", []string{"x", "w"}, "y", textAttr("padding", "SAME")), []string{`Conv "y"`, `attribute "padding"`}},
		{"unknown padding", newModel(13, -1, 1, 2, 2).constant("w", []int64{1, 1, 1, 1}, 1).op("Conv", []string{"x", "w"}, "y", textAttr("auto_pad", "SAME")), []string{`Conv "y"`, "auto_pad", "SAME"}},
		{"channels that do not fit", newModel(13, -1, 2, 2, 2).constant("w", []int64{1, 3, 1, 1}, 1, 1, 1).op("Conv", []string{"x", "w"}, "y"), []string{"Conv", "[1 3 1 1]", "3 channels"}},
		{"window too large", newModel(13, -1, 1, 2, 2).op("MaxPool", []string{"x"}, "y", intsAttr("kernel_shape", 3, 3)), []string{"MaxPool", "height", "extent 3"}},
		{"endless padding", newModel(13, -1, 1, 2, 2).op("AveragePool", []string{"x"}, "y", intsAttr("kernel_shape", 1<<30, 1), intsAttr("pads", 1<<29, 0, 1<<29, 0)), []string{"AveragePool", "limit"}},
		{"places of maxima", newModel(13, -1, 1, 2, 2).op("MaxPool", []string{"x"}, "m", intsAttr("kernel_shape", 2, 2)).op("LSTM", []string{"m"}, "y"), []string{"LSTM"}},
		{"windows of three axes", newModel(13, -1, 1, 2, 2, 2).op("MaxPool", []string{"x"}, "y", intsAttr("kernel_shape", 2, 2, 2)), []string{"MaxPool", "5 axes", "one or two more"}},
		{"transposed convolution, output padding of the stride", newModel(13, -1, 1, 2, 2).constant("w", []int64{1, 1, 2, 2}, 1, 2, 3, 4).op("ConvTranspose", []string{"x", "w"}, "y", intsAttr("output_padding", 1, 0)), []string{"ConvTranspose", "output_padding\" is 1", "disagree"}},
		{"transposed convolution, odd padding", newModel(13, -1, 1, 2, 2).constant("w", []int64{1, 1, 2, 2}, 1, 2, 3, 4).op("ConvTranspose", []string{"x", "w"}, "y", intsAttr("strides", 2, 2), intsAttr("output_shape", 3, 4)), []string{"ConvTranspose", "output_shape\"", "size of 3 in place of 4"}},
		{"transposed convolution, larger than it is", newModel(13, -1, 1, 2, 2).constant("w", []int64{1, 1, 2, 2}, 1, 2, 3, 4).op("ConvTranspose", []string{"x", "w"}, "y", intsAttr("output_shape", 5, 3)), []string{"ConvTranspose", "output_shape\"", "size of 5 in place of 3"}},
		{"transposed convolution, padded alike", newModel(13, -1, 1, 2, 2).constant("w", []int64{1, 1, 2, 2}, 1, 2, 3, 4).op("ConvTranspose", []string{"x", "w"}, "y", textAttr("auto_pad", "SAME_UPPER")), []string{"ConvTranspose", "auto_pad\"", "size of 2 in place of 3"}},
		{"transposed convolution, padded twice", newModel(13, -1, 1, 2, 2).constant("w", []int64{1, 1, 2, 2}, 1, 2, 3, 4).op("ConvTranspose", []string{"x", "w"}, "y", textAttr("auto_pad", "VALID"), intsAttr("pads", 1, 0, 0, 0)), []string{"ConvTranspose", "both set"}},
		{"transposed convolution, nothing left", newModel(13, -1, 1, 2, 2).constant("w", []int64{1, 1, 2, 2}, 1, 2, 3, 4).op("ConvTranspose", []string{"x", "w"}, "y", intsAttr("pads", 2, 0, 1, 0)), []string{"ConvTranspose", "output of 0"}},
		{"transposed convolution, shape of all axes", newModel(13, -1, 1, 2, 2).constant("w", []int64{1, 1, 2, 2}, 1, 2, 3, 4).op("ConvTranspose", []string{"x", "w"}, "y", intsAttr("output_shape", 1, 1, 3, 3)), []string{"ConvTranspose", "output_shape\" has 4 numbers"}},
		{"transposed convolution of other channels", newModel(13, -1, 1, 2, 2).constant("w", []int64{2, 1, 1, 1}, 1, 2).op("ConvTranspose", []string{"x", "w"}, "y"), []string{"ConvTranspose", "[2 1 1 1]"}},
		{"a last mean that is cut", newModel(13, -1, 1, 5, 5).op("AveragePool", []string{"x"}, "y", intsAttr("kernel_shape", 2, 2), intsAttr("strides", 2, 2), intAttr("ceil_mode", 1), intAttr("count_include_pad", 1)), []string{"AveragePool", "ceil_mode", "count_include_pad"}},
		{"normalisation in training", newModel(14, -1, 1).constant("c", []int64{1}, 1).op("BatchNormalization", []string{"x", "c", "c", "c", "c"}, "y", intAttr("training_mode", 1)), []string{"BatchNormalization", "training_mode"}},
		{"index out of range", newModel(13, -1, 2).ints("i", 2).op("Gather", []string{"x", "i"}, "y", intAttr("axis", 1)), []string{"Gather", "index 2"}},
		{"product of branches", newModel(13, -1, 2).op("Relu", []string{"x"}, "r").op("Mul", []string{"x", "r"}, "y"), []string{`Mul "y"`, "multiplies two computed values"}},

		{"relu in the value channel", newModel(13, -1, 1).constant("w", []int64{1, 1}, 1).constant("v", []int64{1, 1}, 2).constant("o", nil, 0).
			op("MatMul", []string{"x", "w"}, "p").op("MatMul", []string{"x", "v"}, "q").op("GreaterOrEqual", []string{"p", "o"}, "g").
			op("Where", []string{"g", "q", "o"}, "h").op("Relu", []string{"h"}, "y"), []string{`"y" (Relu)`, "value channel"}},
		{"channels that differ", newModel(13, -1, 1).constant("w", []int64{1, 1}, 1).constant("o", nil, 0).
			op("MatMul", []string{"x", "w"}, "p").op("Tanh", []string{"x"}, "q").op("GreaterOrEqual", []string{"p", "o"}, "g").
			op("Where", []string{"g", "q", "o"}, "y"), []string{"Tanh", `"p"`, "counterpart"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := c.model.read(t)
			if err == nil {
				t.Fatal("the model was read")
			}
			if !strings.HasPrefix(err.Error(), "test.onnx: ") {
				t.Errorf("error %q does not start with the file", err)
			}
			for _, w := range c.want {
				if !strings.Contains(err.Error(), w) {
					t.Errorf("error %q does not mention %q", err, w)
				}
			}
		})
	}
}

// All nodes without a meaning come in one error, in the file's order.
func TestUnsupportedNodes(t *testing.T) {
	b := newModel(13, -1, 2).
		op("Erf", []string{"x"}, "e").
		op("Relu", []string{"e"}, "r").
		op("Tanh", []string{"x"}, "t").
		op("Add", []string{"x", "t"}, "residual").
		op("Softmax", []string{"residual"}, "s").
		op("Concat", []string{"r", "s"}, "c", intAttr("axis", 1)).
		op("Gelu", []string{"c"}, "y").
		op("Cos", []string{"x"}, "unused").
		op("Dropout", []string{"x", "", "train"}, "d").
		op("Hardmax", []string{"y", "d"}, "z").
		tensor(&onnxpb.TensorProto{Name: proto.String("train"), DataType: proto.Int32(int32(typeBool)), Int32Data: []int32{1}})
	b.m.Graph.Output[0].Name = proto.String("z")
	b.m.Graph.Node[6].Domain = proto.String("com.example")
	_, err := b.read(t)
	var u *UnsupportedError
	if !errors.As(err, &u) {
		t.Fatalf("error %v, want an UnsupportedError", err)
	}
	var got []string
	for _, n := range u.Nodes {
		got = append(got, n.Op+" "+n.Name)
	}
	want := "Erf e, Softmax s, com.example.Gelu y, Dropout d, Hardmax z"
	if s := strings.Join(got, ", "); s != want {
		t.Errorf("nodes %s, want %s", s, want)
	}
	if u.File != "test.onnx" || !strings.HasPrefix(err.Error(), "test.onnx: 5 nodes are not supported:") {
		t.Errorf("message %q", err)
	}
}

// A damaged model gives an error or a network, never a panic; a shortened one
// never the same network by chance.
func TestTruncation(t *testing.T) {
	data := newModel(13, -1, 2).constant("w", []int64{2, 1}, 1, 2).op("MatMul", []string{"x", "w"}, "y").bytes(t)
	for i := range data {
		if _, err := Read(bytes.NewReader(data[:i]), "cut.onnx", ReadOptions{}); err == nil {
			// What is left must be a complete model all the same.
			m := &onnxpb.ModelProto{}
			if proto.Unmarshal(data[:i], m) != nil {
				t.Errorf("%d of %d bytes were read", i, len(data))
			}
		}
	}
	if _, err := Read(strings.NewReader("not a model"), "text.onnx", ReadOptions{}); err == nil {
		t.Error("text was read")
	}
}

// Few bytes that stand for many numbers are refused before the numbers are made.
func TestExpansionIsBounded(t *testing.T) {
	wide := newModel(13, -1, 1<<30).constant("c", nil, 1).op("Add", []string{"x", "c"}, "y")
	outer := newModel(13, -1, 2).constant("a", []int64{1 << 15, 1}, make([]float32, 1<<15)...).
		constant("b", []int64{1, 1 << 15}, make([]float32, 1<<15)...).
		op("Mul", []string{"a", "b"}, "c").op("Add", []string{"x", "c"}, "y")
	for name, b := range map[string]*modelBuilder{"wide": wide, "outer": outer} {
		if _, err := b.read(t); err == nil || !strings.Contains(err.Error(), "limit") && !strings.Contains(err.Error(), "batch") {
			t.Errorf("%s: error %v, want the limit", name, err)
		}
	}
}

// Layers with one constant as their weights are separate layers, which a notice says.
func TestSharedWeights(t *testing.T) {
	n := newModel(13, -1, 2).constant("w", []int64{2, 2}, 1, 2, 3, 4).
		op("MatMul", []string{"x", "w"}, "a").op("Relu", []string{"a"}, "b").op("MatMul", []string{"b", "w"}, "y").mustRead(t)
	if len(n.Layers()) != 2 || len(n.Meta.Notices) != 1 || !strings.Contains(n.Meta.Notices[0], `"a" and "y" share the weights "w"`) {
		t.Errorf("%d layers, notices %q", len(n.Layers()), n.Meta.Notices)
	}
}
