//go:build ort

package onnx

import (
	"bytes"
	"errors"
	"slices"
	"testing"

	"google.golang.org/protobuf/proto"

	"github.com/netmend/netmend/internal/ortest"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/nn/onnx/internal/onnxpb"
)

// Files of unusual structure mean what ONNX Runtime executes, or are refused; so does what
// is written of them, without and with graph optimisations.
func TestStructureInONNXRuntime(t *testing.T) {
	ortest.Require(t)
	float := func(m *modelBuilder, name string, typ elemType, dims []int64, xs ...float64) {
		p := &onnxpb.TensorProto{Name: proto.String(name), Dims: dims, DataType: proto.Int32(int32(typ))}
		for _, v := range xs {
			if typ == typeFloat64 {
				p.DoubleData = append(p.DoubleData, v)
			} else {
				p.FloatData = append(p.FloatData, float32(v))
			}
		}
		m.tensor(p)
	}
	w := []float32{1, -2, 0.5, 3, -1, 2}
	for name, c := range map[string]struct {
		b      *modelBuilder
		output string
		slice  bool
		refuse bool // may be refused
	}{
		"nodes out of order": {b: newModel(13, -1, 2).constant("w", []int64{2, 3}, w...).op("Relu", []string{"m"}, "y").op("MatMul", []string{"x", "w"}, "m"), refuse: true},
		"two nodes of one name": {b: func() *modelBuilder {
			b := newModel(13, -1, 2).constant("w", []int64{2, 3}, w...).op("MatMul", []string{"x", "w"}, "m").op("Relu", []string{"m"}, "y")
			for _, n := range b.m.Graph.Node {
				n.Name = proto.String("same")
			}
			return b
		}()},
		"output is a hidden value": {b: newModel(13, -1, 2).output("h").constant("w", []int64{2, 2}, w[:4]...).
			op("MatMul", []string{"x", "w"}, "h").op("Relu", []string{"h"}, "r").op("MatMul", []string{"r", "w"}, "y"), output: "h"},
		"output is the input, renamed": {b: newModel(13, -1, 2).op("Identity", []string{"x"}, "y")},
		"an unused output of another network": {b: newModel(13, -1, 2).output("z").constant("w", []int64{2, 3}, w...).
			op("MatMul", []string{"x", "w"}, "y").op("Exp", []string{"x"}, "z"), output: "y"},
		"an output that is an initialiser":  {b: newModel(13, -1, 2).output("w").constant("w", []int64{2, 3}, w...).op("MatMul", []string{"x", "w"}, "y"), output: "y"},
		"an output that is the input":       {b: newModel(13, -1, 2).output("x").op("Neg", []string{"x"}, "y"), output: "y"},
		"an initialiser listed as an input": {b: newModel(13, -1, 2).input("w", 2, 3).constant("w", []int64{2, 3}, w...).op("MatMul", []string{"x", "w"}, "y")},
		"weights shared by layers": {b: newModel(13, -1, 2).constant("w", []int64{2, 2}, w[:4]...).
			op("MatMul", []string{"x", "w"}, "a").op("Relu", []string{"a"}, "b").op("MatMul", []string{"b", "w"}, "y")},
		"double within float": {b: func() *modelBuilder {
			b := newModel(13, -1, 2).op("Cast", []string{"x"}, "d", intAttr("to", int64(typeFloat64))).op("MatMul", []string{"d", "w"}, "m").
				op("Relu", []string{"m"}, "y")
			float(b, "w", typeFloat64, []int64{2, 2}, 1, -2, 0.5, 3)
			return b
		}()},
		"no elements along an axis": {b: newModel(13, -1, 2).constant("none", []int64{0, 2}).constant("w", []int64{2, 3}, w...).
			op("MatMul", []string{"x", "w"}, "y").op("Shape", []string{"none"}, "unused")},
		"nothing joined": {b: newModel(13, 1, 2).constant("none", []int64{1, 0}).op("Concat", []string{"x", "none"}, "c", intAttr("axis", 1)).op("Relu", []string{"c"}, "y"), refuse: true},
		"an empty slice joined": {b: newModel(13, 1, 3).ints("s", 2).ints("e", 1).ints("a", 1).op("Slice", []string{"x", "s", "e", "a"}, "p").
			op("Concat", []string{"x", "p"}, "c", intAttr("axis", 1)).op("Neg", []string{"c"}, "y"), refuse: true},
		"an empty batch shape":        {b: newModel(14, -1, 4).ints("r", 0, -1).op("Reshape", []string{"x", "r"}, "q", intAttr("allowzero", 0)).op("Abs", []string{"q"}, "y")},
		"flattened at the first axis": {b: newModel(13, 1, 2, 3).op("Flatten", []string{"x"}, "y", intAttr("axis", 0))},
		"flattened from the end":      {b: newModel(13, 1, 2, 3).op("Flatten", []string{"x"}, "y", intAttr("axis", -1))},
		"a mean over the batch":       {b: newModel(13, -1, 3).op("ReduceMean", []string{"x"}, "y", intsAttr("axes", 0), intAttr("keepdims", 1)), refuse: true},
		"a batch that is merged":      {b: newModel(13, -1, 4).ints("r", -1, 2).op("Reshape", []string{"x", "r"}, "q").op("Relu", []string{"q"}, "y"), refuse: true},
		"a batch that is turned":      {b: newModel(13, -1, 4).op("Transpose", []string{"x"}, "y"), refuse: true},
		"one slice": {b: newModel(13, -1, 2, 3).constant("w", []int64{3, 2}, w...).constant("b", []int64{2}, 1, -1).
			op("MatMul", []string{"x", "w"}, "m").op("Add", []string{"m", "b"}, "a").op("Relu", []string{"a"}, "y"), slice: true},
		"one slice of a fixed batch": {b: newModel(13, 1, 3, 2).constant("w", []int64{2, 4}, 1, 2, 3, 4, -1, -2, -3, -4).
			op("MatMul", []string{"x", "w"}, "m").op("LeakyRelu", []string{"m"}, "y"), slice: true},
		"one slice with a final Softmax": {b: newModel(13, -1, 2, 3).constant("w", []int64{3, 2}, w...).
			op("MatMul", []string{"x", "w"}, "m").op("Softmax", []string{"m"}, "y", intAttr("axis", -1)), slice: true},
		"one slice with a final ArgMax": {b: newModel(13, -1, 2, 3).constant("w", []int64{3, 2}, w...).
			op("MatMul", []string{"x", "w"}, "m").op("ArgMax", []string{"m"}, "y", intAttr("axis", -1), intAttr("keepdims", 0)), slice: true},
		"slices that are mixed":             {b: newModel(13, -1, 2, 3).op("ReduceSum", []string{"x"}, "y"), slice: true, refuse: true},
		"several groups of an ArgMax":       {b: newModel(13, 1, 2, 3).op("Relu", []string{"x"}, "r").op("ArgMax", []string{"r"}, "y", intAttr("axis", 1))},
		"a Softmax of opset 11 over all":    {b: newModel(11, 1, 2, 3).op("Relu", []string{"x"}, "r").op("Softmax", []string{"r"}, "y")},
		"a Softmax of opset 13 over one":    {b: newModel(13, 1, 2, 3).op("Relu", []string{"x"}, "r").op("Softmax", []string{"r"}, "y", intAttr("axis", 1))},
		"a Softmax in the middle":           {b: newModel(13, 1, 3).op("Softmax", []string{"x"}, "r").op("Relu", []string{"r"}, "y"), refuse: true},
		"a Softmax and then an Identity":    {b: newModel(13, 1, 3).op("Softmax", []string{"x"}, "r").op("Identity", []string{"r"}, "y"), refuse: true},
		"a Softmax and then a Reshape":      {b: newModel(13, 1, 4).ints("r", 2, 2).op("Softmax", []string{"x"}, "s").op("Reshape", []string{"s", "r"}, "y"), refuse: true},
		"a Sigmoid and then a Squeeze":      {b: newModel(13, 1, 1).ints("a", 1).op("Sigmoid", []string{"x"}, "s").op("Squeeze", []string{"s", "a"}, "y"), refuse: true},
		"an ArgMax that is cast":            {b: newModel(13, 1, 3).op("ArgMax", []string{"x"}, "s", intAttr("axis", 1)).op("Cast", []string{"s"}, "y", intAttr("to", int64(typeFloat32))), refuse: true},
		"dropout in training":               {b: newModel(13, 1, 3).constant("ratio", nil, 0).tensor(&onnxpb.TensorProto{Name: proto.String("yes"), DataType: proto.Int32(9), Int32Data: []int32{1}}).op("Dropout", []string{"x", "ratio", "yes"}, "y"), refuse: true},
		"a product without a constant":      {b: newModel(13, 1, 3).op("Mul", []string{"x", "x"}, "y"), refuse: true},
		"min and max of nothing":            {b: newModel(13, 1, 3).op("Clip", []string{"x"}, "y")},
		"a maximum alone":                   {b: newModel(13, 1, 3).constant("hi", nil, 1).op("Clip", []string{"x", "", "hi"}, "y")},
		"a minimum above the maximum":       {b: newModel(13, 1, 3).constant("lo", nil, 2).constant("hi", nil, 1).op("Clip", []string{"x", "lo", "hi"}, "y"), refuse: true},
		"slopes of every channel, negative": {b: newModel(13, 1, 3, 2).constant("s", []int64{3, 1}, -0.5, 0, 2).op("PRelu", []string{"x", "s"}, "y")},
	} {
		t.Run(name, func(t *testing.T) {
			data := c.b.bytes(t)
			x := ortest.Tensor{}
			for i, d := range c.b.m.Graph.Input[0].GetType().GetTensorType().GetShape().GetDim() {
				v := d.GetDimValue()
				if i == 0 && v == 0 {
					v = 1
				}
				x.Shape = append(x.Shape, v)
			}
			for i := range product64(x.Shape) {
				x.Data = append(x.Data, float64((i*7+3)%11-5)/4)
			}
			want, runtime := ortest.Execute(t, data, x, ortest.Unoptimised)
			n, err := Read(bytes.NewReader(data), "test.onnx", ReadOptions{Output: c.output, Slice: c.slice})
			var u *UnsupportedError
			switch {
			case err != nil && c.refuse:
				t.Log("refused: ", err)
				return
			case err != nil:
				t.Fatalf("refused (%v): %v", errors.As(err, &u), err)
			case runtime != nil:
				t.Logf("ONNX Runtime refuses what is read: %v", runtime)
				return
			}
			k := max(0, slices.IndexFunc(c.b.m.Graph.Output, func(o *onnxpb.ValueInfoProto) bool { return o.GetName() == c.output }))
			size := len(want[k].Data)
			// Of slices, each by itself.
			var got []float64
			for from := 0; from < len(x.Data); from += n.InDim() {
				y := evalPoint(t, n, x.Data[from:from+n.InDim()]...)
				if n.Meta.End != nil {
					y = n.Meta.End.Apply(y)
				}
				got = append(got, y...)
			}
			if !c.slice && n.InDim() != len(x.Data) {
				t.Errorf("%d inputs, want %d", n.InDim(), len(x.Data))
			}
			if err := near(got, want[k].Data, 10); err != nil || len(got) != size {
				t.Errorf("%v; notices %q", err, n.Meta.Notices)
			}
			var file bytes.Buffer
			if err := Write(&file, n, WriteOptions{DType: n.Meta.DType, Rounded: true}); err != nil {
				if c.refuse {
					t.Logf("not written: %v", err)
					return
				}
				t.Fatal(err)
			}
			for _, level := range []ortest.Level{ortest.Unoptimised, ortest.Optimised} {
				y, err := ortest.Execute(t, file.Bytes(), x, level)
				if err != nil {
					t.Fatalf("written, level %v: %v", level, err)
				}
				for i := range want {
					if err := near(y[i].Data, want[i].Data, 10); err != nil || !slices.Equal(y[i].Shape, want[i].Shape) {
						t.Errorf("written, level %v, output %d: %v; shape %v, want %v", level, i, err, y[i].Shape, want[i].Shape)
					}
				}
			}
			back, err := Read(bytes.NewReader(file.Bytes()), "written.onnx", readOptionsOf(n))
			if err != nil || !nn.Same(n, back) {
				t.Errorf("what is written comes back as another network: %v", err)
			}
		})
	}
}
