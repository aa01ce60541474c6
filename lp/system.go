package lp

import "math/big"

// System is a system of half-spaces Rows[i] . x <= Right[i], or < where Strict[i], in a
// box, in rational numbers.
type System struct {
	Rows         [][]*big.Rat
	Right        []*big.Rat
	Strict       []bool
	Lower, Upper []*big.Rat
}

// Solve looks for a point of the system, or for multipliers that show that it has none:
// numbers y >= 0 of the half-spaces with
//
//	Σ y_i (Rows[i] . x - Right[i]) > 0 for all x in the box,
//
// or >= 0, with y_i > 0 for some strict half-space. stop, where not nil, ends the work:
// both are nil then. It is meant for few variables and half-spaces.
//
// Algorithm: with a variable t in [0, 1] that every strict half-space has on its left
// side, a point of the closed half-spaces is looked for as in [Problem.SolveExactly], and
// then one with the largest t. If that is above 0, the point is one of the system; else
// the multipliers of the optimum are those wanted.
func (s *System) Solve(stop func() bool) (x, y []*big.Rat) {
	n := len(s.Lower)
	t := &dictionary{scale: big.NewInt(1), stop: stop}
	for j, lo := range s.Lower {
		if lo.Cmp(s.Upper[j]) > 0 {
			return nil, make([]*big.Rat, len(s.Rows)) // the box is empty
		}
		t.nonbasic = append(t.nonbasic, j)
	}
	t.nonbasic = append(t.nonbasic, n)
	var scales []*big.Int
	slack := func(row []*big.Rat) {
		r, scale := wholes(row)
		t.basic = append(t.basic, n+1+len(t.basic))
		t.rows, scales = append(t.rows, r), append(scales, scale)
	}
	for i, a := range s.Rows {
		// Right - a . lower - a . u - t >= 0
		row := make([]*big.Rat, n+2)
		row[n], row[n+1] = new(big.Rat), new(big.Rat).Set(s.Right[i])
		for j, v := range a {
			row[j] = new(big.Rat).Neg(v)
			row[n+1].Sub(row[n+1], new(big.Rat).Mul(v, s.Lower[j]))
		}
		if s.Strict[i] {
			row[n].SetInt64(-1)
		}
		slack(row)
	}
	for j := range n + 1 {
		row := make([]*big.Rat, n+2)
		for k := range row {
			row[k] = new(big.Rat)
		}
		row[j].SetInt64(-1)
		if row[n+1].SetInt64(1); j < n {
			row[n+1].Sub(s.Upper[j], s.Lower[j])
		}
		slack(row)
	}
	objective := make([]*big.Int, n+2)
	for k := range objective {
		objective[k] = new(big.Int)
	}
	objective[n].SetInt64(1)
	t.rows = append(t.rows, objective)

	if !t.makeFeasible() {
		if t.stopped() {
			return nil, nil
		}
		r := t.contradiction
		return nil, s.multipliers(t, t.rows[r], t.basic[r], scales)
	}
	t.maximize()
	if t.stopped() {
		return nil, nil
	}
	if t.rows[len(t.basic)][n+1].Sign() == 0 {
		return nil, s.multipliers(t, t.rows[len(t.basic)], -1, scales)
	}
	for j := range s.Lower {
		t.origin, t.parts = append(t.origin, s.Lower[j]), append(t.parts, []part{{j, 1}})
	}
	return t.point(), nil
}

// multipliers of the half-spaces that a row of the dictionary without positive entries is
// a combination of: those of the slacks among its nonbasic variables, and, for the row of
// a basic one, of that.
func (s *System) multipliers(t *dictionary, row []*big.Int, basic int, scales []*big.Int) []*big.Rat {
	y := make([]*big.Rat, len(s.Rows))
	for i := range y {
		y[i] = new(big.Rat)
	}
	set := func(variable int, v *big.Int) {
		if i := variable - len(s.Lower) - 1; i >= 0 && i < len(y) {
			y[i].SetInt(new(big.Int).Mul(v, scales[i]))
		}
	}
	for k, variable := range t.nonbasic {
		set(variable, new(big.Int).Neg(row[k]))
	}
	if basic >= 0 {
		set(basic, t.scale)
	}
	return y
}

// wholes multiplies a row of numbers by the least integer that makes all of them integers.
func wholes(r []*big.Rat) (n []*big.Int, scale *big.Int) {
	scale = big.NewInt(1)
	for _, v := range r {
		g := new(big.Int).GCD(nil, nil, scale, v.Denom())
		scale = g.Mul(g.Quo(v.Denom(), g), scale)
	}
	for _, v := range r {
		w := new(big.Int).Quo(scale, v.Denom())
		n = append(n, w.Mul(w, v.Num()))
	}
	return n, scale
}
