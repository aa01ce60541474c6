package proof

import "github.com/netmend/netmend/nn"

// transpose makes the sums those of a transposed convolution.
func (s *sums) transpose(op *nn.ConvTranspose, p *nn.Params) {
	plane := op.In[0] * op.In[1]
	s.bias = func(j int) float64 { return p.Bias[j/plane] }
	s.terms = func(into []entry, j int) []entry {
		w := p.Weight.Row(j / plane)
		eachSource(op, j, func(weight, from int) { into = appendTerm(into, from, w[weight]) })
		return into
	}
	s.products = op.Inputs * op.Positions() * op.Channels / op.Groups * op.Kernel[0] * op.Kernel[1]
}

// transposedMeetings tells of each output what [meetings] lists.
func transposedMeetings(op *nn.ConvTranspose) func(u int) []meeting {
	plane, cols := op.In[0]*op.In[1], op.Channel(nn.ValueChannel).Weight.Cols
	return func(u int) []meeting {
		row := u / plane * (cols + 1)
		var all []meeting
		eachSource(op, u, func(weight, from int) { all = append(all, meeting{row + weight, from}) })
		return append(all, meeting{row + cols, -1})
	}
}

// eachSource calls f for the inputs that output j of a transposed convolution is summed
// from, with the place of their weight in the row of the output's channel: pixel (Y, X) of
// an output channel gets element (ky, kx) of position (y, x) where
// Y = y stride + ky dilation - before, and X alike.
func eachSource(op *nn.ConvTranspose, j int, f func(weight, from int)) {
	height, width := op.Out(0), op.Out(1)
	elements, channels := op.Kernel[0]*op.Kernel[1], op.Inputs/op.Groups
	out, pixel := j/(op.In[0]*op.In[1]), j%(op.In[0]*op.In[1])
	first := out / (op.Channels / op.Groups) * channels
	for ky := range op.Kernel[0] {
		y := pixel/op.In[1] + op.Before[0] - ky*op.Dilation[0]
		if y < 0 || y%op.Stride[0] != 0 || y/op.Stride[0] >= height {
			continue
		}
		for kx := range op.Kernel[1] {
			x := pixel%op.In[1] + op.Before[1] - kx*op.Dilation[1]
			if x < 0 || x%op.Stride[1] != 0 || x/op.Stride[1] >= width {
				continue
			}
			at := y/op.Stride[0]*width + x/op.Stride[1]
			for c := range channels {
				f(c*elements+ky*op.Kernel[1]+kx, (first+c)*height*width+at)
			}
		}
	}
}
