package onnx

import (
	"errors"

	"github.com/netmend/netmend/nn/onnx/internal/onnxpb"
)

// readConstant reads a constant from whichever attribute holds it.
func readConstant(_ *importer, n *onnxpb.NodeProto) (*value, error) {
	name := nodeName(n)
	for _, a := range n.GetAttribute() {
		switch a.GetName() {
		case "value":
			if a.GetT() == nil {
				return nil, errors.New("attribute \"value\" holds no tensor")
			}
			t, err := decodeTensor(a.GetT())
			if err != nil {
				return nil, err
			}
			t.name = name
			return constantValue(t), nil
		case "value_float":
			return constantValue(&tensor{name: name, typ: typeFloat32, floats: []float64{float64(a.GetF())}}), nil
		case "value_floats":
			return constantValue(&tensor{
				name: name, typ: typeFloat32, shape: []int{len(a.GetFloats())}, floats: widen(a.GetFloats()),
			}), nil
		case "value_int":
			return constantValue(&tensor{name: name, typ: typeInt64, ints: []int64{a.GetI()}}), nil
		case "value_ints":
			return constantValue(&tensor{
				name: name, typ: typeInt64, shape: []int{len(a.GetInts())}, ints: a.GetInts(),
			}), nil
		case "sparse_value", "value_string", "value_strings":
			return nil, unsupportedf("holds its value in the attribute %q", a.GetName())
		}
	}
	return nil, errors.New("no attribute holds its value")
}
