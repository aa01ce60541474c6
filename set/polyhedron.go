package set

import (
	"fmt"
	"slices"

	"github.com/netmend/netmend/internal/blas"
)

// Polyhedron is the intersection of half-spaces {x : C x <= d}, each of them
// closed or strict. It may be empty, unbounded or lower-dimensional, and rows
// may be redundant; without rows it is the whole space. A polyhedron in 0
// dimensions is a single point or empty.
type Polyhedron struct {
	Dim  int
	Rows []HalfSpace
}

// Whole is the whole space.
func Whole(dim int) Polyhedron { return Polyhedron{Dim: dim} }

// Empty is the empty set, as the single row 0 . x <= -1.
func Empty(dim int) Polyhedron {
	return Polyhedron{Dim: dim, Rows: []HalfSpace{{Normal: make([]float64, dim), Offset: -1}}}
}

// NewPolyhedron is {x : c x <= d}, all rows closed. The rows are copied. It
// fails for a matrix and offsets of different heights and for numbers that are
// not finite.
func NewPolyhedron(c Matrix, d []float64) (Polyhedron, error) {
	if c.Rows != len(d) {
		return Polyhedron{}, fmt.Errorf("polyhedron with %d normals and %d offsets", c.Rows, len(d))
	}
	p := Polyhedron{Dim: c.Cols, Rows: make([]HalfSpace, c.Rows)}
	for i := range p.Rows {
		p.Rows[i] = HalfSpace{Normal: slices.Clone(c.Row(i)), Offset: d[i]}
	}
	return p, p.Validate()
}

// Validate reports the first half-space of the wrong dimension or with numbers
// that are not finite.
func (p Polyhedron) Validate() error {
	if p.Dim < 0 {
		return fmt.Errorf("polyhedron of dimension %d", p.Dim)
	}
	for i, h := range p.Rows {
		if err := h.validate(p.Dim); err != nil {
			return fmt.Errorf("polyhedron: half-space %d: %w", i, err)
		}
	}
	return nil
}

// Contains reports whether x, a point of finite numbers, lies in p. It is exact.
func (p Polyhedron) Contains(x []float64) bool {
	if len(x) != p.Dim {
		panic(dimensionMismatch("point", len(x), p.Dim))
	}
	for _, h := range p.Rows {
		if !h.Contains(x) {
			return false
		}
	}
	return true
}

// Intersect is the intersection of p and q: the rows of p, then those of q.
func (p Polyhedron) Intersect(q Polyhedron) Polyhedron {
	if p.Dim != q.Dim {
		panic(dimensionMismatch("polyhedron", q.Dim, p.Dim))
	}
	return p.With(q.Rows...)
}

// With is p cut by half-spaces: the rows of p, then the given ones.
func (p Polyhedron) With(hs ...HalfSpace) Polyhedron {
	for _, h := range hs {
		if len(h.Normal) != p.Dim {
			panic(dimensionMismatch("half-space", len(h.Normal), p.Dim))
		}
	}
	return Polyhedron{Dim: p.Dim, Rows: slices.Concat(p.Rows, hs)}
}

// Preimage is {x : a x + b in p}, equation (6) of the paper: the rows (C a) x <= d - C b,
// strict where those of p are. The matrix a may be singular and of any width; the result may
// then be empty or unbounded, also where p is not, and have rows with a normal of zeros.
func (p Polyhedron) Preimage(a Matrix, b []float64) Polyhedron {
	checkAffine(a, b, p.Dim)
	q := Polyhedron{Dim: a.Cols, Rows: make([]HalfSpace, len(p.Rows))}
	for i, h := range p.Rows {
		q.Rows[i] = h.Preimage(a, b)
	}
	return q
}

// Preimage is {x : a x + b in h}. See [Polyhedron.Preimage].
func (h HalfSpace) Preimage(a Matrix, b []float64) HalfSpace {
	checkAffine(a, b, len(h.Normal))
	r := HalfSpace{Normal: make([]float64, a.Cols), Offset: h.Slack(b), Strict: h.Strict}
	for k, c := range h.Normal {
		if c == 0 {
			continue
		}
		for j, v := range a.Row(k) {
			r.Normal[j] += float64(c * v)
		}
	}
	return r
}

// Complement is the set of points outside p, as one half-space for each row of p; these
// overlap. For the whole space it is the union of nothing.
func (p Polyhedron) Complement() Union {
	u := make(Union, len(p.Rows))
	for i, h := range p.Rows {
		u[i] = Polyhedron{Dim: p.Dim, Rows: []HalfSpace{h.Complement()}}
	}
	return u
}

// Slice is the set of points z of len(keep) dimensions for which x, with
// coordinate keep[k] replaced by z[k], lies in p. The coordinates kept must
// differ.
func (p Polyhedron) Slice(x []float64, keep []int) Polyhedron {
	if len(x) != p.Dim {
		panic(dimensionMismatch("point", len(x), p.Dim))
	}
	fixed := slices.Clone(x)
	for _, j := range keep {
		fixed[j] = 0
	}
	q := Polyhedron{Dim: len(keep), Rows: make([]HalfSpace, len(p.Rows))}
	for i, h := range p.Rows {
		r := HalfSpace{Normal: make([]float64, len(keep)), Offset: h.Slack(fixed), Strict: h.Strict}
		for k, j := range keep {
			r.Normal[k] = h.Normal[j]
		}
		q.Rows[i] = r
	}
	return q
}

// Closure is p with strict rows made closed. If p is not empty this is its closure; if p is
// empty only because of strict rows, it may be more.
func (p Polyhedron) Closure() Polyhedron {
	q := Polyhedron{Dim: p.Dim, Rows: make([]HalfSpace, len(p.Rows))}
	for i, h := range p.Rows {
		q.Rows[i] = h.Closure()
	}
	return q
}

// HasStrict reports whether p has a strict row.
func (p Polyhedron) HasStrict() bool {
	return slices.ContainsFunc(p.Rows, func(h HalfSpace) bool { return h.Strict })
}

// AsBox reports whether p is given only by bounds on its coordinates, with coefficients 1 and
// -1 and not strict, and returns the box.
func (p Polyhedron) AsBox() (b Box, ok bool) {
	b = WholeBox(p.Dim)
	for _, h := range p.Rows {
		at := -1
		for k, a := range h.Normal {
			if a == 0 {
				continue
			}
			if at >= 0 || (a != 1 && a != -1) {
				return b, false
			}
			at = k
		}
		switch {
		case at < 0 || h.Strict:
			return b, false
		case h.Normal[at] > 0:
			b.Hi[at] = min(b.Hi[at], h.Offset)
		default:
			b.Lo[at] = max(b.Lo[at], -h.Offset)
		}
	}
	return b, true
}

// Matrix is a dense row-major matrix: element (i, j) is Data[i*Stride+j]. It is
// the same type as nn.Matrix.
type Matrix = blas.Mat

// checkAffine panics if the map x -> a x + b is not one into dim dimensions.
func checkAffine(a Matrix, b []float64, dim int) {
	if a.Rows != dim || len(b) != dim {
		panic(fmt.Sprintf("set: map with a %d x %d matrix and %d constants into %d dimensions", a.Rows, a.Cols, len(b), dim))
	}
}

// dimensionMismatch is the message for what has got dimensions instead of want.
func dimensionMismatch(what string, got, want int) string {
	return fmt.Sprintf("set: %s of dimension %d, want %d", what, got, want)
}
