package solve

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/netmend/netmend/internal/portable"
	"github.com/netmend/netmend/set"
)

const (
	// MaxVertexDim is the largest dimension in which vertices are enumerated: the
	// enumeration starts from a box with 2^dim of them.
	MaxVertexDim = 12
	// MaxVertices is the number of vertices, before those that coincide are
	// merged, after which the enumeration gives up with ErrTooLarge.
	MaxVertices = 200_000
)

// Vertices are the vertices of the closure of p, in lexicographic order; none
// if it is empty. Vertices closer to each other than Tolerance are merged. It
// fails with ErrUnbounded, and with ErrTooLarge where there are more than
// MaxVertices or the dimension is above MaxVertexDim.
//
// Algorithm: a box around p is cut with one row after the other, with all
// offsets enlarged by infinitely small amounts, each by much less than the one
// before, so that exactly dim rows meet in a vertex and vertices that share all
// but one of their rows make an edge. New vertices lie on the edges that a row
// cuts. On which side of a row a vertex lies is decided by its float64
// coordinates where their error bound allows it, and in integer arithmetic
// otherwise, so the faces found are right however degenerate, flat or nearly
// parallel the rows are.
func (in Solver) Vertices(p set.Polyhedron) ([][]float64, error) {
	d, err := in.describe(p)
	if err != nil {
		return nil, err
	}
	return d.points(), nil
}

// describe enumerates the vertices of the closure of p.
func (in Solver) describe(p set.Polyhedron) (*description, error) {
	box, err := in.BoundingBox(p)
	if err != nil {
		return nil, err
	}
	if box.Empty() {
		return &description{dim: p.Dim}, nil
	}
	if !box.Bounded() {
		return nil, fmt.Errorf("vertices: %w", ErrUnbounded)
	}
	if p.Dim > MaxVertexDim {
		return nil, fmt.Errorf("vertices in %d dimensions, at most %d: %w", p.Dim, MaxVertexDim, ErrTooLarge)
	}
	d := newDescription(box)
	for _, h := range in.tightest(p.Closure()).Rows {
		size := length(h.Normal)
		if size == 0 {
			return &description{dim: p.Dim}, nil
		}
		if err := in.cut(d, set.HalfSpace{Normal: scaled(h.Normal, 1/size), Offset: h.Offset / size}); err != nil {
			return nil, err
		}
	}
	return d, nil
}

// points are the vertices in lexicographic order, those closer to each other than
// Tolerance as one.
func (d *description) points() [][]float64 {
	all := make([][]float64, len(d.vertices))
	for i, v := range d.vertices {
		all[i] = v.x
	}
	slices.SortFunc(all, slices.Compare)
	var merged [][]float64
	for _, x := range all {
		same := false
		for k := len(merged) - 1; k >= 0 && !same && (d.dim == 0 || merged[k][0] >= x[0]-Tolerance); k-- {
			same = near(merged[k], x, Tolerance)
		}
		if !same {
			merged = append(merged, x)
		}
	}
	return merged
}

// Polygon is the closure of a bounded polyhedron in the plane as its vertices,
// counterclockwise from the lexicographically smallest; two of a segment, one
// of a point, none of the empty set.
func Polygon(p set.Polyhedron) ([][2]float64, error) {
	if p.Dim != 2 {
		panic("solve: Polygon of a polyhedron that is not in the plane")
	}
	vertices, err := Vertices(p)
	if err != nil {
		return nil, err
	}
	return counterclockwise(vertices), nil
}

// counterclockwise orders the vertices of a convex polygon, given in
// lexicographic order.
func counterclockwise(vertices [][]float64) [][2]float64 {
	polygon := make([][2]float64, len(vertices))
	for i, v := range vertices {
		polygon[i] = [2]float64{v[0], v[1]}
	}
	if len(polygon) < 3 {
		return polygon
	}
	o := polygon[0]
	slices.SortStableFunc(polygon[1:], func(a, b [2]float64) int {
		return cmp.Compare(portable.Atan2(a[1]-o[1], a[0]-o[0]), portable.Atan2(b[1]-o[1], b[0]-o[0]))
	})
	return polygon
}
