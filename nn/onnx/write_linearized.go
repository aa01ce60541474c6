package onnx

import (
	"errors"
	"fmt"

	"github.com/netmend/netmend/nn"
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
// from a piece that is the identity, else from one that is not constant, and adds
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
	if b > 0 && w.dtype.Round(f.Breaks[b]) == w.dtype.Round(f.Breaks[b-1]) {
		return "", "", fmt.Errorf("breakpoints %v and %v are one number in %v", f.Breaks[b-1], f.Breaks[b], w.dtype)
	}
	threshold, err := w.scalar(f.Breaks[b])
	if err != nil {
		return "", "", err
	}
	if piece, err = w.piece(f, k, name, v); err != nil {
		return "", "", err
	}
	return w.node("GreaterOrEqual", name+"/above", []string{z, threshold}), piece, nil
}

// piece writes piece k of f at v: a constant, v itself, or an affine function.
func (w *writer) piece(f *nn.Piecewise, k int, name, v string) (string, error) {
	if f.Slope[k] == 0 {
		return w.scalar(f.Offset[k])
	}
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
