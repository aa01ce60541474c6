package keypoint

import (
	"slices"

	"github.com/netmend/netmend/spec"
)

// cutByClass divides every cell in which the network prefers different allowed
// classes at different vertices along the planes on which two of them are equal, so
// that each part prefers one, and sets the classes. Which class a part is given
// is a choice that any proof is stated for, so the cuts need not be exact.
func (k *Set) cutByClass(cells []Cell) []Cell {
	var parts []Cell
	c := cutter{k: k, between: map[[4]int32]int32{}, extra: map[int32][]float64{}}
	for _, cl := range cells {
		o := &k.spec.Items[cl.Item].Output
		if o.Allowed == nil {
			cl.Class = -1
			parts = append(parts, cl)
			continue
		}
		c.values = c.values[:0]
		for _, p := range cl.Vertices {
			c.values = append(c.values, c.valueAt(p, cl.Tail))
		}
		parts = append(parts, c.divide(cl, c.values, o, o.Allowed)...)
	}
	return parts
}

// cutter divides cells between classes.
type cutter struct {
	k       *Set
	between map[[4]int32]int32 // vertex at which an edge is cut between two classes
	extra   map[int32][]float64
	values  [][]float64
}

// valueAt is the output at a vertex: evaluated, or interpolated where the vertex
// is a cut's.
func (c *cutter) valueAt(vertex, tail int32) []float64 {
	if v, ok := c.extra[vertex]; ok {
		return v
	}
	return c.k.Outputs.Row(int(c.k.pointAt(vertex, tail)))
}

// divide returns the parts of a cell, each with a class that no other candidate
// beats at any of its vertices, up to the rounding of the cuts.
func (c *cutter) divide(cl Cell, y [][]float64, o *spec.Output, candidates []int) []Cell {
	if len(candidates) == 1 || len(cl.Vertices) == 1 {
		cl.Class = int32(o.Extremum.Prefers(y[0], candidates))
		return []Cell{cl}
	}
	for _, class := range candidates {
		if wins(class, y, o, candidates) {
			cl.Class = int32(class)
			return []Cell{cl}
		}
	}
	first := o.Extremum.Prefers(y[0], candidates)
	second := first
	for i := 1; second == first; i++ { // first does not win
		if k := o.Extremum.Prefers(y[i], candidates); y[i][k] != y[i][first] {
			second = k
		}
	}
	lead := make([]float64, len(y))
	for i, v := range y {
		lead[i] = v[first] - v[second]
	}
	var parts []Cell
	for _, s := range []struct {
		sign float64
		lost int // the class that the other one beats on this side
	}{{1, second}, {-1, first}} {
		if o.Extremum == spec.Argmin {
			s.lost = first + second - s.lost
		}
		left := slices.DeleteFunc(slices.Clone(candidates), func(k int) bool { return k == s.lost })
		if sub, values := c.side(cl, y, lead, s.sign, first, second); len(sub.Vertices) >= min(len(cl.Vertices), 3) {
			parts = append(parts, c.divide(sub, values, o, left)...)
		}
	}
	return parts
}

// wins reports whether no candidate beats the given one at any vertex.
func wins(class int, y [][]float64, o *spec.Output, candidates []int) bool {
	for _, v := range y {
		if best := v[o.Extremum.Prefers(v, candidates)]; best != v[class] {
			return false
		}
	}
	return true
}

// side is the part of a cell where sign*lead >= 0.
func (c *cutter) side(cl Cell, y [][]float64, lead []float64, sign float64, first, second int) (Cell, [][]float64) {
	sub := cl
	sub.Vertices = nil
	var values [][]float64
	n := len(cl.Vertices)
	for i := range n {
		if sign*lead[i] >= 0 {
			sub.Vertices, values = append(sub.Vertices, cl.Vertices[i]), append(values, y[i])
		}
		j := (i + 1) % n
		if n == 2 && i == 1 {
			break // a segment has one edge
		}
		if (lead[i] < 0 && lead[j] > 0) || (lead[i] > 0 && lead[j] < 0) {
			p, v := c.cross(cl, i, j, y, lead, first, second)
			sub.Vertices, values = append(sub.Vertices, p), append(values, v)
		}
	}
	return sub, values
}

// cross is the vertex at which the edge from vertex i to j of a cell is cut between two
// classes, and the output there. Cells that share the edge share the vertex.
func (c *cutter) cross(cl Cell, i, j int, y [][]float64, lead []float64, first, second int) (int32, []float64) {
	if cl.Vertices[i] > cl.Vertices[j] {
		i, j = j, i
	}
	s := lead[i] / (lead[i] - lead[j])
	v := make([]float64, len(y[i]))
	for o := range v {
		v[o] = y[i][o] + float64(s*(y[j][o]-y[i][o]))
	}
	v[second] = v[first] // they are equal, and shall be so in floats
	key := [4]int32{cl.Vertices[i], cl.Vertices[j], int32(min(first, second)), int32(max(first, second))}
	p, ok := c.between[key]
	if !ok {
		// The ends may belong to other items, which share them with this one, and
		// have their parameters there.
		a, b := c.k.At(cl.Vertices[i]), c.k.At(cl.Vertices[j])
		x := make([]float64, len(a))
		for d := range x {
			x[d] = a[d] + float64(s*(b[d]-a[d]))
		}
		p = c.k.AddVertex(cl.Item, x)
		c.between[key] = p
		c.extra[p] = v
	}
	return p, v
}
