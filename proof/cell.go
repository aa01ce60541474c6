package proof

import "slices"

// cell is a convex part of a simplex on which all units decided so far keep
// their pieces: a polygon, a segment or a point, by its vertices in order. It
// stands for the points where the pieces *execute*: of its boundary, what
// belongs to the piece above by the tie rule is marked open. A cell has at least
// one point that is not open.
//
// Edge i leads from vertex i to the next. Where an edge is open, so are its ends.
type cell struct {
	vertices []*vertex
	open     []bool
	edges    []edge
}

// edge is one edge of a cell.
type edge struct {
	on   *line // nil on a segment's simplex
	open bool
}

// dimension of a cell.
func (c *cell) dimension() int { return min(len(c.vertices)-1, 2) }

// simplexCell is the whole simplex with the given number of corners. All of it
// belongs to the cell.
func simplexCell(corners int) *cell {
	c := &cell{open: make([]bool, corners)}
	for k := range corners {
		c.vertices = append(c.vertices, corner(k))
	}
	switch corners {
	case 2:
		c.edges = []edge{{}}
	case 3:
		for k := range corners {
			c.edges = append(c.edges, edge{on: &line{side: (k + 2) % 3}})
		}
	}
	return c
}

// within is a point of the cell in the relative interior of the face that the given
// vertices span, more than one of its own in order: those at which a form that is nowhere
// positive on it vanishes. It is nil if no such point belongs to the cell. A cell
// holds the whole relative interior of each of its faces, or none of it.
func (c *cell) within(face []*vertex) *vertex {
	if len(face) < len(c.vertices) {
		for i := range c.vertices {
			j := (i + 1) % len(c.vertices)
			if c.edges[i].open && slices.Contains(face, c.vertices[i]) && slices.Contains(face, c.vertices[j]) {
				return nil
			}
		}
	}
	return middle(face)
}

// cutter divides cells, counting what it decides.
type cutter struct {
	signs, exact int
}

// split divides a cell into the part where f >= 0 and the one where f < 0; nil
// where that is empty.
func (k *cutter) split(c *cell, f *form) (upper, lower *cell) {
	n := len(c.vertices)
	var buf [24]reading
	at := buf[:0]
	plus, minus, zero := 0, 0, 0
	for _, v := range c.vertices {
		s, value, r, decided := f.sign(v)
		k.signs++
		if !decided {
			k.exact++
		}
		switch {
		case s > 0:
			plus++
		case s < 0:
			minus++
		default:
			zero++
		}
		at = append(at, reading{s, value, r})
	}
	switch {
	case minus == 0:
		return c, nil
	case plus == 0 && zero == 0:
		return nil, c
	case plus == 0:
		return c.zeroFace(at), c.openZeros(at)
	}
	cut := &line{form: f}
	if n == 2 {
		return c.splitSegment(at, cut)
	}
	var some [24]*vertex // more are made
	crossings := some[:]
	if n > len(some) {
		crossings = make([]*vertex, n)
	}
	for i := range at {
		if j := (i + 1) % n; at[i].sign*at[j].sign < 0 {
			crossings[i] = between(c.vertices[i], c.vertices[j], at[i].value, at[j].value, at[i].r, at[j].r, c.edges[i].on, cut)
		}
	}
	return c.side(at, crossings, cut, 1), c.side(at, crossings, cut, -1)
}

// reading is a form's value at a vertex.
type reading struct {
	sign     int
	value, r float64
}

// zeroFace is the face of the cell where a form that is nowhere positive is 0,
// as a cell; nil if none of it belongs to the cell.
func (c *cell) zeroFace(at []reading) *cell {
	n := len(c.vertices)
	for i := range at {
		j := (i + 1) % n
		if n > 2 && at[i].sign == 0 && at[j].sign == 0 {
			if c.edges[i].open {
				return nil
			}
			return &cell{
				vertices: []*vertex{c.vertices[i], c.vertices[j]},
				open:     []bool{c.open[i], c.open[j]},
				edges:    []edge{{on: c.edges[i].on}},
			}
		}
	}
	for i := range at {
		if at[i].sign == 0 && !c.open[i] {
			return &cell{vertices: []*vertex{c.vertices[i]}, open: []bool{false}}
		}
	}
	return nil
}

// openZeros is the cell without the face where the form is 0.
func (c *cell) openZeros(at []reading) *cell {
	n := len(c.vertices)
	d := &cell{vertices: c.vertices, open: append([]bool(nil), c.open...), edges: append([]edge(nil), c.edges...)}
	for i := range at {
		if at[i].sign == 0 {
			d.open[i] = true
			if j := (i + 1) % n; n > 2 && at[j].sign == 0 {
				d.edges[i].open = true
			}
		}
	}
	return d
}

// splitSegment divides a cell of two vertices at which the form has opposite
// signs.
func (c *cell) splitSegment(at []reading, cut *line) (upper, lower *cell) {
	e := c.edges[0]
	m := between(c.vertices[0], c.vertices[1], at[0].value, at[1].value, at[0].r, at[1].r, e.on, cut)
	part := func(sign int) *cell {
		d := &cell{vertices: []*vertex{c.vertices[0], m}, open: []bool{c.open[0], sign < 0 || e.open}, edges: []edge{e}}
		if at[0].sign != sign {
			d.vertices[0], d.open[0] = c.vertices[1], c.open[1]
		}
		return d
	}
	return part(1), part(-1)
}

// side is the part of a polygon where the form, which has both signs at its
// vertices, has the one given, or is 0. crossings are where it vanishes within
// edges.
func (c *cell) side(at []reading, crossings []*vertex, cut *line, sign int) *cell {
	n := len(c.vertices)
	size := 1 // one more than there are may come from the cut
	for i := range at {
		if at[i].sign*sign >= 0 {
			size++
		}
	}
	size = min(size+1, n+1)
	d := &cell{vertices: make([]*vertex, 0, size), open: make([]bool, 0, size), edges: make([]edge, 0, size)}
	// The cut is an edge of its own: closed above, open below.
	add := func(v *vertex, open bool, leaving edge) {
		d.vertices, d.open, d.edges = append(d.vertices, v), append(d.open, open), append(d.edges, leaving)
	}
	along := edge{on: cut, open: sign < 0}
	for i := range n {
		j := (i + 1) % n
		s, t := at[i].sign*sign, at[j].sign*sign
		e := c.edges[i]
		switch {
		case s > 0 && t >= 0:
			add(c.vertices[i], c.open[i], e)
		case s > 0:
			add(c.vertices[i], c.open[i], e)
			add(crossings[i], sign < 0 || e.open, along)
		case s == 0 && t > 0:
			add(c.vertices[i], sign < 0 || c.open[i], e)
		case s == 0: // leaves the side here; the cut is the edge
			add(c.vertices[i], sign < 0 || c.open[i], along)
		case t > 0:
			add(crossings[i], sign < 0 || e.open, e)
		}
	}
	return d
}
