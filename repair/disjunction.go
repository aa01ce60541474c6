package repair

import (
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/spec"
)

// cutAtTies divides every cell in which the network prefers different allowed
// classes at different vertices along the planes on which two of them tie, so
// that each part prefers one. Which class a part is given is a choice that any
// proof is stated for, so the cuts need not be exact. y has the outputs at the
// points; it returns the class of each cell, -1 where classes do not matter.
func (k *keyPoints) cutAtTies(y nn.Matrix) []int32 {
	var cells []cell
	var choice []int32
	c := cutter{k: k, between: map[[4]int32]int32{}, extra: map[int32][]float64{}}
	for _, cl := range k.cells {
		o := &k.spec.Items[cl.item].Output
		if o.Allowed == nil {
			cells, choice = append(cells, cl), append(choice, -1)
			continue
		}
		c.values = c.values[:0]
		for _, p := range cl.places {
			c.values = append(c.values, c.valueAt(p, cl.tail, y))
		}
		for _, part := range c.divide(cl, c.values, o) {
			cells, choice = append(cells, part.cell), append(choice, int32(part.class))
		}
	}
	k.cells = cells
	return choice
}

// cutter divides cells at ties.
type cutter struct {
	k       *keyPoints
	between map[[4]int32]int32 // place where an edge meets a tie
	extra   map[int32][]float64
	values  [][]float64
}

type part struct {
	cell  cell
	class int
}

// valueAt is the output at a place: evaluated, or interpolated where the place
// is a cut's.
func (c *cutter) valueAt(place, tail int32, y nn.Matrix) []float64 {
	if v, ok := c.extra[place]; ok {
		return v
	}
	return y.Row(int(c.k.pointAt(place, tail)))
}

// divide returns the parts of a cell, each with a class that no other allowed
// class beats at any of its vertices, up to the rounding of the cuts.
func (c *cutter) divide(cl cell, y [][]float64, o *spec.Output) []part {
	prefers := func(i int) int { return o.Extremum.Prefers(y[i], o.Allowed) }
	first := prefers(0)
	if len(o.Allowed) == 1 || len(cl.places) == 1 {
		return []part{{cl, first}}
	}
	for _, class := range o.Allowed {
		if wins(class, y, o) {
			return []part{{cl, class}}
		}
	}
	second := first
	for i := 1; i < len(y) && second == first; i++ {
		second = prefers(i)
	}
	lead := make([]float64, len(y))
	for i, v := range y {
		lead[i] = v[first] - v[second]
	}
	var parts []part
	for _, sign := range []float64{1, -1} {
		if sub, values := c.side(cl, y, lead, sign, first, second); len(sub.places) >= min(len(cl.places), 3) {
			if len(sub.places) == len(cl.places) && sameInt32(sub.places, cl.places) {
				return []part{{cl, first}} // no progress: rounding; any choice will do
			}
			parts = append(parts, c.divide(sub, values, o)...)
		}
	}
	return parts
}

// wins tells whether no allowed class beats the given one at any vertex.
func wins(class int, y [][]float64, o *spec.Output) bool {
	for _, v := range y {
		if best := v[o.Extremum.Prefers(v, o.Allowed)]; best != v[class] {
			return false
		}
	}
	return true
}

// side is the part of a cell where sign*lead >= 0.
func (c *cutter) side(cl cell, y [][]float64, lead []float64, sign float64, first, second int) (cell, [][]float64) {
	sub := cl
	sub.places = nil
	var values [][]float64
	n := len(cl.places)
	for i := range n {
		if sign*lead[i] >= 0 {
			sub.places, values = append(sub.places, cl.places[i]), append(values, y[i])
		}
		j := (i + 1) % n
		if n == 2 && i == 1 {
			break // a segment has one edge
		}
		if lead[i]*lead[j] < 0 {
			p, v := c.cross(cl, i, j, y, lead, first, second)
			sub.places, values = append(sub.places, p), append(values, v)
		}
	}
	return sub, values
}

// cross is the place where the edge from vertex i to j of a cell meets the tie,
// and the output there. Cells that share the edge share the place.
func (c *cutter) cross(cl cell, i, j int, y [][]float64, lead []float64, first, second int) (int32, []float64) {
	if cl.places[i] > cl.places[j] {
		i, j = j, i
	}
	s := lead[i] / (lead[i] - lead[j])
	v := make([]float64, len(y[i]))
	for o := range v {
		v[o] = y[i][o] + s*(y[j][o]-y[i][o])
	}
	v[second] = v[first] // they tie, and shall do so in floats
	key := [4]int32{cl.places[i], cl.places[j], int32(min(first, second)), int32(max(first, second))}
	p, ok := c.between[key]
	if !ok {
		a, b := c.k.places[cl.places[i]], c.k.places[cl.places[j]]
		p = int32(len(c.k.places))
		a.param[0] += s * (b.param[0] - a.param[0])
		a.param[1] += s * (b.param[1] - a.param[1])
		a.item = cl.item
		c.k.places = append(c.k.places, a)
		c.between[key] = p
		c.extra[p] = v
	}
	return p, v
}

func sameInt32(a, b []int32) bool {
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}
