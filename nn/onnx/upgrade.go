package onnx

import (
	"fmt"
	"math"
	"slices"

	"google.golang.org/protobuf/proto"

	"github.com/netmend/netmend/nn/onnx/internal/onnxpb"
)

// steady are the operators that mean in opset 13 what they mean in any of opsets 7 to 12,
// for the attributes that those have.
var steady = map[string]bool{
	"Identity": true, "Constant": true, "Shape": true, "Cast": true,
	"Add": true, "Sub": true, "Mul": true, "Div": true, "Neg": true, "Abs": true, "Sum": true, "Max": true, "Min": true, "Pow": true,
	"Exp": true, "Log": true, "Sqrt": true, "Reciprocal": true, "Floor": true, "Ceil": true, "Sign": true, "Erf": true,
	"Relu": true, "LeakyRelu": true, "PRelu": true, "Elu": true, "Selu": true, "Sigmoid": true, "HardSigmoid": true, "Tanh": true,
	"Softplus": true, "Softsign": true, "ThresholdedRelu": true,
	"MatMul": true, "Gemm": true, "Conv": true, "ConvTranspose": true, "MaxPool": true, "AveragePool": true, "GlobalMaxPool": true, "GlobalAveragePool": true,
	"Flatten": true, "Reshape": true, "Transpose": true, "Concat": true, "Gather": true, "Expand": true, "Tile": true,
	"ReduceMean": true, "ReduceMax": true, "ReduceMin": true, "ReduceProd": true, "ArgMax": true, "ArgMin": true,
	"Equal": true, "Greater": true, "Less": true, "And": true, "Or": true, "Xor": true, "Not": true, "Where": true,
}

// upgraded is a node of an opset from 7 on that computes the same in opset 13, in front of
// it what it needs.
func (w *writer) upgraded(n *onnxpb.NodeProto, opset int64) ([]*onnxpb.NodeProto, error) {
	op := n.GetOpType()
	for _, a := range n.GetAttribute() {
		if a.G != nil || a.Graphs != nil {
			return nil, fmt.Errorf("node %q (%s), which leads to another output, has a graph of its own and cannot be copied", nodeName(n), op)
		}
	}
	switch {
	case opset >= writtenOpset || !isDefaultDomain(n.GetDomain()) || steady[op]:
		return []*onnxpb.NodeProto{n}, nil
	case op == "BatchNormalization" && opset >= 9 && len(n.GetOutput()) == 1:
		return []*onnxpb.NodeProto{n}, nil
	case op == "Dropout" && len(n.GetOutput()) == 1 && opset < 12:
		n.OpType, n.Attribute = proto.String("Identity"), nil
		return []*onnxpb.NodeProto{n}, nil
	case op == "Softmax" || op == "LogSoftmax":
		return w.flatSoftmax(n)
	case (op == "Squeeze" || op == "Unsqueeze" || op == "ReduceSum") && len(n.GetInput()) == 1:
		return w.attributesToInputs(n, "axes")
	case op == "Split" && len(n.GetInput()) == 1:
		return w.attributesToInputs(n, "split")
	case op == "Slice" && opset < 10:
		return w.attributesToInputs(n, "starts", "ends", "axes")
	case (op == "Slice" && opset >= 10) || (op == "Clip" || op == "Pad") && opset >= 11 || op == "Dropout":
		return []*onnxpb.NodeProto{n}, nil
	case op == "Clip" && w.source.inputType == typeFloat32:
		return w.limitsToInputs(n)
	}
	return nil, fmt.Errorf("node %q (%s) of opset %d, which leads to another output, cannot be copied to a file of opset %d: convert the file to opset %d first",
		nodeName(n), op, opset, writtenOpset, writtenOpset)
}

// flatSoftmax joins all axes from the given one on, as before opset 13.
func (w *writer) flatSoftmax(n *onnxpb.NodeProto) ([]*onnxpb.NodeProto, error) {
	axis, err := intAttribute(n, "axis", 1)
	if err != nil {
		return nil, err
	}
	x, y := n.Input[0], n.Output[0]
	named := func(suffix, op string, in []string, out string, attrs ...*onnxpb.AttributeProto) *onnxpb.NodeProto {
		return &onnxpb.NodeProto{Name: proto.String(unique(w.nodes, n.GetName()+suffix)), OpType: proto.String(op), Input: in, Output: []string{out}, Attribute: attrs}
	}
	value := func(suffix string) string { return unique(w.values, y+suffix) }
	shape, flat, joined := value("/shape"), value("/flat"), value("/joined")
	return []*onnxpb.NodeProto{
		named("/shape", "Shape", []string{x}, shape),
		named("/flat", "Flatten", []string{x}, flat, intAttr("axis", axis)),
		named("/joined", n.GetOpType(), []string{flat}, joined, intAttr("axis", 1)),
		named("/shaped", "Reshape", []string{joined, shape}, y),
	}, nil
}

// attributesToInputs makes lists of whole numbers inputs, in the given order.
func (w *writer) attributesToInputs(n *onnxpb.NodeProto, names ...string) ([]*onnxpb.NodeProto, error) {
	for _, name := range names {
		v, err := intsAttribute(n, name)
		if err != nil {
			return nil, err
		}
		n.Attribute = slices.DeleteFunc(n.Attribute, func(a *onnxpb.AttributeProto) bool { return a.GetName() == name })
		if v != nil {
			n.Input = append(n.Input, w.ints(n.GetName()+"."+name, v))
		}
	}
	return []*onnxpb.NodeProto{n}, nil
}

// limitsToInputs makes the limits of a Clip inputs.
func (w *writer) limitsToInputs(n *onnxpb.NodeProto) ([]*onnxpb.NodeProto, error) {
	for _, l := range []struct {
		name     string
		fallback float64
	}{{"min", -math.MaxFloat32}, {"max", math.MaxFloat32}} {
		v, err := floatAttribute(n, l.name, l.fallback)
		if err != nil {
			return nil, err
		}
		t := &onnxpb.TensorProto{Name: proto.String(unique(w.values, n.GetName()+"."+l.name)), DataType: proto.Int32(int32(typeFloat32)), FloatData: []float32{float32(v)}}
		w.graph.Initializer = append(w.graph.Initializer, t)
		n.Input = append(n.Input, t.GetName())
	}
	n.Attribute = nil
	return []*onnxpb.NodeProto{n}, nil
}
