package onnx

import (
	"fmt"
	"slices"

	"github.com/netmend/netmend/nn"
)

// concat writes a concatenation: of images along their channels where all are
// images of one size, otherwise of flat samples.
func (w *writer) concat(name string, in []string) string {
	first := w.form[in[0]]
	channels := 0
	for _, x := range in {
		f := w.form[x]
		if len(f) < 2 || len(f) != len(first) || !slices.Equal(f[1:], first[1:]) {
			first = nil
			break
		}
		channels += f[0]
	}
	values := make([]string, len(in))
	for k, x := range in {
		values[k] = x
		if first == nil {
			values[k] = w.as(x, nil)
		}
	}
	y := w.node("Concat", name, values, intAttr("axis", 1))
	if first != nil {
		w.form[y] = append([]int{channels}, first[1:]...)
	}
	return y
}

// sum writes a sum of two values or more, each times its coefficient.
func (w *writer) sum(s *nn.Sum, name string, in []string) (string, error) {
	in = w.alike(in)
	times := func(x string, c float64) (string, error) {
		if c == 1 {
			return x, nil
		}
		factor, err := w.scalar(c)
		if err != nil {
			return "", err
		}
		return w.node("Mul", name+"/term", []string{x, factor}), nil
	}
	y, err := times(in[0], s.Coefficients[0])
	if err != nil || len(in) == 1 {
		if y == in[0] {
			y = w.node("Identity", name, in)
		}
		return y, err
	}
	for k := 1; k < len(in); k++ {
		last := name
		if k < len(in)-1 {
			last += "/part"
		}
		c := s.Coefficients[k]
		if c == -1 {
			y = w.node("Sub", last, []string{y, in[k]})
			continue
		}
		term, err := times(in[k], c)
		if err != nil {
			return "", err
		}
		y = w.node("Add", last, []string{y, term})
	}
	return y, nil
}

// take writes a selection of elements of flat samples, to which the fill is added
// as a last element where any output has it; nothing is left to select where that is
// the last output.
func (w *writer) take(t *nn.Take, name, x string) (string, error) {
	x = w.as(x, nil)
	indices := make([]int64, len(t.From))
	filled := false
	for i, f := range t.From {
		indices[i] = int64(f)
		if f < 0 {
			indices[i], filled = int64(t.In), true
		}
	}
	if filled {
		fill, err := w.scalar(t.Fill)
		if err != nil {
			return "", err
		}
		if w.forms["one more"] == "" {
			w.forms["one more"] = w.ints("one_more", []int64{0, 0, 0, 1})
		}
		pad := func(name string) string { return w.node("Pad", name, []string{x, w.forms["one more"], fill}) }
		if inOrder(t.From[:len(t.From)-1], t.In) && t.From[t.In] < 0 {
			return pad(name), nil
		}
		x = pad(name + "/filled")
	}
	return w.node("Gather", name, []string{x, w.ints(name+".elements", indices)}, intAttr("axis", 1)), nil
}

// reduce writes a sum or mean over the middle of three axes.
func (w *writer) reduce(s *nn.Reduce, name, x string) (string, error) {
	x = w.as(x, []int{s.Outer, s.Axis, s.Inner})
	if s.Divisor == float64(s.Axis) {
		y := w.mean(name, x, 0, 2)
		w.form[y] = []int{s.Outer, s.Inner}
		return y, nil
	}
	if w.forms["middle"] == "" {
		w.forms["middle"] = w.ints("middle", []int64{2})
	}
	sumName := name
	if s.Divisor != 1 {
		sumName += "/sum"
	}
	y := w.node("ReduceSum", sumName, []string{x, w.forms["middle"]}, intAttr("keepdims", 0))
	w.form[y] = []int{s.Outer, s.Inner}
	if s.Divisor == 1 {
		return y, nil
	}
	d, err := w.scalar(s.Divisor)
	if err != nil {
		return "", err
	}
	return w.node("Div", name, []string{y, d}), nil
}

// mean writes a mean over axes, which are an attribute before opset 18.
func (w *writer) mean(name, x string, keep int64, axes ...int) string {
	if w.opset < 18 {
		return w.node("ReduceMean", name, []string{x}, intsAttr("axes", axes...), intAttr("keepdims", keep))
	}
	key := fmt.Sprint("axes ", axes)
	if w.forms[key] == "" {
		list := make([]int64, len(axes))
		for i, a := range axes {
			list[i] = int64(a)
		}
		w.forms[key] = w.ints("axes", list)
	}
	return w.node("ReduceMean", name, []string{x, w.forms[key]}, intAttr("keepdims", keep))
}
