package repair

import (
	"math"
	"slices"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/set"
)

// borderEdges are the edges of the items, by their ends, on which edges of one cell alone
// lie, and the vertices of these: more values are identical there than in all of the item.
func (k *keyPoints) borderEdges() map[face][2]int {
	cells := map[face]int{} // of edges, how many have them
	for i := range k.cells {
		c := &k.cells[i]
		if len(c.places) < 3 {
			continue
		}
		for j, a := range c.places {
			b := c.places[(j+1)%len(c.places)]
			cells[face{c.item, min(a, b), max(a, b)}]++
		}
	}
	edges := map[face][2]int{}
	for f, n := range cells {
		if n != 1 {
			continue
		}
		if e, ok := k.edge(f); ok {
			edges[f] = e
			for _, p := range f[1:] {
				edges[face{f[0], p, p}] = e
			}
		}
	}
	return edges
}

// hullOf are points whose convex hull contains a face: the corner or the edge of its item
// on which it lies, by border, else all of the item.
func (k *keyPoints) hullOf(f face, border map[face][2]int) nn.Matrix {
	if x := k.corner(f); x != nil {
		return nn.RowMatrix(x)
	}
	if e, ok := border[f]; ok {
		v := k.spec.Items[f[0]].Polygon.Vertices
		m, _ := nn.MatrixOf([][]float64{v[e[0]], v[e[1]]}) // of one length, as the polygon's
		return m
	}
	return k.hull(f[0])
}

// corner is the vertex of its item that a face is; nil where it is none.
func (k *keyPoints) corner(f face) []float64 {
	p := k.places[f[1]]
	if f[1] != f[2] || p.x != nil {
		return nil
	}
	switch it := &k.spec.Items[p.item]; {
	case it.Segment != nil && p.param[0] == 0:
		return it.Segment.From
	case it.Segment != nil && p.param[0] == 1:
		return it.Segment.To
	case it.Polygon != nil:
		if i := slices.Index(it.Polygon.Plane, p.param); i >= 0 {
			return it.Polygon.Vertices[i]
		}
	}
	return nil
}

// onEdge is how far from an edge of a polygon, relative to the polygon's size, the
// computed place of a vertex on it may lie. It only tells apart the polygon's edges:
// that a vertex lies on one of them is known from the cells.
const onEdge = 1e-9

// edge is the edge of a polygon, by its ends, on which an edge of its cells lies that
// is no other cell's; false where rounding leaves that open.
func (k *keyPoints) edge(f face) (ends [2]int, ok bool) {
	p, q := k.places[f[1]], k.places[f[2]]
	polygon := k.spec.Items[f[0]].Polygon
	if p.x != nil || q.x != nil || p.item != f[0] || q.item != f[0] || polygon == nil {
		return ends, false
	}
	n := len(polygon.Plane)
	for i := range n {
		if j := (i + 1) % n; near(polygon, i, j, p.param) && near(polygon, i, j, q.param) {
			if ok {
				return ends, false // close to a corner
			}
			ends, ok = [2]int{i, j}, true
		}
	}
	return ends, ok
}

// near tells whether a place lies on an edge of a polygon, up to rounding.
func near(p *set.Polygon, i, j int, at [2]float64) bool {
	a, b := p.Plane[i], p.Plane[j]
	dx, dy := b[0]-a[0], b[1]-a[1]
	length, size := math.Hypot(dx, dy), 0.0
	for _, v := range p.Plane {
		size = max(size, math.Hypot(v[0]-a[0], v[1]-a[1]))
	}
	return math.Abs(float64(dx*(at[1]-a[1]))-float64(dy*(at[0]-a[0]))) <= onEdge*size*length
}
