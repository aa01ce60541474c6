package set

import "github.com/netmend/netmend/internal/vector"

// Polytope is a bounded polyhedron given both ways: the convex hull of Vertices, and the
// intersection of HalfSpaces. Whoever makes a Polytope must make sure that the two agree up
// to rounding. Without vertices it is empty. A lower-dimensional one has, for each equation
// that holds on it, two opposite half-spaces.
type Polytope struct {
	Dim        int
	Vertices   [][]float64
	HalfSpaces []HalfSpace
}

// BoundingBox is the smallest box that contains the vertices.
func (p Polytope) BoundingBox() Box {
	b := EmptyBox(p.Dim)
	for _, v := range p.Vertices {
		for j, x := range v {
			b.Lo[j], b.Hi[j] = min(b.Lo[j], x), max(b.Hi[j], x)
		}
	}
	return b
}

// Support is the vertex with the largest c . x, and that number: the first such vertex if
// there are several, nil and minus infinity if there is none.
func (p Polytope) Support(c []float64) (at []float64, most float64) {
	most = negInf
	for _, v := range p.Vertices {
		if t := vector.Dot(c, v); t > most || at == nil {
			at, most = v, t
		}
	}
	return at, most
}
