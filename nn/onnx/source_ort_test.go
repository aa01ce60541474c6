//go:build ort

package onnx

import (
	"bytes"
	"slices"
	"testing"

	"google.golang.org/protobuf/proto"

	"github.com/netmend/netmend/internal/ortest"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/nn/onnx/internal/onnxpb"
)

// twoOutputs has the logits and, behind them, probabilities, and a hidden value.
func twoOutputs() *modelBuilder {
	b := newModel(13, -1, 2).output("p").output("h").constant("w", []int64{2, 3}, 1, 2, 3, 4, 5, 6).constant("b", []int64{3}, 1, -1, 0.5).
		op("Relu", []string{"x"}, "h").op("MatMul", []string{"h", "w"}, "m").op("Add", []string{"m", "b"}, "y").
		op("Softmax", []string{"y"}, "p")
	b.m.MetadataProps = []*onnxpb.StringStringEntryProto{{Key: proto.String("author"), Value: proto.String("somebody")}}
	b.m.Graph.DocString = proto.String("a classifier")
	b.m.Graph.Input[0].DocString = proto.String("two numbers")
	return b
}

// What is written of a changed network has the other outputs of its file: those behind the
// changed one follow it, the others stay. Metadata stay, too.
func TestOtherOutputsStay(t *testing.T) {
	b := twoOutputs()
	n, err := Read(bytes.NewReader(b.bytes(t)), "test.onnx", ReadOptions{Output: "y"})
	if err != nil {
		t.Fatal(err)
	}
	v := n.Nodes[n.Layers()[0]].Op.(*nn.Dense).Params.Clone()
	v.Bias[0] += 10
	if n, err = n.WithLayer(1, &v); err != nil {
		t.Fatal(err)
	}
	var file bytes.Buffer
	if err := Write(&file, n, WriteOptions{DType: nn.Float32, Provenance: [][2]string{{"netmend.version", "1"}}}); err != nil {
		t.Fatal(err)
	}
	x := ortest.Tensor{Shape: []int64{1, 2}, Data: []float64{0.5, -1}}
	want, err := ortest.Execute(t, b.bytes(t), x, ortest.Optimised)
	if err != nil {
		t.Fatal(err)
	}
	got, err := ortest.Execute(t, file.Bytes(), x, ortest.Optimised)
	if err != nil {
		t.Fatal(err)
	}
	want[0].Data[0] += 10
	want[1].Data = (&nn.End{Kind: nn.EndSoftmax, Outer: 1, Axis: 3, Inner: 1}).Apply(want[0].Data)
	for k := range want {
		if err := near(got[k].Data, want[k].Data, 1); err != nil || !slices.Equal(got[k].Shape, want[k].Shape) {
			t.Errorf("output %d: %v, %v; want %v", k, got[k], err, want[k])
		}
	}
	m := &onnxpb.ModelProto{}
	if err := proto.Unmarshal(file.Bytes(), m); err != nil {
		t.Fatal(err)
	}
	var names, keys []string
	for _, o := range m.GetGraph().GetOutput() {
		names = append(names, o.GetName())
	}
	for _, p := range m.GetMetadataProps() {
		keys = append(keys, p.GetKey())
	}
	if !slices.Equal(names, []string{"y", "p", "h"}) || !slices.Equal(keys, []string{"author", "netmend.version"}) ||
		m.GetGraph().GetDocString() != "a classifier" || m.GetGraph().GetInput()[0].GetDocString() != "two numbers" {
		t.Errorf("outputs %v, metadata %v, %q", names, keys, m.GetGraph().GetDocString())
	}
	back, err := Read(bytes.NewReader(file.Bytes()), "written.onnx", readOptionsOf(n))
	if err != nil || !nn.Same(n, back) {
		t.Errorf("it came back as another network: %v", err)
	}
}

// Other outputs of files of old opsets are computed as those say.
func TestOtherOutputsOfOldOpsets(t *testing.T) {
	ortest.Require(t)
	for opset := int64(minOpset); opset < writtenOpset; opset++ {
		b := newModel(opset, -1, 2, 2).output("p").output("c").output("d").output("s").output("q").output("a")
		b.constant("w", []int64{2, 3}, 1, 2, 3, -4, 5, 6).op("MatMul", []string{"x", "w"}, "y").
			op("Softmax", []string{"y"}, "p").op("Dropout", []string{"y"}, "d").op("ReduceSum", []string{"y"}, "s", intsAttr("axes", 1), intAttr("keepdims", 1)).
			op("Squeeze", []string{"s"}, "q", intsAttr("axes", 1)).op("ArgMax", []string{"q"}, "a", intAttr("axis", 1))
		if opset < 11 {
			lo := floatAttr("min", -1)
			b.op("Clip", []string{"y"}, "c", lo)
		} else {
			b.constant("lo", nil, -1).op("Clip", []string{"y", "lo"}, "c")
		}
		n, err := Read(bytes.NewReader(b.bytes(t)), "test.onnx", ReadOptions{Output: "y"})
		if err != nil {
			t.Fatal(err)
		}
		x := ortest.Tensor{Shape: []int64{1, 2, 2}, Data: []float64{0.5, -1, 2, 1}}
		want, err := ortest.Execute(t, b.bytes(t), x, ortest.Unoptimised)
		if err != nil {
			t.Fatal(err)
		}
		for _, level := range []ortest.Level{ortest.Unoptimised, ortest.Optimised} {
			got, err := ortest.Execute(t, written(t, n, nn.Float32), x, level)
			if err != nil {
				t.Fatalf("opset %d: %v", opset, err)
			}
			for k := range want {
				if err := near(got[k].Data, want[k].Data, 10); err != nil || !slices.Equal(got[k].Shape, want[k].Shape) {
					t.Errorf("opset %d, output %d: %v, %v; want %v", opset, k, got[k], err, want[k])
				}
			}
		}
	}
}

// Inputs and outputs of another type than the parameters keep theirs.
func TestTypesStay(t *testing.T) {
	b := newModel(13, -1, 2).tensor(&onnxpb.TensorProto{
		Name: proto.String("w"), Dims: []int64{2, 1}, DataType: proto.Int32(int32(typeFloat64)), DoubleData: []float64{0.1, 2},
	}).op("Cast", []string{"x"}, "d", intAttr("to", int64(typeFloat64))).op("MatMul", []string{"d", "w"}, "y")
	n := b.mustRead(t)
	x := ortest.Tensor{Shape: []int64{1, 2}, Data: []float64{0.5, -1}}
	want, err := ortest.Execute(t, b.bytes(t), x, ortest.Optimised)
	if err != nil {
		t.Fatal(err)
	}
	got, err := ortest.Execute(t, written(t, n, n.Meta.DType), x, ortest.Optimised)
	if err != nil || got[0].Data[0] != want[0].Data[0] {
		t.Errorf("%v, %v; want %v", got, err, want)
	}
}

// Written in another type, all of a file is of that type, and ONNX Runtime takes it.
func TestOtherType(t *testing.T) {
	n := newModel(13, -1, 2).constant("w", []int64{2, 1}, 0.5, 2).op("MatMul", []string{"x", "w"}, "m").op("Sigmoid", []string{"m"}, "y").mustRead(t)
	for _, dtype := range []nn.DType{nn.Float64, nn.Float32} {
		wide := n.Clone()
		wide.Meta.DType = dtype
		file := written(t, wide, dtype)
		back, err := Read(bytes.NewReader(file), "written.onnx", ReadOptions{})
		if err != nil || back.Meta.DType != dtype || !nn.Same(n, back) {
			t.Fatalf("%v came back as %v, %v", dtype, back, err)
		}
		if _, err := ortest.Execute(t, file, ortest.Tensor{Shape: []int64{1, 2}, Data: []float64{0.5, -1}}, ortest.Optimised); err != nil {
			t.Error(err)
		}
	}
}
