package repair

import (
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/region/face"
)

// addCells makes key points of the cells: every vertex with the cell's pattern.
func (k *keyPoints) addCells() {
	for i := range k.cells {
		k.addCell(&k.cells[i])
	}
}

// addCell makes key points of a cell's places with its pattern.
func (k *keyPoints) addCell(c *cell) {
	n := k.need(&k.spec.Items[c.item].Output, int(c.class))
	for _, p := range c.places {
		k.add(p, c.tail, n, false)
	}
}

// hull is a face of the cells of an item: the item and the places of a vertex, twice, or
// of an edge in ascending order.
type hull [3]int32

// places are those of the face.
func (h hull) places() []int32 {
	if h[1] == h[2] {
		return []int32{h[1]}
	}
	return []int32{h[1], h[2]}
}

// addFaces adds the patterns that execute on a vertex or an edge and are those
// of no adjacent cell. On a face the units that tie there take their upper
// piece; the others agree in all adjacent cells. Faces of which package face is in doubt are
// left to package proof.
func (k *keyPoints) addFaces() {
	if k.rule == nil || k.net.SmoothNode() >= 0 {
		return // no activation after the first value parameters: no jumps
	}
	covered := map[hull]bool{} // by a cell that has the upper pieces
	k.eachFace(func(c *cell, h hull, near []face.Tie) {
		covered[h] = covered[h] || face.IsUpper(k.patterns[c.tail], near)
	})
	k.eachFace(func(c *cell, h hull, near []face.Tie) {
		if covered[h] {
			return
		}
		covered[h] = true
		if pattern := k.executed(c, h, near); pattern != nil {
			k.extras = append(k.extras, cell{item: h[0], class: c.class, tail: k.tail(k.relevant(pattern)), places: h.places()})
		}
	})
}

// executed is the pattern that executes on a face of a cell where all ties near it are
// ties; nil where they are not, or it is not known.
func (k *keyPoints) executed(c *cell, h hull, near []face.Tie) nn.Pattern {
	var points [][]float64
	for _, p := range h.places() {
		points = append(points, k.at(k.places[p]))
	}
	f := face.Face{Codim: 1}
	switch it := &k.spec.Items[c.item]; {
	case it.Segment != nil:
		f.Frame, f.Facets = face.OfSegment(*it.Segment, points...)
	case it.Polygon != nil:
		f.Frame, f.Facets = face.OfPolygon(it.Polygon, points...)
		f.Codim = 3 - len(points)
	default:
		return nil
	}
	if k.isCut(h[1]) && k.isCut(h[2]) {
		return nil // perhaps along a tie of classes only
	}
	e := k.rule.Executes(k.whole(c), &f, near)
	if len(e.Doubt) > 0 || !face.IsUpper(k.relevant(e.Pattern), near) {
		return nil
	}
	return e.Pattern
}

// isCut reports whether a place was made where an edge of a cell meets a tie of classes.
func (k *keyPoints) isCut(place int32) bool { return k.places[place].x != nil }

// whole is the pattern of a cell with the units before those that matter: the pieces that
// execute within it.
func (k *keyPoints) whole(c *cell) nn.Pattern {
	middle := nn.NewMatrix(1, k.net.InDim())
	for _, p := range c.places {
		for i, v := range k.at(k.places[p]) {
			middle.Data[i] += v / float64(len(c.places))
		}
	}
	pattern := k.net.PatternsAt(middle, 1)[0]
	copy(k.relevant(pattern), k.patterns[c.tail])
	return pattern
}

// eachFace calls f for every vertex and edge of every cell near which units tie,
// and every cell there.
func (k *keyPoints) eachFace(do func(c *cell, h hull, near []face.Tie)) {
	var both []face.Tie
	for i := range k.cells {
		c := &k.cells[i]
		if len(c.places) == 1 {
			continue // a point has the executed pattern
		}
		for j, a := range c.places {
			if len(k.ties[a]) > 0 {
				do(c, hull{c.item, a, a}, k.ties[a])
			}
			if len(c.places) == 2 {
				continue
			}
			b := c.places[(j+1)%len(c.places)]
			both = face.Common(both[:0], k.ties[a], k.ties[b])
			if len(both) > 0 {
				do(c, hull{c.item, min(a, b), max(a, b)}, both)
			}
		}
	}
}
