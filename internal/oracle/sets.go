package oracle

import "slices"

// Point is the cell of one point.
func Point(x []Rat) *Cell { return &Cell{vertices: []vertex{{x: x}}} }

// Segment is the closed segment between two points.
func Segment(from, to []Rat) *Cell {
	if same(from, to) {
		return Point(from)
	}
	return &Cell{rows: 2, vertices: []vertex{{from, bits{1}}, {to, bits{2}}}}
}

func same(x, y []Rat) bool {
	return slices.EqualFunc(x, y, func(a, b Rat) bool { return a.Cmp(b) == 0 })
}

// Polygon is the closed convex polygon with the given corners in order, at least
// three, of which no three lie on a line.
func Polygon(corners [][]Rat) *Cell {
	c := &Cell{rows: len(corners)}
	for i, x := range corners {
		before := (i + len(corners) - 1) % len(corners)
		c.vertices = append(c.vertices, vertex{x, bits(nil).with(i).with(before)})
	}
	return c
}

// Box is the closed box; sides may have no width.
func Box(lo, hi []Rat) *Cell {
	c := &Cell{vertices: []vertex{{x: slices.Clone(lo)}}}
	for i := range lo {
		if lo[i].Cmp(hi[i]) == 0 {
			continue
		}
		below, above := c.rows, c.rows+1
		c.rows += 2
		for _, v := range slices.Clone(c.vertices) {
			x := slices.Clone(v.x)
			x[i] = hi[i]
			c.vertices = append(c.vertices, vertex{x, v.tight.with(above)})
		}
		for k := range c.vertices[:len(c.vertices)/2] {
			c.vertices[k].tight = c.vertices[k].tight.with(below)
		}
	}
	return c
}
