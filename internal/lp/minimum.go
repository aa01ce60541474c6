package lp

import "math/big"

// Minimum is the linear program
//
//	minimise Cost . x  subject to  a_i . x <= b_i,  x >= 0
//
// with a cost that is nowhere negative, in rational numbers. Rows may be added between
// solves, which go on from the last basis. It is meant for few variables and rows, and
// takes every number of digits that it needs.
//
// Algorithm: the dual simplex method on a full dictionary of integers, as
// [Problem.SolveExactly]; x = 0 is the first basis. Leaving is the row that is violated
// most, or, after steps without progress, the first one (Bland's rule).
type Minimum struct {
	d     *dictionary
	n     int
	costs *big.Int   // the common denominator of the costs
	units []*big.Int // of each row's slack
	work  int
}

// NewMinimum is the program without rows.
func NewMinimum(cost []*big.Rat) *Minimum {
	m := &Minimum{n: len(cost), d: &dictionary{scale: big.NewInt(1), contradiction: -1}}
	r, scale := wholes(append(append([]*big.Rat(nil), cost...), new(big.Rat)))
	m.costs = scale
	for j := range cost {
		m.d.nonbasic = append(m.d.nonbasic, j)
	}
	m.d.rows = [][]*big.Int{r}
	return m
}

// Rows is the number of rows.
func (m *Minimum) Rows() int { return len(m.units) }

// AddRow adds the row a . x <= b.
func (m *Minimum) AddRow(a []*big.Rat, b *big.Rat) {
	whole, unit := wholes(append(append([]*big.Rat(nil), a...), b))
	d := m.d
	constant := len(d.nonbasic)
	row := make([]*big.Int, constant+1)
	for k := range row {
		row[k] = new(big.Int)
	}
	// The slack b - a . x, with what is basic replaced by what it is, times the scale.
	row[constant].Mul(whole[m.n], d.scale)
	var t big.Int
	for k, v := range d.nonbasic {
		if v < m.n {
			row[k].Sub(row[k], t.Mul(whole[v], d.scale))
		}
	}
	for i, v := range d.basic {
		if v >= m.n || whole[v].Sign() == 0 {
			continue
		}
		for k, e := range d.rows[i] {
			if e.Sign() != 0 {
				row[k].Sub(row[k], t.Mul(whole[v], e))
			}
		}
	}
	last := len(d.rows) - 1
	d.rows = append(d.rows, d.rows[last])
	d.rows[last] = row
	d.basic = append(d.basic, m.n+len(m.units))
	m.units = append(m.units, unit)
}

// Solve finds the least cost, or that no x meets the rows: [Optimal] or [Infeasible].
// limit is about how many products of 64-bit words it may take, in all solves together;
// beyond, the answer is [Stopped].
func (m *Minimum) Solve(limit int) Status {
	d := m.d
	d.contradiction = -1
	constant, stalled := len(d.nonbasic), 0
	for {
		leaving := m.leaving(stalled > maxStalled)
		if leaving < 0 {
			return Optimal
		}
		entering := m.entering(d.rows[leaving])
		if entering < 0 {
			d.contradiction = leaving
			return Infeasible
		}
		words := 1 + d.scale.BitLen()/64
		if m.work += len(d.rows) * (constant + 1) * (1 + words/8) * (1 + words/8); m.work > limit {
			return Stopped
		}
		stalled++
		if d.rows[len(d.rows)-1][entering].Sign() != 0 {
			stalled = 0
		}
		d.pivot(leaving, entering)
	}
}

// Work is how much of the limit of [Minimum.Solve] is used up.
func (m *Minimum) Work() int { return m.work }

// leaving is the row whose constant is negative and the largest in size, or the one of the
// first variable; -1 for none.
func (m *Minimum) leaving(first bool) int {
	d, best := m.d, -1
	constant := len(d.nonbasic)
	for i, v := range d.basic {
		c := d.rows[i][constant]
		if c.Sign() >= 0 {
			continue
		}
		if best < 0 || first && v < d.basic[best] || !first && c.Cmp(d.rows[best][constant]) < 0 {
			best = i
		}
	}
	return best
}

// entering is the nonbasic variable that takes over, in the dual ratio test; -1 for none.
func (m *Minimum) entering(row []*big.Int) int {
	d, best := m.d, -1
	cost := d.rows[len(d.rows)-1]
	var left, right big.Int
	for k, v := range d.nonbasic {
		if row[k].Sign() <= 0 {
			continue
		}
		if best >= 0 {
			c := left.Mul(cost[k], row[best]).Cmp(right.Mul(cost[best], row[k]))
			if c > 0 || c == 0 && v > d.nonbasic[best] {
				continue
			}
		}
		best = k
	}
	return best
}

// X is the solution of the last [Optimal] solve.
func (m *Minimum) X() []*big.Rat {
	x := make([]*big.Rat, m.n)
	for j := range x {
		x[j] = new(big.Rat)
	}
	for i, v := range m.d.basic {
		if v < m.n {
			x[v].SetFrac(m.d.rows[i][len(m.d.nonbasic)], m.d.scale)
		}
	}
	return x
}

// Objective is the least cost.
func (m *Minimum) Objective() *big.Rat {
	c := m.d.rows[len(m.d.rows)-1][len(m.d.nonbasic)]
	return new(big.Rat).SetFrac(c, new(big.Int).Mul(m.d.scale, m.costs))
}

// Multipliers are those of the rows: y >= 0 with Cost + Σ y_i a_i >= 0, so that no x has
// a smaller cost than -b . y, which is the least one; after [Infeasible], with
// Σ y_i a_i >= 0 and b . y < 0.
func (m *Minimum) Multipliers() []*big.Rat {
	y := make([]*big.Rat, len(m.units))
	for i := range y {
		y[i] = new(big.Rat)
	}
	d := m.d
	row, sign, total := d.rows[len(d.rows)-1], 1, new(big.Int).Mul(d.scale, m.costs)
	if i := d.contradiction; i >= 0 {
		row, sign, total = d.rows[i], -1, d.scale
		if v := d.basic[i] - m.n; v >= 0 {
			y[v].SetInt(m.units[v])
		}
	}
	var t big.Int
	for k, v := range d.nonbasic {
		if v -= m.n; v >= 0 && row[k].Sign() != 0 {
			t.Mul(row[k], m.units[v])
			if sign < 0 {
				t.Neg(&t)
			}
			y[v].SetFrac(&t, total)
		}
	}
	return y
}

// Clone is a copy, for rows that the original does not have.
func (m *Minimum) Clone() *Minimum {
	d := &dictionary{
		basic: append([]int(nil), m.d.basic...), nonbasic: append([]int(nil), m.d.nonbasic...),
		scale: new(big.Int).Set(m.d.scale), contradiction: m.d.contradiction,
	}
	for _, r := range m.d.rows {
		c := make([]*big.Int, len(r))
		for k, v := range r {
			c[k] = new(big.Int).Set(v)
		}
		d.rows = append(d.rows, c)
	}
	c := *m
	c.d, c.units = d, append([]*big.Int(nil), m.units...)
	return &c
}
