package onnx

import (
	"fmt"
	"slices"
)

// Most operators are written for flat samples. Convolutions and pools want images:
// a value is brought into the shape that its user wants when that differs from the
// one it has, once for each shape.

// as names value x in the given shape of a sample, nil for a flat one.
func (w *writer) as(x string, shape []int) string {
	if slices.Equal(w.form[x], shape) {
		return x
	}
	key := fmt.Sprint(x, shape)
	if y, ok := w.forms[key]; ok {
		return y
	}
	var y string
	if shape == nil {
		name := orElse(w.flatName[x], x+"/flat")
		y = w.node("Flatten", name, []string{x}, intAttr("axis", 1))
		delete(w.form, y)
	} else {
		dims := []int64{-1}
		for _, d := range shape {
			dims = append(dims, int64(d))
		}
		target := "shape" + fmt.Sprint(shape)
		if w.forms[target] == "" {
			w.forms[target] = w.ints("shape", dims)
		}
		y = w.node("Reshape", x+"/shaped", []string{x, w.forms[target]})
		w.form[y] = shape
	}
	w.forms[key] = y
	return y
}

// alike brings values into one shape: the one that all have, or flat.
func (w *writer) alike(in []string) []string {
	shape := w.form[in[0]]
	for _, x := range in {
		if !slices.Equal(w.form[x], shape) {
			shape = nil
		}
	}
	out := make([]string, len(in))
	for k, x := range in {
		out[k] = w.as(x, shape)
	}
	return out
}
