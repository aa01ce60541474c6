//go:build ort

package onnx

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"google.golang.org/protobuf/proto"

	"github.com/netmend/netmend/internal/ortest"
	"github.com/netmend/netmend/nn/onnx/internal/onnxpb"
)

// quantity is a value of a random graph, with the shape that ONNX Runtime gives it.
type quantity struct {
	name     string
	typ      byte // of float, int, bool
	shape    []int64
	constant bool // does not depend on the input's numbers
	// inexact values are rounded by the runtime: nothing that jumps is applied to them.
	inexact bool
}

// attacker makes random graphs of all supported operators, with attributes at their
// borders, node by node: what ONNX Runtime refuses is taken back.
type attacker struct {
	t      testing.TB
	r      *rand.Rand
	b      *modelBuilder
	opset  int64
	input  ortest.Tensor
	values []quantity
	count  int
	kept   string // the operator of the last node
	ended  bool
}

func newAttacker(t testing.TB, r *rand.Rand) *attacker {
	a := &attacker{t: t, r: r, opset: int64(minOpset + r.IntN(maxOpset-minOpset+1))}
	shape := make([]int64, 1+r.IntN(4))
	for i := range shape {
		shape[i] = int64(1 + r.IntN(4))
	}
	if len(shape) == 4 && r.IntN(2) == 0 {
		shape[2], shape[3] = int64(2+r.IntN(5)), int64(2+r.IntN(5))
	}
	declared := slices.Clone(shape)
	if len(shape) > 1 {
		switch r.IntN(4) {
		case 0:
			declared[0], shape[0] = -1, 1
		case 1:
			declared[0], shape[0] = 1, 1
		}
	}
	a.b = newModel(a.opset, declared...)
	if r.IntN(4) == 0 {
		a.b.m.IrVersion = proto.Int64(3)
	}
	a.values = []quantity{{name: "x", typ: 'f', shape: shape}}
	a.input = ortest.Tensor{Shape: shape}
	for range product64(shape) {
		a.input.Data = append(a.input.Data, float64(r.IntN(17)-8)/4)
	}
	return a
}

func product64(shape []int64) int64 {
	n := int64(1)
	for _, d := range shape {
		n *= d
	}
	return n
}

func (a *attacker) name() string {
	a.count++
	return "v" + string(rune('a'+a.count%26)) + string(rune('a'+a.count/26%26))
}

// floats is a new constant of small multiples of 1/2.
func (a *attacker) floats(shape ...int64) quantity {
	xs := make([]float32, product64(shape))
	for i := range xs {
		xs[i] = float32(a.r.IntN(9)-4) / 2
	}
	return a.hold(&onnxpb.TensorProto{Dims: shape, DataType: proto.Int32(int32(typeFloat32)), FloatData: xs}, 'f', shape)
}

func (a *attacker) ints(xs ...int64) quantity {
	return a.intTensor([]int64{int64(len(xs))}, xs...)
}

func (a *attacker) intTensor(shape []int64, xs ...int64) quantity {
	return a.hold(&onnxpb.TensorProto{Dims: shape, DataType: proto.Int32(int32(typeInt64)), Int64Data: xs}, 'i', shape)
}

// hold puts a constant into the file: as an initialiser, one listed as an input too, or a
// Constant node.
func (a *attacker) hold(p *onnxpb.TensorProto, typ byte, shape []int64) quantity {
	q := quantity{name: a.name(), typ: typ, shape: shape, constant: true}
	if a.r.IntN(4) == 0 {
		a.b.op("Constant", nil, q.name, &onnxpb.AttributeProto{
			Name: proto.String("value"), Type: onnxpb.AttributeProto_TENSOR.Enum(), T: p,
		})
		return q
	}
	p.Name = proto.String(q.name)
	a.b.tensor(p)
	if a.b.m.GetIrVersion() == 3 {
		a.b.m.Graph.Input = append(a.b.m.Graph.Input, valueInfoOf(q.name, elemType(p.GetDataType()), shape))
	}
	return q
}

func valueInfoOf(name string, t elemType, shape []int64) *onnxpb.ValueInfoProto {
	s := &onnxpb.TensorShapeProto{}
	for _, d := range shape {
		s.Dim = append(s.Dim, &onnxpb.TensorShapeProto_Dimension{Value: &onnxpb.TensorShapeProto_Dimension_DimValue{DimValue: d}})
	}
	return &onnxpb.ValueInfoProto{Name: proto.String(name), Type: &onnxpb.TypeProto{Value: &onnxpb.TypeProto_TensorType{
		TensorType: &onnxpb.TypeProto_Tensor{ElemType: proto.Int32(int32(t)), Shape: s},
	}}}
}

// pick is a value of the type: most often the last computed one.
func (a *attacker) pick(typ byte) quantity {
	var all, computed []quantity
	for _, q := range a.values {
		if q.typ == typ {
			all = append(all, q)
			if !q.constant {
				computed = append(computed, q)
			}
		}
	}
	switch {
	case len(computed) > 0 && a.r.IntN(4) > 0:
		return computed[len(computed)-1]
	case len(all) > 0 && a.r.IntN(8) > 0:
		return all[a.r.IntN(len(all))]
	case typ == 'i':
		return a.ints(int64(a.r.IntN(4)), 1)
	case typ == 'b':
		return a.hold(&onnxpb.TensorProto{Dims: []int64{2}, DataType: proto.Int32(int32(typeBool)), Int32Data: []int32{1, 0}}, 'b', []int64{2})
	}
	return a.floats(1 + int64(a.r.IntN(3)))
}

// fitting is a constant that broadcasts with the shape, now and then to a larger one.
func (a *attacker) fitting(shape []int64) quantity {
	s := slices.Clone(shape[a.r.IntN(len(shape)+1):])
	for i := range s {
		switch {
		case a.r.IntN(3) == 0:
			s[i] = 1
		case s[i] == 1 && a.r.IntN(6) == 0:
			s[i] = 3
		}
	}
	if a.r.IntN(10) == 0 {
		s = append([]int64{1}, s...)
	}
	return a.floats(s...)
}

// node tries a node with the given outputs, and reports whether ONNX Runtime executes it.
func (a *attacker) node(op string, in []quantity, typ byte, outputs int, attrs ...*onnxpb.AttributeProto) bool {
	g := a.b.m.Graph
	n := &onnxpb.NodeProto{OpType: proto.String(op)}
	for _, at := range attrs {
		if at != nil {
			n.Attribute = append(n.Attribute, at)
		}
	}
	constant, inexact := true, rounds[op]
	for _, q := range in {
		n.Input = append(n.Input, q.name)
		constant = constant && (q.constant || q.name == "")
		inexact = inexact || q.inexact
	}
	var outs []string
	for range outputs {
		outs = append(outs, a.name())
	}
	n.Output = outs
	g.Node = append(g.Node, n)
	g.Output = nil
	for _, o := range outs {
		a.b.output(o)
	}
	result, err := ortest.Execute(a.t, a.b.bytes(a.t), a.input, ortest.Unoptimised)
	if err != nil || jumps[op] && inexact {
		g.Node = g.Node[:len(g.Node)-1]
		return false
	}
	a.kept = op
	for k, r := range result {
		wild := slices.ContainsFunc(r.Data, func(v float64) bool { return !(math.Abs(v) <= 1e4) })
		if wild || len(r.Data) > 400 || len(r.Data) == 0 || len(r.Shape) > 6 {
			g.Node = g.Node[:len(g.Node)-1]
			a.values = a.values[:len(a.values)-k]
			return false
		}
		a.values = append(a.values, quantity{name: outs[k], typ: typ, shape: r.Shape, constant: constant, inexact: inexact})
	}
	return true
}

// What rounds, and what jumps.
var (
	rounds = map[string]bool{
		"Tanh": true, "Sigmoid": true, "Elu": true, "Celu": true, "Selu": true, "Gelu": true, "Softplus": true, "Softsign": true,
		"Erf": true, "Exp": true, "Log": true, "Sqrt": true, "Reciprocal": true, "Pow": true, "Div": true, "ReduceMean": true,
		"AveragePool": true, "GlobalAveragePool": true, "BatchNormalization": true, "HardSigmoid": true, "HardSwish": true,
		"LeakyRelu": true, "Softmax": true, "LogSoftmax": true, "Gemm": true, "Mul": true, "Dropout": false,
	}
	jumps = map[string]bool{
		"Sign": true, "ThresholdedRelu": true, "ArgMax": true, "GreaterOrEqual": true, "Greater": true, "Less": true,
		"LessOrEqual": true, "Equal": true, "Floor": true, "Ceil": true,
	}
)

// graph makes a graph of up to ten nodes, with an ending now and then.
func (a *attacker) graph() *modelBuilder {
	for range 1 + a.r.IntN(9) {
		a.step()
	}
	if a.r.IntN(3) == 0 {
		a.ending()
	}
	last := a.last()
	a.b.m.Graph.Output = nil
	a.b.output(last.name)
	return a.b
}

// last is the last value that depends on the input.
func (a *attacker) last() quantity {
	for _, q := range slices.Backward(a.values) {
		if !q.constant && (q.typ == 'f' || a.ended) {
			return q
		}
	}
	return a.values[0]
}

func (a *attacker) oneIn(n int) bool { return a.r.IntN(n) == 0 }

// axis is an axis of a shape, negative half of the time.
func (a *attacker) axis(rank int) int64 {
	if rank == 0 {
		return 0
	}
	x := int64(a.r.IntN(rank))
	if a.oneIn(2) {
		x -= int64(rank)
	}
	return x
}

// maybe leaves an attribute out half of the time.
func (a *attacker) maybe(at *onnxpb.AttributeProto) *onnxpb.AttributeProto {
	if a.oneIn(2) {
		return nil
	}
	return at
}
