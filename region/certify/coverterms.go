package certify

import (
	"errors"
	"math"
	"math/big"
	"slices"

	"github.com/netmend/netmend/cert"
	"github.com/netmend/netmend/internal/lp"
	"github.com/netmend/netmend/internal/portable"
	"github.com/netmend/netmend/proof/tree"
	"github.com/netmend/netmend/set"
)

// terms finishes a cell the pieces of which are known: it finds the parts in which the
// output lies in each term, without those before it, and compares them with cells of the
// guide, from inclusive to exclusive.
func (c *coverer) terms(from, to int32) error {
	t := targeting{coverer: c}
	var cells []int32
	for cell := from; cell < to; cell++ {
		if c.opt.Guide.Terms[cell] < 0 {
			// Cells of later terms may leave out what it covers.
			cells, t.leaf.Cells = nil, nil
			break
		}
		ok, err := c.state.Has(c.opt.Guide.Points[cell], c.opt.Guide.Terms[cell])
		if err != nil {
			return err
		}
		cells = append(cells, cell)
		if ok {
			t.leaf.Cells = append(t.leaf.Cells, cell)
		}
	}
	if err := c.closeOthers(cells); err != nil || c.state.Done() {
		return err
	}
	var err error
	if t.division, err = c.state.Divide(!c.opt.Faces); err != nil {
		return err
	}
	if err := t.parts(0, 0, cells); err != nil {
		return err
	}
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
	if t.ties && c.opt.Volumes && !c.opt.Faces {
		all, err := c.state.Volume(nil, 0)
		if err != nil {
			return err
		}
		for _, v := range t.leaf.Volumes {
			all = all.Minus(v.Share)
		}
		c.result.Tied = append(c.result.Tied, all)
	}
	var claimed int
	if t.leaf.Pattern, claimed, err = t.division.Report(); err != nil {
		return err
	}
	t.leaf.Within = -1
	slices.Sort(t.leaf.Cells)
	t.leaf.Cells = slices.Compact(t.leaf.Cells)
	if t.ties {
		c.result.Ties++
	}
	if found := len(t.leaf.Cells) + len(t.leaf.Parts); claimed > 0 && found == 0 {
		return errors.New("a part of the preimage was claimed, but is in no leaf")
	} else if found > 0 {
		c.result.Leaves = append(c.result.Leaves, t.leaf)
	}
	return nil
}

// exactForms are the half-spaces of the current cell and the outputs on it in exact numbers;
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

// outputs bounds the outputs on the current cell.
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

// exactOutput is a lower bound of sign times output j on the current cell, by exact
// multipliers, rounded down.
func (c *coverer) exactOutput(j int, sign float64) (float64, bool) {
	terms, e, err := c.state.ExactOutput(j)
	if err != nil || len(terms) == 1 && c.state.Vars() > 0 {
		return 0, false
	}
	form := make([]*big.Int, len(terms))
	for k, v := range terms {
		if form[k] = new(big.Int).Set(v); sign > 0 {
			form[k].Neg(v) // the maximum of -output
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
	v, exact := portable.Float64(most.Neg(most))
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
