package repair

import "slices"

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

// face is a vertex or an edge of the cells of an item: the item and the face's
// places in ascending order; a vertex twice.
type face [3]int32

// addFaces adds the patterns that execute on a vertex or an edge and are those
// of no adjacent cell. On a face the units that tie there take their upper
// piece; the others agree in all adjacent cells. Only faces count on which every tie is
// one exactly as float64 computes it: what rounding hides, package proof finds.
func (k *keyPoints) addFaces() {
	if k.unit == k.net.PatternLen() || k.net.SmoothNode() >= 0 {
		return // no activation after the first value parameters: no jumps
	}
	covered := map[face]bool{} // by a cell that has the upper pieces
	k.eachFace(func(c *cell, f face, ties []tie) {
		covered[f] = covered[f] || upper(k.patterns[c.tail], ties)
	})
	k.eachFace(func(c *cell, f face, ties []tie) {
		if covered[f] {
			return
		}
		covered[f] = true
		pattern := append([]uint8(nil), k.patterns[c.tail]...)
		for _, t := range ties {
			if !t.exact {
				return
			}
			pattern[t.unit] = t.piece
		}
		places := f[1:2]
		if f[1] != f[2] {
			places = f[1:3]
		}
		k.extras = append(k.extras, cell{item: f[0], class: c.class, tail: k.tail(pattern), places: slices.Clone(places)})
	})
}

// upper tells whether a pattern has the upper piece of all ties.
func upper(pattern string, ties []tie) bool {
	for _, t := range ties {
		if pattern[t.unit] != t.piece {
			return false
		}
	}
	return true
}

// eachFace calls f for every vertex and edge of every cell on which units tie,
// and every cell there.
func (k *keyPoints) eachFace(do func(c *cell, f face, ties []tie)) {
	var both []tie
	for i := range k.cells {
		c := &k.cells[i]
		if len(c.places) == 1 {
			continue // a point has the executed pattern
		}
		for j, a := range c.places {
			if len(k.ties[a]) > 0 {
				do(c, face{c.item, a, a}, k.ties[a])
			}
			if len(c.places) == 2 {
				continue
			}
			b := c.places[(j+1)%len(c.places)]
			both = commonTies(both[:0], k.ties[a], k.ties[b])
			if len(both) > 0 {
				do(c, face{c.item, min(a, b), max(a, b)}, both)
			}
		}
	}
}

// commonTies appends the ties that both places have; a unit that is affine on
// the edge and ties at both ends ties all along. Both lists ascend.
func commonTies(dst, a, b []tie) []tie {
	for i, j := 0, 0; i < len(a) && j < len(b); {
		switch {
		case a[i].unit < b[j].unit || (a[i].unit == b[j].unit && a[i].piece < b[j].piece):
			i++
		case a[i].unit == b[j].unit && a[i].piece == b[j].piece:
			t := a[i]
			t.exact = t.exact && b[j].exact
			dst = append(dst, t)
			i++
			j++
		default:
			j++
		}
	}
	return dst
}
