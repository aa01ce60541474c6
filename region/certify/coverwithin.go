package certify

import (
	"errors"

	"github.com/netmend/netmend/cert"
	"github.com/netmend/netmend/internal/lp"
	"github.com/netmend/netmend/proof/tree"
)

// within proves that the whole cell lies in a term of the target.
func (c *coverer) within(term int) (bool, error) {
	q := &c.program
	var lists [][]cert.Weight
	for i := range c.state.Columns(term) {
		var err error
		if c.form, err = c.state.ColumnForm(c.form[:0], tree.Column{Term: term, Index: i, Outside: true}); err != nil {
			return false, err
		}
		if c.pool.below(c.form, 0) {
			return false, nil
		}
		if least, status := q.least(c.form); status != lp.Optimal || least <= 0 {
			return false, nil
		}
		lists = append(lists, q.weights(0, len(q.y), double))
	}
	pattern, _, err := c.state.Pattern(nil)
	if err != nil {
		return false, err
	}
	leaf := CoverLeaf{Pattern: pattern, Within: term}
	if err := c.round(&leaf, nil, term); err != nil {
		return false, err
	}
	ok, err := c.state.Within(term, lists)
	if ok {
		err = c.measure(&leaf, nil, term)
		c.result.Leaves = append(c.result.Leaves, leaf)
	}
	return ok, err
}

// almostWithin proves that all of the cell, the pieces of which are known, lies in the
// term of a cell of the guide, but for a set without an interior.
func (c *coverer) almostWithin(cell int32) error {
	term := c.opt.Guide.Terms[cell]
	if ok, err := c.within(term); ok || err != nil {
		if ok {
			c.leaf().Cells = []int32{cell}
		}
		return err
	}
	division, err := c.state.Divide(!c.opt.Faces)
	if err != nil {
		return err
	}
	for i := range c.state.Columns(term) {
		if err := division.Split(term, i); err != nil {
			return err
		}
	}
	leaf := CoverLeaf{Within: term, Cells: []int32{cell}}
	if err := errors.Join(c.round(&leaf, division.Columns(), term), c.measure(&leaf, nil, term)); err != nil {
		return err
	}
	err = division.Claim(term)
	for err == nil {
		// What lies outside of a half-space is put off.
		more, e := division.Next()
		if err = e; err != nil || !more {
			break
		}
		err = c.refute(division)
	}
	if err != nil {
		return err
	}
	leaf.Pattern, _, err = division.Report()
	c.result.Leaves = append(c.result.Leaves, leaf)
	return err
}

// refute proves that the current part has no point (or interior).
func (c *coverer) refute(d *tree.Division) error {
	rows, _, err := d.Rows(-1)
	if err != nil {
		return err
	}
	x, y, err := c.decide(rows)
	switch {
	case err != nil:
		return err
	case x != nil:
		return ErrGuide
	}
	ok, err := d.Refute(-1, y)
	if err == nil && !ok {
		err = errMultipliers
	}
	return err
}
