package lp

import "math/big"

// System is a system of half-spaces Rows[i] . x <= Right[i], or < where Strict[i], in a
// box, in rational numbers. An upper bound may be nil: there is none.
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
// or >= 0, with y_i > 0 for some strict half-space. stop, if not nil, ends the work:
// both are nil then. It is meant for few variables and half-spaces.
//
// Algorithm: with a variable t in [0, 1] that every strict half-space has on its left
// side, a point of the closed half-spaces is looked for as in [Problem.SolveExactly], and
// then one with the largest t. If that is above 0, the point is one of the system; else
// the multipliers of the optimum are those wanted.
func (s *System) Solve(stop func() bool) (x, y []*big.Rat) {
	if s.emptyBox() {
		return nil, zeros(len(s.Rows))
	}
	d := s.dictionary(stop)
	n := len(s.Lower)
	d.setObjective(n, big.NewRat(1, 1))
	if !d.makeFeasible() {
		if d.stopped() {
			return nil, nil
		}
		r := d.contradiction
		return nil, d.multipliers(d.rows[r], d.basic[r])
	}
	d.maximize()
	switch top := d.rows[len(d.basic)]; {
	case d.stopped():
		return nil, nil
	case top[n+1].Sign() == 0:
		return nil, d.multipliers(top, -1)
	}
	return d.point(), nil
}

// Maximum is the maximum of cost . x on the closures of the half-spaces, in the box, and
// multipliers that prove it:
//
//	cost . x - Σ y_i (Rows[i] . x - Right[i]) <= value for all x in the box.
//
// value is nil if the system has no point, or no maximum, or stop ended the work.
func (s *System) Maximum(cost []*big.Rat, stop func() bool) (value *big.Rat, y []*big.Rat) {
	if s.emptyBox() {
		return nil, nil
	}
	closed := *s
	closed.Strict = make([]bool, len(s.Rows))
	d := closed.dictionary(stop)
	value = dotRat(cost, s.Lower)
	scale := d.setObjective(0, cost...)
	if !d.makeFeasible() || d.maximize() != Optimal || d.stopped() {
		return nil, nil
	}
	top := d.rows[len(d.basic)]
	total := new(big.Rat).SetInt(new(big.Int).Mul(scale, d.scale))
	y = d.multipliers(top, -1)
	for _, v := range y {
		v.Quo(v, total)
	}
	gain := new(big.Rat).SetInt(top[len(d.nonbasic)])
	return value.Add(value, gain.Quo(gain, total)), y
}

func (s *System) emptyBox() bool {
	for j, lo := range s.Lower {
		if up := s.Upper[j]; up != nil && lo.Cmp(up) > 0 {
			return true
		}
	}
	return false
}

// systemDictionary is the dictionary of a system: the variables less their lower bounds,
// the margin t of the strict half-spaces, and the slacks of the half-spaces, of the upper
// bounds and of t <= 1.
type systemDictionary struct {
	dictionary
	// units are those of the half-spaces' slacks: what their rows were multiplied by.
	units []*big.Int
}

func (s *System) dictionary(stop func() bool) *systemDictionary {
	n := len(s.Lower)
	d := &systemDictionary{dictionary: dictionary{scale: big.NewInt(1), stop: stop}}
	for j := range n + 1 {
		d.nonbasic = append(d.nonbasic, j)
	}
	for j, lo := range s.Lower {
		d.origin, d.parts = append(d.origin, lo), append(d.parts, []part{{j, 1}})
	}
	slack := func(row []*big.Rat) (unit *big.Int) {
		whole, unit := wholes(row)
		d.basic, d.rows = append(d.basic, n+1+len(d.basic)), append(d.rows, whole)
		return unit
	}
	for i, a := range s.Rows {
		// Right - a . lower - a . u - t >= 0
		row := zeros(n + 2)
		row[n+1].Sub(s.Right[i], dotRat(a, s.Lower))
		for j, v := range a {
			row[j].Neg(v)
		}
		if s.Strict[i] {
			row[n].SetInt64(-1)
		}
		d.units = append(d.units, slack(row))
	}
	atMost := func(j int, v *big.Rat) {
		row := zeros(n + 2)
		row[j].SetInt64(-1)
		row[n+1].Set(v)
		slack(row)
	}
	for j, up := range s.Upper {
		if up != nil {
			atMost(j, new(big.Rat).Sub(up, s.Lower[j]))
		}
	}
	atMost(n, big.NewRat(1, 1))
	return d
}

// setObjective makes the sum of coefficients times the variables from number first on the
// objective, in whole numbers: times the scale that it returns.
func (d *systemDictionary) setObjective(first int, coefficients ...*big.Rat) (scale *big.Int) {
	row := zeros(len(d.nonbasic) + 1)
	for k, v := range coefficients {
		row[first+k].Set(v)
	}
	r, scale := wholes(row)
	d.rows = append(d.rows, r)
	return scale
}

// multipliers of the half-spaces that a row of the dictionary without positive entries is
// a combination of: those of the slacks among its nonbasic variables, and, for the row of
// a basic one, of that; -1 where it is of none.
func (d *systemDictionary) multipliers(row []*big.Int, basic int) []*big.Rat {
	y := zeros(len(d.units))
	first := len(d.nonbasic) // the number of the first slack: there are as many variables
	set := func(variable int, v *big.Int) {
		if i := variable - first; i >= 0 && i < len(y) {
			y[i].SetInt(new(big.Int).Mul(v, d.units[i]))
		}
	}
	for k, variable := range d.nonbasic {
		set(variable, new(big.Int).Neg(row[k]))
	}
	if basic >= 0 {
		set(basic, d.scale)
	}
	return y
}

func zeros(n int) []*big.Rat {
	r := make([]*big.Rat, n)
	for i := range r {
		r[i] = new(big.Rat)
	}
	return r
}

func dotRat(a, b []*big.Rat) *big.Rat {
	sum, product := new(big.Rat), new(big.Rat)
	for i, v := range a {
		if v.Sign() != 0 && b[i].Sign() != 0 {
			sum.Add(sum, product.Mul(v, b[i]))
		}
	}
	return sum
}

// wholes multiplies a row of numbers by the least integer that makes all of them integers.
func wholes(r []*big.Rat) (n []*big.Int, scale *big.Int) {
	scale = big.NewInt(1)
	for _, v := range r {
		if !v.IsInt() {
			g := new(big.Int).GCD(nil, nil, scale, v.Denom())
			scale = g.Mul(g.Quo(v.Denom(), g), scale)
		}
	}
	for _, v := range r {
		w := new(big.Int).Quo(scale, v.Denom())
		n = append(n, w.Mul(w, v.Num()))
	}
	return n, scale
}
