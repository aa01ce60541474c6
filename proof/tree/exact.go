package tree

import (
	"errors"
	"fmt"
	"math/big"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/set"
)

// ExactRow is a half-space of the inputs that vary, in exact numbers: the points x with
// Terms[0] + Σ Terms[1+k] x_k <= 0, or < 0 if it is Strict.
type ExactRow struct {
	Terms  []*big.Int
	Strict bool
}

// exactForms are exact forms on the current cell, of the nodes whose units' pieces are
// known before them.
type exactForms struct {
	vars    []int // the inputs that vary
	pattern []uint8
	upTo    int
	nodes   [2][]*dyadics
}

// Fixed reports whether input j is a constant of exact forms.
func (c *compiled) fixed(j int) bool { return c.problem.Lo[j] == c.problem.Hi[j] }

// ExactVars are the inputs that vary, which exact rows are about.
func (s *State) ExactVars() []int {
	var vars []int
	for j := range s.c.problem.Lo {
		if !s.c.fixed(j) {
			vars = append(vars, j)
		}
	}
	return vars
}

// forms returns the exact forms of a node's numbers (or the input's) in a channel.
func (s *State) forms(node int, ch nn.Channel) (*dyadics, error) {
	x := &s.exact
	if x.nodes[0] == nil {
		x.vars = s.ExactVars()
		for c := range x.nodes {
			x.nodes[c] = make([]*dyadics, 1+len(s.c.net.Nodes))
			x.nodes[c][0] = s.inputForms()
		}
	}
	if err := s.extend(node); err != nil {
		return nil, err
	}
	if s.channels() == 1 {
		ch = nn.ActivationChannel
	}
	return x.nodes[ch][1+node], nil
}

// channels is the number of channels that differ.
func (s *State) channels() int {
	if s.c.decoupled {
		return 2
	}
	return 1
}

// inputForms are those of the inputs themselves.
func (s *State) inputForms() *dyadics {
	p := s.c.problem
	var constants []float64
	for j, lo := range p.Lo {
		if s.c.fixed(j) {
			constants = append(constants, lo)
		}
	}
	d := newDyadics(len(p.Lo), 1+len(s.exact.vars), lowest(constants))
	v := 0
	for j, lo := range p.Lo {
		if s.c.fixed(j) {
			d.rows[j][0].Set(integer(lo, d.e))
			continue
		}
		v++
		d.rows[j][v].Set(integer(1, d.e))
	}
	return d
}

// extend brings the forms of all nodes up to the given one up to date.
func (s *State) extend(node int) error {
	x := &s.exact
	// Forms hold as long as the pieces before them are the same.
	for u, piece := range x.pattern {
		if k := &s.units[u]; k.from != k.to || k.from != int(piece) {
			x.upTo = s.c.nodeOf[u]
			break
		}
	}
	units := 0
	for i := range x.upTo {
		_, to := s.c.net.Units(i)
		units = max(units, to)
	}
	x.pattern = x.pattern[:units]
	for ; x.upTo <= node; x.upTo++ {
		i := x.upTo
		n := &s.c.net.Nodes[i]
		op, ok := n.Op.(*nn.Piecewise)
		if ok {
			known, err := s.known(i)
			if err != nil {
				return err
			}
			x.pattern = append(x.pattern, known...)
			for ch := range s.channels() {
				if x.nodes[ch][1+i], err = x.nodes[ch][1+n.Inputs[0]].through(op, known); err != nil {
					return err
				}
			}
			continue
		}
		for ch := range s.channels() {
			p, roundings, err := parameters(s.c.watch, s.c.net, i, nn.Channel(ch))
			if err != nil {
				return err
			}
			if roundings > 0 {
				return errExact
			}
			in := &dyadics{}
			for k, j := range n.Inputs {
				d := x.nodes[ch][1+j]
				if k == 0 {
					*in = *d
					continue
				}
				in = joined(in, d)
			}
			if x.nodes[ch][1+i], err = in.forward(p.Weight, p.Bias); err != nil {
				return err
			}
		}
	}
	return nil
}

// joined are the numbers of two nodes, one after the other.
func joined(a, b *dyadics) *dyadics {
	e := min(a.e, b.e)
	out := newDyadics(len(a.rows)+len(b.rows), len(a.rows[0]), e)
	for i, row := range out.rows {
		from, shift := a, 0
		if i >= len(a.rows) {
			from, i = b, i-len(a.rows)
		}
		shift = from.e - e
		for k := range row {
			row[k].Lsh(&from.rows[i][k], uint(shift))
		}
	}
	return out
}

// known are the pieces of the units of an activation node, all of which must be known
// on the current cell.
func (s *State) known(node int) ([]uint8, error) {
	from, to := s.c.net.Units(node)
	in, _, err := s.enclose(from)
	if err != nil {
		return nil, err
	}
	s.reach(node, in)
	op := s.c.net.Nodes[node].Op.(*nn.Piecewise)
	var pieces []uint8
	for u := from; u < to; u++ {
		p := s.span(u-from, u, op)
		if p.From != p.To {
			return nil, fmt.Errorf("unit %d may execute several pieces", u)
		}
		if k := s.units[u]; k.from != k.to {
			k.from, k.to = p.From, p.To
			s.set(u, k)
		}
		pieces = append(pieces, uint8(p.From))
	}
	return pieces, nil
}

// exactRow is form <= bound (sign 1), or form >= bound (sign -1), scaled to integers.
func exactRow(form []big.Int, e int, bound float64, sign int, strict bool) ExactRow {
	low := min(e, lowest([]float64{bound}))
	row := ExactRow{Strict: strict}
	for k := range form {
		v := new(big.Int).Lsh(&form[k], uint(e-low))
		if k == 0 {
			v.Sub(v, integer(bound, low))
		}
		if sign < 0 {
			v.Neg(v)
		}
		row.Terms = append(row.Terms, v)
	}
	return row
}

// ExactSide is the exact half-space of the inputs on which unit i lies above breakpoint
// level (at least, the tie rule), or below it. The pieces of all units before it must be
// known.
func (s *State) ExactSide(i, level int, above bool) (ExactRow, error) {
	node := s.c.nodeOf[i]
	from, _ := s.c.net.Units(node)
	forms, err := s.forms(s.c.net.Nodes[node].Inputs[0], nn.ActivationChannel)
	if err != nil {
		return ExactRow{}, err
	}
	sign := 1
	if above {
		sign = -1
	}
	op := s.c.net.Nodes[node].Op.(*nn.Piecewise)
	return exactRow(forms.rows[i-from], forms.e, op.Breaks[level], sign, !above), nil
}

// ExactCell are the half-spaces of the current cell: two for each input that varies
// (from below, from above), the cuts of the domain, and the splits.
func (s *State) ExactCell() ([]ExactRow, error) {
	if s.halved > 0 {
		return nil, errHalved
	}
	in, err := s.forms(nn.Input, nn.ActivationChannel)
	if err != nil {
		return nil, err
	}
	var rows []ExactRow
	for _, j := range s.exact.vars {
		rows = append(rows,
			exactRow(in.rows[j], in.e, s.c.problem.Lo[j], -1, false),
			exactRow(in.rows[j], in.e, s.c.problem.Hi[j], 1, false))
	}
	cuts, err := cutRows(in, s.c.problem.Cuts)
	if err != nil {
		return nil, err
	}
	rows = append(rows, cuts...)
	for _, t := range s.splits {
		row, err := s.ExactSide(t.Unit, t.Level, t.Upper)
		if err != nil {
			return nil, err
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// cutRows are half-spaces of numbers whose exact forms are given.
func cutRows(in *dyadics, cuts []set.HalfSpace) ([]ExactRow, error) {
	var rows []ExactRow
	for _, h := range cuts {
		w := nn.Matrix{Rows: 1, Cols: len(h.Normal), Stride: len(h.Normal), Data: h.Normal}
		d, err := in.forward(w, []float64{0})
		if err != nil {
			return nil, err
		}
		rows = append(rows, exactRow(d.rows[0], d.e, h.Offset, 1, h.Strict))
	}
	return rows, nil
}

// ExactColumns are the half-spaces of the inputs on which the output lies in those of a
// term of the target. The pieces of all units must be known.
func (s *State) ExactColumns(term int) ([]ExactRow, error) {
	out, err := s.forms(len(s.c.net.Nodes)-1, nn.ValueChannel)
	if err != nil {
		return nil, err
	}
	return cutRows(out, s.c.problem.Terms[term])
}

// ExactColumn is the half-space of the inputs on which the output lies in a column, likewise.
func (s *State) ExactColumn(c Column) (ExactRow, error) {
	all, err := s.ExactColumns(c.Term)
	if err != nil {
		return ExactRow{}, err
	}
	row := all[c.Index]
	if c.Outside {
		row = row.Opposite()
	}
	return row, nil
}

// Opposite is the other side of the half-space.
func (r ExactRow) Opposite() ExactRow {
	o := ExactRow{Strict: !r.Strict}
	for _, v := range r.Terms {
		o.Terms = append(o.Terms, new(big.Int).Neg(v))
	}
	return o
}

// Ties reports whether the row is strict, and its form 0 everywhere.
func (r ExactRow) Ties() bool {
	for _, v := range r.Terms {
		if v.Sign() != 0 {
			return false
		}
	}
	return r.Strict
}

// Always reports whether the row's form is a constant with which it holds.
func (r ExactRow) Always() bool {
	for _, v := range r.Terms[1:] {
		if v.Sign() != 0 {
			return false
		}
	}
	s := r.Terms[0].Sign()
	return s < 0 || s == 0 && !r.Strict
}

// Interior are the interiors of half-spaces: one whose form is a constant is empty or
// the whole space.
func Interior(rows []ExactRow) []ExactRow {
	inner := make([]ExactRow, len(rows))
	for i, r := range rows {
		inner[i] = r
		for _, v := range r.Terms[1:] {
			if v.Sign() != 0 {
				inner[i].Strict = true
				break
			}
		}
	}
	return inner
}

// Refuted reports whether multipliers prove that half-spaces have no point in common: the
// weighted sum of their forms is a constant that is positive, or 0 if a strict one
// has weight.
func Refuted(rows []ExactRow, y []*big.Rat) (bool, error) {
	if len(rows) != len(y) {
		return false, fmt.Errorf("%d multipliers for %d half-spaces", len(y), len(rows))
	}
	if len(rows) == 0 {
		return false, nil
	}
	sum := make([]big.Rat, len(rows[0].Terms))
	strict := false
	var product big.Rat
	for i, r := range rows {
		switch {
		case y[i].Sign() < 0:
			return false, errors.New("a multiplier is negative")
		case y[i].Sign() == 0:
			continue
		}
		strict = strict || r.Strict
		for k, v := range r.Terms {
			sum[k].Add(&sum[k], product.Mul(y[i], product.SetInt(v)))
		}
	}
	for k := range sum[1:] {
		if sum[1+k].Sign() != 0 {
			return false, nil
		}
	}
	return sum[0].Sign() > 0 || sum[0].Sign() == 0 && strict, nil
}

// Holds reports whether a point lies in all half-spaces.
func Holds(rows []ExactRow, x []*big.Rat) bool {
	var sum, product big.Rat
	for _, r := range rows {
		sum.SetInt(r.Terms[0])
		for k, v := range r.Terms[1:] {
			sum.Add(&sum, product.Mul(x[k], product.SetInt(v)))
		}
		if sum.Sign() > 0 || sum.Sign() == 0 && r.Strict {
			return false
		}
	}
	return true
}

// Settle proves that no point of the current cell lies on the other side of a breakpoint
// of a unit, or with interior that those that do are a set without one, from multipliers
// of the half-spaces of [State.ExactCell] and of that side.
func (s *State) Settle(i, level int, above, interior bool, y []*big.Rat) (bool, error) {
	rows, err := s.ExactCell()
	if err != nil {
		return false, err
	}
	other, err := s.ExactSide(i, level, !above)
	if err != nil {
		return false, err
	}
	if rows = append(rows, other); interior {
		rows = Interior(rows)
	}
	if ok, err := Refuted(rows, y); !ok || err != nil {
		return false, err
	}
	u, at := s.units[i], s.Level(i, level)
	if above {
		u.from, u.floor = max(u.from, level+1), max(u.floor, at)
	} else {
		u.to, u.ceil = min(u.to, level), min(u.ceil, at)
	}
	s.set(i, u)
	if u.from > u.to {
		s.closeAll()
	}
	s.fresh = max(s.frozen, min(s.fresh, s.c.nodeOf[i]))
	return true, nil
}

// Vanish proves that the current cell has no point, or with interior that it has no
// interior, from multipliers of the half-spaces of [State.ExactCell].
func (s *State) Vanish(interior bool, y []*big.Rat) (bool, error) {
	rows, err := s.ExactCell()
	if err != nil {
		return false, err
	}
	if interior {
		rows = Interior(rows)
	}
	ok, err := Refuted(rows, y)
	if ok {
		s.closeAll()
	}
	return ok, err
}
