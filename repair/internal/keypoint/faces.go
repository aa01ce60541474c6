package keypoint

import (
	"github.com/netmend/netmend/internal/parallel"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/region/face"
)

// hull is a face of the cells of an item: the item and a vertex, twice, or the ends
// of an edge in ascending order.
type hull [3]int32

// vertices are those of the face.
func (h hull) vertices() []int32 {
	if h[1] == h[2] {
		return []int32{h[1]}
	}
	return []int32{h[1], h[2]}
}

// addFaces adds the patterns that execute on a vertex or an edge and are those
// of no adjacent cell. On a face the units that tie there take their upper
// piece; the others agree in all adjacent cells. Faces of which package face is in doubt are
// left to package proof.
func (k *Set) addFaces() {
	if k.rule == nil || k.net.SmoothNode() >= 0 {
		return // no activation after the first value parameters: no jumps
	}
	covered := map[hull]bool{} // by a cell that has the upper pieces
	k.eachFace(func(c *Cell, h hull, near []face.Tie) {
		covered[h] = covered[h] || face.IsUpper(k.patterns[c.Tail], near)
	})
	k.eachFace(func(c *Cell, h hull, near []face.Tie) {
		if covered[h] {
			return
		}
		covered[h] = true
		if pattern := k.executed(c, h, near); pattern != nil {
			k.extras = append(k.extras, Cell{Item: h[0], Class: c.Class, Tail: k.Tail(k.relevant(pattern)), Vertices: h.vertices()})
		}
	})
}

// executed is the pattern that executes on a face of a cell where all ties near it are
// ties; nil if they are not, or it is not known.
func (k *Set) executed(c *Cell, h hull, near []face.Tie) nn.Pattern {
	var points [][]float64
	for _, p := range h.vertices() {
		points = append(points, k.At(p))
	}
	f := face.Face{Codim: 1}
	switch it := &k.spec.Items[c.Item]; {
	case it.Segment != nil:
		f.Frame, f.Facets = face.OfSegment(*it.Segment, points...)
	case it.Polygon != nil:
		f.Frame, f.Facets = face.OfPolygon(it.Polygon, points...)
		f.Codim = 3 - len(points)
	default:
		return nil
	}
	if k.isCut(h[1]) && k.isCut(h[2]) {
		return nil // perhaps between classes only
	}
	e := k.rule.Executes(k.whole(c), &f, near)
	if len(e.Doubt) > 0 || !face.IsUpper(k.relevant(e.Pattern), near) {
		return nil
	}
	return e.Pattern
}

// isCut reports whether a vertex was made where an edge of a cell is cut between classes.
func (k *Set) isCut(vertex int32) bool { return k.vertices[vertex].x != nil }

// whole is the pattern of a cell with the units before those that matter: the pieces that
// execute within it.
func (k *Set) whole(c *Cell) nn.Pattern {
	pattern := k.net.PatternsAt(nn.RowMatrix(k.Centre(c)), 1)[0]
	copy(k.relevant(pattern), k.patterns[c.Tail])
	return pattern
}

// eachFace calls f for every vertex and edge of every cell near which units tie,
// and every cell there.
func (k *Set) eachFace(do func(c *Cell, h hull, near []face.Tie)) {
	var both []face.Tie
	for i := range k.Cells {
		c := &k.Cells[i]
		if len(c.Vertices) == 1 {
			continue // a point has the executed pattern
		}
		for j, a := range c.Vertices {
			if len(k.ties[a]) > 0 {
				do(c, hull{c.Item, a, a}, k.ties[a])
			}
			if len(c.Vertices) == 2 {
				continue
			}
			b := c.Vertices[(j+1)%len(c.Vertices)]
			both = face.Common(both[:0], k.ties[a], k.ties[b])
			if len(both) > 0 {
				do(c, hull{c.Item, min(a, b), max(a, b)}, both)
			}
		}
	}
}

// findTies fills in the units near a breakpoint at each vertex.
func (k *Set) findTies() {
	k.ties = make([][]face.Tie, len(k.vertices))
	if k.Unit == k.net.PatternLen() || k.regions == 0 {
		return // no faces, or none that matter
	}
	k.rule = face.New(k.net, k.From)
	parallel.Ranges(len(k.vertices), k.Batch, k.workers, func(a, b int) {
		x := nn.NewMatrix(b-a, k.net.InDim())
		reach := make([]float64, b-a)
		for i := a; i < b; i++ {
			copy(x.Row(i-a), k.At(int32(i)))
			reach[i-a] = k.reach(int32(i))
		}
		copy(k.ties[a:b], k.rule.Near(x, reach))
	})
}

// reach is the size of the numbers that a vertex is computed from.
func (k *Set) reach(vertex int32) float64 {
	it := &k.spec.Items[k.ItemOf(vertex)]
	switch {
	case it.Segment != nil:
		return face.Reach(it.Segment.From, it.Segment.To)
	case it.Polygon != nil:
		return face.Reach(it.Polygon.Vertices...)
	}
	return 0
}
