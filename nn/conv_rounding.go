package nn

import "math"

func (c *Conv) terms() int { return c.depth() + 1 }

// absBound uses Cauchy and Schwarz as that of [Dense] does, with the norm of the
// inputs that the window meets at each position.
func (c *Conv) absBound(dst Matrix, src []Matrix, ch Channel, bias, tight bool) {
	p := c.Channel(ch)
	if tight {
		abs := c.WithParams(p.abs(), nil)
		abs.Forward(dst, []Matrix{absolute(src[0])}, ValueChannel, bias, 1)
		inflate(dst, c.depth()+4)
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
				met[i] = float64(math.Sqrt(v) * (1 + gamma(c.depth()+4)))
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

func (c *Conv) absBackward(dsrc []Matrix, grad Matrix) {
	abs := c.WithParams(c.Channel(ValueChannel).abs(), nil)
	abs.Backward(dsrc, grad, ValueChannel, 1)
}

// abs are the absolute values of the parameters.
func (p *Params) abs() Params {
	c := p.Clone()
	for i, v := range c.Weight.Data {
		c.Weight.Data[i] = math.Abs(v)
	}
	for i, v := range c.Bias {
		c.Bias[i] = math.Abs(v)
	}
	return c
}

// absolute is the matrix of absolute values.
func absolute(m Matrix) Matrix {
	a := NewMatrix(m.Rows, m.Cols)
	for r := range m.Rows {
		to := a.Row(r)
		for i, v := range m.Row(r) {
			to[i] = math.Abs(v)
		}
	}
	return a
}

// inflate makes sums of n rounded products and sums at least as large as the
// exact ones.
func inflate(m Matrix, n int) {
	for r := range m.Rows {
		row := m.Row(r)
		for i := range row {
			row[i] = float64(row[i] * (1 + gamma(n)))
		}
	}
}
