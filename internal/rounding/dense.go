package rounding

import (
	"math"

	"github.com/netmend/netmend/internal/blas"
	"github.com/netmend/netmend/nn"
)

func (d dense) terms() int { return d.Weight.Cols + 1 }

// absBound uses Cauchy and Schwarz, |a|.|x| <= |a|_2 |x|_2: a few times larger
// than the sum itself, at the price of a norm instead of a product of matrices.
func (d dense) absBound(dst nn.Matrix, src []nn.Matrix, ch nn.Channel, bias, tight bool) {
	p := d.Channel(ch)
	if tight {
		absSum(p, dst, src[0], bias)
		return
	}
	norms := make([]float64, p.Weight.Rows)
	for j := range norms {
		norms[j] = length(p.Weight.Row(j))
	}
	for r := range dst.Rows {
		out, x := dst.Row(r), length(src[0].Row(r))
		for j, w := range norms {
			out[j] = float64(w * x)
			if bias {
				out[j] += math.Abs(p.Bias[j])
			}
		}
	}
}

// absSum computes dst = |Weight| |src|, plus |Bias| where bias is set.
func absSum(p *nn.Params, dst, src nn.Matrix, bias bool) {
	for r := range dst.Rows {
		x := src.Row(r)
		for j := range p.Weight.Rows {
			sum := 0.0
			for i, w := range p.Weight.Row(j) {
				sum += math.Abs(w * x[i])
			}
			if bias {
				sum += math.Abs(p.Bias[j])
			}
			dst.Row(r)[j] = float64(sum * (1 + gamma(len(x)+4)))
		}
	}
}

func (d dense) absBackward(dsrc []nn.Matrix, grad nn.Matrix) {
	w := d.Channel(nn.ValueChannel).Weight
	for r := range grad.Rows {
		dst := dsrc[0].Row(r)
		for j, g := range grad.Row(r) {
			if g == 0 {
				continue
			}
			for i, v := range w.Row(j) {
				dst[i] += float64(math.Abs(v) * g)
			}
		}
	}
}

// length is at least the Euclidean norm of x.
func length(x []float64) float64 {
	return float64(math.Sqrt(blas.Dot(x, x)) * (1 + gamma(len(x)+4)))
}

// abs are the absolute values of the parameters.
func abs(p *nn.Params) nn.Params {
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
func absolute(m nn.Matrix) nn.Matrix {
	a := nn.NewMatrix(m.Rows, m.Cols)
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
func inflate(m nn.Matrix, n int) {
	for r := range m.Rows {
		row := m.Row(r)
		for i := range row {
			row[i] = float64(row[i] * (1 + gamma(n)))
		}
	}
}
