package repair

import "fmt"

// maxUndecided is the largest number of units that vanish throughout one cell
// for which both pieces of each are tried in all combinations.
const maxUndecided = 8

// undecidedError says that more units vanish throughout a cell than can be tried.
type undecidedError struct {
	item  string
	units int
}

func (e *undecidedError) Error() string {
	return fmt.Sprintf("%s: %d units vanish throughout one linear region; at most %d can be tried both ways",
		e.item, e.units, maxUndecided)
}

// addCells makes key points of the cells: every vertex with the cell's pattern,
// and with the other piece of the units that vanish throughout the cell, which
// may be the one that executes.
func (k *keyPoints) addCells(choice []int32) error {
	for i, c := range k.cells {
		n := k.need(&k.spec.Items[c.item].Output, int(choice[i]))
		for _, p := range c.places {
			k.add(p, c.tail, n, false)
		}
		if len(c.zero) == 0 {
			continue
		}
		if len(c.zero) > maxUndecided {
			return &undecidedError{item: k.spec.Items[c.item].Name, units: len(c.zero)}
		}
		for mask := 1; mask < 1<<len(c.zero); mask++ {
			pattern := append([]uint8(nil), k.patterns[c.tail]...)
			for b, u := range c.zero {
				if mask>>b&1 == 1 {
					pattern[u]--
				}
			}
			t := k.tail(pattern)
			for _, p := range c.places {
				k.add(p, t, n, true)
			}
		}
	}
	return nil
}

// addFaces adds the patterns that execute on a vertex or an edge and are those
// of no adjacent cell. On a face the units that tie there take their upper
// piece; the others agree in all adjacent cells.
func (k *keyPoints) addFaces(choice []int32) {
	if k.unit == k.net.PatternLen() || k.net.SmoothNode() >= 0 {
		return // no activation after the first value parameters: no jumps
	}
	type face [3]int32 // the item, and the face's places; a vertex twice
	covered := map[face]bool{}
	k.eachFace(func(c *cell, _ int32, a, b int32, ties []tie) {
		if k.upper(c, ties) {
			covered[face{c.item, a, b}] = true
		}
	}, choice)
	before := len(k.keys)
	k.eachFace(func(c *cell, n int32, a, b int32, ties []tie) {
		if covered[face{c.item, a, b}] {
			return
		}
		covered[face{c.item, a, b}] = true
		pattern := append([]uint8(nil), k.patterns[c.tail]...)
		doubtful := false
		for _, t := range ties {
			pattern[t.unit] = t.piece
			doubtful = doubtful || (!t.exact && len(ties) > 1)
		}
		t := k.tail(pattern)
		k.add(a, t, n, doubtful)
		if a != b {
			k.add(b, t, n, doubtful)
		}
	}, choice)
	k.facePoints = len(k.keys) - before
}

// upper tells whether a cell's pattern has the upper piece of every tie.
func (k *keyPoints) upper(c *cell, ties []tie) bool {
	p := k.patterns[c.tail]
	for _, t := range ties {
		if p[t.unit] != t.piece {
			return false
		}
	}
	return true
}

// eachFace calls f for every vertex and edge of every cell on which units tie,
// with the edge's places in ascending order and what the cell needs.
func (k *keyPoints) eachFace(f func(c *cell, need, a, b int32, ties []tie), choice []int32) {
	var both []tie
	for i := range k.cells {
		c := &k.cells[i]
		if len(c.places) == 1 {
			continue // a point has the executed pattern
		}
		n := k.need(&k.spec.Items[c.item].Output, int(choice[i]))
		for j, a := range c.places {
			if len(k.ties[a]) > 0 {
				f(c, n, a, a, k.ties[a])
			}
			if len(c.places) == 2 {
				continue
			}
			b := c.places[(j+1)%len(c.places)]
			both = commonTies(both[:0], k.ties[a], k.ties[b])
			if len(both) > 0 {
				f(c, n, min(a, b), max(a, b), both)
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
		case a[i] == b[j] || (a[i].unit == b[j].unit && a[i].piece == b[j].piece):
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
