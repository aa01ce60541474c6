package onnx

import (
	"errors"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/nn/onnx/internal/onnxpb"
)

func image(g *nn.Window) []int { return []int{g.Channels, g.In[0], g.In[1]} }

// windowAttrs are the attributes of a window, without the kernel's padding beyond.
func windowAttrs(g *nn.Window, beyond [2]int) []*onnxpb.AttributeProto {
	return []*onnxpb.AttributeProto{
		intsAttr("kernel_shape", g.Kernel[:]...),
		intsAttr("strides", g.Stride[:]...),
		intsAttr("pads", g.Before[0], g.Before[1], g.After[0]-beyond[0], g.After[1]-beyond[1]),
	}
}

// conv writes a convolution.
func (w *writer) conv(c *nn.Conv, name, x string, ch nn.Channel) (string, error) {
	p := c.Channel(ch)
	names, ok := w.params[p]
	if !ok {
		var err error
		shape := []int64{int64(p.Weight.Rows), int64(c.Channels / c.Groups), int64(c.Kernel[0]), int64(c.Kernel[1])}
		if names[0], err = w.tensor(name+".weight", p.Weight, shape...); err != nil {
			return "", err
		}
		if names[1], err = w.vector(name+".bias", p.Bias); err != nil {
			return "", err
		}
		w.params[p] = names
	}
	attrs := append(windowAttrs(&c.Window, [2]int{}), intsAttr("dilations", c.Dilation[:]...), intAttr("group", int64(c.Groups)))
	y := w.node("Conv", name, []string{w.as(x, image(&c.Window)), names[0], names[1]}, attrs...)
	w.form[y] = []int{p.Weight.Rows, c.Out(0), c.Out(1)}
	return y, nil
}

// maxPool writes a maximum over a window.
func (w *writer) maxPool(m *nn.MaxPool, name, x string) string {
	attrs := append(windowAttrs(&m.Window, [2]int{}), intsAttr("dilations", m.Dilation[:]...))
	y := w.node("MaxPool", name, []string{w.as(x, image(&m.Window))}, attrs...)
	w.form[y] = []int{m.Channels, m.Out(0), m.Out(1)}
	w.maxima[y] = w.graph.Node[len(w.graph.Node)-1]
	return y
}

// averagePool writes a mean over a window. ONNX Runtime has it in float32 only; the
// mean over whole channels is written as a reduction in float64.
func (w *writer) averagePool(a *nn.AveragePool, name, x string) (string, error) {
	x = w.as(x, image(&a.Window))
	none, one := [2]int{}, [2]int{1, 1}
	whole := a.Kernel == a.In && a.Before == none && a.After == none && a.Dilation == one
	var y string
	switch {
	case whole && w.dtype == nn.Float64:
		y = w.mean(name, x, 1, 2, 3)
	case whole:
		y = w.node("GlobalAveragePool", name, []string{x})
	default:
		plain := a.Window
		for axis := range 2 {
			plain.After[axis] -= a.Beyond[axis]
		}
		attrs := windowAttrs(&plain, none)
		if a.Dilation != one {
			attrs = append(attrs, intsAttr("dilations", a.Dilation[:]...))
		}
		if a.CountPadding {
			attrs = append(attrs, intAttr("count_include_pad", 1))
		}
		if a.Beyond != none {
			if a.CountPadding {
				return "", errors.New("padding that counts and padding beyond it cannot be written: runtimes disagree about what the last window counts")
			}
			if up := plain; roundUp(&up) != a.Beyond {
				return "", errors.New("padding beyond that no rounding up explains cannot be written")
			}
			attrs = append(attrs, intAttr("ceil_mode", 1))
		}
		y = w.node("AveragePool", name, []string{x}, attrs...)
	}
	w.form[y] = []int{a.Channels, a.Out(0), a.Out(1)}
	return y, nil
}

// chosen writes a selection of the value channel: it copies from the values v what
// the activation channel chooses among z. fz is the maximum in the activation
// channel where that is written, else "".
func (w *writer) chosen(s nn.Selection, name string, z, v []string, fz string) (string, error) {
	switch s := s.(type) {
	case *nn.MaxPool:
		if fz == "" {
			fz = w.maxPool(s, name+"/maxima", z[0])
		}
		// Indices count through the whole batch.
		pool := w.maxima[fz]
		if len(pool.Output) == 1 {
			pool.Output = append(pool.Output, unique(w.values, fz+"/indices"))
		}
		if w.forms["list"] == "" {
			w.forms["list"] = w.ints("list", []int64{-1})
		}
		list := w.node("Reshape", name+"/list", []string{v[0], w.forms["list"]})
		delete(w.form, list)
		y := w.node("Gather", name, []string{list, pool.Output[1]}, intAttr("axis", 0))
		w.form[y] = w.form[fz]
		return y, nil
	case *nn.Max:
		all := w.alike(append(append([]string(nil), z...), v...))
		z, v = all[:len(z)], all[len(z):]
		top, y := z[0], v[0]
		for k := 1; k < len(z); k++ {
			last := name
			if k < len(z)-1 {
				last += "/part"
			}
			first := w.node("GreaterOrEqual", name+"/first", []string{top, z[k]})
			y = w.node("Where", last, []string{first, y, v[k]})
			if k < len(z)-1 {
				top = w.node("Max", name+"/top", []string{top, z[k]})
			}
		}
		return y, nil
	}
	return "", errors.New("a selection that ONNX has no operator for")
}

// max writes an elementwise maximum, two values at a time.
func (w *writer) max(name string, in []string) string {
	in = w.alike(in)
	if len(in) == 1 {
		return w.node("Identity", name, in)
	}
	y := in[0]
	for k := 1; k < len(in); k++ {
		last := name
		if k < len(in)-1 {
			last += "/part"
		}
		y = w.node("Max", last, []string{y, in[k]})
	}
	return y
}
