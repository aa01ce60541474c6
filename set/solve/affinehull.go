package solve

import (
	"slices"

	"github.com/netmend/netmend/internal/lp"
	"github.com/netmend/netmend/internal/vector"
	"github.com/netmend/netmend/set"
)

// AffineHull is the smallest affine subspace that contains a set, with a point
// of the set that lies in its interior relative to that subspace.
type AffineHull struct {
	// Point is in the relative interior: Depth or more, as a distance along
	// normals, from every row that is not an equation.
	Point []float64
	Depth float64
	// Equations are the rows that hold with equality throughout the set.
	Equations []int
	// Basis are orthonormal directions of the subspace. There are none for a
	// point.
	Basis [][]float64
}

// AffineHullOf finds the affine hull of the closure of p; a set that is thinner than
// about Tolerance counts as flat. It fails with ErrEmpty.
//
// Algorithm: a linear program moves all rows but the equations known inward by
// as much as possible, up to 1. If that is nothing, the rows whose multipliers
// keep it from doing so are equations too, and it starts again.
func (in Solver) AffineHullOf(p set.Polyhedron) (AffineHull, error) {
	n := p.Dim
	equation := make([]bool, len(p.Rows))
	for {
		x, depth, y, err := in.deepest(p, equation)
		if err != nil {
			return AffineHull{}, err
		}
		if depth > Tolerance {
			h := AffineHull{Point: x, Depth: depth}
			var normals [][]float64
			for i, is := range equation {
				if is {
					h.Equations = append(h.Equations, i)
					normals = append(normals, p.Rows[i].Normal)
				}
			}
			h.Basis, err = in.Complement(orthonormal(normals), n)
			return h, err
		}
		found := false
		for i, v := range y {
			// Multipliers of normalised rows add up to 1: one of n+1 is not
			// small.
			if v*length(p.Rows[i].Normal) > Tolerance && !equation[i] {
				equation[i], found = true, true
			}
		}
		if !found {
			return AffineHull{}, in.failed()
		}
	}
}

// deepest maximises r <= 1 with a . x + |a| r <= b for the rows that are not
// equations, a . x <= b for those that are, and returns the multipliers as well.
func (in Solver) deepest(p set.Polyhedron, equation []bool) (x []float64, r float64, y []float64, err error) {
	n := p.Dim
	g := &lp.Problem{Cost: make([]float64, n+1), Interrupt: in.interrupt()}
	whole := set.WholeBox(n + 1)
	g.Lower, g.Upper = whole.Lo, whole.Hi
	g.Cost[n], g.Lower[n], g.Upper[n] = 1, -1, 1
	for i, h := range p.Rows {
		h = h.Closure()
		size := length(h.Normal)
		if equation[i] {
			size = 0
		}
		g.Rows = append(append(g.Rows, h.Normal...), size)
		g.Right = append(g.Right, h.Offset)
	}
	s := lp.New(n + 1)
	if status := s.Solve(g); status == lp.Infeasible || status == lp.Optimal && s.X()[n] < -Tolerance {
		return nil, 0, nil, ErrEmpty
	} else if status != lp.Optimal {
		return nil, 0, nil, in.failed()
	}
	y = make([]float64, len(p.Rows))
	s.Multipliers(y)
	return slices.Clone(s.X()[:n]), s.X()[n], y, nil
}

// rankTolerance is the length, of what is left of a normalised vector beside
// others, below which it counts as one of their span.
const rankTolerance = 1e-10

// orthonormal is an orthonormal basis of the span of the vectors, each taken
// with length 1.
func orthonormal(vectors [][]float64) [][]float64 {
	var units [][]float64
	for _, v := range vectors {
		if size := length(v); size > 0 {
			units = append(units, scaled(v, 1/size))
		}
	}
	return spanOf(units, 1)
}

// spanOf is an orthonormal basis of the span of vectors whose numbers are at
// most size, up to remainders of rankTolerance times that: Gram-Schmidt with the
// longest remainder first, orthogonalised twice.
func spanOf(vectors [][]float64, size float64) [][]float64 {
	var basis [][]float64
	if size == 0 {
		return nil
	}
	left := make([][]float64, len(vectors))
	for i, v := range vectors {
		left[i] = scaled(v, 1/size)
	}
	for {
		best, longest := 0, 0.0
		for i, v := range left {
			if s := length(v); s > longest {
				best, longest = i, s
			}
		}
		if longest <= rankTolerance {
			return basis
		}
		u := scaled(left[best], 1/longest)
		for _, b := range basis {
			reject(u, b)
		}
		u = scaled(u, 1/length(u))
		basis = append(basis, u)
		for _, v := range left {
			reject(v, u)
		}
	}
}

// Complement is an orthonormal basis of what is orthogonal to an orthonormal
// one in n dimensions, in time O(n^3).
func Complement(basis [][]float64, n int) [][]float64 {
	all, err := Solver{}.Complement(basis, n)
	if err != nil {
		panic(err) // there is no end
	}
	return all
}

// Complement is [Complement] until the end.
func (in Solver) Complement(basis [][]float64, n int) ([][]float64, error) {
	all := slices.Clone(basis)
	left := make([]float64, n) // how much of each unit vector lies beside the span, squared
	for j := range left {
		left[j] = 1
		for _, b := range all {
			left[j] -= float64(b[j] * b[j])
		}
	}
	for len(all) < n {
		if err := in.over(); err != nil {
			return nil, err
		}
		u := farthest(all, left)
		for _, b := range all {
			reject(u, b)
		}
		u = scaled(u, 1/length(u))
		for j, v := range u {
			left[j] -= float64(v * v)
		}
		all = append(all, u)
	}
	return all[len(basis):], nil
}

// farthest is the unit vector that is farthest from the span of an orthonormal basis, less
// its part in the span, with length 1. left has the squares of all distances, up to rounding.
func farthest(basis [][]float64, left []float64) []float64 {
	most := slices.Max(left)
	var best []float64
	size := 0.0
	for j, v := range left {
		if v < most-rankTolerance {
			continue
		}
		e := make([]float64, len(left))
		e[j] = 1
		if v != 1 { // else all of the basis is orthogonal to it
			for _, b := range basis {
				reject(e, b)
			}
		}
		if s := length(e); s > size {
			best, size = e, s
		}
		if v == 1 {
			break
		}
	}
	return scaled(best, 1/size)
}

// scaled is f a.
func scaled(a []float64, f float64) []float64 {
	r := make([]float64, len(a))
	for i, v := range a {
		r[i] = float64(f * v)
	}
	return r
}

// reject takes away from a its component along the unit vector u.
func reject(a, u []float64) {
	c := vector.Dot(a, u)
	for i, v := range u {
		a[i] -= float64(c * v)
	}
}
