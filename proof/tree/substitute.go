package tree

import (
	"errors"
	"math"
	"slices"

	"github.com/netmend/netmend/internal/blas"
	"github.com/netmend/netmend/nn"
)

// # Substitution
//
// Bounds of a node's values that are sent forward lose what cancels between the values
// before it. Substitution goes the other way: a form g . y in the values of a node is
// bounded from below by one in the values before it, and so on to the inputs,
//
//   - through an affine node y = A v + b by g . y = (g A) . v + g . b, and
//   - through units y_k = f_k(z_k) by g_k y_k >= g_k (slope z_k + offset), with a line below
//     f_k on its range where g_k is positive, and above it where it is negative.
//
// Each step holds for the coefficients that float64 made of it: what rounding did to a
// coefficient is bounded by its relative error and the size of the value that it is
// multiplied with, added up over the values, and taken off the constant. So the bound holds
// at every point of the cell, and nothing that happened before a step matters to it.
//
// A step through an affine node computes each coefficient as a sum of as many products as g
// has, off by a share κ of Σ_j |g_j A_jk|, and the map itself may be off by a share of its
// own; Σ_k of that times |v_k| is at most κ Σ_j |g_j| E_j, E_j being what the terms of y_j
// add up to, without their signs. That forward knows (magnitudes). A product that underflows
// is off by less than tiny, and so adds less than that times the sum of the |v_k|.
//
// It is for networks whose nodes are a chain, and that are not decoupled.

var errSubstitute = errors.New("substitution is for networks that are a chain of nodes, and not decoupled")

// magnitudes are bounds on what the terms of an affine node's values add up to without their
// signs, bias included, and on the sum of the absolute values of what the node is applied to.
type magnitudes struct {
	terms []float64
	total float64
}

// set takes over what forward found; m may be nil.
func (m *magnitudes) set(in, out, bias []float64) {
	if m == nil {
		return
	}
	m.total = 1
	for _, v := range in {
		m.total += v
	}
	for j, v := range out {
		m.terms[j] = v + bias[j]
	}
}

// lines are, for each unit of an activation node, a line below (0) and above (1) its function
// on the cell, side by side; err bounds what rounding does to a product with a slope, per unit
// of the coefficient, and total the sum of the absolute values of what the node is applied to.
type lines struct {
	pairs [][2]line
	err   []float64
	total float64
}

func (l *lines) piece(k int, slope, offset float64) {
	if l != nil {
		l.pairs[k] = [2]line{{slope, offset}, {slope, offset}}
	}
}

func (l *lines) set(k int, lower, upper line) {
	if l != nil {
		l.pairs[k] = [2]line{lower, upper}
	}
}

// sized notes bounds on the absolute values that the functions are applied to.
func (l *lines) sized(size []float64) {
	if l == nil {
		return
	}
	l.total = 1
	for k := range l.pairs {
		p := &l.pairs[k]
		l.total += size[k]
		l.err[k] = float64(roundoff * max(math.Abs(p[0].slope), math.Abs(p[1].slope)) * size[k])
	}
}

// backward is what substitution needs: by node, as of the bands that are up to date, and
// scratch memory.
type backward struct {
	lines      []*lines
	magnitudes []*magnitudes
	goal       magnitudes
	g, h       nn.Matrix
	bounds     []lowerBound
	units      []int
}

// lowerBound is the constant of a form on the way back: the sum of terms whose absolute values
// add up to size, less err.
type lowerBound struct{ constant, size, err float64 }

// newBackward returns nil if there is no substitution.
func newBackward(c *compiled) *backward {
	if !c.chain {
		return nil
	}
	b := &backward{goal: magnitudes{terms: make([]float64, len(c.goal.bias))}}
	for i := range c.net.Nodes {
		n := c.net.Dim(i)
		b.lines, b.magnitudes = append(b.lines, nil), append(b.magnitudes, nil)
		if c.ops[0][i] != nil {
			b.magnitudes[i] = &magnitudes{terms: make([]float64, n)}
		} else {
			b.lines[i] = &lines{pairs: make([][2]line, n), err: make([]float64, n)}
		}
	}
	return b
}

// clone is a copy that shares nothing.
func (b *backward) clone() *backward {
	if b == nil {
		return nil
	}
	c := &backward{goal: magnitudes{terms: slices.Clone(b.goal.terms), total: b.goal.total}}
	for i := range b.lines {
		c.lines, c.magnitudes = append(c.lines, nil), append(c.magnitudes, nil)
		if l := b.lines[i]; l != nil {
			c.lines[i] = &lines{slices.Clone(l.pairs), slices.Clone(l.err), l.total}
		} else {
			m := b.magnitudes[i]
			c.magnitudes[i] = &magnitudes{slices.Clone(m.terms), m.total}
		}
	}
	return c
}

// linesOf is where the lines of an activation node go; nil for nowhere.
func (s *State) linesOf(i int) *lines {
	if s.back == nil {
		return nil
	}
	return s.back.lines[i]
}

// magnitudes is where those of an affine node go; nil for nowhere.
func (s *State) magnitudes(i int) *magnitudes {
	if s.back == nil {
		return nil
	}
	return s.back.magnitudes[i]
}

// isChain reports whether each node has the one before it as its only input, those of the
// goal included, there are not two channels, and the matrices are not too large to be kept
// twice.
func (c *compiled) isChain() bool {
	entries := 0
	for _, a := range c.ops[0] {
		if a != nil {
			entries += len(a.mat.Data)
		}
	}
	if c.decoupled || entries > maxEntries/8 {
		return false
	}
	for i, node := range c.net.Nodes {
		before := nn.Input
		if i > 0 {
			before = i - 1
		}
		if len(node.Inputs) != 1 || node.Inputs[0] != before {
			return false
		}
	}
	return len(c.goal.in) == 1
}

// turn makes the matrices that substitution multiplies with.
func (c *compiled) turn() {
	for _, a := range append([]*affine{c.goal}, c.ops[0]...) {
		if a != nil {
			a.back = transposed(a.mat)
		}
	}
}

// rows makes room for n forms in that many values, and n constants.
func (b *backward) rows(m *nn.Matrix, n, values int) nn.Matrix {
	if cap(m.Data) < n*values {
		m.Data = make([]float64, n*values)
	}
	*m = nn.Matrix{Rows: n, Cols: values, Stride: values, Data: m.Data[:n*values]}
	return *m
}

func (b *backward) start(n int) []lowerBound {
	if cap(b.bounds) < n {
		b.bounds = make([]lowerBound, n)
	}
	b.bounds = b.bounds[:n]
	clear(b.bounds)
	return b.bounds
}

// through is a step through an affine map of the forms in b.g, but for the product with its
// matrix.
func (b *backward) through(a *affine, m *magnitudes) {
	share := a.error + float64(float64(2*len(a.bias)+8)*roundoff)
	under := float64(tiny * float64(2*len(a.bias)+8) * m.total)
	bias, terms := a.bias, m.terms[:len(a.bias)]
	for r := range b.g.Rows {
		c, size, err := 0.0, 0.0, 0.0
		for k, v := range b.g.Row(r)[:len(bias)] {
			t := float64(v * bias[k])
			c += t
			size += math.Abs(t)
			err += float64(math.Abs(v) * terms[k])
		}
		l := &b.bounds[r]
		l.constant += c
		l.size += size
		l.err += float64(share*err) + under
	}
}

// product multiplies the forms with the matrix of an affine map.
func (b *backward) product(w *watch, a *affine) error {
	m := a.back
	if err := w.after(b.g.Rows * m.Rows * m.Cols); err != nil {
		return err
	}
	h := b.rows(&b.h, b.g.Rows, m.Cols)
	blas.MulNN(h, b.g, m, false, 1)
	b.g, b.h = b.h, b.g
	return nil
}

// bend is a step through the units of an activation node of the forms in b.g.
func (b *backward) bend(l *lines) {
	under := float64(tiny * float64(2*len(l.pairs)+8) * l.total)
	for r := range b.g.Rows {
		c, size, err := 0.0, 0.0, 0.0
		row := b.g.Row(r)[:len(l.pairs)]
		for k, v := range row {
			// The line below for a positive coefficient, above for a negative one.
			at := &l.pairs[k][math.Float64bits(v)>>63]
			t := float64(v * at.offset)
			c += t
			size += math.Abs(t)
			err += float64(math.Abs(v) * l.err[k])
			row[k] = float64(v * at.slope)
		}
		f := &b.bounds[r]
		f.constant += c
		f.size += size
		f.err += err + under
	}
}

// substitute brings the forms in b.g, of the values of activation node i, back to the
// inputs.
func (s *State) substitute(i int) error {
	b := s.back
	for ; i >= 0; i-- {
		if l := b.lines[i]; l != nil {
			b.bend(l)
			continue
		}
		a := s.c.ops[0][i]
		b.through(a, b.magnitudes[i])
		if err := b.product(s.c.watch, a); err != nil {
			return err
		}
	}
	return nil
}

// backForm is form r in b.g, of the inputs, as one of the variables that is nowhere above it
// on the cell.
func (s *State) backForm(dst *form, r int) {
	b := s.back
	l := &b.bounds[r]
	dst.terms = append(dst.terms[:0], 0)
	dst.size = s.c.sizes.lost()
	constant, size, slack := l.constant, l.size, 0.0
	centre, radius := s.c.input.centre.Row(0), s.c.input.radius.Row(0)
	v := 0
	for j, g := range b.g.Row(r) {
		if v < len(s.c.vars) && s.c.vars[v] == j {
			dst.terms = append(dst.terms, g)
			dst.size += float64(math.Abs(g) * s.c.sizes.most[1+v])
			v++
			continue
		}
		t := float64(g * centre[j])
		constant += t
		size += math.Abs(t)
		slack += float64(math.Abs(g) * radius[j])
	}
	// As many numbers were added up to the constant, and products in it may have underflowed.
	n := float64(s.c.numbers + 8)
	err := l.err + slack + float64(n*roundoff*(size+slack+l.err)) + float64(tiny*n)
	dst.terms[0] = constant - err
	dst.size += size + err + math.Abs(dst.terms[0])
}
