package nn

import (
	"fmt"
)

// Conv is a convolution over samples of Channels x height x width. Output
// channel o at a position is
//
//	Bias[o] + sum over (c, ky, kx) of Weight[o, (c kh + ky) kw + kx] x[c, ...],
//
// where c runs over the input channels of o's group: output channels and input
// channels are split, in order, into Groups parts of equal size. A sample of the
// output is outChannels x Out(0) x Out(1). Params serve both channels unless
// Value is set, which then serves the value channel.
//
// Its dense matrix is never formed: see conv_run.go.
type Conv struct {
	Params
	Value *Params
	Window
	// Groups divides the input and the output channels.
	Groups int
}

// Kind is "Conv".
func (c *Conv) Kind() string { return "Conv" }

// OutDim checks the geometry and that there is one input of its size.
func (c *Conv) OutDim(in []int) (int, error) {
	if err := c.check(); err != nil {
		return 0, err
	}
	out := c.Weight.Rows
	switch {
	case c.Groups < 1 || c.Channels%c.Groups != 0 || out%c.Groups != 0 || out == 0:
		return 0, fmt.Errorf("%d groups of %d input and %d output channels, want a divisor of both", c.Groups, c.Channels, out)
	case c.Weight.Cols != c.Depth():
		return 0, fmt.Errorf("%d weights for each output channel, want %d: %d channels of a %d x %d kernel",
			c.Weight.Cols, c.Depth(), c.Channels/c.Groups, c.Kernel[0], c.Kernel[1])
	case len(c.Bias) != out:
		return 0, fmt.Errorf("%d biases for %d output channels", len(c.Bias), out)
	case c.Value != nil && !c.Value.sameShape(&c.Params):
		return 0, fmt.Errorf("value parameters whose shape is not that of the %d x %d weights", out, c.Depth())
	case out > maxSize/c.Positions():
		return 0, fmt.Errorf("%d output channels of %d positions are too many", out, c.Positions())
	}
	return out * c.Positions(), wantInput(in, c.size())
}

// Depth is the number of products summed for one output.
func (c *Conv) Depth() int { return c.Channels / c.Groups * c.Elements() }

// Decoupled reports whether the value channel has parameters of its own.
func (c *Conv) Decoupled() bool { return c.Value != nil }

// Channel returns the parameters of a channel.
func (c *Conv) Channel(ch Channel) *Params {
	if ch == ValueChannel && c.Value != nil {
		return c.Value
	}
	return &c.Params
}

// WithParams implements [Layer].
func (c *Conv) WithParams(p Params, value *Params) Layer {
	return &Conv{Params: p, Value: value, Window: c.Window, Groups: c.Groups}
}

// CheckFinite reports the first parameter that is NaN or infinite.
func (c *Conv) CheckFinite() error {
	d := Dense{Params: c.Params, Value: c.Value}
	return d.CheckFinite()
}
