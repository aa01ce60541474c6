package onnx

import (
	"fmt"
	"math"

	"github.com/netmend/netmend/nn"
)

// plain writes an operation as it is in one channel, applied to the values in, and
// returns the name of its result.
func (w *writer) plain(op nn.Op, name string, in []string, ch nn.Channel) (string, error) {
	x := in[0]
	switch op := op.(type) {
	case *nn.Dense:
		return w.dense(op, name, w.as(x, nil), ch)
	case *nn.Conv:
		return w.conv(op, name, x, ch)
	case *nn.ConvTranspose:
		return w.convTranspose(op, name, x, ch)
	case *nn.MaxPool:
		return w.maxPool(op, name, x), nil
	case *nn.AveragePool:
		return w.averagePool(op, name, x)
	case *nn.Concat:
		return w.concat(name, in), nil
	case *nn.Sum:
		return w.sum(op, name, in)
	case *nn.Take:
		return w.take(op, name, x)
	case *nn.Reduce:
		return w.reduce(op, name, x)
	case *nn.Max:
		return w.max(name, in), nil
	case *nn.Scale:
		return w.scale(op, name, x)
	case *nn.Piecewise:
		return w.piecewise(op, name, x)
	case *nn.Smooth:
		return w.smooth(op, name, x)
	}
	return "", fmt.Errorf("operation %s cannot be written as ONNX", op.Kind())
}

// dense writes y = W x + b for a batch of rows, X W^T + b.
func (w *writer) dense(d *nn.Dense, name, x string, ch nn.Channel) (string, error) {
	p := d.Channel(ch)
	names, ok := w.params[p]
	if !ok {
		var err error
		rows, cols := int64(p.Weight.Rows), int64(p.Weight.Cols)
		if names[0], err = w.tensor(name+".weight", p.Weight, rows, cols); err != nil {
			return "", err
		}
		if names[1], err = w.vector(name+".bias", p.Bias); err != nil {
			return "", err
		}
		w.params[p] = names
	}
	return w.node("Gemm", name, []string{x, names[0], names[1]}, intAttr("transB", 1)), nil
}

// scale writes the product and the sum, without factors of 1 and shifts of 0.
func (w *writer) scale(s *nn.Scale, name, x string) (string, error) {
	form := w.form[x]
	if form == nil || !perChannel(s.Factor, form) || !perChannel(s.Shift, form) {
		x, form = w.as(x, nil), nil
	}
	key := scaleKey{s, fmt.Sprint(form)}
	names, ok := w.scales[key]
	if !ok {
		var err error
		if !all(s.Factor, 1) {
			if names[0], err = w.constants(name+".factor", s.Factor, form); err != nil {
				return "", err
			}
		}
		if !all(s.Shift, 0) {
			if names[1], err = w.constants(name+".shift", s.Shift, form); err != nil {
				return "", err
			}
		}
		w.scales[key] = names
	}
	switch factor, shift := names[0], names[1]; {
	case factor == "" && shift == "":
		return w.node("Identity", name, []string{x}), nil
	case factor == "":
		return w.node("Add", name, []string{x, shift}), nil
	case shift == "":
		return w.node("Mul", name, []string{x, factor}), nil
	default:
		y := w.node("Mul", name, []string{x, factor})
		return w.node("Add", name+"/shift", []string{y, shift}), nil
	}
}

// scaleKey tells apart the constants of a scaling by the shape they are for.
type scaleKey struct {
	scale *nn.Scale
	form  string
}

// perChannel reports whether the numbers for a sample of the given shape differ along
// its first axis only.
func perChannel(xs []float64, shape []int) bool {
	inner := len(xs) / shape[0]
	for i, v := range xs {
		if v != xs[i/inner*inner] {
			return false
		}
	}
	return true
}

// constants adds an initialiser with a number for each entry of a flat sample, or
// for each channel of one of the given shape.
func (w *writer) constants(name string, xs []float64, shape []int) (string, error) {
	if shape == nil {
		return w.vector(name, xs)
	}
	inner := len(xs) / shape[0]
	var c []float64
	for i := 0; i < len(xs); i += inner {
		c = append(c, xs[i])
	}
	dims := []int64{int64(len(c))}
	for range shape[1:] {
		dims = append(dims, 1)
	}
	return w.tensor(name, nn.RowMatrix(c), dims...)
}

// piecewise writes the operator that the standard has for the function, or its
// pieces where ONNX Runtime does not have that in float64.
func (w *writer) piecewise(f *nn.Piecewise, name, x string) (string, error) {
	switch {
	case f.Kind() == nn.KindReLU:
		return w.node("Relu", name, []string{x}), nil
	case f.Kind() == nn.KindLeakyReLU && w.dtype == nn.Float32:
		alpha, err := w.fit(f.Slope[0])
		if err != nil {
			return "", err
		}
		return w.node("LeakyRelu", name, []string{x}, floatAttr("alpha", alpha)), nil
	case f.Kind() == nn.KindHardSigmoid && w.dtype == nn.Float32:
		return w.parametric("HardSigmoid", name, x, "alpha", f.Slope[1], "beta", f.Offset[1])
	case f.Kind() == nn.KindAbs:
		return w.node(f.Kind(), name, []string{x}), nil
	case f.Kind() == nn.KindClip || f.Kind() == nn.KindHardTanh:
		return w.clip(f, name, x)
	case f.Pieces() == 1 && f.Slope[0] == 1 && f.Offset[0] == 0:
		return w.node("Identity", name, []string{x}), nil
	}
	return w.pieces(f, name, x, x)
}

// clip writes Clip with the limits that the function has.
func (w *writer) clip(f *nn.Piecewise, name, x string) (string, error) {
	in := []string{x}
	lo := math.Inf(-1)
	if f.Slope[0] == 0 {
		lo = f.Offset[0]
		limit, err := w.scalar(lo)
		if err != nil {
			return "", err
		}
		in = append(in, limit)
	}
	if last := f.Pieces() - 1; f.Slope[last] == 0 {
		if len(in) == 1 {
			in = append(in, "")
		}
		hi := f.Offset[last]
		if w.dtype.Round(lo) >= w.dtype.Round(hi) {
			return "", fmt.Errorf("the limits %v and %v are one number in %v", lo, hi, w.dtype)
		}
		limit, err := w.scalar(hi)
		if err != nil {
			return "", err
		}
		in = append(in, limit)
	}
	return w.node("Clip", name, in), nil
}
