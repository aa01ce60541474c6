package solve

import (
	"fmt"
	"math"

	"github.com/netmend/netmend/set"
)

// Volume is the volume of p: 0 where it is empty or flat, +Inf where it is
// unbounded and not flat, 1 for a point in 0 dimensions. It fails with
// ErrTooLarge as Vertices does; it is meant for dimensions up to about 6.
//
// Algorithm: the vertices and their rows, as Vertices finds them with offsets
// enlarged by infinitely small amounts, give the faces of a simple polytope; it is
// divided into simplices from its first vertex over the facets that do not
// contain it, which are divided likewise (J. Cohen, T. Hickey, Two algorithms
// for determining volumes of convex polyhedra, 1979).
func Volume(p set.Polyhedron) (float64, error) {
	bounded, err := Bounded(p)
	if err != nil {
		return 0, err
	}
	if !bounded {
		_, r, err := ball(p)
		if err != nil || r <= Tolerance {
			return 0, err
		}
		return math.Inf(1), nil
	}
	d, err := describe(p)
	if err != nil {
		return 0, err
	}
	return d.volume(), nil
}

// UnionVolume is the sum of the members' volumes: the volume of the union where
// they overlap on faces only.
func UnionVolume(u set.Union) (float64, error) {
	sum := 0.0
	for i, p := range u {
		v, err := Volume(p)
		if err != nil {
			return 0, fmt.Errorf("polyhedron %d: %w", i, err)
		}
		sum += v
	}
	return sum, nil
}

// volume sums up the simplices.
func (d *description) volume() float64 {
	n := d.dim
	if len(d.vertices) < n+1 {
		return 0
	}
	all := bitset{}
	onRow := make([]bitset, len(d.rows))
	for i, v := range d.vertices {
		all = all.with(i)
		for _, r := range v.rows {
			onRow[r] = onRow[r].with(i)
		}
	}
	t := triangulation{d: d, onRow: onRow, factor: 1, chosen: make([]int, 0, n+1), matrix: make([]float64, n*n)}
	for k := 2; k <= n; k++ {
		t.factor /= float64(k)
	}
	t.divide(all, n)
	return t.sum
}

// triangulation walks through the simplices of a polytope.
type triangulation struct {
	d      *description
	onRow  []bitset // the vertices on each row
	chosen []int    // vertices of the simplex so far
	matrix []float64
	factor float64 // 1/n!
	sum    float64
}

// divide adds the simplices of the chosen vertices and a face of dimension k,
// which does not contain them in its affine hull.
func (t *triangulation) divide(face bitset, k int) {
	members := face.members()
	apex := members[0]
	t.chosen = append(t.chosen, apex)
	defer func() { t.chosen = t.chosen[:len(t.chosen)-1] }()
	if k == 0 {
		t.sum += t.factor * math.Abs(t.determinant())
		return
	}
	for _, facet := range t.facets(face, k) {
		if !facet.has(apex) {
			t.divide(facet, k-1)
		}
	}
}

// facets are the faces of dimension k-1 of a face of dimension k: of its proper
// intersections with rows those in no other.
func (t *triangulation) facets(face bitset, k int) []bitset {
	var found []bitset
	for _, on := range t.onRow {
		f := face.and(on)
		if f.count() < k || face.in(f) {
			continue
		}
		within := false
		next := found[:0:0]
		for _, g := range found {
			if f.in(g) {
				within = true
				break
			}
			if !g.in(f) {
				next = append(next, g)
			}
		}
		if !within {
			found = append(next, f)
		}
	}
	return found
}

// determinant is that of the edges from the first chosen vertex to the others.
func (t *triangulation) determinant() float64 {
	n := t.d.dim
	m := t.matrix
	first := t.d.vertices[t.chosen[0]].x
	for i, v := range t.chosen[1:] {
		for j, x := range t.d.vertices[v].x {
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
		for j := range n {
			m[best*n+j], m[col*n+j] = m[col*n+j], m[best*n+j]
		}
		det *= pivot
		for i := col + 1; i < n; i++ {
			f := m[i*n+col] / pivot
			for j := col; j < n; j++ {
				m[i*n+j] -= f * m[col*n+j]
			}
		}
	}
	return det
}
