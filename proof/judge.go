package proof

import (
	"math/big"

	"github.com/netmend/netmend/nn"
)

// judge checks cells of one simplex against a requirement.
type judge struct {
	*walker
	item    int
	points  [][]float64 // the simplex's corners
	need    *need
	full    int // dimension of the simplex
	limit   int // of violations reported
	size    Size
	count   int
	found   []Place
	worst   Place
	lo, hi  float64 // enclosure of worst.Amount + margin
	worstAt *form
	worstIn *vertex
	any     bool
}

// cell checks one cell.
func (j *judge) cell(c *cell, end *state) error {
	j.size.Pieces++
	if c.dimension() < j.full {
		j.size.Faces++
	}
	for i, h := range j.need.always {
		j.halfSpace(c, end, h, i, -1, j.verticesOf(c))
	}
	if len(j.need.disallowed) == 0 {
		return nil
	}
	j.classes(c, end)
	return nil
}

// corner of a cell: a vertex and whether it executes the cell's pieces.
type cellVertex struct {
	*vertex
	executed bool
}

func (j *judge) verticesOf(c *cell) []cellVertex {
	v := make([]cellVertex, len(c.vertices))
	for i := range v {
		v[i] = cellVertex{c.vertices[i], !c.open[i]}
	}
	return v
}

// classes checks that an allowed class beats the disallowed ones. Where one of
// them does so on the whole cell, nothing is to be cut; else every allowed class
// is checked where it is the best of them.
func (j *judge) classes(c *cell, end *state) {
	allowed := j.need.allowed
	if len(allowed) == 1 {
		j.class(c, end, allowed[0])
		return
	}
	for _, k := range allowed {
		part := c
		for _, other := range allowed {
			if other == k || part == nil {
				continue
			}
			// k is at least as good as the other.
			h := j.need.beats(other, k)
			f := j.net.newForm(end, nn.ValueChannel, j.corners, h.terms, nil)
			part, _ = j.split(part, f)
		}
		if part != nil {
			j.class(part, end, k)
		}
	}
}

// class checks that class k beats the disallowed ones on a cell.
func (j *judge) class(c *cell, end *state, k int) {
	v := j.verticesOf(c)
	choice := -1
	if len(j.need.allowed) > 1 {
		choice = k
	}
	for i, d := range j.need.disallowed {
		j.halfSpace(c, end, j.need.beats(k, d), len(j.need.always)+i, choice, v)
	}
}

// halfSpace checks one half-space at the vertices of a cell.
func (j *judge) halfSpace(c *cell, end *state, h halfSpace, index, class int, vertices []cellVertex) {
	f := j.need.form(j.net, end, j.corners, h)
	for _, v := range vertices {
		j.size.Rows++
		s, value, r, decided := f.sign(v.vertex)
		j.signs++
		if !decided {
			j.cutter.exact++
		}
		lo, hi := below64(value-r), above64(value+r)
		p := Place{Item: j.item, HalfSpace: index, Class: class, Executed: v.executed}
		if !decided {
			lo, hi = narrowed(s, lo, hi)
		}
		if s > 0 {
			if j.count++; len(j.found) < j.limit {
				q := p
				j.complete(&q, f, v.vertex)
				j.found = append(j.found, q)
			}
		}
		j.compare(p, f, v.vertex, lo, hi)
	}
}

// narrowed is an enclosure of a number whose sign is known.
func narrowed(sign int, lo, hi float64) (float64, float64) {
	switch {
	case sign == 0:
		return 0, 0
	case sign > 0:
		return max(lo, 0), hi
	}
	return lo, min(hi, 0)
}

// compare keeps the place with the largest amount: exactly, where enclosures
// overlap.
func (j *judge) compare(p Place, f *form, v *vertex, lo, hi float64) {
	if j.any && hi <= j.lo {
		return // no larger
	}
	if j.any && !(lo > j.hi) {
		if j.worst.Amount == nil {
			j.worst.Amount = j.worstAt.rationalAt(j.worstIn)
		}
		amount := f.rationalAt(v)
		if amount.Cmp(j.worst.Amount) <= 0 {
			return
		}
		p.Amount = amount
		lo, hi = enclosure(amount)
	}
	j.any = true
	j.worst, j.worstAt, j.worstIn, j.lo, j.hi = p, f, v, lo, hi
}

// enclosure of a rational in floats.
func enclosure(r *big.Rat) (lo, hi float64) {
	v, exact := r.Float64()
	if exact {
		return v, v
	}
	return below64(v), above64(v)
}

// complete computes what a place needs to be reported.
func (j *judge) complete(p *Place, f *form, v *vertex) {
	margin := new(big.Rat).SetFloat64(j.need.margin)
	if p.Amount == nil {
		p.Amount = f.rationalAt(v)
	}
	p.Amount = margin.Sub(p.Amount, margin)
	p.Corners, p.Pattern = j.points, j.net.patternOf(f.at)
	p.Weights, p.Point = nil, make([]float64, len(j.points[0]))
	x := v.homogeneous()
	total := new(big.Int)
	for k := range x {
		total.Add(total, &x[k])
	}
	for k := range j.points {
		p.Weights = append(p.Weights, new(big.Rat).SetFrac(&x[k], total))
	}
	for k, w := range p.Weights {
		t, _ := w.Float64()
		for i, x := range j.points[k] {
			p.Point[i] += t * x
		}
	}
}
