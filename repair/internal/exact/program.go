package exact

import (
	"math/big"

	"github.com/netmend/netmend/internal/lp"
)

// Row is Coefficients . D <= RHS, or < where it is Strict.
type Row struct {
	Coefficients []*big.Rat
	RHS          *big.Rat
	Strict       bool
}

// excess is Coefficients . d - RHS.
func (r *Row) excess(d []*big.Rat) *big.Rat {
	sum, t := new(big.Rat).Neg(r.RHS), new(big.Rat)
	for i, a := range r.Coefficients {
		if a.Sign() != 0 && d[i].Sign() != 0 {
			sum.Add(sum, t.Mul(a, d[i]))
		}
	}
	return sum
}

// meets reports whether d meets the row, a strict one strictly.
func (r *Row) meets(d []*big.Rat) bool {
	s := r.excess(d).Sign()
	return s < 0 || s == 0 && !r.Strict
}

// Objective is Sum Σ|D_i| + Max max|D_i|, both from 0 and Sum above 0, or where they are
// nil ΣD_i².
type Objective struct{ Sum, Max *big.Rat }

func (o Objective) euclidean() bool { return o.Sum == nil }

// Of is the objective of a change.
func (o Objective) Of(d []*big.Rat) *big.Rat {
	if o.euclidean() {
		return dot(d, d)
	}
	sum, largest, t := new(big.Rat), new(big.Rat), new(big.Rat)
	for _, v := range d {
		t.Abs(v)
		sum.Add(sum, t)
		if t.Cmp(largest) > 0 {
			largest.Set(t)
		}
	}
	sum.Mul(sum, o.Sum)
	return sum.Add(sum, largest.Mul(largest, o.Max))
}

// Program is the linear program over the rows added so far.
type Program struct {
	n         int
	bound     *big.Rat
	objective Objective
	limit     int
	stop      func() bool

	rows []Row
	root relaxer
}

// relaxer solves a program of a growing number of rows.
type relaxer interface {
	add(a []*big.Rat, b *big.Rat)
	// addNamed adds a row of the program.
	addNamed(a []*big.Rat, b *big.Rat)
	// solve ends as lp.Stopped where the work since the beginning is beyond a limit.
	solve(limit int) lp.Status
	work() int
	// change and least are the solution and its objective, and multipliers those of the
	// named rows.
	change() []*big.Rat
	least() *big.Rat
	multipliers() []*big.Rat
	clone() relaxer
}

// New is a program in n parameters without rows. limit is about how many products of
// 64-bit words each of its methods may take; they end, too, when stop says so.
func New(n int, bound *big.Rat, objective Objective, limit int, stop func() bool) *Program {
	p := &Program{n: n, bound: bound, objective: objective, limit: limit, stop: stop}
	if objective.euclidean() {
		p.root = newQuadratic(p)
		return p
	}
	cost := make([]*big.Rat, 0, 2*n+1)
	for range 2 * n {
		cost = append(cost, objective.Sum)
	}
	p.root = &relaxation{p: p, m: lp.NewMinimum(append(cost, objective.Max))}
	return p
}

// Add adds a row.
func (p *Program) Add(r Row) {
	p.rows = append(p.rows, r)
	p.root.addNamed(r.Coefficients, r.RHS)
}

// Solve finds the least objective of the rows, none of them strict, within the bound:
// lp.Optimal, lp.Infeasible, or lp.Stopped.
func (p *Program) Solve() lp.Status { return p.root.solve(p.limit) }

// Change is the solution of the last Solve, if Optimal.
func (p *Program) Change() []*big.Rat { return p.root.change() }

// Least is its objective.
func (p *Program) Least() *big.Rat { return p.root.least() }

// Multipliers of the rows, in the order in which they were added: those of the least
// objective, of its half where it is ΣD_i², or, after lp.Infeasible, of a contradiction.
func (p *Program) Multipliers() []*big.Rat { return p.root.multipliers() }

// Tied looks for multipliers that show that the rows can be met, but not strictly where
// that is asked: nil if they can, or where the work's limit came first.
func (p *Program) Tied() []*big.Rat {
	strict := false
	for i := range p.rows {
		strict = strict || p.rows[i].Strict
	}
	if !strict {
		return nil
	}
	// Strict rows a . D <= b - 1 + u with the least u from 0: 1, where they cannot be
	// met strictly. u takes the place of the maximum, whose cost is 1.
	q := &Program{n: p.n, bound: p.bound, stop: p.stop}
	cost := zeros(2*p.n + 1)
	one := big.NewRat(1, 1)
	cost[2*p.n] = one
	r := &relaxation{p: q, m: lp.NewMinimum(cost), slackened: true}
	for i := range p.rows {
		if !p.rows[i].Strict {
			r.addNamed(p.rows[i].Coefficients, p.rows[i].RHS)
			continue
		}
		r.indices = append(r.indices, r.m.Rows())
		a := r.split(p.rows[i].Coefficients)
		a[2*p.n].SetInt64(-1)
		r.m.AddRow(a, new(big.Rat).Sub(p.rows[i].RHS, one))
	}
	if r.solve(p.limit) != lp.Optimal || r.m.Objective().Cmp(one) < 0 {
		return nil
	}
	return r.multipliers()
}

// relaxation is a linear program in the positive and negative parts of D and another
// variable, their maximum unless slackened.
type relaxation struct {
	p         *Program
	m         *lp.Minimum
	indices   []int // of the program's rows among those of m
	slackened bool
}

// split writes a . D in the variables.
func (r *relaxation) split(a []*big.Rat) []*big.Rat {
	s := make([]*big.Rat, 0, 2*len(a)+1)
	for _, v := range a {
		s = append(s, v, new(big.Rat).Neg(v))
	}
	return append(s, new(big.Rat))
}

func (r *relaxation) add(a []*big.Rat, b *big.Rat) { r.m.AddRow(r.split(a), b) }

func (r *relaxation) addNamed(a []*big.Rat, b *big.Rat) {
	r.indices = append(r.indices, r.m.Rows())
	r.add(a, b)
}

func (r *relaxation) least() *big.Rat { return r.m.Objective() }
func (r *relaxation) work() int       { return r.m.Work() }

func (r *relaxation) multipliers() []*big.Rat {
	all := r.m.Multipliers()
	y := make([]*big.Rat, len(r.indices))
	for k, i := range r.indices {
		y[k] = all[i]
	}
	return y
}

func (r *relaxation) clone() relaxer {
	return &relaxation{p: r.p, m: r.m.Clone(), indices: r.indices[:len(r.indices):len(r.indices)]}
}

// solve solves, and adds the bounds that the solution violates, until there are none.
func (r *relaxation) solve(limit int) lp.Status {
	n := r.p.n
	maximum := !r.slackened && r.p.objective.Max.Sign() > 0
	for {
		if r.p.stop() {
			return lp.Stopped
		}
		if s := r.m.Solve(limit); s != lp.Optimal {
			return s
		}
		x := r.m.X()
		found := false
		bound := r.p.bound
		if maximum {
			bound = x[2*n]
			if bound.Cmp(r.p.bound) > 0 {
				found = true
				r.boundRow(2*n, 2*n, r.p.bound)
			}
		}
		for i := range n {
			size := new(big.Rat).Add(x[2*i], x[2*i+1])
			if size.Cmp(bound) <= 0 {
				continue
			}
			found = true
			if maximum {
				a := r.zero()
				a[2*i].SetInt64(1)
				a[2*i+1].SetInt64(1)
				a[2*n].SetInt64(-1)
				r.m.AddRow(a, new(big.Rat))
			} else {
				r.boundRow(2*i, 2*i+1, bound)
			}
		}
		if !found {
			return lp.Optimal
		}
	}
}

// boundRow adds the row x_j + x_k <= b; j and k may be the same.
func (r *relaxation) boundRow(j, k int, b *big.Rat) {
	a := r.zero()
	a[j].SetInt64(1)
	a[k].SetInt64(1)
	r.m.AddRow(a, b)
}

func (r *relaxation) zero() []*big.Rat { return zeros(2*r.p.n + 1) }

func (r *relaxation) change() []*big.Rat {
	x := r.m.X()
	d := make([]*big.Rat, r.p.n)
	for i := range d {
		d[i] = new(big.Rat).Sub(x[2*i], x[2*i+1])
	}
	return d
}
