package tree

import (
	"errors"
	"fmt"
	"math/big"
	"slices"

	"github.com/netmend/netmend/cert"
	"github.com/netmend/netmend/nn"
)

// A Division accounts for every input of a cell, the pieces of all units of which are known:
// half-spaces of the target's terms divide them into parts, and of each part and each open
// term it is proven that no input of the part gives an output in the term, or those that do
// are claimed. It reports the cell only when nothing is left, so that whoever leads it can
// forget no part.
type Division struct {
	s *State
	// interior: sets without an interior do not count.
	interior bool
	pattern  nn.Pattern
	cell     []ExactRow // exact half-spaces of the cell, once they were asked for
	parts    []divided  // the last is the one at hand
	claimed  int
}

// divided is a part: what lies in all columns. settled are the terms of which it is accounted
// for otherwise than by a column.
type divided struct {
	columns []Column
	settled []bool
}

var errDivided = errors.New("all parts of the cell are accounted for")

// Divide begins a division of the current cell; with interior, sets without an interior do
// not count.
func (s *State) Divide(interior bool) (*Division, error) {
	if s.halved > 0 {
		return nil, errHalved
	}
	pattern, known, err := s.Pattern(nil)
	if err != nil {
		return nil, err
	}
	if !known {
		return nil, errors.New("a cell is divided on which a unit may execute several pieces")
	}
	return &Division{s: s, interior: interior, pattern: pattern, parts: []divided{{settled: make([]bool, len(s.open))}}}, nil
}

func (d *Division) part() *divided { return &d.parts[len(d.parts)-1] }

// Columns are those that the current part lies in.
func (d *Division) Columns() []Column { return d.part().columns }

// Settled reports whether the current part is accounted for as far as a term is concerned.
func (d *Division) Settled(term int) bool {
	return !d.s.open[term] || d.part().settled[term] ||
		slices.ContainsFunc(d.part().columns, func(c Column) bool { return c.Outside && c.Term == term })
}

// check fails unless the division has a part at hand, and the target such a term.
func (d *Division) check(term int) error {
	switch {
	case len(d.parts) == 0:
		return errDivided
	case term < 0 || term >= len(d.s.open):
		return fmt.Errorf("there is no term %d of %d", term, len(d.s.open))
	}
	return nil
}

// Split divides the current part by a half-space of a term. What lies in it is then at hand,
// what lies outside is put off.
func (d *Division) Split(term, index int) error {
	if err := d.check(term); err != nil {
		return err
	}
	if index < 0 || index >= d.s.Columns(term) {
		return fmt.Errorf("there is no half-space %d of term %d", index, term)
	}
	p := d.part()
	n := len(p.columns)
	inside := divided{append(p.columns[:n:n], Column{Term: term, Index: index}), slices.Clone(p.settled)}
	p.columns = append(p.columns[:n:n], Column{Term: term, Index: index, Outside: true})
	d.parts = append(d.parts, inside)
	return nil
}

// Within are the columns of the current part, and those of a term that are not among them:
// what [Division.Excludes] has the weights of.
func (d *Division) Within(term int) []Column {
	columns := slices.Clone(d.part().columns)
	for i := range d.s.Columns(term) {
		if c := (Column{Term: term, Index: i}); !slices.Contains(d.part().columns, c) {
			columns = append(columns, c)
		}
	}
	return columns
}

// Excludes proves that nothing of the current part lies in a term, or tells that the
// multipliers do not: a weight for each of [Division.Within], and those of the half-spaces
// that contain the cell.
func (d *Division) Excludes(term int, weights []float64, rows []cert.Weight) (bool, error) {
	if err := d.check(term); err != nil {
		return false, err
	}
	columns := d.Within(term)
	if len(weights) != len(columns) {
		return false, fmt.Errorf("%d weights for %d half-spaces", len(weights), len(columns))
	}
	for i, w := range weights {
		columns[i].Weight = w
	}
	ok, err := d.s.Excludes(columns, rows)
	if ok {
		d.part().settled[term] = true
	}
	return ok, err
}

// Rows are the exact half-spaces of the cell, and after them those of the current part, with
// all of a term, or none where it is -1.
func (d *Division) Rows(term int) (rows []ExactRow, cell int, err error) {
	if err := d.check(max(term, 0)); err != nil && (term >= 0 || errors.Is(err, errDivided)) {
		return nil, 0, err
	}
	if d.cell == nil {
		if d.cell, err = d.s.ExactCell(); err != nil {
			return nil, 0, err
		}
	}
	columns := d.part().columns
	if term >= 0 {
		columns = d.Within(term)
	}
	rows = slices.Clone(d.cell)
	for _, c := range columns {
		row, err := d.s.ExactColumn(c)
		if err != nil {
			return nil, 0, err
		}
		rows = append(rows, row)
	}
	return rows, len(d.cell), nil
}

// Refute is like [Division.Excludes] by exact multipliers, one for each of [Division.Rows],
// and with interior it is enough that there are no interior points. For term -1 it proves
// that the part itself has none.
func (d *Division) Refute(term int, y []*big.Rat) (bool, error) {
	rows, _, err := d.Rows(term)
	if err != nil {
		return false, err
	}
	if d.interior {
		rows = Interior(rows)
	}
	ok, err := Refuted(rows, y)
	if !ok || err != nil {
		return false, err
	}
	p := d.part()
	for t := range p.settled {
		if t == term || term < 0 {
			p.settled[t] = true
		}
	}
	return true, nil
}

// Claim notes that what of the current part lies in a term is claimed to: of this no proof is
// needed. A part all of which lies in the term is accounted for.
func (d *Division) Claim(term int) error {
	if err := d.check(term); err != nil {
		return err
	}
	d.claimed++
	p := d.part()
	p.settled[term] = true
	if len(d.Within(term)) == len(p.columns) {
		for t := range p.settled {
			p.settled[t] = true
		}
	}
	return nil
}

// Next leaves the current part, which must be accounted for, for the one put off last; it
// returns false if there is none.
func (d *Division) Next() (bool, error) {
	if len(d.parts) == 0 {
		return false, errDivided
	}
	for t := range d.s.open {
		if !d.Settled(t) {
			return false, fmt.Errorf("term %d is open in a part of a cell", t)
		}
	}
	d.parts = d.parts[:len(d.parts)-1]
	return len(d.parts) > 0, nil
}

// Report gives up the cell, all parts of which must be accounted for: it counts as done. It
// returns its pattern, and how many times something was claimed.
func (d *Division) Report() (nn.Pattern, int, error) {
	if len(d.parts) > 0 {
		return nil, 0, fmt.Errorf("%d parts of a cell are not accounted for", len(d.parts))
	}
	d.s.closeAll()
	return d.pattern, d.claimed, nil
}
