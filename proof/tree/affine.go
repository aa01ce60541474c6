package tree

import (
	"fmt"
	"math"
	"slices"

	"github.com/netmend/netmend/nn"
)

const (
	// roundoff is twice the unit roundoff of float64. The factor 2 is room for the
	// rounding errors of the error bounds themselves, which are relative and tiny.
	roundoff = 0x1p-52
	// tiny is more than what an operation can lose by underflow.
	tiny = 0x1p-1070
	// maxEntries limits the entries of a matrix, 0.5 GiB.
	maxEntries = 1 << 26
)

// affine is the map y = A v + b, or one that differs from it by no more than
// error*size. in lists where v comes from.
type affine struct {
	in       []int // nodes, or nn.Input
	mat, abs *nn.Dense
	// size bounds the absolute values of all terms that an output of mat is summed
	// from, per unit of input; biasSize those of the bias.
	size           *nn.Dense
	bias, biasSize []float64
	// error is the relative rounding error of everything that forward computes.
	error float64
}

// newAffine is the map of exact parameters.
func newAffine(in []int, p *nn.Params) *affine {
	a := &affine{in: in, mat: withoutBias(p.Weight), abs: withoutBias(absolute(p.Weight)), bias: p.Bias}
	a.size = a.abs
	for _, b := range p.Bias {
		a.biasSize = append(a.biasSize, math.Abs(b))
	}
	a.error = float64(2*p.Weight.Cols+8) * roundoff
	return a
}

// after is the map g after the map a.
func (g *affine) after(a *affine) *affine {
	rows, cols := g.mat.Weight.Rows, a.mat.Weight.Cols
	w, size := nn.NewMatrix(rows, cols), nn.NewMatrix(rows, cols)
	c := &affine{in: a.in, bias: slices.Clone(g.bias), biasSize: slices.Clone(g.biasSize)}
	for i := range rows {
		for j, n := range g.mat.Weight.Row(i) {
			m := g.size.Weight.Row(i)[j]
			if m == 0 {
				continue
			}
			for k, v := range a.mat.Weight.Row(j) {
				w.Row(i)[k] += n * v
				size.Row(i)[k] += m * a.size.Weight.Row(j)[k]
			}
			c.bias[i] += n * a.bias[j]
			c.biasSize[i] += m * a.biasSize[j]
		}
	}
	c.mat, c.abs, c.size = withoutBias(w), withoutBias(absolute(w)), withoutBias(size)
	c.error = g.error + 2*a.error + float64(2*cols+8)*roundoff
	return c
}

func withoutBias(w nn.Matrix) *nn.Dense {
	return &nn.Dense{Params: nn.Params{Weight: w, Bias: make([]float64, w.Rows)}}
}

func absolute(w nn.Matrix) nn.Matrix {
	m := nn.NewMatrix(w.Rows, w.Cols)
	for i := range w.Rows {
		for j, v := range w.Row(i) {
			m.Row(i)[j] = math.Abs(v)
		}
	}
	return m
}

// forward sends a band through the map. scratch is for a row of each.
func (a *affine) forward(out, in *band, s *sizes) error {
	a.mat.Forward(out.centre, []nn.Matrix{in.centre}, nn.ActivationChannel, false, 1)
	a.abs.Forward(out.radius, []nn.Matrix{in.radius}, nn.ActivationChannel, false, 1)
	terms := s.of(in)
	errs := nn.RowMatrix(resized(&s.errs, len(a.bias)))
	a.size.Forward(errs, []nn.Matrix{nn.RowMatrix(terms)}, nn.ActivationChannel, false, 1)
	under := tiny * float64(len(terms)+4) * s.inputs
	c, r := out.centre.Row(0), out.radius.Row(0)
	for j, e := range errs.Data {
		e = a.error*(e+a.biasSize[j]) + under
		if !(e < math.MaxFloat64) {
			return fmt.Errorf("the values overflow float64 on the domain")
		}
		c[j] += a.bias[j]
		r[j] += e
	}
	return nil
}

func resized(s *[]float64, n int) []float64 {
	if cap(*s) < n {
		*s = make([]float64, n)
	}
	return (*s)[:n]
}
