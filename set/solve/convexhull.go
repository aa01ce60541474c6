package solve

import (
	"math"

	"github.com/netmend/netmend/internal/vector"
	"github.com/netmend/netmend/set"
)

// ConvexHull is the convex hull of points of dim numbers, by half-spaces: its
// facets, and two opposite half-spaces for each equation that holds on it.
// Without points it is empty. The offsets are such that all points are in, up to
// the rounding of a dot product. It fails with ErrTooLarge as Vertices does.
//
// Algorithm: in coordinates of the points' affine hull, with the origin in the
// middle of the points z, the facets are the vertices y of the polar polytope
// {y : z . y <= 1}. Of facets that rounding errors have made of one, those within
// Tolerance of the others go.
func (in Solver) ConvexHull(dim int, points [][]float64) (set.Polyhedron, error) {
	if len(points) == 0 {
		return set.Empty(dim), nil
	}
	center := make([]float64, dim)
	for _, v := range points {
		for j, x := range v {
			center[j] += x / float64(len(points))
		}
	}
	size := 0.0
	shifted := make([][]float64, len(points))
	for i, v := range points {
		shifted[i] = make([]float64, dim)
		for j, x := range v {
			shifted[i][j] = x - center[j]
			size = max(size, math.Abs(shifted[i][j]))
		}
	}
	p := set.Polyhedron{Dim: dim}
	add := func(normal []float64) {
		most := math.Inf(-1)
		for _, v := range points {
			most = max(most, vector.Dot(normal, v))
		}
		p.Rows = append(p.Rows, set.HalfSpace{Normal: normal, Offset: most})
	}
	basis := spanOf(shifted, size)
	for _, u := range Complement(basis, dim) {
		add(u)
		add(scaled(u, -1))
	}
	if len(basis) == 0 {
		return p, nil
	}
	polar := set.Polyhedron{Dim: len(basis)}
	for _, v := range shifted {
		z := make([]float64, len(basis))
		for k, b := range basis {
			z[k] = vector.Dot(b, v) / size
		}
		if length(z) > rankTolerance {
			polar.Rows = append(polar.Rows, set.HalfSpace{Normal: z, Offset: 1})
		}
	}
	normals, err := in.Vertices(polar)
	if err != nil {
		return set.Polyhedron{}, err
	}
	for _, y := range normals {
		normal := make([]float64, dim)
		for k, b := range basis {
			for j, t := range b {
				normal[j] += float64(y[k] * t)
			}
		}
		add(scaled(normal, 1/length(normal)))
	}
	return in.Reduce(p)
}
