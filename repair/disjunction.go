package repair

import (
	"slices"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/spec"
)

// cutAtTies divides every cell in which the network prefers different allowed
// classes at different vertices along the planes on which two of them tie, so
// that each part prefers one, and sets the classes. Which class a part is given
// is a choice that any proof is stated for, so the cuts need not be exact. y has
// the outputs at the points.
func (k *keyPoints) cutAtTies(cells []cell, y nn.Matrix) []cell {
	var parts []cell
	c := cutter{k: k, between: map[[4]int32]int32{}, extra: map[int32][]float64{}}
	for _, cl := range cells {
		o := &k.spec.Items[cl.item].Output
		if o.Allowed == nil {
			cl.class = -1
			parts = append(parts, cl)
			continue
		}
		c.values = c.values[:0]
		for _, p := range cl.places {
			c.values = append(c.values, c.valueAt(p, cl.tail, y))
		}
		parts = append(parts, c.divide(cl, c.values, o, o.Allowed)...)
	}
	return parts
}

// cutter divides cells at ties.
type cutter struct {
	k       *keyPoints
	between map[[4]int32]int32 // place where an edge meets a tie
	extra   map[int32][]float64
	values  [][]float64
}

// valueAt is the output at a place: evaluated, or interpolated where the place
// is a cut's.
func (c *cutter) valueAt(place, tail int32, y nn.Matrix) []float64 {
	if v, ok := c.extra[place]; ok {
		return v
	}
	return y.Row(int(c.k.pointAt(place, tail)))
}

// divide returns the parts of a cell, each with a class that no other candidate
// beats at any of its vertices, up to the rounding of the cuts.
func (c *cutter) divide(cl cell, y [][]float64, o *spec.Output, candidates []int) []cell {
	if len(candidates) == 1 || len(cl.places) == 1 {
		cl.class = int32(o.Extremum.Prefers(y[0], candidates))
		return []cell{cl}
	}
	for _, class := range candidates {
		if wins(class, y, o, candidates) {
			cl.class = int32(class)
			return []cell{cl}
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
	var parts []cell
	for _, s := range []struct {
		sign float64
		lost int // the class that the other one beats on this side
	}{{1, second}, {-1, first}} {
		if o.Extremum == spec.Argmin {
			s.lost = first + second - s.lost
		}
		left := slices.DeleteFunc(slices.Clone(candidates), func(k int) bool { return k == s.lost })
		if sub, values := c.side(cl, y, lead, s.sign, first, second); len(sub.places) >= min(len(cl.places), 3) {
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
		if (lead[i] < 0 && lead[j] > 0) || (lead[i] > 0 && lead[j] < 0) {
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
		v[o] = y[i][o] + float64(s*(y[j][o]-y[i][o]))
	}
	v[second] = v[first] // they tie, and shall do so in floats
	key := [4]int32{cl.places[i], cl.places[j], int32(min(first, second)), int32(max(first, second))}
	p, ok := c.between[key]
	if !ok {
		// The ends may belong to other items, which share them with this one, and
		// have their parameters there.
		a, b := c.k.at(c.k.places[cl.places[i]]), c.k.at(c.k.places[cl.places[j]])
		x := make([]float64, len(a))
		for d := range x {
			x[d] = a[d] + float64(s*(b[d]-a[d]))
		}
		p = int32(len(c.k.places))
		c.k.places = append(c.k.places, place{item: cl.item, x: x})
		c.between[key] = p
		c.extra[p] = v
	}
	return p, v
}
