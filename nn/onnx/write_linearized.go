package onnx

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"

	"google.golang.org/protobuf/proto"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/nn/onnx/internal/onnxpb"
)

// linearized writes the linearisation of f around value z at value v
// (Definition 4.2) and returns the name of its result. fz is the value f(z)
// where the activation channel has it, else "".
func (w *writer) linearized(f nn.Activation, name, z, v, fz string) (string, error) {
	switch f := f.(type) {
	case *nn.Piecewise:
		if f.Pieces() == 1 && f.Slope[0] == 1 && f.Offset[0] == 0 {
			return w.node("Identity", name, []string{v}), nil
		}
		return w.pieces(f, name, z, v)
	case *nn.Smooth:
		return w.tangent(f, name, z, v, fz)
	}
	return "", fmt.Errorf("activation %s cannot be written as ONNX", f.Kind())
}

// pieces writes the choice of a piece of f by z and its value at v. It starts
// from a piece that is the identity, otherwise from one that is not constant, and adds
// the others, outwards:
// Where(z >= b, the piece above, what there is) and Where(z >= b, what there is,
// the piece below). With v = z it is f itself.
func (w *writer) pieces(f *nn.Piecewise, name, z, v string) (string, error) {
	if f.Pieces() == 1 && f.Slope[0] == 0 {
		return "", errors.New("the function is constant: write a constant instead")
	}
	start := 0
	for k, slope := range f.Slope {
		if identity := slope == 1 && f.Offset[k] == 0; identity || f.Slope[start] == 0 {
			start = k
		}
		if f.Slope[start] == 1 && f.Offset[start] == 0 {
			break
		}
	}
	y, err := w.piece(f, start, name, v)
	if v != z && !slices.ContainsFunc(f.Slope, func(slope float64) bool { return slope != 0 }) {
		// The value does not depend on v, but the file is to say what it is applied to.
		y, err = w.affinePiece(f, start, name, v)
	}
	if err != nil {
		return "", err
	}
	steps := f.Pieces() - 1
	stepName := func() string {
		if steps--; steps > 0 {
			return name + "/part"
		}
		return name
	}
	for k := start + 1; k < f.Pieces(); k++ {
		above, piece, err := w.step(f, k-1, k, name, z, v)
		if err != nil {
			return "", err
		}
		y = w.node("Where", stepName(), []string{above, piece, y})
	}
	for k := start - 1; k >= 0; k-- {
		above, piece, err := w.step(f, k, k, name, z, v)
		if err != nil {
			return "", err
		}
		y = w.node("Where", stepName(), []string{above, y, piece})
	}
	return y, nil
}

// step writes the comparison with breakpoint b and the value of piece k.
func (w *writer) step(f *nn.Piecewise, b, k int, name, z, v string) (above, piece string, err error) {
	threshold, err := "", error(nil)
	if at := f.Breaks[b]; w.dtype.Round(at) == at {
		threshold, err = w.scalar(at)
	} else { // compared in float64, where both sides are exact
		z = w.node("Cast", name+"/exact", []string{z}, intAttr("to", int64(typeFloat64)))
		threshold = w.breakpoint(at)
	}
	if err != nil {
		return "", "", err
	}
	if piece, err = w.piece(f, k, name, v); err != nil {
		return "", "", err
	}
	return w.node("GreaterOrEqual", name+"/above", []string{z, threshold}), piece, nil
}

// breakpoint names a float64 initialiser with a number, in a file of whatever type.
func (w *writer) breakpoint(at float64) string {
	name := unique(w.values, fmt.Sprintf("breakpoint_%v", at))
	w.graph.Initializer = append(w.graph.Initializer, &onnxpb.TensorProto{
		Name: proto.String(name), Dims: []int64{1}, DataType: proto.Int32(int32(typeFloat64)),
		RawData: binary.LittleEndian.AppendUint64(nil, math.Float64bits(at)),
	})
	return name
}

// piece writes piece k of f at v: a constant, v itself, or an affine function.
func (w *writer) piece(f *nn.Piecewise, k int, name, v string) (string, error) {
	if f.Slope[k] == 0 {
		return w.scalar(f.Offset[k])
	}
	return w.affinePiece(f, k, name, v)
}

// affinePiece writes piece k of f as an affine function of v, also where it is constant.
func (w *writer) affinePiece(f *nn.Piecewise, k int, name, v string) (string, error) {
	y := v
	if f.Slope[k] != 1 {
		slope, err := w.scalar(f.Slope[k])
		if err != nil {
			return "", err
		}
		y = w.node("Mul", name+"/piece", []string{y, slope})
	}
	if f.Offset[k] != 0 {
		offset, err := w.scalar(f.Offset[k])
		if err != nil {
			return "", err
		}
		y = w.node("Add", name+"/offset", []string{y, offset})
	}
	return y, nil
}
