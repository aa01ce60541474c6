package lp

import "math/big"

// Half is the half-space of points x with Terms[0] + Σ Terms[1+k] x_k <= 0, or < 0 where
// it is Strict.
type Half struct {
	Terms  []*big.Int
	Strict bool
}

// Decide finds a point that lies in all half-spaces, or multipliers that prove there is
// none: their weighted sum is then a constant that is positive, or 0 where a strict one
// has weight. The first half-spaces must bound every variable from below, one each, in
// order. Everything is exact; it is meant for few variables and at most some hundred
// half-spaces.
//
// Algorithm: the method of [Problem.SolveExactly], where the strict half-spaces are
// moved inward by a margin up to 1, which is maximised.
func Decide(halves []Half) (x, y []*big.Rat) {
	if len(halves) == 0 {
		return []*big.Rat{}, nil
	}
	n := len(halves[0].Terms) - 1
	d, slacks := newDecision(halves, n)
	if !d.makeFeasible() {
		for i, row := range d.rows[:len(d.basic)] {
			if row[len(d.nonbasic)].Sign() < 0 && d.contradicts(row) {
				return nil, d.multipliers(row, d.basic[i], halves, slacks)
			}
		}
		return nil, nil // not reached
	}
	strict := false
	for _, h := range halves {
		strict = strict || h.Strict
	}
	if !strict {
		return d.solution(n, halves), nil
	}
	d.maximize()
	last := d.rows[len(d.rows)-1]
	if last[len(d.nonbasic)].Sign() > 0 {
		return d.solution(n, halves), nil
	}
	return nil, d.multipliers(last, -1, halves, slacks)
}

// Maximum is the most of objective[0] + Σ objective[1+k] x_k on the closures of half-spaces,
// which must bound every variable from both sides, the first ones as for [Decide], and
// multipliers that prove it: the weighted sum of the half-spaces' forms is the objective
// less its maximum. value is nil where the half-spaces have no point in common.
func Maximum(halves []Half, objective []*big.Int) (value *big.Rat, y []*big.Rat) {
	closed := make([]Half, len(halves))
	for i, h := range halves {
		closed[i] = Half{Terms: h.Terms}
	}
	n := len(objective) - 1
	d, slacks := newDecision(closed, n)
	if !d.makeFeasible() {
		return nil, nil
	}
	// Before the pivots the objective has integers as factors, and a constant.
	constant := new(big.Rat).SetInt(objective[0])
	for k, c := range objective[1:] {
		terms := closed[k].Terms
		constant.Add(constant, new(big.Rat).Mul(new(big.Rat).SetInt(c), new(big.Rat).SetFrac(terms[0], new(big.Int).Neg(terms[1+k]))))
	}
	// What is basic by now is replaced by what it is. In units of the dictionary's scale
	// and of the constant's denominator all numbers are integers.
	factor := constant.Denom()
	row := d.rows[len(d.rows)-1]
	for k := range row {
		row[k] = new(big.Int)
	}
	row[len(d.nonbasic)].Mul(constant.Num(), d.scale)
	product := new(big.Int)
	for k, c := range objective[1:] {
		weight := new(big.Int).Mul(c, factor)
		for i, v := range d.nonbasic {
			if v == k {
				row[i].Add(row[i], product.Mul(weight, d.scale))
			}
		}
		for i, b := range d.basic {
			if b != k {
				continue
			}
			for j, v := range d.rows[i] {
				row[j].Add(row[j], product.Mul(weight, v))
			}
		}
	}
	d.maximize()
	total := new(big.Rat).SetInt(new(big.Int).Mul(factor, d.scale))
	value = new(big.Rat).Quo(new(big.Rat).SetInt(row[len(d.nonbasic)]), total)
	y = d.multipliers(row, -1, closed, slacks)
	for _, v := range y {
		v.Quo(v, total)
	}
	return value, y
}

// slack is what a row of a decision stands for: the half-space with a number, times a
// unit.
type slack struct {
	half int
	unit *big.Int
}

// newDecision is the dictionary: the shifted variables, the margin, and the slacks of
// all half-spaces but the lower bounds, and of margin <= 1.
func newDecision(halves []Half, n int) (*dictionary, []slack) {
	d := &dictionary{scale: big.NewInt(1)}
	for k := range n + 1 {
		d.nonbasic = append(d.nonbasic, k)
	}
	// x_k = low_k + u_k, and low_k = numerator_k / denominator_k. The margin of a strict
	// lower bound is a row of its own.
	low := make([]*big.Rat, n)
	for k := range n {
		t := halves[k].Terms
		low[k] = new(big.Rat).SetFrac(t[0], new(big.Int).Neg(t[1+k]))
	}
	var slacks []slack
	add := func(i int) {
		h := halves[i]
		row := make([]*big.Rat, n+2)
		constant := new(big.Rat).SetInt(h.Terms[0])
		for k := range n {
			row[k] = new(big.Rat).SetInt(h.Terms[1+k])
			constant.Add(constant, new(big.Rat).Mul(row[k], low[k]))
			row[k].Neg(row[k])
		}
		row[n] = new(big.Rat)
		if h.Strict {
			row[n].SetInt64(-1)
		}
		row[n+1] = constant.Neg(constant)
		unit := new(big.Int).SetInt64(1)
		for _, v := range row {
			unit = lcm(unit, v.Denom())
		}
		r := make([]*big.Int, len(row))
		for k, v := range row {
			r[k] = new(big.Int).Mul(v.Num(), new(big.Int).Quo(unit, v.Denom()))
		}
		slacks = append(slacks, slack{i, unit})
		d.basic = append(d.basic, len(d.nonbasic)+len(d.basic))
		d.rows = append(d.rows, r)
	}
	for i, h := range halves {
		if i >= n || h.Strict {
			add(i)
		}
	}
	top := make([]*big.Int, n+2)
	objective := make([]*big.Int, n+2)
	for k := range top {
		top[k], objective[k] = new(big.Int), new(big.Int)
	}
	top[n].SetInt64(-1)
	top[n+1].SetInt64(1)
	objective[n].SetInt64(1)
	d.basic = append(d.basic, len(d.nonbasic)+len(d.basic))
	d.rows = append(d.rows, top, objective)
	return d, slacks
}

func lcm(a, b *big.Int) *big.Int {
	g := new(big.Int).GCD(nil, nil, a, b)
	return new(big.Int).Mul(new(big.Int).Quo(a, g), b)
}

// contradicts tells whether a row is negative whatever its nonbasic variables are.
func (t *dictionary) contradicts(row []*big.Int) bool {
	for _, v := range row[:len(t.nonbasic)] {
		if v.Sign() > 0 {
			return false
		}
	}
	return true
}

// multipliers are those that a row without positive entries shows, which is that of a
// basic variable, or -1.
func (t *dictionary) multipliers(row []*big.Int, basic int, halves []Half, slacks []slack) []*big.Rat {
	n := len(halves[0].Terms) - 1
	y := make([]*big.Rat, len(halves))
	for i := range y {
		y[i] = new(big.Rat)
	}
	add := func(variable int, weight *big.Int) {
		if variable < n {
			y[variable].Add(y[variable], new(big.Rat).SetFrac(weight, new(big.Int).Neg(halves[variable].Terms[1+variable])))
		} else if i := variable - n - 1; i >= 0 && i < len(slacks) { // else the margin, or its limit
			s := slacks[i]
			y[s.half].Add(y[s.half], new(big.Rat).SetInt(new(big.Int).Mul(weight, s.unit)))
		}
	}
	if basic >= 0 {
		add(basic, t.scale)
	}
	for k, variable := range t.nonbasic {
		add(variable, new(big.Int).Neg(row[k]))
	}
	return y
}

// solution is the point of the dictionary.
func (t *dictionary) solution(n int, halves []Half) []*big.Rat {
	x := make([]*big.Rat, n)
	for k := range x {
		terms := halves[k].Terms
		x[k] = new(big.Rat).SetFrac(terms[0], new(big.Int).Neg(terms[1+k]))
	}
	for i, b := range t.basic {
		if b < n {
			x[b].Add(x[b], new(big.Rat).SetFrac(t.rows[i][len(t.nonbasic)], t.scale))
		}
	}
	return x
}
