package tree

import (
	"fmt"
	"math"
	"math/big"

	"github.com/netmend/netmend/cert"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/set"
)

// Several stands in a pattern for a unit that may execute several pieces.
const Several = 255

// Pattern appends the pieces of all units on the current cell to dst, [Several] where
// more than one may execute, and reports whether all are known.
func (s *State) Pattern(dst nn.Pattern) (nn.Pattern, bool, error) {
	known := true
	for i := 0; i < len(s.units); {
		node := s.c.nodeOf[i]
		in, _, err := s.enclose(i)
		if err != nil {
			return dst, false, err
		}
		op := s.c.net.Nodes[node].Op.(*nn.Piecewise)
		s.reach(node, in)
		from, to := s.c.net.Units(node)
		for ; i < to; i++ {
			p := s.span(i-from, i, op)
			if p.From != p.To {
				known = false
				dst = append(dst, Several)
				continue
			}
			dst = append(dst, uint8(p.From))
		}
	}
	return dst, known, nil
}

// Within proves that every input of the cell gives an output in the interior of a term
// of the target, or tells that the multipliers do not: for each half-space of the term
// those of the half-spaces that contain the cell. The cell then counts as done.
func (s *State) Within(term int, rows [][]cert.Weight) (bool, error) {
	if term < 0 || term >= len(s.open) {
		return false, fmt.Errorf("a cell lies within term %d of %d", term, len(s.open))
	}
	first, n := s.c.first[term], s.c.first[term+1]-s.c.first[term]
	if len(rows) != n {
		return false, fmt.Errorf("%d lists of multipliers for the %d half-spaces of a term", len(rows), n)
	}
	if err := s.aimed(); err != nil {
		return false, err
	}
	for i, ws := range rows {
		f := &s.form
		s.goal.side(f, first+i, -1, s.c.sizes)
		if err := s.combine(f, ws); err != nil {
			return false, err
		}
		if !s.positive(f, len(ws)) {
			return false, nil
		}
	}
	s.closeAll()
	return true, nil
}

// Column is a half-space of the target's terms, by their index and its own in the term,
// or with Outside its closed complement.
type Column struct {
	Term, Index int
	Outside     bool
	Weight      float64
}

// ColumnForm appends to dst an affine form that is at most 0 if the output lies in a
// column.
func (s *State) ColumnForm(dst []float64, c Column) ([]float64, error) {
	if err := s.aimed(); err != nil {
		return dst, err
	}
	s.goal.side(&s.form, s.c.first[c.Term]+c.Index, c.sign(), s.c.sizes)
	return append(dst, s.form.terms...), nil
}

// Strict reports whether a column is a strict half-space.
func (s *State) Strict(c Column) bool { return s.c.problem.Terms[c.Term][c.Index].Strict }

func (c Column) sign() float64 {
	if c.Outside {
		return -1
	}
	return 1
}

// Excludes proves that no point of the cell gives an output in all of the columns, or
// tells that the multipliers do not: the columns' own, and those of the half-spaces that
// contain the cell.
func (s *State) Excludes(columns []Column, rows []cert.Weight) (bool, error) {
	if err := s.aimed(); err != nil {
		return false, err
	}
	f := &form{terms: make([]float64, 1+len(s.lo))}
	for _, c := range columns {
		if c.Term < 0 || c.Term >= len(s.open) || c.Index < 0 || c.Index >= s.Columns(c.Term) {
			return false, fmt.Errorf("there is no half-space %d of term %d", c.Index, c.Term)
		}
		if err := valid(c.Weight); err != nil {
			return false, err
		}
		s.goal.side(&s.form, s.c.first[c.Term]+c.Index, c.sign(), s.c.sizes)
		for k, v := range s.form.terms {
			f.terms[k] += float64(c.Weight * v)
		}
		f.size += float64(c.Weight * s.form.size)
	}
	if err := s.combine(f, rows); err != nil {
		return false, err
	}
	return s.positive(f, 2*len(columns)+len(rows)), nil
}

// Has reports whether a point x, by its variables, is certainly an interior point of the current cell, the
// pieces of all units of which are known, and its output one of a term of the target.
func (s *State) Has(x []float64, term int) (bool, error) {
	if ok, err := s.contains(x, func(int) bool { return true }); !ok || err != nil {
		return false, err
	}
	if err := s.aimed(); err != nil {
		return false, err
	}
	if !s.at(s.goal, x) {
		return false, nil
	}
	for i := s.c.first[term]; i < s.c.first[term+1]; i++ {
		if !(s.high[i] < 0) {
			return false, nil
		}
	}
	return true, nil
}

// contains reports whether a point, by its variables, is certainly an interior point of the
// domain at which the units of some activation nodes, the first ones, have the pieces that
// they have on the current cell. Some are known from the box of the cell alone, which the
// point must lie in.
func (s *State) contains(x []float64, of func(node int) bool) (bool, error) {
	for k, v := range x {
		if !(v > s.lo[k] && v < s.hi[k]) {
			return false, nil
		}
	}
	for _, h := range s.c.problem.Cuts {
		if !s.inside(h, x) {
			return false, nil
		}
	}
	for i := 0; i < len(s.units); {
		node := s.c.nodeOf[i]
		if !of(node) {
			break
		}
		in, _, err := s.enclose(i)
		if err != nil {
			return false, err
		}
		op := s.c.net.Nodes[node].Op.(*nn.Piecewise)
		if !s.at(in, x) {
			return false, nil
		}
		from, to := s.c.net.Units(node)
		for ; i < to; i++ {
			lo, hi, u := s.low[i-from], s.high[i-from], &s.units[i]
			p := op.Piece(lo)
			if !(lo <= hi) || p != op.Piece(hi) || p < max(u.from, op.Piece(u.floor)) || p > min(u.to, op.Piece(u.ceil)) {
				return false, nil
			}
		}
	}
	return true, nil
}

// inside reports whether a point, by its variables, is certainly in the interior of a
// half-space of the inputs.
func (s *State) inside(h set.HalfSpace, x []float64) bool {
	sum, size, v := -h.Offset, math.Abs(h.Offset), 0
	for j, a := range h.Normal {
		mid, radius := s.c.input.centre.Row(0)[j], s.c.input.radius.Row(0)[j]
		if v < len(s.c.vars) && s.c.vars[v] == j {
			mid, radius = x[v], 0
			v++
		}
		sum += float64(a*mid) + float64(math.Abs(a)*radius)
		size += float64(math.Abs(a) * (math.Abs(mid) + radius))
	}
	return size < math.MaxFloat64/4 && sum < -(float64(float64(4*len(h.Normal)+8)*roundoff*size)+float64(tiny*float64(len(h.Normal))))
}

// at bounds all numbers of a band at a point of the domain, into s.low and s.high; not where
// sums could overflow.
func (s *State) at(b *band, x []float64) bool {
	n := b.centre.Cols
	s.reached = 0
	s.low, s.high = resized(&s.low, n), resized(&s.high, n)
	low, high := s.low, s.high
	r := b.radius.Row(0)
	for i, c := range b.centre.Row(0) {
		low[i], high[i] = c-r[i], c+r[i]
	}
	for k, v := range x {
		r := b.radius.Row(1 + k)[:n]
		a := math.Abs(v)
		for i, c := range b.centre.Row(1 + k)[:n] {
			low[i] += float64(c*v) - float64(r[i]*a)
			high[i] += float64(c*v) + float64(r[i]*a)
		}
	}
	relative, under := float64(float64(2*len(x)+8)*roundoff), float64(8*tiny*s.c.sizes.inputs)
	for i, size := range s.c.sizes.of(b) {
		if !(size < math.MaxFloat64/4) {
			return false
		}
		e := float64(relative*size) + under
		low[i] -= e
		high[i] += e
	}
	return true
}

// Terms is the number of terms of the target.
func (s *State) Terms() int { return len(s.open) }

// Sided reports whether steps or splits have shown on which side of a breakpoint unit i lies.
func (s *State) Sided(i, level int) bool {
	u := &s.units[i]
	op := s.c.net.Nodes[s.c.nodeOf[i]].Op.(*nn.Piecewise)
	return u.from > level || u.to <= level || op.Piece(u.floor) > level || op.Piece(u.ceil) <= level
}

// Units is the number of units.
func (s *State) Units() int { return len(s.units) }

// Outputs is the number of outputs.
func (s *State) Outputs() int { return s.c.net.OutDim() }

// outputs is the band of the network's outputs.
func (s *State) outputs() (*band, error) {
	if err := s.aimed(); err != nil {
		return nil, err
	}
	return s.bands[s.valueChannel()][len(s.c.net.Nodes)-1], nil
}

func (s *State) valueChannel() nn.Channel {
	if s.c.decoupled {
		return nn.ValueChannel
	}
	return nn.ActivationChannel
}

// OutputForm appends to dst an affine form that is below output j (sign 1), or below
// minus that output (sign -1).
func (s *State) OutputForm(dst []float64, j int, sign float64) ([]float64, error) {
	out, err := s.outputs()
	if err != nil {
		return dst, err
	}
	out.side(&s.form, j, sign, s.c.sizes)
	return append(dst, s.form.terms...), nil
}

// OutputBound is a lower bound of sign times output j on the cell at hand, by
// multipliers.
func (s *State) OutputBound(j int, sign float64, rows []cert.Weight) (float64, error) {
	out, err := s.outputs()
	if err != nil {
		return 0, err
	}
	out.side(&s.form, j, sign, s.c.sizes)
	if err := s.combine(&s.form, rows); err != nil {
		return 0, err
	}
	return s.least(&s.form, len(rows))
}

// ExactOutput is output j on the current cell, the pieces of which must be known: Terms[0]
// + Σ Terms[1+k] x_k in units of 2^e, in the inputs that vary.
func (s *State) ExactOutput(j int) (terms []*big.Int, e int, err error) {
	out, err := s.forms(len(s.c.net.Nodes)-1, nn.ValueChannel)
	if err != nil {
		return nil, 0, err
	}
	for k := range out.rows[j] {
		terms = append(terms, &out.rows[j][k])
	}
	return terms, out.e, nil
}

// AtMost is the bound on an affine form, on all points of half-spaces, that multipliers
// prove: their weighted sum must be the form but for the constant; nil if it is not.
func AtMost(rows []ExactRow, form []*big.Int, y []*big.Rat) *big.Rat {
	if len(rows) != len(y) {
		return nil
	}
	bound := new(big.Rat)
	for k := range form {
		sum, product := new(big.Rat), new(big.Rat)
		for i, r := range rows {
			if y[i].Sign() < 0 {
				return nil
			}
			sum.Add(sum, product.Mul(y[i], product.SetInt(r.Terms[k])))
		}
		sum.Sub(product.SetInt(form[k]), sum)
		if k == 0 {
			bound.Set(sum)
		} else if sum.Sign() != 0 {
			return nil
		}
	}
	return bound
}

// RoundedCell are the splits of the current cell as half-spaces of the inputs with float64
// numbers, rounded outward, so that all of the cell lies in them, or inward, so that what
// of the domain lies in all of them is in the cell. The pieces of all units before one that
// is split must be known.
func (s *State) RoundedCell(outward bool) ([]set.HalfSpace, error) {
	if s.halved > 0 {
		return nil, errHalved
	}
	var hs []set.HalfSpace
	for _, t := range s.splits {
		in, k, err := s.enclose(t.Unit)
		if err != nil {
			return nil, err
		}
		at := s.Level(t.Unit, t.Level)
		sign := 1.0 // value - at <= 0
		if t.Upper {
			sign = -1
		}
		hs = append(hs, s.roundedHalfSpace(in, k, sign, -float64(sign*at), outward, !t.Upper))
	}
	return hs, nil
}

// RoundedColumn is the half-space of the inputs on which the output lies in a column,
// rounded likewise.
func (s *State) RoundedColumn(c Column, outward bool) (set.HalfSpace, error) {
	if err := s.aimed(); err != nil {
		return set.HalfSpace{}, err
	}
	strict := s.Strict(c) != c.Outside
	return s.roundedHalfSpace(s.goal, s.c.first[c.Term]+c.Index, c.sign(), 0, outward, strict), nil
}

// roundedHalfSpace is sign value + constant <= 0, or < 0 if it is strict: outward the
// form below it, inward the points at which minus it, by the form below that, is at least
// 0.
func (s *State) roundedHalfSpace(b *band, k int, sign, constant float64, outward, strict bool) set.HalfSpace {
	h := set.HalfSpace{Normal: make([]float64, len(s.c.problem.Lo)), Strict: strict}
	flip := 1.0
	if !outward {
		sign, constant, flip = -sign, -constant, -1
	}
	row := s.halfSpace(b, k, sign, constant)
	h.Offset = -float64(flip * row.terms[0])
	for v, j := range s.c.vars {
		h.Normal[j] = float64(flip * row.terms[1+v])
	}
	return h
}
