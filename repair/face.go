package repair

import "fmt"

// maxUndecided is the largest number of units that vanish together, up to
// rounding, for which both pieces of each are tried in all combinations.
const maxUndecided = 8

// undecidedError says that more units vanish together than can be tried.
type undecidedError struct {
	item  string
	units int
}

func (e *undecidedError) Error() string {
	return fmt.Sprintf("%s: %d units vanish together up to rounding; at most %d can be tried with either piece",
		e.item, e.units, maxUndecided)
}

// addCells makes key points of the cells: every vertex with the cell's pattern,
// and with the other piece of the units that vanish throughout the cell up to
// rounding, which may be the one that executes.
func (k *keyPoints) addCells() error {
	for i := range k.cells {
		c := &k.cells[i]
		k.addCell(c)
		if len(c.zero) == 0 {
			continue
		}
		err := k.eachChoice(c, c.zero, func(pattern []uint8) {
			if t := k.tail(pattern); t != c.tail {
				k.extras = append(k.extras, cell{item: c.item, class: c.class, tail: t, places: c.places, doubtful: true})
			}
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// addCell makes key points of a cell's places with its pattern.
func (k *keyPoints) addCell(c *cell) {
	n := k.need(&k.spec.Items[c.item].Output, int(c.class))
	for _, p := range c.places {
		k.add(p, c.tail, n, c.doubtful)
	}
}

// eachChoice calls f with the cell's pattern in which each of the units has its
// piece or the one below, in all combinations. f must not keep the pattern.
func (k *keyPoints) eachChoice(c *cell, units []int32, f func(pattern []uint8)) error {
	if len(units) > maxUndecided {
		return &undecidedError{item: k.spec.Items[c.item].Name, units: len(units)}
	}
	pattern := append([]uint8(nil), k.patterns[c.tail]...)
	for choice := range 1 << len(units) {
		for i, u := range units {
			pattern[u] = k.patterns[c.tail][u] - uint8(choice>>i&1)
		}
		f(pattern)
	}
	return nil
}

// face is a vertex or an edge of the cells of an item: the item and the face's
// places in ascending order; a vertex twice.
type face [3]int32

// addFaces adds the patterns that execute on a vertex or an edge and are those
// of no adjacent cell. On a face the units that tie there take their upper
// piece; the others agree in all adjacent cells. Where rounding decides, others
// may execute too: those that are seen to. Unless all ties are exact, such
// patterns are doubtful.
func (k *keyPoints) addFaces(workers int) {
	if k.unit == k.net.PatternLen() || k.net.SmoothNode() >= 0 {
		return // no activation after the first value parameters: no jumps
	}
	covered := map[face]combinations{}
	k.eachFace(func(c *cell, f face, ties []tie) {
		covered[f] |= combinationOf(k.patterns[c.tail], ties)
	})
	var noisy []faceProbe
	k.eachFace(func(c *cell, f face, ties []tie) {
		seen := covered[f]
		if seen.complete(len(ties)) {
			return
		}
		if !seen.has(allUpper(len(ties))) {
			covered[f] |= allUpper(len(ties))
			pattern := append([]uint8(nil), k.patterns[c.tail]...)
			doubtful := false
			for _, t := range ties {
				pattern[t.unit] = t.piece
				doubtful = doubtful || !t.exact
			}
			k.addFace(f, c.class, k.tail(pattern), doubtful)
		}
		noisy = append(noisy, faceProbe{cell: c, face: f, ties: append([]tie(nil), ties...)})
	})
	k.probe(noisy, covered, workers)
	k.dropSame(workers)
}

// addFace adds a face with a pattern to the extras.
func (k *keyPoints) addFace(f face, class, tail int32, doubtful bool) {
	places := f[1:2]
	if f[1] != f[2] {
		places = f[1:3]
	}
	k.extras = append(k.extras, cell{item: f[0], class: class, tail: tail, places: append([]int32(nil), places...), doubtful: doubtful})
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
