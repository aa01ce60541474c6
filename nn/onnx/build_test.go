package onnx

import (
	"bytes"
	"math"
	"math/rand/v2"
	"testing"

	"google.golang.org/protobuf/proto"

	"github.com/netmend/netmend/internal/nntest"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/nn/onnx/internal/onnxpb"
)

// modelBuilder makes models for tests. Values are named by the caller.
type modelBuilder struct {
	m *onnxpb.ModelProto
}

// newModel starts a model of the given opset with float32 input "x" and output
// "y". Sizes of -1 are symbolic.
func newModel(opset int64, inputShape ...int64) *modelBuilder {
	b := &modelBuilder{m: &onnxpb.ModelProto{
		IrVersion:   proto.Int64(7),
		OpsetImport: []*onnxpb.OperatorSetIdProto{{Version: proto.Int64(opset)}},
		Graph:       &onnxpb.GraphProto{Name: proto.String("g")},
	}}
	return b.input("x", inputShape...).output("y")
}

func (b *modelBuilder) input(name string, shape ...int64) *modelBuilder {
	dims := []*onnxpb.TensorShapeProto_Dimension{}
	for _, d := range shape {
		dim := &onnxpb.TensorShapeProto_Dimension{Value: &onnxpb.TensorShapeProto_Dimension_DimValue{DimValue: d}}
		if d < 0 {
			dim.Value = &onnxpb.TensorShapeProto_Dimension_DimParam{DimParam: "N"}
		}
		dims = append(dims, dim)
	}
	b.m.Graph.Input = append(b.m.Graph.Input, &onnxpb.ValueInfoProto{
		Name: proto.String(name),
		Type: &onnxpb.TypeProto{Value: &onnxpb.TypeProto_TensorType{TensorType: &onnxpb.TypeProto_Tensor{
			ElemType: proto.Int32(int32(typeFloat32)), Shape: &onnxpb.TensorShapeProto{Dim: dims},
		}}},
	})
	return b
}

func (b *modelBuilder) output(name string) *modelBuilder {
	b.m.Graph.Output = append(b.m.Graph.Output, &onnxpb.ValueInfoProto{Name: proto.String(name)})
	return b
}

// constant adds a float32 initialiser in typed form.
func (b *modelBuilder) constant(name string, shape []int64, xs ...float32) *modelBuilder {
	return b.tensor(&onnxpb.TensorProto{
		Name: proto.String(name), Dims: shape, DataType: proto.Int32(int32(typeFloat32)), FloatData: xs,
	})
}

func (b *modelBuilder) ints(name string, xs ...int64) *modelBuilder {
	return b.tensor(&onnxpb.TensorProto{
		Name: proto.String(name), Dims: []int64{int64(len(xs))}, DataType: proto.Int32(int32(typeInt64)), Int64Data: xs,
	})
}

func (b *modelBuilder) tensor(t *onnxpb.TensorProto) *modelBuilder {
	b.m.Graph.Initializer = append(b.m.Graph.Initializer, t)
	return b
}

// op adds a node without a name.
func (b *modelBuilder) op(op string, in []string, out string, attrs ...*onnxpb.AttributeProto) *modelBuilder {
	b.m.Graph.Node = append(b.m.Graph.Node, &onnxpb.NodeProto{
		OpType: proto.String(op), Input: in, Output: []string{out}, Attribute: attrs,
	})
	return b
}

func (b *modelBuilder) bytes(t testing.TB) []byte {
	t.Helper()
	data, err := proto.Marshal(b.m)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func (b *modelBuilder) read(t testing.TB) (*nn.Network, error) {
	t.Helper()
	return Read(bytes.NewReader(b.bytes(t)), "test.onnx", ReadOptions{})
}

// mustRead reads a model that must be accepted.
func (b *modelBuilder) mustRead(t testing.TB) *nn.Network {
	t.Helper()
	n, err := b.read(t)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// evalPoint is the output at one sample.
func evalPoint(t testing.TB, n *nn.Network, x ...float64) []float64 {
	t.Helper()
	y, err := n.EvalPoint(x)
	if err != nil {
		t.Fatal(err)
	}
	return y
}

// written is the network as a file.
func written(t testing.TB, n *nn.Network, dtype nn.DType) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, n, WriteOptions{DType: dtype, Rounded: true}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// readBack writes a network and reads it again.
func readBack(t testing.TB, n *nn.Network, dtype nn.DType) *nn.Network {
	t.Helper()
	m, err := Read(bytes.NewReader(written(t, n, dtype)), "written.onnx", ReadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func gaussian(r *rand.Rand, n int) []float64 {
	xs := make([]float64, n)
	for i := range xs {
		xs[i] = r.NormFloat64()
	}
	return xs
}

func randomPoints(r *rand.Rand, rows, cols int) nn.Matrix {
	m := nn.NewMatrix(rows, cols)
	for i := range rows {
		copy(m.Row(i), gaussian(r, cols))
	}
	return m
}

// activations are one of every kind, by name.
func activations(t testing.TB) map[string]nn.Activation {
	t.Helper()
	clip := func(lo, hi float64) nn.Activation {
		f, err := nn.Clip(lo, hi)
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	return map[string]nn.Activation{
		"relu":       nn.ReLU(),
		"leaky":      nn.LeakyReLU(0.125),
		"leaky 0.1":  nn.LeakyReLU(0.1),
		"hard tanh":  nn.HardTanh(),
		"clip":       clip(-0.25, 0.75),
		"clip below": clip(-0.5, math.Inf(1)),
		"clip above": clip(math.Inf(-1), 0.5),
		"tanh":       nn.Tanh(),
		"sigmoid":    nn.Sigmoid(),
		"abs":        nn.Abs(),
		"hard swish": nn.HardSwish(),
		"gelu tanh":  nn.GELUTanh(),
		"bent": &nn.Piecewise{
			Breaks: []float64{-1, 0, 1}, Slope: []float64{0.25, 0, 1, 0.5}, Offset: []float64{0.25, 0, 0, 0.5},
		},
	}
}

// activations32 are those whose operators ONNX Runtime has in float32 only.
func activations32(t testing.TB) map[string]nn.Activation {
	t.Helper()
	smooth := func(f *nn.Smooth, err error) nn.Activation {
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	hard, err := nn.HardSigmoid(0.25, 0.5)
	if err != nil {
		t.Fatal(err)
	}
	return map[string]nn.Activation{
		"gelu": nn.GELU(), "silu": nn.SiLU(), "hard sigmoid": hard, "softplus": nn.Softplus(), "softsign": nn.Softsign(),
		"elu": smooth(nn.ELU(1)), "elu 0.5": smooth(nn.ELU(0.5)), "celu": smooth(nn.CELU(2)),
		"selu": smooth(nn.SELU(1.75, 1.0625)),
	}
}

// chain is a network 3 -> 5 -> 4 -> 2 with a scaling in front and the given
// activation after each layer but the last.
func chain(t testing.TB, r *rand.Rand, f nn.Activation) *nn.Network {
	t.Helper()
	n, err := nn.New([]nn.Node{
		{Name: "norm", Inputs: []int{nn.Input}, Op: &nn.Scale{Factor: gaussian(r, 3), Shift: gaussian(r, 3)}},
		{Name: "l1", Inputs: []int{0}, Op: &nn.Dense{Params: nntest.Params(r, 5, 3)}},
		{Name: "a1", Inputs: []int{1}, Op: f},
		{Name: "l2", Inputs: []int{2}, Op: &nn.Dense{Params: nntest.Params(r, 4, 5)}},
		{Name: "mid", Inputs: []int{3}, Op: &nn.Scale{Factor: gaussian(r, 4), Shift: make([]float64, 4)}},
		{Name: "a2", Inputs: []int{4}, Op: f},
		{Name: "l3", Inputs: []int{5}, Op: &nn.Dense{Params: nntest.Params(r, 2, 4)}},
	}, []int{3}, nn.Meta{InputName: "in", OutputName: "out"})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// repaired gives each of the layers random value parameters near its own.
func repaired(t testing.TB, r *rand.Rand, n *nn.Network, layers ...int) *nn.Network {
	t.Helper()
	for _, k := range layers {
		_, d, err := n.Layer(k)
		if err != nil {
			t.Fatal(err)
		}
		v := d.Channel(nn.ActivationChannel).Clone()
		for i := range v.Weight.Rows {
			for j := range v.Weight.Row(i) {
				v.Weight.Row(i)[j] += float64(0.3 * r.NormFloat64())
			}
			v.Bias[i] += float64(0.3 * r.NormFloat64())
		}
		if n, err = n.WithLayer(k, &v); err != nil {
			t.Fatal(err)
		}
	}
	return n
}
