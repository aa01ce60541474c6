package onnx

import (
	"fmt"
	"slices"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/nn/onnx/internal/onnxpb"
)

// readSoftmax marks its input: a Softmax, or its logarithm, is the end of a network.
func readSoftmax(im *importer, n *onnxpb.NodeProto) (*value, error) {
	x, err := im.require(n, 0)
	if err != nil {
		return nil, err
	}
	fallback := int64(1)
	if im.opset >= 13 {
		fallback = -1
	}
	axis, err := im.axisOr(n, fallback, len(x.shape))
	if err != nil {
		return nil, err
	}
	end := endAlong(n.GetOpType(), x.shape, axis)
	if im.opset < 13 { // all axes from the given one on are normalised together
		end.Axis, end.Inner = end.Axis*end.Inner, 1
	}
	batch := x.batch
	if axis < batch {
		batch = 0
	}
	return im.ended(x, end, x.shape, batch)
}

// readArgMax marks its input: the index of the largest number, of which there is the first
// or, if asked, the last.
func readArgMax(im *importer, n *onnxpb.NodeProto) (*value, error) {
	x, err := im.require(n, 0)
	if err != nil {
		return nil, err
	}
	axis, err := im.axisOr(n, 0, len(x.shape))
	if err != nil {
		return nil, err
	}
	keep, err := intAttribute(n, "keepdims", 1)
	if err != nil {
		return nil, err
	}
	end := endAlong(nn.EndArgMax, x.shape, axis)
	if end.Last, err = flagAttribute(n, "select_last_index"); err != nil {
		return nil, err
	}
	shape := slices.Clone(x.shape)
	if len(shape) > 0 {
		shape[axis] = 1
		if keep == 0 {
			shape = slices.Delete(shape, axis, axis+1)
		}
	}
	batch := x.batch
	if axis < batch {
		batch = 0
	}
	v, err := im.ended(x, end, shape, batch)
	if err == nil && !v.isConstant() {
		v.typ = typeInt64
	}
	return v, err
}

// axisOr reads the attribute axis, which may be left out.
func (im *importer) axisOr(n *onnxpb.NodeProto, fallback int64, rank int) (int, error) {
	axis, err := intAttribute(n, "axis", fallback)
	if err != nil {
		return 0, err
	}
	if rank == 0 && (axis == 0 || axis == -1) {
		return 0, nil
	}
	return checkAxis(axis, rank)
}

func endAlong(kind string, shape []int, axis int) *nn.End {
	e := &nn.End{Kind: kind, Outer: 1, Axis: 1, Inner: 1}
	for a, d := range shape {
		switch {
		case a < axis:
			e.Outer *= d
		case a == axis:
			e.Axis = d
		default:
			e.Inner *= d
		}
	}
	return e
}

func (im *importer) ended(x *value, end *nn.End, shape []int, batch int) (*value, error) {
	if !x.isConstant() {
		return im.add(irNode{kind: irEnd, in: []int{x.node}, end: end}, shape, batch), nil
	}
	z, err := x.constant.asFloats()
	if err != nil {
		return nil, err
	}
	if err := end.Check(len(z)); err != nil {
		return nil, err
	}
	typ := x.constant.typ
	if end.Kind == nn.EndArgMax {
		if z, err = x.constant.decisive(); err != nil {
			return nil, err
		}
		typ = typeInt64
	}
	if err := im.charge(int64(len(z))); err != nil {
		return nil, err
	}
	return im.made(typ, shape, end.Apply(z))
}

// end is what comes after the node of the network's output in the file, and that node:
// a final Softmax, logarithm of one, sigmoid or ArgMax is not part of the network.
func (im *importer) end(out int) (node int, end *nn.End, notice string) {
	n := &im.ir[out]
	switch {
	case n.kind == irEnd:
		end = n.end
	case n.kind == irActivation && !n.isLinearized() && n.act.Kind() == nn.KindSigmoid:
		end = &nn.End{Kind: nn.EndSigmoid, Outer: n.dim, Axis: 1, Inner: 1}
	default:
		return out, nil, ""
	}
	if end.Kind == nn.EndSigmoid && end.Outer == 1 {
		return n.in[0], end, fmt.Sprintf(nn.EndNotice+"Sigmoid %q: class 1 is an output above 0 (0.5 behind it), class 0 one below; at 0 there is no class", n.name)
	}
	return n.in[0], end, fmt.Sprintf(nn.EndNotice+"%s %q: its outputs are the numbers that it is applied to", end.Kind, n.name)
}
