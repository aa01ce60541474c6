package proof

import (
	"math/big"

	"github.com/netmend/netmend/nn"
)

// judge checks cells of one simplex against a requirement.
type judge struct {
	*walker
	item     int
	triangle int         // of a polygon
	points   [][]float64 // the simplex's corners
	need     *need
	choice   *network // see Options.Choice
	full     int      // dimension of the simplex
	limit    int      // of violations reported
	size     Size
	count    int
	ties     int // of count: violated by equality
	open     int // shares that enclosures did not decide
	found    []Place
	top      contest
	piece    *cell  // that is being checked
	next     *judge // of the cells behind, where several share a simplex
}

// fresh is a judge of further cells, which a walker is to visit.
func (j *judge) fresh(w *walker) *judge {
	k := &judge{
		walker: w, item: j.item, triangle: j.triangle, points: j.points, need: j.need, choice: j.choice, full: j.full, limit: j.limit,
		next: j.next,
	}
	w.visit = k.cell
	j.next = k
	return k
}

// cell checks one cell.
func (j *judge) cell(c *cell, end *state) error {
	j.size.Pieces++
	j.piece = c
	if c.dimension() < j.full {
		j.size.Faces++
	}
	for i, h := range j.need.always {
		j.halfSpace(c, end, h, i, -1, j.verticesOf(c))
	}
	for i := range j.need.shares {
		j.share(c, end, i)
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

// classes checks that an allowed class beats the disallowed ones: where several are
// allowed, on each part of the cell the one that is best there, of equal ones the
// first listed, or the one that is best in another network.
func (j *judge) classes(c *cell, end *state) {
	allowed := j.need.allowed
	if len(allowed) == 1 {
		j.class(c, end, allowed[0])
		return
	}
	by, chosen, ch := j.net, end, nn.ValueChannel
	switch j.choice {
	case nil:
	case j.net:
		ch = nn.ActivationChannel
	default:
		by, chosen = j.choice, j.choice.follow(j.points, j.net.patternOf(end))
	}
	for i, k := range allowed {
		part := c
		for before, other := range allowed {
			if other == k || part == nil {
				continue
			}
			// Positive where the other is better.
			h := j.need.beats(k, other)
			if before < i {
				_, part = j.split(part, by.newForm(chosen, ch, j.corners, h.terms, nil))
			} else {
				h = j.need.beats(other, k)
				part, _ = j.split(part, by.newForm(chosen, ch, j.corners, h.terms, nil))
			}
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
	if j.need.several {
		choice = k
	}
	for i, d := range j.need.disallowed {
		j.halfSpace(c, end, j.need.beats(k, d), len(j.need.always)+i, choice, v)
	}
}

// halfSpace checks one half-space at the vertices of a cell, and a strict one where
// it may hold with equality at points of the cell that are not vertices of its own.
func (j *judge) halfSpace(c *cell, end *state, h halfSpace, index, class int, vertices []cellVertex) {
	f := j.need.form(j.net, end, j.corners, h)
	p := Place{Item: j.item, Triangle: j.triangle, HalfSpace: index, Class: class, Strict: h.strict}
	before, positive := j.count, false
	var buf [8]*vertex
	zeros := buf[:0] // of a strict half-space
	for _, v := range vertices {
		j.size.Rows++
		s, value, r, decided := f.sign(v.vertex)
		j.signs++
		if !decided {
			j.cutter.exact++
		}
		lo, hi := below64(value-r), above64(value+r)
		p.Executed = v.executed
		if !decided {
			lo, hi = narrowed(s, lo, hi)
		}
		positive = positive || s > 0
		if s == 0 && h.strict {
			zeros = append(zeros, v.vertex)
		}
		if s > 0 || s == 0 && h.strict && v.executed {
			j.violated(p, f, v.vertex, c, s == 0)
		}
		j.top.add(candidate{p, f, v.vertex, c, lo, hi})
	}
	if len(zeros) > 1 && !positive && j.count == before {
		if v := c.within(zeros); v != nil {
			p.Executed = true
			j.violated(p, f, v, c, true)
		}
	}
}

// violated records a violation on a cell.
func (j *judge) violated(p Place, f *form, v *vertex, c *cell, tie bool) {
	j.count++
	if tie {
		j.ties++
	}
	if len(j.found) < j.limit {
		j.complete(&p, f, v, c)
		j.surround(&p)
		j.found = append(j.found, p)
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

// surround tells of a violation on which piece it lies.
func (j *judge) surround(p *Place) {
	for _, v := range j.piece.vertices {
		x := make([]float64, len(j.points[0]))
		for k := range j.points {
			for i, c := range j.points[k] {
				x[i] += float64(v.w[k] * c)
			}
		}
		p.Piece = append(p.Piece, x)
	}
}

// complete computes what a place on a cell needs to be reported.
func (j *judge) complete(p *Place, f *form, v *vertex, c *cell) {
	margin := new(big.Rat).SetFloat64(j.need.margin)
	if p.Amount == nil {
		p.Amount = f.rationalAt(v)
	}
	p.Amount = margin.Sub(p.Amount, margin)
	p.Corners, p.Pattern = j.points, j.net.patternOf(f.at)
	p.Weights, p.Point = v.weights(len(j.points)), make([]float64, len(j.points[0]))
	for k, w := range p.Weights {
		t, _ := w.Float64()
		for i, x := range j.points[k] {
			p.Point[i] += float64(t * x)
		}
	}
	if !p.Executed {
		p.Inward = middle(c.vertices).weights(len(j.points))
	}
}
