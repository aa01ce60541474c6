package onnx

import (
	"encoding/binary"
	"fmt"
	"math"

	"google.golang.org/protobuf/proto"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/nn/onnx/internal/onnxpb"
)

func (w *writer) elemType() elemType {
	if w.dtype == nn.Float32 {
		return typeFloat32
	}
	return typeFloat64
}

// fit rounds a number to the type of the file. It fails if the number is
// beyond the type's range.
func (w *writer) fit(x float64) (float64, error) {
	r := w.dtype.Round(x)
	if math.IsInf(r, 0) && !math.IsInf(x, 0) {
		return 0, fmt.Errorf("%v is beyond the range of %v", x, w.dtype)
	}
	return r, nil
}

// tensor adds an initialiser of the given shape, with the numbers of all rows
// of a matrix one after the other, and returns its name.
func (w *writer) tensor(name string, m nn.Matrix, shape ...int64) (string, error) {
	name = unique(w.values, name)
	width := 8
	if w.dtype == nn.Float32 {
		width = 4
	}
	raw := make([]byte, 0, width*m.Rows*m.Cols)
	for i := range m.Rows {
		for j, x := range m.Row(i) {
			x, err := w.fit(x)
			if err != nil {
				return "", fmt.Errorf("parameter [%d, %d] of %q: %w", i, j, name, err)
			}
			if w.dtype == nn.Float32 {
				raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(float32(x)))
			} else {
				raw = binary.LittleEndian.AppendUint64(raw, math.Float64bits(x))
			}
		}
	}
	w.graph.Initializer = append(w.graph.Initializer, &onnxpb.TensorProto{
		Name: proto.String(name), Dims: shape, DataType: proto.Int32(int32(w.elemType())), RawData: raw,
	})
	return name, nil
}

func (w *writer) vector(name string, xs []float64) (string, error) {
	return w.tensor(name, nn.RowMatrix(xs), int64(len(xs)))
}

// scalar names a scalar initialiser with the given number; each is written
// once.
func (w *writer) scalar(x float64) (string, error) {
	x, err := w.fit(x)
	if err != nil {
		return "", err
	}
	if name, ok := w.scalars[x]; ok {
		return name, nil
	}
	name, err := w.tensor(fmt.Sprintf("constant_%v", x), nn.RowMatrix([]float64{x}))
	w.scalars[x] = name
	return name, err
}

// node appends an operator of the given name and returns the name of its
// result, which is the same unless that is taken.
func (w *writer) node(op, name string, in []string, attrs ...*onnxpb.AttributeProto) string {
	name = unique(w.nodes, name)
	out := unique(w.values, name)
	w.graph.Node = append(w.graph.Node, &onnxpb.NodeProto{
		OpType: proto.String(op), Name: proto.String(name), Input: in, Output: []string{out}, Attribute: attrs,
	})
	// The result of an elementwise operator has the shape of its operands.
	for _, x := range in {
		if f := w.form[x]; f != nil {
			w.form[out] = f
			break
		}
	}
	return out
}

// ints adds an initialiser with a list of whole numbers.
func (w *writer) ints(name string, xs []int64) string {
	name = unique(w.values, name)
	raw := make([]byte, 0, 8*len(xs))
	for _, x := range xs {
		raw = binary.LittleEndian.AppendUint64(raw, uint64(x))
	}
	w.graph.Initializer = append(w.graph.Initializer, &onnxpb.TensorProto{
		Name: proto.String(name), Dims: []int64{int64(len(xs))}, DataType: proto.Int32(int32(typeInt64)), RawData: raw,
	})
	return name
}

func intsAttr(name string, xs ...int) *onnxpb.AttributeProto {
	a := &onnxpb.AttributeProto{Name: proto.String(name), Type: onnxpb.AttributeProto_INTS.Enum()}
	for _, x := range xs {
		a.Ints = append(a.Ints, int64(x))
	}
	return a
}

func intAttr(name string, v int64) *onnxpb.AttributeProto {
	return &onnxpb.AttributeProto{
		Name: proto.String(name), Type: onnxpb.AttributeProto_INT.Enum(), I: proto.Int64(v),
	}
}

func floatAttr(name string, v float64) *onnxpb.AttributeProto {
	return &onnxpb.AttributeProto{
		Name: proto.String(name), Type: onnxpb.AttributeProto_FLOAT.Enum(), F: proto.Float32(float32(v)),
	}
}
