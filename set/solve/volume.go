package solve

import (
	"fmt"
	"math"
	"slices"

	"github.com/netmend/netmend/set"
)

// Volume is the volume of p: 0 if it is empty or flat, +Inf where it is
// unbounded and not flat, 1 for a point in 0 dimensions. It fails with
// ErrTooLarge as Vertices does; it is meant for dimensions up to about 6.
//
// Algorithm: the vertices and their rows, as Vertices finds them with offsets
// enlarged by infinitely small amounts, give the faces of a simple polytope; it is
// divided into simplices from its first vertex over the facets that do not
// contain it, which are divided likewise (J. Cohen, T. Hickey, Two algorithms
// for determining volumes of convex polyhedra, 1979).
func (in Solver) Volume(p set.Polyhedron) (float64, error) {
	bounded, err := in.Bounded(p)
	if err != nil {
		return 0, err
	}
	if !bounded {
		_, r, err := in.ball(p)
		if err != nil || r <= Tolerance {
			return 0, err
		}
		return math.Inf(1), nil
	}
	d, err := in.describe(p)
	if err != nil {
		return 0, err
	}
	return d.volume(), nil
}

// UnionVolume is the sum of the members' volumes: the volume of the union where
// they overlap on faces only.
func (in Solver) UnionVolume(u set.Union) (float64, error) {
	sum := 0.0
	for i, p := range u {
		v, err := in.Volume(p)
		if err != nil {
			return 0, fmt.Errorf("polyhedron %d: %w", i, err)
		}
		sum += v
	}
	return sum, nil
}

// volume is that of the vertices found.
func (d *description) volume() float64 {
	points, rows := make([][]float64, len(d.vertices)), make([][]int, len(d.vertices))
	for i, v := range d.vertices {
		points[i], rows[i] = v.x, v.rows
	}
	return simpleVolume(d.dim, points, rows)
}

// simpleVolume is the volume of a simple polytope in dim dimensions: of one in
// whose every vertex exactly dim facets meet. It is given by its vertices and,
// for each of them, the dim facets that meet there, as numbers from 0 on that
// name them. Vertices may coincide. Facets hold no coordinates: the volume is
// that of the complex of simplices that the incidences describe.
func simpleVolume(dim int, points [][]float64, facets [][]int) float64 {
	if len(points) < dim+1 {
		return 0
	}
	count := 0
	all := make([]int, len(points))
	for i, f := range facets {
		all[i] = i
		for _, r := range f {
			count = max(count, r+1)
		}
	}
	t := triangulation{
		dim: dim, points: points, facets: facets, factor: 1,
		taken: make([]bool, count), level: make([]level, dim+1), matrix: make([]float64, dim*dim),
	}
	for k := range t.level {
		t.level[k].count = make([]int, count)
	}
	for k := 2; k <= dim; k++ {
		t.factor /= float64(k)
	}
	t.divide(all, dim)
	return t.sum
}

// triangulation walks through the simplices of a simple polytope.
type triangulation struct {
	dim    int
	points [][]float64
	facets [][]int
	taken  []bool // the facets that the face at hand lies on
	chosen []int  // vertices of the simplex so far
	level  []level
	matrix []float64
	factor float64 // 1/dim!
	sum    float64
}

// level is room for the faces of one dimension.
type level struct {
	count   []int // vertices on each facet; then where their list ends
	members []int // the lists, one facet after the other
}

// divide adds the simplices of the chosen vertices and a face of dimension k,
// given by its vertices, whose affine hull does not contain them.
func (t *triangulation) divide(face []int, k int) {
	apex := face[0]
	t.chosen = append(t.chosen, apex)
	defer func() { t.chosen = t.chosen[:len(t.chosen)-1] }()
	if k == 0 {
		t.sum += float64(t.factor * math.Abs(t.determinant()))
		return
	}
	l := &t.level[k]
	clear(l.count)
	for _, v := range face {
		for _, f := range t.facets[v] {
			l.count[f]++
		}
	}
	end := 0
	for f, c := range l.count {
		l.count[f] = end
		end += c
	}
	l.members = slices.Grow(l.members[:0], end)[:end]
	for _, v := range face {
		for _, f := range t.facets[v] {
			l.members[l.count[f]] = v
			l.count[f]++
		}
	}
	start := 0
	for f, end := range l.count {
		sub := l.members[start:end]
		start = end
		// A face of dimension k-1 has at least k vertices; apart from the facets
		// that all of this face lies on, sub is one.
		if len(sub) < k || t.taken[f] || slices.Contains(t.facets[apex], f) {
			continue
		}
		t.taken[f] = true
		t.divide(sub, k-1)
		t.taken[f] = false
	}
}

// determinant is that of the edges from the first chosen vertex to the others.
func (t *triangulation) determinant() float64 {
	n := t.dim
	m := t.matrix
	first := t.points[t.chosen[0]]
	for i, v := range t.chosen[1:] {
		for j, x := range t.points[v] {
			m[i*n+j] = x - first[j]
		}
	}
	det := 1.0
	for col := range n {
		best := col
		for i := col + 1; i < n; i++ {
			if math.Abs(m[i*n+col]) > math.Abs(m[best*n+col]) {
				best = i
			}
		}
		pivot := m[best*n+col]
		if pivot == 0 {
			return 0
		}
		if best != col {
			for j := range n {
				m[best*n+j], m[col*n+j] = m[col*n+j], m[best*n+j]
			}
		}
		det = float64(det * pivot)
		for i := col + 1; i < n; i++ {
			f := m[i*n+col] / pivot
			for j := col; j < n; j++ {
				m[i*n+j] -= float64(f * m[col*n+j])
			}
		}
	}
	return det
}
