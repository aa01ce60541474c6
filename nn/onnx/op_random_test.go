package onnx

import (
	"math/rand/v2"
	"testing"

	"google.golang.org/protobuf/proto"

	"github.com/netmend/netmend/nn/onnx/internal/onnxpb"
)

func textAttr(name, s string) *onnxpb.AttributeProto {
	return &onnxpb.AttributeProto{Name: proto.String(name), Type: onnxpb.AttributeProto_STRING.Enum(), S: []byte(s)}
}

// randomOperator has models of one operator (or a few) with random shapes and
// attributes, by name.
var randomOperator = map[string]func(r *rand.Rand) *modelBuilder{
	"Conv": func(r *rand.Rand) *modelBuilder {
		groups := 1 + r.IntN(2)
		c, out := groups*(1+r.IntN(2)), groups*(1+r.IntN(3))
		kh, kw := 1+r.IntN(3), 1+r.IntN(3)
		b := newModel(13, -1, int64(c), int64(5+r.IntN(4)), int64(5+r.IntN(4))).
			constant("w", []int64{int64(out), int64(c / groups), int64(kh), int64(kw)}, floats(r, out*c/groups*kh*kw)...).
			constant("b", []int64{int64(out)}, floats(r, out)...)
		attrs := append(slides(r, kh, kw), intsAttr("dilations", 1, 1), intAttr("group", int64(groups)))
		if attrs[1].GetName() == "pads" && r.IntN(2) == 0 {
			attrs[2] = intsAttr("dilations", 2, 1)
		}
		in := []string{"x", "w", "b"}[:2+r.IntN(2)]
		return b.op("Conv", in, "y", attrs...)
	},
	"ConvTranspose": func(r *rand.Rand) *modelBuilder {
		groups := 1 + r.IntN(2)
		c, out := groups*(1+r.IntN(2)), groups*(1+r.IntN(3))
		kh, kw, stride := 2+r.IntN(2), 2+r.IntN(2), 1+r.IntN(3)
		b := newModel(13, -1, int64(c), int64(2+r.IntN(4)), int64(2+r.IntN(4))).
			constant("w", []int64{int64(c), int64(out / groups), int64(kh), int64(kw)}, floats(r, out*c/groups*kh*kw)...).
			constant("b", []int64{int64(out)}, floats(r, out)...)
		attrs := []*onnxpb.AttributeProto{
			intAttr("group", int64(groups)), intsAttr("strides", stride, stride), intsAttr("dilations", 1+r.IntN(2), 1),
			intsAttr("output_padding", r.IntN(stride), r.IntN(stride)), intsAttr("pads", r.IntN(2), 0, r.IntN(2), r.IntN(2)),
		}
		return b.op("ConvTranspose", []string{"x", "w", "b"}[:2+r.IntN(2)], "y", attrs...)
	},
	"ConvTranspose of signals": func(r *rand.Rand) *modelBuilder {
		return newModel(13, -1, 2, int64(2+r.IntN(4))).constant("w", []int64{2, 3, 3}, floats(r, 18)...).
			op("ConvTranspose", []string{"x", "w"}, "y", intsAttr("strides", 1+r.IntN(3)), intsAttr("pads", r.IntN(2), r.IntN(2)))
	},
	"ConvTranspose, its size asked for": func(r *rand.Rand) *modelBuilder {
		return newModel(13, -1, 2, 3, 4).constant("w", []int64{2, 1, 4, 2}, floats(r, 16)...).
			op("ConvTranspose", []string{"x", "w"}, "y", intsAttr("strides", 2, 2), intsAttr("output_shape", 8-2*r.IntN(3), 8-2*r.IntN(3)))
	},
	"ConvTranspose, padded alike": func(r *rand.Rand) *modelBuilder {
		return newModel(13, -1, 1, 3, 4).constant("w", []int64{1, 2, 4, 3}, floats(r, 24)...).
			op("ConvTranspose", []string{"x", "w"}, "y", intsAttr("strides", 2, 1), textAttr("auto_pad", []string{"SAME_UPPER", "SAME_LOWER", "VALID"}[r.IntN(3)]))
	},
	"Conv of signals": func(r *rand.Rand) *modelBuilder {
		return newModel(13, -1, 2, int64(6+r.IntN(4))).constant("w", []int64{3, 2, 3}, floats(r, 18)...).
			op("Conv", []string{"x", "w"}, "y", intsAttr("strides", 1+r.IntN(2)), intsAttr("pads", r.IntN(2), r.IntN(2)))
	},
	"MaxPool": func(r *rand.Rand) *modelBuilder {
		kh, kw := 1+r.IntN(3), 1+r.IntN(3)
		attrs := append(slides(r, kh, kw), intsAttr("kernel_shape", kh, kw))
		if attrs[1].GetName() == "pads" && r.IntN(2) == 0 {
			attrs = append(attrs, intAttr("ceil_mode", 1))
		}
		return newModel(13, -1, 2, int64(5+r.IntN(4)), int64(5+r.IntN(4))).op("MaxPool", []string{"x"}, "y", attrs...)
	},
	"MaxPool, dilated": func(r *rand.Rand) *modelBuilder {
		return newModel(13, -1, 2, 7, 8).op("MaxPool", []string{"x"}, "y",
			intsAttr("kernel_shape", 2, 3), intsAttr("dilations", 2, 1+r.IntN(2)), intsAttr("strides", 1+r.IntN(2), 1))
	},
	"AveragePool": func(r *rand.Rand) *modelBuilder {
		kh, kw := 1+r.IntN(3), 1+r.IntN(3)
		attrs := append(slides(r, kh, kw), intsAttr("kernel_shape", kh, kw), intAttr("count_include_pad", int64(r.IntN(2))))
		return newModel(13, -1, 2, int64(5+r.IntN(4)), int64(5+r.IntN(4))).op("AveragePool", []string{"x"}, "y", attrs...)
	},
	"AveragePool, rounded up": func(r *rand.Rand) *modelBuilder {
		return newModel(13, -1, 2, int64(5+r.IntN(4)), 6).op("AveragePool", []string{"x"}, "y",
			intsAttr("kernel_shape", 3, 2), intsAttr("strides", 2, 3), intAttr("ceil_mode", 1))
	},
	"global pools": func(r *rand.Rand) *modelBuilder {
		return newModel(13, -1, 3, int64(3+r.IntN(20)), int64(3+r.IntN(20))).
			op("GlobalAveragePool", []string{"x"}, "a").op("GlobalMaxPool", []string{"x"}, "m").op("Sub", []string{"a", "m"}, "y")
	},
	"BatchNormalization": func(r *rand.Rand) *modelBuilder {
		b := newModel(13, -1, 3, 2, 2)
		for _, name := range []string{"scale", "shift", "mean"} {
			b.constant(name, []int64{3}, floats(r, 3)...)
		}
		return b.constant("variance", []int64{3}, 0.5, 1, 2).
			op("BatchNormalization", []string{"x", "scale", "shift", "mean", "variance"}, "y", floatAttr("epsilon", 1e-3))
	},
	"Concat": func(r *rand.Rand) *modelBuilder {
		axis := 1 + r.IntN(3)
		shape := []int64{1, 2, 3, 2}
		shape[axis] = 2
		n := 1
		for _, d := range shape {
			n *= int(d)
		}
		// A constant has one sample: it meets a batch of one.
		return newModel(13, 1, 2, 3, 2).constant("c", shape, floats(r, n)...).
			op("Concat", []string{"x", "c", "x"}, "y", intAttr("axis", int64(axis-r.IntN(2)*4)))
	},
	"Transpose": func(r *rand.Rand) *modelBuilder {
		p := [][]int{{0, 1, 2, 3}, {0, 2, 3, 1}, {0, 3, 1, 2}, {0, 3, 2, 1}}[r.IntN(4)]
		return newModel(13, -1, 2, 3, 4).op("Transpose", []string{"x"}, "y", intsAttr("perm", p...))
	},
	"Squeeze, Unsqueeze": func(r *rand.Rand) *modelBuilder {
		return newModel(13, -1, 1, 3, 1).ints("a", int64(1+2*r.IntN(2))).ints("b", int64(1+r.IntN(3))).
			op("Squeeze", []string{"x", "a"}, "s").op("Unsqueeze", []string{"s", "b"}, "y")
	},
	"Slice": func(r *rand.Rand) *modelBuilder {
		if r.IntN(2) == 0 {
			return newModel(13, -1, 6, 5).ints("s", 5, 0).ints("e", -7, 4).ints("a", 1, 2).ints("t", -1-int64(r.IntN(2)), 2).
				op("Slice", []string{"x", "s", "e", "a", "t"}, "y")
		}
		return newModel(9, -1, 6, 5).op("Slice", []string{"x"}, "y", intsAttr("starts", 1, -4), intsAttr("ends", 100, -1), intsAttr("axes", 1, 2))
	},
	"Gather": func(r *rand.Rand) *modelBuilder {
		b := newModel(13, -1, 4, 3)
		b.tensor(&onnxpb.TensorProto{
			Name: proto.String("i"), Dims: []int64{2, 2}, DataType: proto.Int32(int32(typeInt64)),
			Int64Data: []int64{0, -1, int64(r.IntN(3)), 2},
		})
		return b.op("Gather", []string{"x", "i"}, "y", intAttr("axis", int64(1+r.IntN(2))))
	},
	"Split": func(r *rand.Rand) *modelBuilder {
		b := newModel(13, -1, 5, 2).ints("s", 2, 3).op("Split", []string{"x", "s"}, "a", intAttr("axis", 1))
		b.m.Graph.Node[0].Output = []string{"a", "b"}
		return b.op("Concat", []string{"b", "a", "b"}, "y", intAttr("axis", 1))
	},
	"Pad": func(r *rand.Rand) *modelBuilder {
		mode := []string{"constant", "edge", "reflect"}[r.IntN(3)]
		return newModel(13, -1, 2, 4, 4).ints("p", 0, 0, int64(r.IntN(3)), -1, 0, 0, int64(r.IntN(3)), 2).constant("c", nil, 0.5).
			op("Pad", []string{"x", "p", "c"}, "y", textAttr("mode", mode))
	},
	"ReduceMean": func(r *rand.Rand) *modelBuilder {
		axes := [][]int{{1}, {2}, {3}, {2, 3}, {1, 3}, {-1}}[r.IntN(6)]
		return newModel(13, -1, 2, 3, 4).op("ReduceMean", []string{"x"}, "y", intsAttr("axes", axes...), intAttr("keepdims", int64(r.IntN(2))))
	},
	"ReduceSum": func(r *rand.Rand) *modelBuilder {
		return newModel(13, -1, 2, 3, 4).ints("a", int64(1+r.IntN(3))).op("ReduceSum", []string{"x", "a"}, "y", intAttr("keepdims", int64(r.IntN(2))))
	},
	"Max, Min": func(r *rand.Rand) *modelBuilder {
		return newModel(13, -1, 2, 3).constant("c", []int64{3}, floats(r, 3)...).constant("d", nil, 0.25).
			op("Neg", []string{"x"}, "n").op("Max", []string{"x", "n", "c"}, "a").op("Min", []string{"a", "x", "d"}, "b").
			op("Min", []string{"c", "b"}, "e").op("Max", []string{"e", "a", "x"}, "y")
	},
	"sums of branches": func(r *rand.Rand) *modelBuilder {
		return newModel(13, -1, 2, 3).constant("c", []int64{2, 1}, floats(r, 2)...).
			op("ReduceMean", []string{"x"}, "m", intsAttr("axes", 2)).op("Sub", []string{"x", "m"}, "a").
			op("Mul", []string{"a", "c"}, "b").op("Add", []string{"b", "x"}, "d").op("Sum", []string{"d", "m", "x"}, "y")
	},
	"shape of a sample": func(*rand.Rand) *modelBuilder {
		return newModel(13, -1, 2, 3, 4).ints("zero", 0).ints("one", 1).ints("rest", -1).
			op("Shape", []string{"x"}, "s").op("Slice", []string{"s", "zero", "one"}, "n").
			op("Concat", []string{"n", "rest"}, "t", intAttr("axis", 0)).op("Reshape", []string{"x", "t"}, "y")
	},
	"chains of affine operators": affineChain,
	"PRelu of channels": func(r *rand.Rand) *modelBuilder {
		return newModel(13, -1, 2, 3).constant("s", []int64{2, 1}, floats(r, 2)...).op("PRelu", []string{"x", "s"}, "y")
	},
}

func floats(r *rand.Rand, n int) []float32 {
	xs := make([]float32, n)
	for i := range xs {
		xs[i] = float32(r.NormFloat64())
	}
	return xs
}

// slides are strides, and pads or auto_pad, of a kernel.
func slides(r *rand.Rand, kh, kw int) []*onnxpb.AttributeProto {
	strides := intsAttr("strides", 1+r.IntN(min(kh, 2)), 1+r.IntN(min(kw, 2)))
	if r.IntN(2) == 0 {
		return []*onnxpb.AttributeProto{strides, textAttr("auto_pad", []string{"SAME_UPPER", "SAME_LOWER", "VALID"}[r.IntN(3)])}
	}
	return []*onnxpb.AttributeProto{strides, intsAttr("pads", r.IntN(kh), r.IntN(kw), r.IntN(kh), r.IntN(kw))}
}

// Every operator is read, written, and read again as the same function.
func TestRandomOperators(t *testing.T) {
	for name, model := range randomOperator {
		t.Run(name, func(t *testing.T) {
			r := rand.New(rand.NewPCG(31, 1))
			for range 20 {
				n := model(r).mustRead(t)
				x := randomPoints(r, 3, n.InDim())
				want, got := evaluated(t, n, x), evaluated(t, readBack(t, n, n.Meta.DType), x)
				for i, v := range want.Data {
					if d := got.Data[i] - v; !(d <= 1e-6*(1+max(v, -v)) && d >= -1e-6*(1+max(v, -v))) {
						t.Fatalf("number %d is %v, read back %v", i, v, got.Data[i])
					}
				}
			}
		})
	}
}
