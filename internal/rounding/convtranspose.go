package rounding

import "github.com/netmend/netmend/nn"

type convTranspose struct{ *nn.ConvTranspose }

// terms counts the elements of the window that can meet one pixel of the output: those
// whose distance is a multiple of the stride, and the bias.
func (c convTranspose) terms() int {
	n := c.Inputs / c.Groups
	for axis := range 2 {
		step := c.Stride[axis] / divisor(c.Stride[axis], c.Dilation[axis])
		n *= (c.Kernel[axis] + step - 1) / step
	}
	return n + 1
}

// divisor is the greatest common divisor.
func divisor(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

func (c convTranspose) absBound(dst nn.Matrix, src []nn.Matrix, ch nn.Channel, bias, _ bool) {
	c.WithParams(abs(c.Channel(ch)), nil).Forward(dst, []nn.Matrix{absolute(src[0])}, nn.ValueChannel, bias, 1)
	inflate(dst, c.Depth()+4)
}

func (c convTranspose) absBackward(dsrc []nn.Matrix, grad nn.Matrix) {
	c.WithParams(abs(c.Channel(nn.ValueChannel)), nil).Backward(dsrc, grad, nn.ValueChannel, 1)
}
