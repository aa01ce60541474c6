package set

import (
	"fmt"
	"math"
	"slices"

	"github.com/netmend/netmend/internal/portable"
	"github.com/netmend/netmend/internal/vector"
)

// planarTolerance is how far, relative to the polygon's size, a vertex may lie
// off the plane of the others, or a corner may turn the wrong way: vertices
// come from decimal files, rounded at 1e-16, often computed in float32 first.
const planarTolerance = 1e-7

// Polygon is a convex polygon in any dimension: the hull of its vertices,
// which lie in one plane and are given in order around it. In the plane's
// coordinates (u, v) the point is Origin + u U + v V.
type Polygon struct {
	Vertices [][]float64
	// Origin, U and V span the plane: Origin is the first vertex, U and V are
	// orthonormal, U along the first edge, and the polygon is counterclockwise.
	Origin, U, V []float64
	// Plane has the (u, v) coordinates of the vertices.
	Plane [][2]float64
}

// NewPolygon checks the vertices and computes the plane. It fails, naming the
// vertex, for fewer than three vertices, repeated or collinear neighbours, a
// polygon that is not planar, not convex or winds more than once, and numbers
// that are not finite.
func NewPolygon(vertices [][]float64) (*Polygon, error) {
	if len(vertices) < 3 {
		return nil, fmt.Errorf("polygon with %d vertices, want at least 3", len(vertices))
	}
	for i, v := range vertices {
		if len(v) != len(vertices[0]) {
			return nil, fmt.Errorf("polygon: vertex %d has %d numbers, vertex 0 has %d", i, len(v), len(vertices[0]))
		}
	}
	if err := finite(vertices); err != nil {
		return nil, fmt.Errorf("polygon: %w", err)
	}
	p := &Polygon{Vertices: vertices, Origin: vertices[0]}
	if err := p.span(); err != nil {
		return nil, err
	}
	return p, p.checkConvex()
}

// span finds the plane by Gram-Schmidt on the first edge and the vertex
// farthest from its line.
func (p *Polygon) span() error {
	size := 0.0
	diff := make([][]float64, len(p.Vertices))
	for i, v := range p.Vertices {
		diff[i] = make([]float64, len(v))
		for k := range v {
			diff[i][k] = v[k] - p.Origin[k]
		}
		size = max(size, vector.Norm(diff[i]))
	}
	first := vector.Norm(diff[1])
	if size == 0 || first <= planarTolerance*size {
		return fmt.Errorf("polygon: vertices 0 and 1 coincide")
	}
	p.U = slices.Clone(diff[1])
	scale(p.U, 1/first)
	far, best := -1, 0.0
	for i := 2; i < len(diff); i++ {
		r := reject(diff[i], p.U)
		if n := vector.Norm(r); n > best {
			far, best, p.V = i, n, r
		}
	}
	if far < 0 || best <= planarTolerance*size {
		return fmt.Errorf("polygon: the vertices lie on one line; give a segment instead")
	}
	scale(p.V, 1/best)
	p.Plane = make([][2]float64, len(diff))
	for i, d := range diff {
		u, v := vector.Dot(d, p.U), vector.Dot(d, p.V)
		p.Plane[i] = [2]float64{u, v}
		off := reject(reject(d, p.U), p.V)
		if n := vector.Norm(off); n > planarTolerance*size {
			return fmt.Errorf("polygon: vertex %d lies %.3g off the plane of the others", i, n)
		}
	}
	return nil
}

// checkConvex makes the polygon counterclockwise and checks that every corner
// turns left and that the corners turn once around in all.
func (p *Polygon) checkConvex() error {
	n := len(p.Plane)
	var area float64
	for i, a := range p.Plane {
		b := p.Plane[(i+1)%n]
		area += float64(a[0]*b[1]) - float64(a[1]*b[0])
	}
	if area < 0 {
		scale(p.V, -1)
		for i := range p.Plane {
			p.Plane[i][1] = -p.Plane[i][1]
		}
	}
	turns := 0.0
	for i := range p.Plane {
		a, b, c := p.Plane[(i+n-1)%n], p.Plane[i], p.Plane[(i+1)%n]
		e, f := [2]float64{b[0] - a[0], b[1] - a[1]}, [2]float64{c[0] - b[0], c[1] - b[1]}
		cross, along := float64(e[0]*f[1])-float64(e[1]*f[0]), float64(e[0]*f[0])+float64(e[1]*f[1])
		le, lf := portable.Hypot(e[0], e[1]), portable.Hypot(f[0], f[1])
		if le == 0 || lf == 0 {
			return fmt.Errorf("polygon: vertex %d is repeated", i)
		}
		if cross <= planarTolerance*le*lf {
			return fmt.Errorf("polygon: not convex, or degenerate, at vertex %d: give the corners of a convex polygon in order around it", i)
		}
		turns += portable.Atan2(cross, along)
	}
	if turns > 3*math.Pi {
		return fmt.Errorf("polygon: the vertices wind around more than once")
	}
	return nil
}

// Dim is the dimension of the space the polygon lies in.
func (p *Polygon) Dim() int { return len(p.Origin) }

// At returns the point at plane coordinates (u, v).
func (p *Polygon) At(u, v float64) []float64 {
	x := make([]float64, len(p.Origin))
	for i, o := range p.Origin {
		x[i] = o + float64(u*p.U[i]) + float64(v*p.V[i])
	}
	return x
}

func scale(a []float64, f float64) {
	for i := range a {
		a[i] = float64(a[i] * f)
	}
}

// reject is a minus its component along the unit vector u.
func reject(a, u []float64) []float64 {
	r := slices.Clone(a)
	c := vector.Dot(a, u)
	for i := range r {
		r[i] -= float64(c * u[i])
	}
	return r
}
