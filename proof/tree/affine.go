package tree

import (
	"errors"
	"math"
	"slices"

	"github.com/netmend/netmend/internal/blas"
	"github.com/netmend/netmend/nn"
)

const (
	// roundoff is twice the unit roundoff of float64. The factor 2 is room for the
	// rounding errors of the error bounds themselves, which are relative and tiny.
	roundoff = 0x1p-52
	// tiny is more than what an operation can lose by underflow, and so much that what it
	// is multiplied with leaves it a normal number, as others take processors long.
	tiny = 0x1p-960
	// negligible, a share of roundoff of which is far more than a number loses that is
	// rounded to 0, stands in for the size of such numbers.
	negligible = 0x1p-900
	// maxEntries limits the entries of a matrix, 0.5 GiB.
	maxEntries = 1 << 26
)

// affine is the map y = A v + b, or one that differs from it by no more than
// error*size. in lists where v comes from. Matrices have a row for each number of v. The
// products are those of package blas, of which the error bounds ask that every term of a sum
// is rounded at most twice, in whatever order.
type affine struct {
	in       []int // nodes, or nn.Input
	mat, abs nn.Matrix
	back     nn.Matrix // mat with a row for each output, for substitution
	// size bounds the absolute values of all terms that an output of mat is summed
	// from, per unit of input; biasSize those of the bias.
	size           nn.Matrix
	bias, biasSize []float64
	// error is the relative rounding error of everything that forward computes.
	error float64
}

// newAffine is the map of exact parameters. It fails if one is not finite.
func newAffine(in []int, p *nn.Params) (*affine, error) {
	a := &affine{in: in, mat: transposed(p.Weight), bias: p.Bias}
	a.abs = absolute(a.mat)
	a.size = a.abs
	for _, b := range p.Bias {
		a.biasSize = append(a.biasSize, math.Abs(b))
	}
	a.error = float64(float64(2*a.mat.Rows+8) * roundoff)
	if !a.finite() {
		return nil, errors.New("a parameter is not finite")
	}
	return a, nil
}

// after is the map g after the map a; nil if it overflows.
func (g *affine) after(w *watch, a *affine) (*affine, error) {
	c := &affine{in: a.in, bias: slices.Clone(g.bias), biasSize: slices.Clone(g.biasSize)}
	c.mat, c.size = nn.NewMatrix(a.mat.Rows, g.mat.Cols), nn.NewMatrix(a.mat.Rows, g.mat.Cols)
	if err := multiply(w, c.mat, a.mat, g.mat); err != nil {
		return nil, err
	}
	if err := multiply(w, c.size, a.size, g.size); err != nil {
		return nil, err
	}
	for j, b := range a.bias {
		addScaled(c.bias, b, g.mat.Row(j))
		addScaled(c.biasSize, a.biasSize[j], g.size.Row(j))
	}
	// A product that underflows is off by more than its share, too.
	for j := range c.size.Rows {
		for i, v := range c.size.Row(j) {
			c.size.Row(j)[i] = max(v, negligible)
		}
	}
	for i, v := range c.biasSize {
		c.biasSize[i] = max(v, negligible)
	}
	c.abs = absolute(c.mat)
	c.error = g.error + float64(2*a.error) + float64(float64(2*len(a.bias)+8)*roundoff)
	if !c.finite() {
		return nil, nil
	}
	return c, nil
}

func transposed(w nn.Matrix) nn.Matrix {
	t := nn.NewMatrix(w.Cols, w.Rows)
	for i := range w.Rows {
		for j, v := range w.Row(i) {
			t.Row(j)[i] = v
		}
	}
	return t
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

// multiply is dst = a b.
func multiply(w *watch, dst, a, b nn.Matrix) error {
	for i := 0; i < a.Rows; {
		// Rows of zeros are frequent: where all pieces are known, radii are constants.
		if zero(a.Row(i)) {
			clear(dst.Row(i))
			i++
			continue
		}
		end := i + 1
		for end < a.Rows && !zero(a.Row(end)) {
			end++
		}
		if err := w.after((end - i) * a.Cols * b.Cols); err != nil {
			return err
		}
		blas.MulNN(dst.Slice(i, end), a.Slice(i, end), b, false, 1)
		i = end
	}
	return nil
}

func zero(x []float64) bool {
	for _, v := range x {
		if v != 0 {
			return false
		}
	}
	return true
}

// addScaled is dst += v x.
func addScaled(dst []float64, v float64, x []float64) {
	if v == 0 {
		return
	}
	dst = dst[:len(x)]
	for i, w := range x {
		dst[i] += float64(v * w)
	}
}

// forward sends a band through the map. What it finds of the sizes of numbers goes to m,
// where it is not nil.
func (a *affine) forward(w *watch, out, in *band, s *sizes, m *magnitudes) error {
	if err := multiply(w, out.centre, in.centre, a.mat); err != nil {
		return err
	}
	if err := multiply(w, out.radius, in.radius, a.abs); err != nil {
		return err
	}
	terms := s.of(in)
	errs := resized(&s.errs, len(a.bias))
	if err := multiply(w, nn.RowMatrix(errs), nn.RowMatrix(terms), a.size); err != nil {
		return err
	}
	m.set(terms, errs, a.biasSize)
	under := float64(tiny * float64(len(terms)+4) * s.inputs)
	c, r := out.centre.Row(0), out.radius.Row(0)
	for j, e := range errs {
		e = float64(a.error*(e+a.biasSize[j])) + under
		c[j] += a.bias[j]
		r[j] += e
	}
	if !out.finite() {
		return errDomain
	}
	return nil
}

func resized(s *[]float64, n int) []float64 {
	if cap(*s) < n {
		*s = make([]float64, n)
	}
	return (*s)[:n]
}
