package certify

import (
	"errors"
	"math"
	"math/big"
	"slices"

	"github.com/netmend/netmend/cert"
	"github.com/netmend/netmend/internal/lp"
	"github.com/netmend/netmend/proof/tree"
)

// full reports whether all of the cell lies in the term that its first part is in, but for a
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
		outside := tree.Column{Term: term, Index: i, Outside: true}
		ok, err := t.exclude(outside)
		if err == nil && !ok && t.state.Units() <= fewUnits {
			ok, err = t.misses(outside)
		}
		if err != nil || !ok {
			return false, err
		}
	}
	return true, nil
}

// misses proves exactly that no interior point of the cell lies in a column, or tells that
// some do.
func (t *targeting) misses(column tree.Column) (bool, error) {
	rows, err := t.state.ExactCell()
	if err != nil {
		return false, err
	}
	row, err := t.state.ExactColumn(column)
	if err != nil {
		return false, err
	}
	rows = tree.Interior(append(rows, row))
	x, y, err := t.decide(rows)
	if x != nil || err != nil {
		return false, err
	}
	return tree.Refuted(rows, y)
}

// targeting finds the parts of a cell that lie in the target.
type targeting struct {
	*coverer
	division *tree.Division
	leaf     CoverLeaf
	ties     bool // see [Covering.Ties]
}

// parts accounts for the current part, of which the terms before the given one, and the
// half-spaces of that before the given one, are done. cells are those of the guide that have
// their points there.
func (t *targeting) parts(term, index int, cells []int32) error {
	if term == t.state.Terms() {
		_, err := t.division.Next()
		return err
	}
	if t.division.Settled(term) {
		return t.parts(term+1, 0, cells)
	}
	found := false
	if t.opt.Faces || !t.has(cells, term) {
		var err error
		if found, err = t.unexpected(term); err != nil {
			return err
		}
		if found && t.opt.Faces {
			err = t.division.Claim(term)
		}
		if !found || t.opt.Faces || err != nil {
			return errors.Join(err, t.parts(term+1, 0, cells))
		}
	}
	return t.divide(term, index, cells, found)
}

// divide divides the current part by the half-spaces of a term, from the given one on, and
// claims what lies in all. found tells that this has been found to have points.
func (t *targeting) divide(term, index int, cells []int32, found bool) error {
	if index == t.state.Columns(term) {
		if !found {
			ok, err := t.confirm(term, cells)
			if err != nil {
				return err
			}
			if !ok { // a strict half-space may be what has no point
				return t.parts(term+1, 0, cells)
			}
		}
		return errors.Join(t.division.Claim(term), t.parts(term+1, 0, cells))
	}
	column := tree.Column{Term: term, Index: index}
	if !found {
		if tied, err := t.tied(column); err != nil {
			return err
		} else if tied {
			// The enumeration takes the tie for a part of the term, which parts in later terms
			// then leave out: none of its cells tells how far those reach.
			t.leaf.Cells = slices.DeleteFunc(t.leaf.Cells, func(cell int32) bool { return slices.Contains(cells, cell) })
			return t.parts(term+1, 0, nil)
		}
	}
	inside, outside, err := t.sort(column, cells)
	if err != nil {
		return err
	}
	if err := t.division.Split(term, index); err != nil {
		return err
	}
	if found || t.has(inside, term) {
		err = t.divide(term, index+1, inside, found)
	} else {
		err = t.parts(term, index+1, inside)
	}
	if err != nil {
		return err
	}
	return t.parts(term+1, 0, outside)
}

// tied reports whether a column is strict and holds with equality on the whole cell, so that
// no part of it is in the term.
func (t *targeting) tied(c tree.Column) (bool, error) {
	if !t.state.Strict(c) || t.opt.Faces {
		return false, nil
	}
	below, err := t.state.ColumnForm(nil, c)
	if err != nil {
		return false, err
	}
	outside := c
	outside.Outside = true
	above, err := t.state.ColumnForm(nil, outside)
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
	x, _, err := t.exactly(c.Term)
	if err == nil && x != nil {
		err = errors.New("a point of a strict half-space that holds with equality")
	}
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

func (t *targeting) has(cells []int32, term int) bool {
	return slices.ContainsFunc(cells, func(cell int32) bool { return t.opt.Guide.Terms[cell] == term })
}

// confirm makes sure that the current part, which lies in a term and for which there are cells
// of the guide, has an interior, or proves that it has none.
func (t *targeting) confirm(term int, cells []int32) (bool, error) {
	for _, cell := range cells {
		if slices.Contains(t.leaf.Cells, cell) {
			return true, t.keep(t.division.Columns(), term)
		}
	}
	x, _, err := t.exactly(term)
	if x == nil || err != nil {
		return false, err
	}
	for _, cell := range cells {
		if t.opt.Guide.Terms[cell] == term {
			t.leaf.Cells = append(t.leaf.Cells, cell)
		}
	}
	return true, t.keep(t.division.Columns(), term)
}

// keep rounds and measures a part that lies in the target.
func (t *targeting) keep(columns []tree.Column, term int) error {
	return errors.Join(t.round(&t.leaf, columns, term), t.measure(&t.leaf, columns, term))
}

// unexpected shows that nothing of the current part lies in a term, or keeps what does.
func (t *targeting) unexpected(term int) (found bool, err error) {
	columns := t.division.Within(term)
	if weights, rows := t.weights(columns); weights != nil {
		if ok, err := t.division.Excludes(term, weights, rows); ok || err != nil {
			return false, err
		}
	}
	x, rows, err := t.exactly(term)
	if err != nil || x == nil {
		return false, err
	}
	t.leaf.Parts = append(t.leaf.Parts, CoverPart{Term: term, Rows: rows, Point: x})
	err = t.keep(columns, term)
	if n := len(t.leaf.Volumes); n > 0 {
		t.leaf.Parts[len(t.leaf.Parts)-1].Share = t.leaf.Volumes[n-1].Share
	}
	return true, err
}

// exclude proves by outward rounding that no point of the cell lies in a column.
func (t *targeting) exclude(column tree.Column) (bool, error) {
	weights, rows := t.weights([]tree.Column{column})
	if weights == nil {
		return false, nil
	}
	column.Weight = weights[0]
	return t.state.Excludes([]tree.Column{column}, rows)
}

// weights looks for multipliers that show that no point of the cell lies in the columns: of
// these, and of the half-spaces that contain the cell. It returns nil if float64 finds none.
func (t *targeting) weights(columns []tree.Column) ([]float64, []cert.Weight) {
	if len(columns) == 0 || t.exact {
		return nil, nil
	}
	q, n := &t.program, t.state.Rows()
	defer q.truncate(n)
	for _, c := range columns {
		form, err := t.state.ColumnForm(nil, c)
		if err != nil {
			return nil, nil
		}
		q.add(form)
	}
	clear(q.p.Cost)
	if q.solve() != lp.Infeasible {
		return nil, nil
	}
	weights := make([]float64, len(columns))
	for i := range weights {
		if w := q.y[n+i]; w >= 0 {
			weights[i] = w
		}
	}
	return weights, q.weights(0, n, double)
}

// exactly finds a point of the current part in a term, and the half-spaces that it lies in, or
// none after a proof that there is none (or that such points have no interior).
func (t *targeting) exactly(term int) (x []*big.Rat, rows []tree.ExactRow, err error) {
	rows, cell, err := t.division.Rows(term)
	if err != nil {
		return nil, nil, err
	}
	x, y, err := t.decide(rows)
	if err != nil {
		return nil, nil, err
	}
	if x != nil {
		checked := rows
		if !t.opt.Faces {
			checked = tree.Interior(rows)
		}
		if !tree.Holds(checked, x) {
			return nil, nil, errors.New("an exact point is refused")
		}
		return x, rows, nil
	}
	if ok, err := t.division.Refute(term, y); err != nil || !ok {
		return nil, nil, errors.Join(errMultipliers, err)
	}
	// Where nothing but an equality is in the way, the part is a tie with an interior.
	tied, ties := slices.Clone(rows), false
	for i, c := range t.division.Within(term) {
		if row := &tied[cell+i]; row.Ties() && !c.Outside {
			row.Strict, ties = false, true
		}
	}
	if ties && !t.opt.Faces {
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
