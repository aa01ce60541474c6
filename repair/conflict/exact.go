package conflict

import (
	"context"
	"math/big"
	"slices"

	"github.com/netmend/netmend/cert"
	"github.com/netmend/netmend/proof"
)

// cancels is the share of its terms' sizes that a sum of float64 numbers that is meant
// to be 0 may leave.
const cancels = 20 // 2^-20

// system is the multipliers y >= 0 wanted for some rows: the columns of matrix, each
// times its multiplier, cancel in every equation, and Σ cost_i y_i is as small as
// possible: it is to be at most 0.
type system struct {
	matrix [][]*big.Int // by equations, the rows' coefficients
	cost   []*big.Rat
	y      []*big.Rat
}

// exactly sets the multipliers of body's rows to rational ones, near those that they
// have, for which they cancel exactly, but for parameters that are to be at their
// bound. It fails if none are found.
func exactly(ctx context.Context, maker *proof.Rows, body *cert.Repair, free []bool) bool {
	rows := body.Rows
	coefficients, exponents := make([][]big.Int, len(rows)), make([]int, len(rows))
	sys := &system{cost: make([]*big.Rat, len(rows)), y: make([]*big.Rat, len(rows))}
	for i := range rows {
		r, err := maker.Exact(&rows[i])
		if err != nil || ctx.Err() != nil {
			return false
		}
		// The row counts 2^exponent times less, and its multiplier as much more.
		coefficients[i], exponents[i] = r.Coefficients()
		if len(coefficients[i])*len(rows) > maxCoefficients {
			return false
		}
		y, err := rows[i].Multiplier.Rat()
		if err != nil {
			return false
		}
		sys.y[i], sys.cost[i] = shifted(y, exponents[i]), shifted(r.RHS, -exponents[i])
	}
	if len(rows) == 0 || !sys.equations(coefficients, free, body.Bound) {
		return false
	}
	if !sys.solve(ctx) {
		return false
	}
	kept := make([]cert.Row, 0, len(rows))
	y := make([]*big.Rat, 0, len(rows))
	for i, v := range sys.y {
		if v.Sign() > 0 {
			kept, y = append(kept, rows[i]), append(y, shifted(v, -exponents[i]))
		}
	}
	for i, v := range scaled(y) {
		kept[i].Multiplier = cert.Exact(v)
		if _, err := kept[i].Multiplier.Rat(); err != nil {
			return false // too long
		}
	}
	body.Rows = kept
	return true
}

// shifted is r 2^n.
func shifted(r *big.Rat, n int) *big.Rat {
	p := new(big.Rat)
	one := big.NewInt(1)
	if n >= 0 {
		p.SetInt(new(big.Int).Lsh(one, uint(n)))
	} else {
		p.SetFrac(one, new(big.Int).Lsh(one, uint(-n)))
	}
	return p.Mul(p, r)
}

// scaled are numbers times a common factor so that they are integers without a common
// divisor, or where these are large such integers divided by a power of 2.
func scaled(y []*big.Rat) []*big.Rat {
	den, common := big.NewInt(1), new(big.Int)
	var t big.Int
	for _, v := range y {
		t.GCD(nil, nil, den, v.Denom())
		den.Mul(den, t.Quo(v.Denom(), &t))
	}
	d := new(big.Rat).SetInt(den)
	longest := 0
	for _, v := range y {
		v.Mul(v, d)
		common.GCD(nil, nil, common, v.Num())
	}
	for _, v := range y {
		v.Quo(v, new(big.Rat).SetInt(common))
		longest = max(longest, v.Num().BitLen())
	}
	if longest > 20 {
		for i, v := range y {
			y[i] = shifted(v, 1-longest)
		}
	}
	return y
}

// equations sets up the system: an equation for each parameter in which the rows about
// cancel; in the others the bound's cost is part of the rows'. Without a bound they are
// to cancel in all. It fails if there is nothing to cancel.
func (s *system) equations(coefficients [][]big.Int, free []bool, bound *float64) bool {
	n := len(s.y)
	y := integers(s.y)
	var beyond []*big.Int // by rows: sum of coefficients where they do not cancel
	for range n {
		beyond = append(beyond, new(big.Int))
	}
	filter := newRank(n)
	var q, size, term big.Int
	for j := range coefficients[0] {
		if free != nil && !free[j] {
			continue
		}
		q.SetInt64(0)
		size.SetInt64(0)
		for i := range coefficients {
			if c := &coefficients[i][j]; c.Sign() != 0 {
				q.Add(&q, term.Mul(c, y[i]))
				size.Add(&size, term.Abs(&term))
			}
		}
		if size.Sign() == 0 {
			continue
		}
		if bound != nil && term.Lsh(term.Abs(&q), cancels).Cmp(&size) > 0 {
			for i := range coefficients {
				if q.Sign() > 0 {
					beyond[i].Add(beyond[i], &coefficients[i][j])
				} else {
					beyond[i].Sub(beyond[i], &coefficients[i][j])
				}
			}
			continue
		}
		equation := make([]*big.Int, n)
		for i := range equation {
			equation[i] = &coefficients[i][j]
		}
		if filter.independent(equation) {
			s.matrix = append(s.matrix, equation)
		}
	}
	if bound != nil {
		b := new(big.Rat).SetFloat64(*bound)
		for i, c := range s.cost {
			t := new(big.Rat).SetInt(beyond[i])
			s.cost[i] = c.Add(c, t.Mul(t, b))
		}
	}
	return true
}

// integers are numbers times a common factor.
func integers(y []*big.Rat) []*big.Int {
	den := big.NewInt(1)
	var t big.Int
	for _, v := range y {
		t.GCD(nil, nil, den, v.Denom())
		den.Mul(den, t.Quo(v.Denom(), &t))
	}
	out := make([]*big.Int, len(y))
	for i, v := range y {
		out[i] = new(big.Int).Mul(v.Num(), t.Quo(den, v.Denom()))
	}
	return out
}

// solve sets y to a solution near it, and lowers its cost to 0 or less by leaving
// rows out. It fails if it finds none.
func (s *system) solve(ctx context.Context) bool {
	zero := make([]bool, len(s.y)) // left out
	for range s.y {
		if ctx.Err() != nil {
			return false
		}
		null := s.nullSpace(zero)
		if len(null) == 0 {
			return false
		}
		// The multipliers of the free columns as they are; the others follow.
		y := zeros(len(s.y))
		for _, d := range null {
			addTimes(y, d.vector, s.y[d.free])
		}
		for _, v := range y {
			if v.Sign() < 0 {
				return false
			}
		}
		s.y = y
		if s.total(y).Sign() <= 0 {
			return true
		}
		if !s.cheaper(null, zero) {
			return false
		}
	}
	return false
}

// total is the cost of multipliers.
func (s *system) total(y []*big.Rat) *big.Rat {
	sum, t := new(big.Rat), new(big.Rat)
	for i, c := range s.cost {
		sum.Add(sum, t.Mul(c, y[i]))
	}
	return sum
}

// cheaper moves y along a direction in which its cost falls until some multiplier is 0,
// and leaves that row out; where none gets there, the direction itself is a solution.
func (s *system) cheaper(null []direction, zero []bool) bool {
	for _, d := range null {
		cost := s.total(d.vector)
		if cost.Sign() == 0 {
			continue
		}
		v := d.vector
		if cost.Sign() > 0 {
			v = zeros(len(s.y))
			addTimes(v, d.vector, big.NewRat(-1, 1))
		}
		var step *big.Rat
		last := -1
		for i, c := range v {
			if c.Sign() < 0 {
				t := new(big.Rat).Quo(s.y[i], c)
				if t.Neg(t); step == nil || t.Cmp(step) < 0 {
					step, last = t, i
				}
			}
		}
		if step == nil {
			s.y = v
			return true
		}
		addTimes(s.y, v, step)
		zero[last] = true
		return true
	}
	return false
}

func zeros(n int) []*big.Rat {
	v := make([]*big.Rat, n)
	for i := range v {
		v[i] = new(big.Rat)
	}
	return v
}

// addTimes adds f v to sum.
func addTimes(sum, v []*big.Rat, f *big.Rat) {
	var t big.Rat
	for i := range sum {
		if v[i].Sign() != 0 {
			sum[i].Add(sum[i], t.Mul(v[i], f))
		}
	}
}

// direction is a vector that the equations map to 0, with 1 at one of the free
// columns and 0 at the others.
type direction struct {
	free   int
	vector []*big.Rat
}

// nullSpace is a basis of the multipliers for which the rows that are not left out
// cancel. Free are the columns with the smallest multipliers.
func (s *system) nullSpace(zero []bool) []direction {
	n := len(s.y)
	var columns []int // the largest multipliers first
	for i := range n {
		if !zero[i] {
			columns = append(columns, i)
		}
	}
	slices.SortStableFunc(columns, func(a, b int) int { return s.y[b].Cmp(s.y[a]) })
	var rows [][]*big.Rat
	var pivots []int
	for _, equation := range s.matrix {
		r := zeros(n)
		for i, v := range equation {
			if !zero[i] {
				r[i].SetInt(v)
			}
		}
		for k, done := range rows {
			if f := r[pivots[k]]; f.Sign() != 0 {
				addTimes(r, done, new(big.Rat).Neg(f))
			}
		}
		p := -1
		for _, i := range columns {
			if r[i].Sign() != 0 {
				p = i
				break
			}
		}
		if p < 0 {
			continue
		}
		inverse := new(big.Rat).Inv(r[p])
		for i := range r {
			r[i].Mul(r[i], inverse)
		}
		for _, done := range rows {
			if f := done[p]; f.Sign() != 0 {
				addTimes(done, r, new(big.Rat).Neg(f))
			}
		}
		rows, pivots = append(rows, r), append(pivots, p)
	}
	var null []direction
	for _, i := range columns {
		if slices.Contains(pivots, i) {
			continue
		}
		d := direction{free: i, vector: zeros(n)}
		d.vector[i].SetInt64(1)
		for k, r := range rows {
			d.vector[pivots[k]].Neg(r[i])
		}
		null = append(null, d)
	}
	return null
}
