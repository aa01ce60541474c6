package oracle

import (
	"math/big"
	"slices"
)

// Program is the linear program: minimise Cost x over x >= 0 with rows A x <= b, where
// Cost >= 0. Rows may be added after a solution: it is a dual simplex method, started
// from the slack basis, which the cost makes dual feasible. Leaving and entering
// variables are those of smallest index (Bland), so it ends.
//
// The tableau holds integers and one common denominator (Edmonds' integer pivoting):
// every entry is a determinant of the integer rows, so divisions leave no rest.
type Program struct {
	n       int
	rows    [][]*big.Int // basic variables; the last entry is the value
	cost    []*big.Int   // reduced costs, not negative; the last is minus the objective
	den     *big.Int
	basic   []int // variable of each row
	free    []int // nonbasic variable of each column
	costDen *big.Int
	next    int
}

// NewProgram has one variable for each cost.
func NewProgram(cost []Rat) *Program {
	p := &Program{n: len(cost), den: big.NewInt(1), next: len(cost)}
	p.cost, p.costDen = integers(append(slices.Clone(cost), new(big.Rat)))
	for i := range cost {
		p.free = append(p.free, i)
	}
	return p
}

// integers multiplies numbers with their common denominator.
func integers(r []Rat) ([]*big.Int, *big.Int) {
	den, g := big.NewInt(1), new(big.Int)
	for _, v := range r {
		g.GCD(nil, nil, den, v.Denom())
		den.Mul(den, new(big.Int).Quo(v.Denom(), g))
	}
	z := make([]*big.Int, len(r))
	for i, v := range r {
		z[i] = new(big.Int).Quo(den, v.Denom())
		z[i].Mul(z[i], v.Num())
	}
	return z, den
}

// Add adds the row a x <= b.
func (p *Program) Add(a []Rat, b Rat) {
	z, _ := integers(append(slices.Clone(a), b))
	row := make([]*big.Int, p.n+1)
	for j := range row {
		row[j] = new(big.Int)
	}
	row[p.n].Mul(p.den, z[p.n])
	for j, v := range p.free {
		if v < p.n {
			row[j].Mul(p.den, z[v])
		}
	}
	product := new(big.Int)
	for i, v := range p.basic {
		if v < p.n && z[v].Sign() != 0 {
			for j := range row {
				row[j].Sub(row[j], product.Mul(z[v], p.rows[i][j]))
			}
		}
	}
	p.rows, p.basic = append(p.rows, row), append(p.basic, p.next)
	p.next++
}

// Solve returns false if no point satisfies the rows.
func (p *Program) Solve() bool {
	for {
		r := -1
		for i, row := range p.rows {
			if row[p.n].Sign() < 0 && (r < 0 || p.basic[i] < p.basic[r]) {
				r = i
			}
		}
		if r < 0 {
			return true
		}
		k := p.entering(p.rows[r])
		if k < 0 {
			return false
		}
		p.pivot(r, k)
	}
}

// entering is the column of the smallest ratio of cost and |entry| among the negative
// entries, or -1.
func (p *Program) entering(row []*big.Int) int {
	k := -1
	left, right := new(big.Int), new(big.Int)
	for j := range p.n {
		if row[j].Sign() >= 0 {
			continue
		}
		if k >= 0 {
			// cost[j] / |row[j]| < cost[k] / |row[k]|, with negative entries.
			left.Mul(p.cost[j], row[k])
			right.Mul(p.cost[k], row[j])
			if c := left.Cmp(right); c < 0 || c == 0 && p.free[j] > p.free[k] {
				continue
			}
		}
		k = j
	}
	return k
}

// pivot exchanges the basic variable of row r and the nonbasic one of column k. Rows
// say basic = value - entries * nonbasic, and the cost row objective = ... +, so it
// takes the other sign.
func (p *Program) pivot(r, k int) {
	row := p.rows[r]
	pivot := new(big.Int).Set(row[k])
	product := new(big.Int)
	update := func(other []*big.Int) {
		factor := other[k]
		for j := range other {
			if j == k {
				continue
			}
			v := new(big.Int).Mul(other[j], pivot)
			v.Sub(v, product.Mul(factor, row[j]))
			other[j] = v.Quo(v, p.den)
		}
		other[k] = new(big.Int).Neg(factor)
	}
	for i, other := range p.rows {
		if i != r {
			update(other)
		}
	}
	update(p.cost)
	row[k] = new(big.Int).Set(p.den)
	p.den = pivot
	p.basic[r], p.free[k] = p.free[k], p.basic[r]
	if p.den.Sign() < 0 {
		p.den = new(big.Int).Neg(p.den)
		for _, other := range append(p.rows, p.cost) {
			for _, v := range other {
				v.Neg(v)
			}
		}
	}
}

// X is the solution.
func (p *Program) X() []Rat {
	x := zeros(p.n)
	for i, v := range p.basic {
		if v < p.n {
			x[v] = new(big.Rat).SetFrac(p.rows[i][p.n], p.den)
		}
	}
	return x
}

// Objective is the least cost.
func (p *Program) Objective() Rat {
	v := new(big.Rat).SetFrac(p.cost[p.n], p.den)
	v.Quo(v, new(big.Rat).SetInt(p.costDen))
	return v.Neg(v)
}
