package onnx

import "slices"

// structure adds an operator that moves, repeats, drops or sums elements.
func (g *graphMaker) structure(x string, s []int64) {
	if len(s) == 0 {
		return
	}
	axis := g.next(len(s))
	out := slices.Clone(s)
	switch g.next(8) {
	case 0:
		perm := make([]int, len(s))
		for i := range perm {
			perm[i] = i
		}
		if other := g.next(len(s)); other != axis {
			perm[axis], perm[other] = perm[other], perm[axis]
			out[axis], out[other] = out[other], out[axis]
		}
		g.add("Transpose", []string{x}, out, "perm", perm)
	case 1:
		in := []string{x, x}
		if g.oneIn(2) {
			in[g.next(2)] = g.constant(s)
		}
		out[axis] *= 2
		g.add("Concat", in, out, "axis", axis)
	case 2:
		if s[axis] > 1 {
			out[axis]--
			g.add("Slice", []string{x, g.ints(1), g.ints(1 << 40), g.ints(int64(axis))}, out)
		}
	case 3:
		k := int64(1 + g.next(2))
		list := make([]int64, k)
		for i := range list {
			list[i] = int64(g.next(int(s[axis])))
		}
		out[axis] = k
		g.add("Gather", []string{x, g.ints(list...)}, out, "axis", axis)
	case 4:
		op, keep := []string{"ReduceSum", "ReduceMean"}[g.next(2)], g.next(2)
		in, attrs := []string{x}, []any{"keepdims", keep}
		if since := map[string]int64{"ReduceSum": 13, "ReduceMean": 18}[op]; g.opset >= since {
			in = append(in, g.ints(int64(axis)))
		} else {
			attrs = append(attrs, "axes", []int{axis})
		}
		out[axis] = 1
		if keep == 0 {
			out = slices.Delete(out, axis, axis+1)
		}
		g.add(op, in, out, attrs...)
	case 5:
		pads := make([]int64, 2*len(s))
		pads[axis], pads[len(s)+axis] = int64(g.next(3)), int64(g.next(2))
		out[axis] += pads[axis] + pads[len(s)+axis]
		g.add("Pad", []string{x, g.ints(pads...), g.constant(nil)}, out)
	case 6:
		out = slices.Insert(out, axis, 1)
		if g.opset >= 13 {
			g.add("Unsqueeze", []string{x, g.ints(int64(axis))}, out)
		} else {
			g.add("Unsqueeze", []string{x}, out, "axes", []int{axis})
		}
	case 7:
		if s[axis] != 1 {
			return
		}
		out = slices.Delete(out, axis, axis+1)
		if g.opset >= 13 {
			g.add("Squeeze", []string{x, g.ints(int64(axis))}, out)
		} else {
			g.add("Squeeze", []string{x}, out, "axes", []int{axis})
		}
	}
}

// window adds a convolution or a pool.
func (g *graphMaker) window(x string, s []int64) {
	if len(s) != 3 && len(s) != 4 {
		return
	}
	axes := len(s) - 2
	kernel, pads, out := make([]int, axes), make([]int, 2*axes), slices.Clone(s)
	for i := range kernel {
		kernel[i] = 1 + g.next(2)
		pads[i] = g.next(kernel[i])
		if out[2+i] += int64(pads[i] - kernel[i] + 1); out[2+i] < 1 {
			return
		}
	}
	switch g.next(3) {
	case 0:
		k := int64(1 + g.next(2))
		shape := []int64{k, s[1]}
		for _, d := range kernel {
			shape = append(shape, int64(d))
		}
		out[1] = k
		g.add("Conv", []string{x, g.constant(shape)}, out, "pads", pads)
	case 1:
		g.add("MaxPool", []string{x}, out, "kernel_shape", kernel, "pads", pads)
	case 2:
		g.add("AveragePool", []string{x}, out, "kernel_shape", kernel, "pads", pads, "count_include_pad", g.next(2))
	}
}

func (g *graphMaker) ints(xs ...int64) string {
	name := g.name()
	g.b.ints(name, xs...)
	return name
}
