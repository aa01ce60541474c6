package rounding

import (
	"math"

	"github.com/netmend/netmend/nn"
)

func (s scale) terms() int { return 2 }

func (s scale) absBound(dst nn.Matrix, src []nn.Matrix, _ nn.Channel, bias, _ bool) {
	for i := range dst.Rows {
		d, x := dst.Row(i), src[0].Row(i)
		for j, f := range s.Factor {
			d[j] = math.Abs(f * x[j])
			if bias {
				d[j] += math.Abs(s.Shift[j])
			}
		}
	}
}

func (s scale) absBackward(dsrc []nn.Matrix, grad nn.Matrix) {
	for i := range grad.Rows {
		d, g := dsrc[0].Row(i), grad.Row(i)
		for j, f := range s.Factor {
			d[j] += float64(math.Abs(f) * g[j])
		}
	}
}

// abs is the sum with the absolute values of its coefficients.
func (s sum) abs() *nn.Sum {
	a := make([]float64, len(s.Coefficients))
	for k, c := range s.Coefficients {
		a[k] = math.Abs(c)
	}
	return &nn.Sum{Coefficients: a}
}

func (s sum) terms() int { return len(s.Coefficients) }

func (s sum) absBound(dst nn.Matrix, src []nn.Matrix, _ nn.Channel, _, _ bool) {
	abs := make([]nn.Matrix, len(src))
	for k, m := range src {
		abs[k] = absolute(m)
	}
	s.abs().Forward(dst, abs, nn.ValueChannel, false, 1)
	inflate(dst, len(src)+2)
}

func (s sum) absBackward(dsrc []nn.Matrix, grad nn.Matrix) {
	s.abs().Backward(dsrc, grad, nn.ValueChannel, 1)
}

func (a averagePool) terms() int { return a.Elements() + 1 }

func (a averagePool) absBound(dst nn.Matrix, src []nn.Matrix, ch nn.Channel, bias, _ bool) {
	a.Forward(dst, []nn.Matrix{absolute(src[0])}, ch, bias, 1)
	inflate(dst, a.Elements()+4)
}

func (a averagePool) absBackward(dsrc []nn.Matrix, grad nn.Matrix) {
	a.Backward(dsrc, grad, nn.ValueChannel, 1)
}
func (s reduce) terms() int { return s.Axis + 1 }

func (s reduce) absBound(dst nn.Matrix, src []nn.Matrix, ch nn.Channel, _, _ bool) {
	s.Forward(dst, []nn.Matrix{absolute(src[0])}, ch, false, 1)
	inflate(dst, s.Axis+4)
}

func (s reduce) absBackward(dsrc []nn.Matrix, grad nn.Matrix) {
	s.Backward(dsrc, grad, nn.ValueChannel, 1)
}
