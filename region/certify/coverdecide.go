package certify

import (
	"context"
	"errors"
	"math"
	"math/big"

	"github.com/netmend/netmend/cert"
	"github.com/netmend/netmend/internal/lp"
	"github.com/netmend/netmend/proof/tree"
)

// atBreak is the share of what a unit's value is summed from within which its range ends
// at a breakpoint as far as float64 tells; exact arithmetic then decides.
const atBreak = 0x1p-36

// decideOne proves that the values of a unit lie on one side of a breakpoint, or tells
// that they lie on both.
func (c *coverer) decideOne(i, level int, x []float64) (straddles bool, err error) {
	if err := c.ctx.Err(); err != nil {
		return false, context.Cause(c.ctx)
	}
	if c.exact {
		return c.decideExactly(i, level)
	}
	q, at := &c.program, c.state.Level(i, level)
	close := false
	for _, kind := range [...]cert.StepKind{cert.Floor, cert.Ceil} {
		sign := 1.0
		if kind == cert.Ceil {
			sign = -1
		}
		if c.form, err = c.state.Side(c.form[:0], i, sign); err != nil {
			return false, err
		}
		size := math.Abs(at)
		lo, hi := c.state.Box()
		for k, a := range c.form {
			if k == 0 {
				size += math.Abs(a)
				continue
			}
			size += float64(math.Abs(a) * max(math.Abs(lo[k-1]), math.Abs(hi[k-1])))
		}
		if x != nil && valueAt(c.form, x) <= float64(sign*at) {
			continue // it lies on the other side there
		}
		if c.pool.below(c.form, float64(sign*at)-float64(atBreak*size)) {
			continue
		}
		least, status := q.least(c.form)
		if status != lp.Optimal {
			if err := c.vanish(); err != nil || c.state.Done() {
				return false, err
			}
			return c.decideExactly(i, level)
		}
		c.pool.add(q.point())
		if least > sign*at {
			if err := c.take(&cert.Step{Kind: kind, Index: i, Rows: q.weights(0, len(q.y), double)}); err != nil {
				return false, err
			}
			if c.state.Done() {
				return false, nil
			}
			if c.state.Sided(i, level) {
				return false, nil
			}
		}
		close = close || least > float64(sign*at)-float64(atBreak*size)
	}
	if close || x != nil {
		return c.decideExactly(i, level)
	}
	return true, nil
}

func valueAt(form, x []float64) float64 {
	v := form[0]
	for k, a := range x {
		v += float64(a * form[1+k])
	}
	return v
}

// ordered are exact rows, those of the cell first, as a system: one lower bound for each
// variable comes first. order has the place of each row in it.
func (c *coverer) ordered(rows []tree.ExactRow) (halves []lp.Half, order []int) {
	n := len(c.state.ExactVars())
	halves, order = make([]lp.Half, len(rows)), make([]int, len(rows))
	lower, rest := 0, n
	for i, r := range rows {
		// The box has two rows for each variable, the lower bound first.
		if i < 2*n && i%2 == 0 {
			order[i] = lower
			lower++
		} else {
			order[i] = rest
			rest++
		}
		halves[order[i]] = lp.Half{Terms: r.Terms, Strict: r.Strict}
	}
	return halves, order
}

// decide decides exactly whether the rows, those of the cell first, have a point in
// common, up to sets without an interior but for Faces: by a point x, or by multipliers y.
func (c *coverer) decide(rows []tree.ExactRow) (x, y []*big.Rat, err error) {
	if len(rows) == 0 || len(rows[0].Terms) == 1 {
		x, y = c.decideConstant(rows)
		return x, y, nil
	}
	if !c.opt.Faces {
		rows = tree.Interior(rows)
	}
	halves, order := c.ordered(rows)
	x, y = lp.Decide(halves, c.stopped)
	switch {
	case x != nil:
		return x, nil, nil
	case y == nil:
		return nil, nil, context.Cause(c.ctx)
	}
	return nil, inOrder(y, order), nil
}

// inOrder has for each row the multiplier of the place that it had in the system.
func inOrder(y []*big.Rat, order []int) []*big.Rat {
	back := make([]*big.Rat, len(order))
	for i, k := range order {
		back[i] = y[k]
	}
	return back
}

func (c *coverer) stopped() bool { return c.ctx.Err() != nil }

// decideConstant is decide for a domain of one point.
func (c *coverer) decideConstant(rows []tree.ExactRow) (x, y []*big.Rat) {
	for i := range rows {
		if !tree.Holds(rows[i:i+1], nil) {
			y = make([]*big.Rat, len(rows))
			for k := range y {
				y[k] = new(big.Rat)
			}
			y[i].SetInt64(1)
			return nil, y
		}
	}
	return []*big.Rat{}, nil
}

// decideExactly is decideOne in exact arithmetic.
func (c *coverer) decideExactly(i, level int) (straddles bool, err error) {
	cell, err := c.state.ExactCell()
	if err != nil {
		return false, err
	}
	n := len(cell)
	for _, above := range [...]bool{false, true} {
		side, err := c.state.ExactSide(i, level, above)
		if err != nil {
			return false, err
		}
		_, y, err := c.decide(append(cell[:n:n], side))
		if err != nil {
			return false, err
		}
		if y == nil {
			continue
		}
		ok, err := c.state.Settle(i, level, !above, !c.opt.Faces, y)
		if err == nil && !ok {
			err = errMultipliers
		}
		return false, err
	}
	return true, nil
}

var errMultipliers = errors.New("exact multipliers are refused")

// vanish proves that the cell has no point (or interior), or turns to exact arithmetic
// where float64 only took it for empty.
func (c *coverer) vanish() error {
	if err := c.empty(); err != nil || c.state.Done() {
		return err
	}
	cell, err := c.state.ExactCell()
	if err != nil {
		return err
	}
	_, y, err := c.decide(cell)
	if err != nil {
		return err
	}
	if y != nil {
		ok, err := c.state.Vanish(!c.opt.Faces, y)
		if err == nil && !ok {
			err = errMultipliers
		}
		return err
	}
	c.exact = true
	return nil
}
