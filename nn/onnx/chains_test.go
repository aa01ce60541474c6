package onnx

import (
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"google.golang.org/protobuf/proto"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/nn/onnx/internal/onnxpb"
)

// affineChain is a model of elementwise affine operators in a row, some of them over
// a value that is used again, with a few layers and activations between.
func affineChain(r *rand.Rand) *modelBuilder {
	b := newModel(13, 1, 2, 3)
	x, rows, cols := "x", int64(2), int64(3)
	numbers := func(n int64) []float32 {
		xs := floats(r, int(n))
		if r.IntN(2) == 0 { // sums and products stay numbers of float32
			for i := range xs {
				xs[i] = []float32{-2, 0.5, 1, 2}[r.IntN(4)]
			}
		}
		return xs
	}
	var before []string
	add := func(i int, op string, in []string, attrs ...*onnxpb.AttributeProto) {
		y := "v" + string(rune('a'+i))
		b.op(op, in, y, attrs...)
		before, x = append(before, x), y
	}
	for i := range 8 {
		c := "c" + string(rune('a'+i))
		switch op := r.IntN(12); op {
		case 0, 1, 2, 3:
			b.constant(c, []int64{rows, 1}, numbers(rows)...)
			add(i, []string{"Add", "Sub", "Mul", "Div"}[op], []string{x, c})
		case 4:
			b.constant(c, []int64{rows, cols}, numbers(rows*cols)...)
			add(i, "Sub", []string{c, x})
		case 5:
			add(i, "Transpose", []string{x}, intsAttr("perm", 0, 2, 1))
			rows, cols = cols, rows
		case 6:
			list := make([]int64, 1+r.IntN(4))
			for k := range list {
				list[k] = r.Int64N(cols)
			}
			add(i, "Gather", []string{x, c}, intAttr("axis", 2))
			b.ints(c, list...)
			cols = int64(len(list))
		case 7:
			b.ints(c, 0, 0, 1, 0, 0, 0).constant(c+"v", nil, numbers(1)...)
			add(i, "Pad", []string{x, c, c + "v"})
			cols++
		case 8:
			b.constant(c, []int64{1, rows, 1}, numbers(rows)...)
			in := []string{x, c}
			if r.IntN(2) == 0 {
				in = []string{x, x}
				cols *= 2
			} else {
				cols++
			}
			add(i, "Concat", in, intAttr("axis", 2))
		case 9:
			for k := 1; k < 5; k++ {
				b.constant(c+string(rune('0'+k)), []int64{rows}, floats(r, int(rows))...)
			}
			v := b.m.Graph.Initializer[len(b.m.Graph.Initializer)-1].FloatData
			for k := range v {
				v[k] = float32(v[k]*v[k]) + 1
			}
			add(i, "BatchNormalization", []string{x, c + "1", c + "2", c + "3", c + "4"})
		case 10:
			add(i, "Relu", []string{x})
		case 11:
			k := int64(1 + r.IntN(3))
			b.constant(c, []int64{cols, k}, floats(r, int(cols*k))...)
			add(i, "MatMul", []string{x, c})
			cols = k
		}
	}
	b.m.Graph.Node[len(b.m.Graph.Node)-1].Output[0] = "y"
	return b
}

// Networks with chains come back from the file that they are written to as the
// networks that it holds, repaired ones too; those whose constants are numbers of the
// file's type, as they are.
func TestChainsComeBack(t *testing.T) {
	r := rand.New(rand.NewPCG(51, 1))
	exact := 0
	for i := range 600 {
		b := affineChain(r)
		if i%7 == 0 {
			b.m.Graph.Input[0].Type.GetTensorType().ElemType = proto.Int32(int32(typeFloat64))
		}
		n := b.mustRead(t)
		for k := range n.Layers() {
			if r.IntN(2) == 0 {
				n = repaired(t, r, n, k+1)
			}
		}
		if n.Meta.DType == nn.Float32 {
			n = roundLayers(t, n)
		}
		m := readBack(t, n, n.Meta.DType)
		if again := readBack(t, m, n.Meta.DType); !reflect.DeepEqual(again.Nodes, m.Nodes) {
			t.Fatalf("model %d: read, written and read, it is written as another network:\n%v", i, b.m.Graph)
		}
		if !slices.Equal(m.RepairedLayers(), n.RepairedLayers()) {
			t.Fatalf("model %d: layers %v are repaired, want %v", i, m.RepairedLayers(), n.RepairedLayers())
		}
		if holds(n) {
			exact++
			if !reflect.DeepEqual(m.Nodes, n.Nodes) {
				t.Fatalf("model %d: what float32 holds came back as another network:\n%v", i, b.m.Graph)
			}
		}
	}
	if exact < 100 {
		t.Errorf("only %d networks have constants that their type holds", exact)
	}
}

// roundLayers rounds the parameters of all layers to float32.
func roundLayers(t *testing.T, n *nn.Network) *nn.Network {
	t.Helper()
	rounded := roundNetwork(t, n, nn.Float32)
	c := n.Clone()
	for _, i := range n.Layers() {
		c.Nodes[i].Op = rounded.Nodes[i].Op
	}
	return c
}

// holds reports whether all constants of the scalings are numbers of the network's type.
func holds(n *nn.Network) bool {
	for _, node := range n.Nodes {
		s, ok := node.Op.(*nn.Scale)
		if !ok {
			continue
		}
		for i := range s.Factor {
			if n.Meta.DType.Round(s.Factor[i]) != s.Factor[i] || n.Meta.DType.Round(s.Shift[i]) != s.Shift[i] {
				return false
			}
		}
	}
	return true
}
