package verify

import (
	"math/big"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/region/polytope"
)

// vanishing are the units of a cell's Zero, but none where, in exact arithmetic,
// all of them lie on their breakpoint throughout the cell: by the tie rule the
// cell's own pattern executes then. As long as one does not, the pattern from
// which the others were computed is not the only one.
func (c *checker) vanishing(cell *polytope.Cell) []int32 {
	if len(cell.Zero) == 0 {
		return nil
	}
	key := string(cell.Pattern)
	tied, known := c.tied[key]
	if !known {
		if len(c.tied) == maxClose {
			return cell.Zero
		}
		if c.tied == nil {
			c.tied = make(map[string]bool)
		}
		tied = canBeExact(c.net) && c.onBreakpoints(cell)
		c.tied[key] = tied
	}
	if tied {
		return nil
	}
	return cell.Zero
}

// onBreakpoints tells whether all units of a cell's Zero lie on their breakpoint
// throughout: an affine function of d variables vanishes where it does at d + 1
// points that span the space. The points need not lie in the cell.
func (c *checker) onBreakpoints(cell *polytope.Cell) bool {
	points := cell.Points()
	x := points.Row(0)
	if !c.tiedAt(cell, x) {
		return false
	}
	for axis, v := range x {
		varies := false
		for r := range points.Rows {
			varies = varies || points.Row(r)[axis] != v
		}
		if !varies {
			continue
		}
		x[axis] = 0
		if v == 0 {
			x[axis] = 1
		}
		if !c.tiedAt(cell, x) {
			return false
		}
		x[axis] = v
	}
	return true
}

// tiedAt tells whether all units of a cell's Zero have their breakpoint as value at
// x, by the affine functions that the cell's pattern gives, without rounding.
func (c *checker) tiedAt(cell *polytope.Cell, x []float64) bool {
	e, values := exactValues(c.net, x, cell.Pattern, func() bool { return c.over() != nil })
	if values == nil {
		return false
	}
	for _, u := range cell.Zero {
		i, unit := c.net.UnitAt(int(u))
		f, ok := c.net.Nodes[i].Op.(*nn.Piecewise)
		if !ok {
			continue
		}
		z := e.number(0)
		if in := c.net.Nodes[i].Inputs[0]; in == nn.Input {
			z.SetFloat64(x[unit])
		} else {
			z = values[nn.ActivationChannel][in][unit]
		}
		// The piece is the upper one, so at least 1.
		if z.Cmp(big.NewFloat(f.Breaks[cell.Pattern[u]-1])) != 0 {
			return false
		}
	}
	return true
}
