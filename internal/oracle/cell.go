package oracle

import (
	"math/big"
	"slices"
)

// Cell is a half-open polytope that is not empty: the vertices of its closure, and
// which inequalities are tight at each. See the package comment.
type Cell struct {
	vertices []vertex
	strict   bits // the inequalities that are strict
	rows     int  // how many inequalities there are
}

type vertex struct {
	x     []Rat
	tight bits
}

// bits is a set of small numbers.
type bits []uint64

func (b bits) has(i int) bool { return i/64 < len(b) && b[i/64]>>(i%64)&1 == 1 }

// with returns the set with one more element.
func (b bits) with(i int) bits {
	c := make(bits, max(len(b), i/64+1))
	copy(c, b)
	c[i/64] |= 1 << (i % 64)
	return c
}

func (b bits) and(c bits) bits {
	d := make(bits, min(len(b), len(c)))
	for i := range d {
		d[i] = b[i] & c[i]
	}
	return d
}

// in reports whether b is a subset of c.
func (b bits) in(c bits) bool {
	for i, w := range b {
		if i >= len(c) {
			if w != 0 {
				return false
			}
		} else if w&^c[i] != 0 {
			return false
		}
	}
	return true
}

func (b bits) empty() bool { return b.in(nil) }

// Vertices are those of the closure.
func (c *Cell) Vertices() [][]Rat {
	x := make([][]Rat, len(c.vertices))
	for i, v := range c.vertices {
		x[i] = v.x
	}
	return x
}

// Middle is the mean of the vertices: a point of the cell.
func (c *Cell) Middle() []Rat {
	m := zeros(len(c.vertices[0].x))
	for _, v := range c.vertices {
		for i := range m {
			m[i].Add(m[i], v.x[i])
		}
	}
	for i := range m {
		m[i].Quo(m[i], Int(int64(len(c.vertices))))
	}
	return m
}

// Dim is the dimension of the cell.
func (c *Cell) Dim() int {
	var basis [][]Rat
	for _, v := range c.vertices[1:] {
		basis = extend(basis, difference(v.x, c.vertices[0].x))
	}
	return len(basis)
}

func difference(x, y []Rat) []Rat {
	d := zeros(len(x))
	for i := range d {
		d[i].Sub(x[i], y[i])
	}
	return d
}

// extend reduces d by a basis in echelon form and appends what is left of it.
func extend(basis [][]Rat, d []Rat) [][]Rat {
	d = slices.Clone(d)
	for _, b := range basis {
		p := pivot(b)
		if d[p].Sign() == 0 {
			continue
		}
		factor := new(big.Rat).Quo(d[p], b[p])
		for i := range d {
			d[i] = new(big.Rat).Sub(d[i], new(big.Rat).Mul(factor, b[i]))
		}
	}
	if pivot(d) < 0 {
		return basis
	}
	return append(basis, d)
}

func pivot(d []Rat) int {
	return slices.IndexFunc(d, func(v Rat) bool { return v.Sign() != 0 })
}

// cut returns the part of the cell where f >= 0, or f > 0, or nil if it is empty.
func (c *Cell) cut(f form, strict bool) *Cell {
	values := make([]Rat, len(c.vertices))
	for i, v := range c.vertices {
		values[i] = f.at(v.x)
	}
	return c.cutValues(values, strict)
}

// cutValues is cut for the values that the function has at the vertices.
func (c *Cell) cutValues(values []Rat, strict bool) *Cell {
	var above, on, below []int
	for i, v := range values {
		switch v.Sign() {
		case 1:
			above = append(above, i)
		case 0:
			on = append(on, i)
		default:
			below = append(below, i)
		}
	}
	if len(above) == 0 && (strict || len(on) == 0) {
		return nil
	}
	if len(below) == 0 && (len(on) == 0 || !strict) {
		return c
	}
	row := c.rows
	part := &Cell{rows: row + 1, strict: c.strict}
	if strict {
		part.strict = c.strict.with(row)
	}
	for _, i := range above {
		part.vertices = append(part.vertices, c.vertices[i])
	}
	for _, i := range on {
		part.vertices = append(part.vertices, vertex{c.vertices[i].x, c.vertices[i].tight.with(row)})
	}
	for _, i := range above {
		for _, j := range below {
			if common, ok := c.edge(i, j); ok {
				part.vertices = append(part.vertices, vertex{between(c.vertices[i].x, c.vertices[j].x, values[i], values[j]), common.with(row)})
			}
		}
	}
	if part.isEmpty() {
		return nil
	}
	return part
}

// isEmpty reports whether some strict inequality is tight at all vertices.
func (c *Cell) isEmpty() bool {
	all := c.strict
	for _, v := range c.vertices {
		all = all.and(v.tight)
	}
	return !all.empty()
}

// edge reports whether two vertices are joined by an edge, and what is tight on it.
func (c *Cell) edge(i, j int) (bits, bool) {
	common := c.vertices[i].tight.and(c.vertices[j].tight)
	for k, v := range c.vertices {
		if k != i && k != j && common.in(v.tight) {
			return nil, false
		}
	}
	return common, true
}

// between is the point on a segment where a function with values p > 0 and q < 0 at
// its ends vanishes.
func between(x, y []Rat, p, q Rat) []Rat {
	t := new(big.Rat).Quo(p, new(big.Rat).Sub(p, q))
	z := zeros(len(x))
	for i := range z {
		z[i].Sub(y[i], x[i])
		z[i].Mul(z[i], t)
		z[i].Add(z[i], x[i])
	}
	return z
}
