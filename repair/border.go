package repair

import (
	"math"
	"slices"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/set"
)

// borderFace is a face on the border of its item: more values are identical there
// than in the whole item.
type borderFace struct {
	face
	ties []tie
	at   []float64 // a point in the face's relative interior
	hull nn.Matrix // the corner or the edge of the item, by its vertices
}

// settleBorder looks again at the faces on the border of their item that the cells
// around do not cover, and notes which of their ties matter. It tells whether there
// are any.
func (k *keyPoints) settleBorder(covered map[face]combinations, workers int) bool {
	if nn.NewIdentities(k.net) == nil {
		return false
	}
	faces := k.borderFaces(covered)
	sizes := newTermSizes(k.net)
	k.chunks(len(faces), workers, func(a, b int) {
		s := newSettler(k)
		x := nn.NewMatrix(b-a, k.net.InDim())
		for i := a; i < b; i++ {
			copy(x.Row(i-a), faces[i].at)
		}
		t := k.net.RunActivation(x, 1)
		for i := a; i < b; i++ {
			s.find(faces[i].hull, t, i-a, sizes.at(t, i-a), nil)
			faces[i].ties = s.mattering(faces[i].ties)
		}
	})
	k.settled = make(map[face][]tie, len(faces))
	for _, f := range faces {
		k.settled[f.face] = f.ties
	}
	return len(faces) > 0
}

// borderFaces are the faces on the border of their item that are not covered: corners,
// and, on polygons, edges of one cell alone, and their ends.
func (k *keyPoints) borderFaces(covered map[face]combinations) []borderFace {
	cells := map[face]int{} // of edges, how many have them
	k.eachFace(func(_ *cell, f face, _ []tie) {
		if f[1] != f[2] {
			cells[f]++
		}
	})
	edges := map[face][2]int{} // the polygon's edge on which an edge or its ends lie
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
	var faces []borderFace
	seen := map[face]bool{}
	k.eachFace(func(_ *cell, f face, ties []tie) {
		if seen[f] || covered[f].complete(len(ties)) {
			return
		}
		seen[f] = true
		b := borderFace{face: f, at: k.at(k.places[f[1]])}
		if corner := k.corner(f); corner != nil {
			b.hull = nn.RowMatrix(corner)
		} else if e, ok := edges[f]; ok {
			v := k.spec.Items[f[0]].Polygon.Vertices
			b.hull, _ = nn.MatrixOf([][]float64{v[e[0]], v[e[1]]}) // of one length, as the polygon's
		} else {
			return
		}
		if f[1] != f[2] {
			b.at = slices.Clone(b.at)
			for d, v := range k.at(k.places[f[2]]) {
				b.at[d] += (v - b.at[d]) / 2
			}
		}
		b.ties = slices.Clone(ties)
		faces = append(faces, b)
	})
	return faces
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
			return [2]int{i, j}, true
		}
	}
	return ends, false
}

// near tells whether a place lies on an edge of a polygon, up to rounding.
func near(p *set.Polygon, i, j int, at [2]float64) bool {
	a, b := p.Plane[i], p.Plane[j]
	dx, dy := b[0]-a[0], b[1]-a[1]
	length, size := math.Hypot(dx, dy), 0.0
	for _, v := range p.Plane {
		size = max(size, math.Hypot(v[0]-a[0], v[1]-a[1]))
	}
	return math.Abs(dx*(at[1]-a[1])-dy*(at[0]-a[0])) <= onEdge*size*length
}
