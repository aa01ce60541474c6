package layers

import (
	"math"

	"github.com/netmend/netmend/internal/blas"
	"github.com/netmend/netmend/nn"
)

// Affine is the map of a row x to x W + b, between two blocks or to the columns of a
// goal: either W as a matrix, or the network's own operations one after the other,
// so that a convolution is never expanded.
type Affine struct {
	linear
	// Out is the length of b.
	Out int
}

// linear is a representation of an [Affine]. The methods write into a given matrix
// and take any number of rows; they are safe for concurrent use.
type linear interface {
	// forward computes dst = x W, plus b in the first rows, as many as given.
	forward(dst, x nn.Matrix, constants int)
	// forwardAbs computes dst = x |W|, or more, for x >= 0, and adds |b|, or more, in
	// the first rows, as many as given.
	forwardAbs(dst, x nn.Matrix, constants int)
	// restrict is the map on the free coordinates of the row (ascending), with the
	// others at the values of x.
	restrict(free []int, x []float64) *matrix
	// after is the map to (normal . y - offset), for the rows of normals, of the
	// output y.
	after(normals nn.Matrix, offsets []float64) *matrix
}

// Apply maps every row of x.
func (a *Affine) Apply(x nn.Matrix) nn.Matrix {
	y := nn.NewMatrix(x.Rows, a.Out)
	a.forward(y, x, x.Rows)
	return y
}

// Into maps every row of x to a row of dst.
func (a *Affine) Into(dst, x nn.Matrix) { a.forward(dst, x, x.Rows) }

// Magnitudes returns, for each output, the sum of the absolute values of the
// terms that it is summed from, for rows of inputs of the given absolute values.
func (a *Affine) Magnitudes(sizes nn.Matrix) nn.Matrix {
	m := nn.NewMatrix(sizes.Rows, a.Out)
	a.forwardAbs(m, sizes, sizes.Rows)
	return m
}

// Spread bounds, for each output, by how much it changes where the inputs change by
// no more than errs.
func (a *Affine) Spread(errs []float64) []float64 {
	m := make([]float64, a.Out)
	a.forwardAbs(nn.RowMatrix(m), nn.RowMatrix(errs), 0)
	return m
}

// matrix is an affine map by its matrix.
type matrix struct {
	w, abs nn.Matrix // abs: absolute values
	bias   []float64
}

// transposed are the parameters of a dense layer, for rows.
func transposed(p *nn.Params) *matrix {
	w := nn.NewMatrix(p.Weight.Cols, p.Weight.Rows)
	for i := range p.Weight.Rows {
		for j, v := range p.Weight.Row(i) {
			w.Data[j*w.Stride+i] = v
		}
	}
	return newMatrix(w, p.Bias)
}

func newMatrix(w nn.Matrix, bias []float64) *matrix {
	a := &matrix{w: w, abs: nn.NewMatrix(w.Rows, w.Cols), bias: bias}
	for r := range w.Rows {
		for k, v := range w.Row(r) {
			a.abs.Row(r)[k] = math.Abs(v)
		}
	}
	return a
}

// affine is m as an [Affine].
func (m *matrix) affine() Affine { return Affine{m, len(m.bias)} }

func (m *matrix) forward(dst, x nn.Matrix, constants int) {
	for r := range dst.Rows {
		if r < constants {
			copy(dst.Row(r), m.bias)
		} else {
			clear(dst.Row(r))
		}
	}
	blas.MulNN(dst, x, m.w, true, 1)
}

func (m *matrix) forwardAbs(dst, x nn.Matrix, constants int) {
	for r := range dst.Rows {
		y := dst.Row(r)
		clear(y)
		if r < constants {
			for i, b := range m.bias {
				y[i] = math.Abs(b)
			}
		}
	}
	blas.MulNN(dst, x, m.abs, true, 1)
}

func (m *matrix) restrict(free []int, x []float64) *matrix {
	w, bias := nn.NewMatrix(len(free), len(m.bias)), make([]float64, len(m.bias))
	copy(bias, m.bias)
	k := 0
	for j := range m.w.Rows {
		if k < len(free) && free[k] == j {
			copy(w.Row(k), m.w.Row(j))
			k++
		} else {
			blas.Axpy(x[j], m.w.Row(j), bias)
		}
	}
	return newMatrix(w, bias)
}

func (m *matrix) after(normals nn.Matrix, offsets []float64) *matrix {
	w, bias := nn.NewMatrix(m.w.Rows, normals.Rows), make([]float64, normals.Rows)
	blas.MulNT(w, m.w, normals, false, 1)
	blas.MulVec(bias, normals, m.bias)
	for i, b := range offsets {
		bias[i] -= b
	}
	return newMatrix(w, bias)
}
