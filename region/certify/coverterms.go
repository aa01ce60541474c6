package certify

import (
	"errors"
	"math"
	"math/big"
	"slices"

	"github.com/netmend/netmend/cert"
	"github.com/netmend/netmend/lp"
	"github.com/netmend/netmend/proof/tree"
	"github.com/netmend/netmend/set"
)

// terms finishes a cell the pieces of which are known: it finds the parts in which the
// output lies in each term, without those before it, and compares them with cells of the
// guide, from inclusive to exclusive.
func (c *coverer) terms(from, to int32) error {
	t := targeting{coverer: c}
	for cell := from; cell < to; cell++ {
		ok, err := c.state.Has(c.opt.Guide.Points[cell], c.opt.Guide.Terms[cell])
		if err != nil {
			return err
		}
		t.cells = append(t.cells, cell)
		if ok {
			t.leaf.Cells = append(t.leaf.Cells, cell)
		}
	}
	if err := c.closeOthers(t.cells); err != nil || c.state.Done() {
		return err
	}
	if err := t.parts(nil, 0, 0, t.cells); err != nil {
		return err
	}
	var err error
	if !c.result.Partial && !c.opt.Faces {
		if t.leaf.Full, err = t.full(); err != nil {
			return err
		}
	}
	if c.opt.Outputs {
		if t.leaf.Outputs, err = c.outputs(); err != nil {
			return err
		}
		if c.state.Units() <= fewUnits {
			t.leaf.Rows, t.leaf.Values = c.exactForms()
		}
	}
	if t.leaf.Pattern, err = c.state.Report(nil); err != nil {
		return err
	}
	t.leaf.Within = -1
	slices.Sort(t.leaf.Cells)
	t.leaf.Cells = slices.Compact(t.leaf.Cells)
	if t.ties {
		c.result.Ties++
	}
	if len(t.leaf.Cells)+len(t.leaf.Parts) > 0 {
		c.result.Leaves = append(c.result.Leaves, t.leaf)
	}
	return nil
}

// exactForms are the half-spaces of the cell at hand and the outputs on it in exact numbers;
// nothing for networks that divide.
func (c *coverer) exactForms() ([]tree.ExactRow, []ExactForm) {
	rows, err := c.state.ExactCell()
	if err != nil {
		return nil, nil
	}
	var values []ExactForm
	for j := range c.state.Outputs() {
		terms, e, err := c.state.ExactOutput(j)
		if err != nil {
			return rows, nil
		}
		v := ExactForm{Exponent: e}
		for _, t := range terms {
			v.Terms = append(v.Terms, new(big.Int).Set(t)) // the state's own are written again
		}
		values = append(values, v)
	}
	return rows, values
}

// fewUnits is the number of units up to which exact half-spaces of all leaves are cheap.
const fewUnits = 100

// full tells whether all of the cell lies in the term that its first part is in, but for a
// set without an interior.
func (t *targeting) full() (bool, error) {
	term := -1
	switch {
	case len(t.leaf.Cells) > 0:
		term = t.opt.Guide.Terms[t.leaf.Cells[0]]
	case len(t.leaf.Parts) > 0:
		term = t.leaf.Parts[0].Term
	default:
		return false, nil
	}
	for i := range t.state.Columns(term) {
		outside := []tree.Column{{Term: term, Index: i, Outside: true}}
		if ok, err := t.exclude(outside); err != nil {
			return false, err
		} else if ok {
			continue
		}
		if t.state.Units() > fewUnits {
			return false, nil
		}
		if x, err := t.lookFor(outside); x != nil || err != nil {
			return false, err
		}
	}
	return true, nil
}

// lookFor is exactly where nothing is claimed of what is not found.
func (t *targeting) lookFor(columns []tree.Column) ([]*big.Rat, error) {
	thin, ties := t.result.Thin, t.ties
	_, x, err := t.exactly(columns, columns[0].Term)
	t.result.Thin, t.ties = thin, ties
	return x, err
}

// outputs bounds the outputs on the cell at hand.
func (c *coverer) outputs() (set.Box, error) {
	b := set.WholeBox(c.state.Outputs())
	c.program.load(c.state)
	for j := range b.Lo {
		for _, sign := range [...]float64{1, -1} {
			var err error
			if c.form, err = c.state.OutputForm(c.form[:0], j, sign); err != nil {
				return b, err
			}
			var rows []cert.Weight
			expected := math.Inf(1)
			if c.state.Vars() > 0 {
				least, status := c.program.least(c.form)
				if status == lp.Optimal {
					expected, rows = least, c.program.weights(0, len(c.program.y), double)
				}
			}
			least, err := c.state.OutputBound(j, sign, rows)
			if err != nil {
				return b, err
			}
			// What rounding has cost: of the multipliers, and of the form.
			const room = 1e-13
			form, err := c.state.OutputForm(nil, j, -sign)
			if err != nil {
				return b, err
			}
			lost := expected - least - (c.form[0] + form[0])
			if !(lost <= room*(1+math.Abs(least))) && c.state.Units() <= fewUnits {
				if better, ok := c.exactOutput(j, sign); ok {
					least = max(least, better)
				}
			}
			if sign > 0 {
				b.Lo[j] = least
			} else {
				b.Hi[j] = -least
			}
		}
	}
	return b, nil
}

// exactOutput is a lower bound of sign times output j on the cell at hand, by exact
// multipliers, rounded down.
func (c *coverer) exactOutput(j int, sign float64) (float64, bool) {
	terms, e, err := c.state.ExactOutput(j)
	if err != nil || len(terms) == 1 && c.state.Vars() > 0 {
		return 0, false
	}
	form := make([]*big.Int, len(terms))
	for k, v := range terms {
		if form[k] = new(big.Int).Set(v); sign > 0 {
			form[k].Neg(v) // the most of -output
		}
	}
	rows, err := c.state.ExactCell()
	if err != nil {
		return 0, false
	}
	most := new(big.Rat).SetInt(form[0])
	if len(form) > 1 {
		halves, order := c.ordered(rows)
		_, y := lp.Maximum(halves, form, c.stopped)
		if y == nil {
			return 0, false
		}
		if most = tree.AtMost(rows, form, inOrder(y, order)); most == nil {
			return 0, false
		}
	}
	power := new(big.Rat).SetInt(new(big.Int).Lsh(big.NewInt(1), uint(max(e, -e))))
	if e < 0 {
		power.Inv(power)
	}
	most.Mul(most, power)
	v, exact := most.Neg(most).Float64()
	if r := new(big.Rat).SetFloat64(v); !exact && (r == nil || r.Cmp(most) > 0) {
		v = math.Nextafter(v, math.Inf(-1))
	}
	return v, true
}

// closeOthers closes the terms of which the guide has no cell, where it can.
func (c *coverer) closeOthers(cells []int32) error {
	if c.exact {
		return nil
	}
	for _, t := range c.state.Open() {
		if slices.ContainsFunc(cells, func(cell int32) bool { return c.opt.Guide.Terms[cell] == t }) {
			continue
		}
		if err := c.closeTerm(t, false); err != nil {
			return err
		}
	}
	return nil
}

// targeting finds the parts of a cell that lie in the target.
type targeting struct {
	*coverer
	cells []int32
	leaf  CoverLeaf
	rows  []tree.ExactRow // of the cell, once they are needed
	ties  bool            // see [Covering.Ties]
}

// parts looks at what lies in the given columns: in half-spaces of terms before, or
// outside of them, and in the first half-spaces of a term. cells are those of the guide
// that have their points there.
func (t *targeting) parts(columns []tree.Column, term, index int, cells []int32) error {
	if term == t.state.Terms() {
		return nil
	}
	if !t.state.IsOpen(term) {
		return t.parts(columns, term+1, 0, cells)
	}
	n := t.state.Columns(term)
	if t.opt.Faces || !t.has(cells, term) {
		all := columns[:len(columns):len(columns)]
		for i := index; i < n; i++ {
			all = append(all, tree.Column{Term: term, Index: i})
		}
		found, err := t.unexpected(all, term)
		switch {
		case err != nil:
			return err
		case t.opt.Faces:
			return t.parts(nil, term+1, 0, nil)
		case found:
			return t.outside(columns, term, index, cells)
		}
		return t.parts(columns, term+1, 0, cells)
	}
	if index == n {
		return t.confirm(columns, term, cells)
	}
	column := tree.Column{Term: term, Index: index}
	if tied, err := t.tied(columns, column); tied || err != nil {
		if err != nil {
			return err
		}
		// The enumeration takes the tie for a part of the term, which parts in later terms
		// then leave out: none of its cells tells how far those reach.
		t.leaf.Cells = slices.DeleteFunc(t.leaf.Cells, func(cell int32) bool { return slices.Contains(cells, cell) })
		return t.parts(columns, term+1, 0, nil)
	}
	inside, outside, err := t.sort(column, cells)
	if err != nil {
		return err
	}
	if err := t.parts(append(columns[:len(columns):len(columns)], column), term, index+1, inside); err != nil {
		return err
	}
	if term+1 == t.state.Terms() {
		return nil // outside of all terms
	}
	column.Outside = true
	return t.parts(append(columns[:len(columns):len(columns)], column), term+1, 0, outside)
}

// tied tells whether a column is strict and holds with equality on the whole cell, so that
// no part of it is in the term.
func (t *targeting) tied(columns []tree.Column, c tree.Column) (bool, error) {
	if !t.state.Strict(c) || t.opt.Faces {
		return false, nil
	}
	below, err := t.state.ColumnForm(nil, c)
	if err != nil {
		return false, err
	}
	c.Outside = true
	above, err := t.state.ColumnForm(nil, c)
	if err != nil {
		return false, err
	}
	// The forms are value - radius and -value - radius; a tie is not told from 0.
	lo, hi := t.state.Box()
	radius, reach := float64(-(below[0]+above[0])/2), float64(math.Abs(below[0]-above[0])/2)
	for k := range lo {
		reach += float64(math.Abs(below[1+k]-above[1+k]) / 2 * max(math.Abs(lo[k]), math.Abs(hi[k])))
	}
	const room = 16
	if reach > room*radius {
		return false, nil
	}
	rows, err := t.state.ExactColumns(c.Term)
	if err != nil || !rows[c.Index].Ties() {
		return false, err
	}
	all := slices.Clone(columns)
	for i := range rows {
		all = append(all, tree.Column{Term: c.Term, Index: i})
	}
	_, _, err = t.exactly(all, c.Term)
	return true, err
}

// sort tells cells whose points lie in a column from the others.
func (t *targeting) sort(column tree.Column, cells []int32) (inside, outside []int32, err error) {
	if len(cells) == 0 {
		return nil, nil, nil
	}
	form, err := t.state.ColumnForm(nil, column)
	if err != nil {
		return nil, nil, err
	}
	for _, cell := range cells {
		if valueAt(form, t.opt.Guide.Points[cell]) <= 0 {
			inside = append(inside, cell)
		} else {
			outside = append(outside, cell)
		}
	}
	return inside, outside, nil
}

// outside goes on with what of the columns lies outside of a term, the half-spaces of which
// from index on are not among them: divided into parts that do not overlap.
func (t *targeting) outside(columns []tree.Column, term, index int, cells []int32) error {
	if term+1 == t.state.Terms() {
		return nil
	}
	columns = slices.Clone(columns)
	for i := index; i < t.state.Columns(term); i++ {
		column := tree.Column{Term: term, Index: i}
		in, out, err := t.sort(column, cells)
		if err != nil {
			return err
		}
		column.Outside = true
		if err := t.parts(append(slices.Clone(columns), column), term+1, 0, out); err != nil {
			return err
		}
		column.Outside = false
		columns, cells = append(columns, column), in
	}
	return nil
}

func (t *targeting) has(cells []int32, term int) bool {
	return slices.ContainsFunc(cells, func(cell int32) bool { return t.opt.Guide.Terms[cell] == term })
}

// confirm makes sure that a part for which there are cells of the guide has an interior.
func (t *targeting) confirm(columns []tree.Column, term int, cells []int32) error {
	for _, cell := range cells {
		if slices.Contains(t.leaf.Cells, cell) {
			return t.round(&t.leaf, columns, term)
		}
	}
	_, x, err := t.exactly(columns, term)
	switch {
	case err != nil:
		return err
	case x == nil:
		return t.parts(columns, term+1, 0, cells) // a strict half-space may be what has no point
	}
	for _, cell := range cells {
		if t.opt.Guide.Terms[cell] == term {
			t.leaf.Cells = append(t.leaf.Cells, cell)
		}
	}
	return t.round(&t.leaf, columns, term)
}

// unexpected shows that no point of the cell lies in the columns, or keeps the part.
func (t *targeting) unexpected(columns []tree.Column, term int) (found bool, err error) {
	if ok, err := t.exclude(columns); ok || err != nil {
		return false, err
	}
	rows, x, err := t.exactly(columns, term)
	if err != nil || x == nil {
		return false, err
	}
	t.leaf.Parts = append(t.leaf.Parts, CoverPart{Term: term, Rows: rows, Point: x})
	return true, t.round(&t.leaf, columns, term)
}

// exclude proves by outward rounding that no point of the cell lies in the columns.
func (t *targeting) exclude(columns []tree.Column) (bool, error) {
	if len(columns) == 0 || t.exact {
		return false, nil
	}
	q, n := &t.program, t.state.Rows()
	defer q.truncate(n)
	for _, c := range columns {
		form, err := t.state.ColumnForm(nil, c)
		if err != nil {
			return false, err
		}
		q.add(form)
	}
	clear(q.p.Cost)
	if q.solve() != lp.Infeasible {
		return false, nil
	}
	weighted := slices.Clone(columns)
	for i := range weighted {
		if weighted[i].Weight = q.y[n+i]; !(weighted[i].Weight >= 0) {
			weighted[i].Weight = 0
		}
	}
	rows := q.weights(0, n, double)
	return t.state.Excludes(weighted, rows)
}

// exactly finds a point of the cell in the columns, or none after a proof that there is
// none (or that such points have no interior). Half-spaces of other terms than the given
// one count as closed.
func (t *targeting) exactly(columns []tree.Column, term int) (rows []tree.ExactRow, x []*big.Rat, err error) {
	if t.rows == nil {
		if t.rows, err = t.state.ExactCell(); err != nil {
			return nil, nil, err
		}
	}
	rows = slices.Clone(t.rows)
	for _, c := range columns {
		all, err := t.state.ExactColumns(c.Term)
		if err != nil {
			return nil, nil, err
		}
		row := all[c.Index]
		row.Strict = row.Strict && c.Term == term
		if c.Outside {
			row = row.Opposite()
		}
		rows = append(rows, row)
	}
	x, y, err := t.decide(rows)
	if err != nil {
		return nil, nil, err
	}
	checked := rows
	if !t.opt.Faces {
		checked = tree.Interior(rows)
	}
	if x != nil {
		if !tree.Holds(checked, x) {
			return nil, nil, errors.New("an exact point is refused")
		}
		return rows, x, nil
	}
	if ok, err := tree.Refuted(checked, y); err != nil || !ok {
		return nil, nil, errors.Join(errMultipliers, err)
	}
	// Where nothing but an equality is in the way, the part is a tie with an interior.
	tied := slices.Clone(rows)
	n := len(t.rows)
	for i := n; i < len(tied); i++ {
		if tied[i].Ties() {
			tied[i].Strict = false
		}
	}
	if !t.opt.Faces && slices.ContainsFunc(rows[n:], tree.ExactRow.Ties) {
		x, _, err := t.decide(tied)
		if err != nil {
			return nil, nil, err
		}
		if x != nil {
			t.ties = true
			return nil, nil, nil
		}
	}
	t.result.Thin++
	return nil, nil, nil
}
