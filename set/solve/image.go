package solve

import (
	"math"

	"github.com/netmend/netmend/internal/vector"
	"github.com/netmend/netmend/set"
)

// maxHullDim is the largest dimension in which the image of a bounded polyhedron
// is computed from vertices: beyond, hulls of many points take longer than
// eliminating coordinates.
const maxHullDim = 5

// Image is {a x + b : x in p}, for any matrix and any polyhedron; the closure of
// that where it is not computed by the inverse or by elimination. It fails with
// ErrTooLarge as Eliminate does.
//
// Algorithm: for a square matrix that is well-conditioned the rows C a^-1; else
// for a bounded p in a small dimension the hull of the images of its vertices;
// else the coordinates x of {(y, x) : y = a x + b, x in p} are eliminated.
func (in Solver) Image(p set.Polyhedron, a set.Matrix, b []float64) (set.Polyhedron, error) {
	if a.Cols != p.Dim || a.Rows != len(b) {
		panic("solve: map of other dimensions than the polyhedron")
	}
	if e, err := in.Empty(p); err != nil {
		return set.Polyhedron{}, err
	} else if e.Empty {
		return set.Empty(a.Rows), nil
	}
	if a.Rows == a.Cols {
		if inverse, ok := invert(a); ok {
			return imageByInverse(p, inverse, b), nil
		}
	}
	if max(p.Dim, a.Rows) <= maxHullDim && !p.HasStrict() {
		bounded, err := in.Bounded(p)
		if err != nil {
			return set.Polyhedron{}, err
		}
		if bounded {
			return in.imageByVertices(p, a, b)
		}
	}
	return in.imageByElimination(p, a, b)
}

// imageByInverse is the preimage under y -> a^-1 y - a^-1 b.
func imageByInverse(p set.Polyhedron, inverse set.Matrix, b []float64) set.Polyhedron {
	back := make([]float64, len(b))
	for i := range back {
		back[i] = -vector.Dot(inverse.Row(i), b)
	}
	return p.Preimage(inverse, back)
}

func (in Solver) imageByVertices(p set.Polyhedron, a set.Matrix, b []float64) (set.Polyhedron, error) {
	vertices, err := in.Vertices(p)
	if err != nil {
		return set.Polyhedron{}, err
	}
	points := make([][]float64, len(vertices))
	for i, v := range vertices {
		points[i] = make([]float64, len(b))
		for k := range b {
			points[i][k] = vector.Dot(a.Row(k), v) + b[k]
		}
	}
	return in.ConvexHull(len(b), points)
}

func (in Solver) imageByElimination(p set.Polyhedron, a set.Matrix, b []float64) (set.Polyhedron, error) {
	m, n := a.Rows, a.Cols
	graph := set.Polyhedron{Dim: m + n}
	keep := make([]int, m)
	for k := range m {
		keep[k] = k
		h := set.HalfSpace{Normal: make([]float64, m+n), Offset: b[k]}
		h.Normal[k] = 1
		for j, v := range a.Row(k) {
			h.Normal[m+j] = -v
		}
		graph.Rows = append(graph.Rows, h, closedOpposite(h))
	}
	for _, h := range p.Rows {
		h.Normal = append(make([]float64, m, m+n), h.Normal...)
		graph.Rows = append(graph.Rows, h)
	}
	return in.Eliminate(graph, keep)
}

// invertible is how large the smallest pivot of a matrix must be, compared with
// its largest element, for its inverse to be used.
const invertible = 1e-8

// invert is the inverse of a square matrix, by Gauss-Jordan elimination with
// full pivoting; not ok where a pivot is small.
func invert(a set.Matrix) (inverse set.Matrix, ok bool) {
	n := a.Rows
	m := make([][]float64, n)
	size := 0.0
	for i := range m {
		m[i] = make([]float64, 2*n)
		copy(m[i], a.Row(i))
		m[i][n+i] = 1
		for _, v := range a.Row(i) {
			size = max(size, math.Abs(v))
		}
	}
	column := make([]int, n) // of the k-th pivot
	used := make([]bool, n)
	for k := range n {
		bi, bj, best := -1, -1, float64(invertible*size)
		for i := k; i < n; i++ {
			for j := range n {
				if t := math.Abs(m[i][j]); !used[j] && t > best {
					bi, bj, best = i, j, t
				}
			}
		}
		if bi < 0 {
			return set.Matrix{}, false
		}
		m[k], m[bi] = m[bi], m[k]
		column[k], used[bj] = bj, true
		pivot := m[k][bj]
		for j := range m[k] {
			m[k][j] /= pivot
		}
		for i := range m {
			if f := m[i][bj]; i != k && f != 0 {
				for j, v := range m[k] {
					m[i][j] -= float64(f * v)
				}
			}
		}
	}
	inverse = set.Matrix{Rows: n, Cols: n, Stride: n, Data: make([]float64, n*n)}
	for k, j := range column {
		copy(inverse.Row(j), m[k][n:])
	}
	return inverse, true
}
