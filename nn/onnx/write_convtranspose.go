package onnx

import "github.com/netmend/netmend/nn"

// convTranspose writes a transposed convolution.
func (w *writer) convTranspose(c *nn.ConvTranspose, name, x string, ch nn.Channel) (string, error) {
	p := c.Channel(ch)
	names, ok := w.params[p]
	out, in := c.Channels/c.Groups, c.Inputs/c.Groups
	if !ok {
		var kernels []float64
		for o := range p.Weight.Rows {
			kernels = append(kernels, p.Weight.Row(o)...)
		}
		var err error
		kernels = swapKernels(kernels, c.Groups, out, in)
		shape := []int64{int64(c.Inputs), int64(out), int64(c.Kernel[0]), int64(c.Kernel[1])}
		if names[0], err = w.tensor(name+".weight", nn.RowMatrix(kernels), shape...); err != nil {
			return "", err
		}
		if names[1], err = w.vector(name+".bias", p.Bias); err != nil {
			return "", err
		}
		w.params[p] = names
	}
	var beyond [2]int // rows and columns behind the last position's
	for axis := range 2 {
		last := (c.Out(axis)-1)*c.Stride[axis] + (c.Kernel[axis]-1)*c.Dilation[axis] + 1
		beyond[axis] = c.In[axis] + c.Before[axis] + c.After[axis] - last
	}
	attrs := append(windowAttrs(&c.Window, [2]int{}), intsAttr("dilations", c.Dilation[:]...), intAttr("group", int64(c.Groups)))
	if beyond != [2]int{} {
		attrs = append(attrs, intsAttr("output_padding", beyond[:]...))
	}
	y := w.node("ConvTranspose", name, []string{w.as(x, []int{c.Inputs, c.Out(0), c.Out(1)}), names[0], names[1]}, attrs...)
	w.form[y] = []int{c.Channels, c.In[0], c.In[1]}
	return y, nil
}
