package rounding

import (
	"math"

	"github.com/netmend/netmend/nn"
)

func (c conv) terms() int { return c.Depth() + 1 }

// absBound uses Cauchy and Schwarz as that of [nn.Dense] does, with the norm of the
// inputs that the window meets at each position.
func (c conv) absBound(dst nn.Matrix, src []nn.Matrix, ch nn.Channel, bias, tight bool) {
	p := c.Channel(ch)
	if tight {
		abs := c.WithParams(abs(p), nil)
		abs.Forward(dst, []nn.Matrix{absolute(src[0])}, nn.ValueChannel, bias, 1)
		inflate(dst, c.Depth()+4)
		return
	}
	norms := make([]float64, c.Weight.Rows)
	for o := range norms {
		norms[o] = length(p.Weight.Row(o))
	}
	positions, plane, channels := c.Positions(), c.Plane(), c.Channels/c.Groups
	rows := c.Weight.Rows / c.Groups
	met := make([]float64, positions)
	for r := range dst.Rows {
		x := src[0].Row(r)
		for g := range c.Groups {
			clear(met)
			for ch := g * channels; ch < (g+1)*channels; ch++ {
				in := x[ch*plane : (ch+1)*plane]
				c.Each(0, c.Out(0), func(_, pos, from, step, count int) {
					to := met[pos : pos+count]
					for i := range to {
						v := in[from+i*step]
						to[i] += float64(v * v)
					}
				})
			}
			for i, v := range met {
				met[i] = float64(math.Sqrt(v) * (1 + gamma(c.Depth()+4)))
			}
			for o := g * rows; o < (g+1)*rows; o++ {
				out := dst.Row(r)[o*positions : (o+1)*positions]
				b := 0.0
				if bias {
					b = math.Abs(p.Bias[o])
				}
				for i, v := range met {
					out[i] = float64(norms[o]*v) + b
				}
			}
		}
	}
}

func (c conv) absBackward(dsrc []nn.Matrix, grad nn.Matrix) {
	abs := c.WithParams(abs(c.Channel(nn.ValueChannel)), nil)
	abs.Backward(dsrc, grad, nn.ValueChannel, 1)
}
