package onnx

import (
	"fmt"

	"github.com/netmend/netmend/nn/onnx/internal/onnxpb"
)

// attribute returns a node's attribute of the given type, nil if it has
// none of that name, or an error where it has another type.
func attribute(n *onnxpb.NodeProto, name string, want onnxpb.AttributeProto_AttributeType) (*onnxpb.AttributeProto, error) {
	for _, a := range n.GetAttribute() {
		if a.GetName() != name {
			continue
		}
		if a.GetRefAttrName() != "" {
			return nil, fmt.Errorf("attribute %q refers to another node's, which is not supported", name)
		}
		// IR version 1 had no types.
		if a.Type != nil && a.GetType() != want {
			return nil, fmt.Errorf("attribute %q has type %v, want %v", name, a.GetType(), want)
		}
		return a, nil
	}
	return nil, nil
}

func intAttribute(n *onnxpb.NodeProto, name string, fallback int64) (int64, error) {
	a, err := attribute(n, name, onnxpb.AttributeProto_INT)
	if a == nil || err != nil {
		return fallback, err
	}
	return a.GetI(), nil
}

func floatAttribute(n *onnxpb.NodeProto, name string, fallback float64) (float64, error) {
	a, err := attribute(n, name, onnxpb.AttributeProto_FLOAT)
	if a == nil || err != nil {
		return fallback, err
	}
	return float64(a.GetF()), nil
}

func flagAttribute(n *onnxpb.NodeProto, name string) (bool, error) {
	v, err := intAttribute(n, name, 0)
	return v != 0, err
}

// intsAttribute is nil if the node has no such attribute.
func intsAttribute(n *onnxpb.NodeProto, name string) ([]int64, error) {
	a, err := attribute(n, name, onnxpb.AttributeProto_INTS)
	if a == nil || err != nil {
		return nil, err
	}
	return a.GetInts(), nil
}

func stringAttribute(n *onnxpb.NodeProto, name, fallback string) (string, error) {
	a, err := attribute(n, name, onnxpb.AttributeProto_STRING)
	if a == nil || err != nil {
		return fallback, err
	}
	return string(a.GetS()), nil
}
