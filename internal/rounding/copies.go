package rounding

import "github.com/netmend/netmend/nn"

func (c concat) terms() int { return exactTerms }

func (c concat) absBound(dst nn.Matrix, src []nn.Matrix, ch nn.Channel, _, _ bool) {
	abs := make([]nn.Matrix, len(src))
	for k, s := range src {
		abs[k] = absolute(s)
	}
	c.Forward(dst, abs, ch, false, 1)
}

func (c concat) absBackward(dsrc []nn.Matrix, grad nn.Matrix) {
	c.Backward(dsrc, grad, nn.ValueChannel, 1)
}

func (t take) terms() int { return exactTerms }

func (t take) absBound(dst nn.Matrix, src []nn.Matrix, ch nn.Channel, bias, _ bool) {
	t.Forward(dst, []nn.Matrix{absolute(src[0])}, ch, bias, 1)
	for i, v := range dst.Data {
		dst.Data[i] = max(v, -v)
	}
}

func (t take) absBackward(dsrc []nn.Matrix, grad nn.Matrix) {
	t.Backward(dsrc, grad, nn.ValueChannel, 1)
}
