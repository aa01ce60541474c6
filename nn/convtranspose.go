package nn

import (
	"fmt"
)

// ConvTranspose is a transposed convolution: the linear map whose matrix is the transpose
// of a convolution's, with a bias. Where the window of that convolution has its element
// (ky, kx) on pixel (Y, X) of the output at position q, output channel o sums
//
//	Bias[o] + sum over (c, ky, kx) of Weight[o, (c kh + ky) kw + kx] x[c, q],
//
// where c runs over the input channels of o's group, see [Conv]. A sample of the input
// is Inputs x Out(0) x Out(1), one of the output Channels x In[0] x In[1].
type ConvTranspose struct {
	Params
	Value *Params
	// Window is that of the convolution that is transposed: it slides over the output,
	// so that In and Channels are those of the output, and has one position an input.
	Window
	// Inputs is the number of input channels, Groups divides it and that of the outputs.
	Inputs, Groups int
}

// Kind is "ConvTranspose".
func (c *ConvTranspose) Kind() string { return "ConvTranspose" }

// OutDim checks the geometry and that there is one input of its size.
func (c *ConvTranspose) OutDim(in []int) (int, error) {
	if err := c.check(); err != nil {
		return 0, err
	}
	switch {
	case c.Groups < 1 || c.Inputs < 1 || c.Inputs%c.Groups != 0 || c.Channels%c.Groups != 0:
		return 0, fmt.Errorf("%d groups of %d input and %d output channels, want a divisor of both", c.Groups, c.Inputs, c.Channels)
	case c.Weight.Rows != c.Channels || c.Weight.Cols != c.Depth():
		return 0, fmt.Errorf("%d x %d weights, want %d x %d: %d channels of a %d x %d kernel for each output channel",
			c.Weight.Rows, c.Weight.Cols, c.Channels, c.Depth(), c.Inputs/c.Groups, c.Kernel[0], c.Kernel[1])
	case len(c.Bias) != c.Channels:
		return 0, fmt.Errorf("%d biases for %d output channels", len(c.Bias), c.Channels)
	case c.Value != nil && !c.Value.sameShape(&c.Params):
		return 0, fmt.Errorf("value parameters whose shape is not that of the %d x %d weights", c.Channels, c.Depth())
	case c.Inputs > maxSize/c.Positions():
		return 0, fmt.Errorf("%d input channels of %d positions are too many", c.Inputs, c.Positions())
	}
	return c.size(), wantInput(in, c.Inputs*c.Positions())
}

// Depth is the number of weights of an output channel.
func (c *ConvTranspose) Depth() int { return c.Inputs / c.Groups * c.Elements() }

// Decoupled reports whether the value channel has parameters of its own.
func (c *ConvTranspose) Decoupled() bool { return c.Value != nil }

// Channel returns the parameters of a channel.
func (c *ConvTranspose) Channel(ch Channel) *Params {
	if ch == ValueChannel && c.Value != nil {
		return c.Value
	}
	return &c.Params
}

// WithParams implements [Layer].
func (c *ConvTranspose) WithParams(p Params, value *Params) Layer {
	return &ConvTranspose{Params: p, Value: value, Window: c.Window, Inputs: c.Inputs, Groups: c.Groups}
}

// CheckFinite reports the first parameter that is NaN or infinite.
func (c *ConvTranspose) CheckFinite() error {
	d := Dense{Params: c.Params, Value: c.Value}
	return d.CheckFinite()
}

// transposed is the convolution that is transposed, without a bias.
func (c *ConvTranspose) transposed(p *Params) *Conv {
	t := &Conv{Window: c.Window, Groups: c.Groups}
	t.Params = Params{Weight: NewMatrix(c.Inputs, c.Channels/c.Groups*c.Elements()), Bias: make([]float64, c.Inputs)}
	if p != nil {
		c.eachKernel(func(o, at, i, to int) {
			copy(t.Weight.Row(i)[to:to+c.Elements()], p.Weight.Row(o)[at:])
		})
	}
	return t
}

// eachKernel calls f for each kernel: in row o of the weights from at on, and in row i of
// those of the convolution that is transposed from `to` on.
func (c *ConvTranspose) eachKernel(f func(o, at, i, to int)) {
	out, in := c.Channels/c.Groups, c.Inputs/c.Groups
	for o := range c.Channels {
		for k := range in {
			f(o, k*c.Elements(), o/out*in+k, o%out*c.Elements())
		}
	}
}

// Forward implements [Affine]: backwards through the convolution.
func (c *ConvTranspose) Forward(dst Matrix, src []Matrix, ch Channel, bias bool, workers int) {
	p, plane := c.Channel(ch), c.Plane()
	for r := range dst.Rows {
		y := dst.Row(r)
		clear(y)
		if bias {
			for o, b := range p.Bias {
				channel := y[o*plane : (o+1)*plane]
				for i := range channel {
					channel[i] = b
				}
			}
		}
	}
	c.transposed(p).Backward([]Matrix{dst}, src[0], ActivationChannel, workers)
}

// Backward implements [Affine]: forward through the convolution.
func (c *ConvTranspose) Backward(dsrc []Matrix, grad Matrix, ch Channel, workers int) {
	if dsrc[0].Rows == 0 {
		return
	}
	g := NewMatrix(grad.Rows, c.Inputs*c.Positions())
	c.transposed(c.Channel(ch)).Forward(g, []Matrix{grad}, ActivationChannel, false, workers)
	for r := range g.Rows {
		addTo(dsrc[0].Row(r), g.Row(r))
	}
}

// ParamGradient implements [Layer]: that of the convolution, with the gradient for its
// input and the input for its gradient.
func (c *ConvTranspose) ParamGradient(dst *Params, grad, src []float64) {
	t := c.transposed(nil)
	t.ParamGradient(&t.Params, src, grad)
	c.eachKernel(func(o, at, i, to int) {
		addTo(dst.Weight.Row(o)[at:at+c.Elements()], t.Weight.Row(i)[to:to+c.Elements()])
	})
	plane := c.Plane()
	for o := range c.Channels {
		for _, v := range grad[o*plane : (o+1)*plane] {
			dst.Bias[o] += v
		}
	}
}
