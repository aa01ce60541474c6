package exact

import (
	"math"
	"math/big"
	"slices"

	"github.com/netmend/netmend/internal/lp"
)

const (
	// mostMoved are the parameters that equations are solved in, and mostEquations how many
	// of them.
	mostMoved, mostEquations = 24, 12
	// reduceSteps bounds the reductions of bases in one search.
	reduceSteps = 20000
)

// coarser are the steps of the grids that are tried, in those of the type, as exponents: of
// fine ones come small changes, but their numbers may pass into a range where the type has
// coarser ones; and the more coarse zeros, the more that later products leave exact.
var coarser = [...]int{0, 1, 2, 4, 8, 12, 16, 20, 26, 32, 40}

// equations are the program's rows that another one makes an equation, each once, of any
// that depend on each other only the first.
func (p *Program) equations() []Row {
	var found []Row
	var reduced [][]*big.Rat // in echelon form
	for i := range p.rows {
		for j := range i {
			if !opposite(&p.rows[i], &p.rows[j]) {
				continue
			}
			v := make([]*big.Rat, p.n)
			for k, a := range p.rows[i].Coefficients {
				v[k] = new(big.Rat).Set(a)
			}
			if independent(&reduced, v) {
				found = append(found, p.rows[i])
			}
			break
		}
	}
	return found
}

// opposite reports whether two rows say a . D <= b and a . D >= b, but for a factor.
func opposite(r, q *Row) bool {
	if r.Strict || q.Strict {
		return false
	}
	var f *big.Rat
	for k, a := range r.Coefficients {
		b := q.Coefficients[k]
		if a.Sign() != -b.Sign() {
			return false
		}
		if a.Sign() == 0 {
			continue
		}
		if f == nil {
			f = new(big.Rat).Quo(a, b)
		} else if new(big.Rat).Mul(f, b).Cmp(a) != 0 {
			return false
		}
	}
	return f != nil && new(big.Rat).Mul(f, q.RHS).Cmp(r.RHS) == 0
}

// independent adds a vector to a set in echelon form, unless it depends on it.
func independent(set *[][]*big.Rat, v []*big.Rat) bool {
	for _, w := range *set {
		p := slices.IndexFunc(w, func(a *big.Rat) bool { return a.Sign() != 0 })
		if v[p].Sign() == 0 {
			continue
		}
		f := new(big.Rat).Quo(v[p], w[p])
		for k := range v {
			v[k].Sub(v[k], new(big.Rat).Mul(f, w[k]))
		}
	}
	if !slices.ContainsFunc(v, func(a *big.Rat) bool { return a.Sign() != 0 }) {
		return false
	}
	*set = append(*set, v)
	return true
}

// solveEquations tries numbers that meet the equations among the rows, on grids that are
// coarser and coarser: near the solution of the relaxation, and of one in which the other
// rows are met with some room. Few parameters move, the others stay as they are.
func (s *storing) solveEquations(root relaxer) {
	equations := s.p.equations()
	if len(equations) == 0 || len(equations) > mostEquations {
		return
	}
	r := root.clone()
	if r.solve(r.work()+s.left) != lp.Optimal {
		return
	}
	s.steps = reduceSteps
	goals := [][]*big.Rat{r.change()}
	for _, e := range []int{-40, -20, -10} {
		if q := s.roomier(root, e); q != nil {
			goals = append(goals, q)
		}
	}
	for _, goal := range goals {
		moved := s.moved(equations, goal)
		for _, shift := range coarser {
			if s.p.stop() || s.steps <= 0 {
				return
			}
			if s.onGrid(equations, goal, moved, shift) {
				return
			}
		}
	}
}

// roomier is the solution in which all rows but the equations are met by 2^e of the sum of
// their coefficients; nil if there is none.
func (s *storing) roomier(root relaxer, e int) []*big.Rat {
	r := root.clone()
	for i := range s.p.rows {
		row := &s.p.rows[i]
		if slices.ContainsFunc(s.p.rows, func(q Row) bool { return opposite(row, &q) }) {
			continue
		}
		room := new(big.Rat)
		for _, a := range row.Coefficients {
			room.Add(room, new(big.Rat).Abs(a))
		}
		room.Mul(room, new(big.Rat).SetFloat64(math.Ldexp(1, e)))
		r.add(row.Coefficients, room.Sub(row.RHS, room))
	}
	if r.solve(r.work()+s.left) != lp.Optimal {
		return nil
	}
	return r.change()
}

// moved are the parameters that equations are solved in: those that the goal changes, and
// further ones that the equations are about, those with the largest coefficients first, but
// as many at a time as there are equations, whose coefficients are independent, and by turns
// those with the simplest coefficients, which have no divisors in common.
func (s *storing) moved(equations []Row, goal []*big.Rat) []int {
	var order []int
	size := make([]float64, len(goal))
	for k := range goal {
		for i := range equations {
			a, _ := equations[i].Coefficients[k].Float64()
			size[k] = max(size[k], math.Abs(a))
		}
		if size[k] > 0 {
			order = append(order, k)
		}
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch changedA, changedB := goal[a].Sign() != 0, goal[b].Sign() != 0; {
		case changedA && !changedB:
			return -1
		case changedB && !changedA:
			return 1
		case size[a] > size[b]:
			return -1
		case size[a] < size[b]:
			return 1
		}
		return 0
	})
	simple := make([]int, len(goal))
	for k := range goal {
		for i := range equations {
			simple[k] += oddBits(equations[i].Coefficients[k])
		}
	}
	simplest := slices.Clone(order)
	slices.SortStableFunc(simplest, func(a, b int) int { return simple[a] - simple[b] })
	var chosen []int
	for turn := 0; len(chosen) < min(mostMoved, len(order)); turn++ {
		var set [][]*big.Rat
		for _, k := range [][]int{order, simplest}[turn%2] {
			if len(set) == len(equations) || len(chosen) == mostMoved {
				break
			}
			if slices.Contains(chosen, k) {
				continue
			}
			column := make([]*big.Rat, len(equations))
			for i := range equations {
				column[i] = new(big.Rat).Set(equations[i].Coefficients[k])
			}
			if independent(&set, column) {
				chosen = append(chosen, k)
			}
		}
	}
	return chosen
}

// oddBits is the length of the odd part of a number's numerator.
func oddBits(r *big.Rat) int {
	n := r.Num()
	return n.BitLen() - int(n.TrailingZeroBits())
}

// onGrid tries numbers on a grid: multiples of the type's step at the goal, times a power of
// two.
func (s *storing) onGrid(equations []Row, goal []*big.Rat, moved []int, shift int) bool {
	values := slices.Clone(s.before)
	steps, target := make([]*big.Rat, len(moved)), make([]*big.Rat, len(moved))
	for k, d := range goal {
		i := slices.Index(moved, k)
		if i < 0 && d.Sign() == 0 {
			continue
		}
		step, at := s.place(k, d, shift)
		if step == nil {
			return false
		}
		if i >= 0 {
			steps[i], target[i] = step, at
			continue
		}
		x := new(big.Rat).SetInt(nearest(at.Num(), at.Denom()))
		values[k], _ = x.Mul(x, step).Float64()
	}
	a, c := make([][]*big.Int, len(equations)), make([]*big.Int, len(equations))
	fixed := s.change(values)
	for _, k := range moved {
		fixed[k] = new(big.Rat).SetFloat64(-s.before[k])
	}
	for i := range equations {
		var ok bool
		if a[i], c[i], ok = integers(&equations[i], fixed, moved, steps); !ok {
			return false
		}
	}
	// Equations in parameters that do not move must hold already.
	left := a[:0]
	for i, row := range a {
		if slices.ContainsFunc(row, func(v *big.Int) bool { return v.Sign() != 0 }) {
			c[len(left)] = c[i]
			left = append(left, row)
		} else if c[i].Sign() != 0 {
			return false
		}
	}
	if len(left) > len(moved) {
		return false
	}
	n := diophantine(left, c[:len(left)], target, &s.steps)
	if n == nil {
		return false
	}
	for i, k := range moved {
		x := new(big.Rat).SetInt(n[i])
		v, exact := x.Mul(x, steps[i]).Float64()
		if !exact || s.t.Round(v) != v {
			return false
		}
		values[k] = v
	}
	before := s.best
	s.try(values)
	return before == nil && s.best != nil
}

// place is the step of the grid at the value of a parameter with a change, and that value in
// steps; nil if there is none.
func (s *storing) place(k int, d *big.Rat, shift int) (step, at *big.Rat) {
	at = new(big.Rat).SetFloat64(s.before[k])
	at.Add(at, d)
	_, _, near := neighbours(at, s.t)
	size := s.t.Towards(near, math.Inf(1)) - near
	// No number is so small that steps of others are lost beside it.
	size = max(size, float64(math.Ldexp(s.t.Towards(1, 2)-1, -8)))
	if size = math.Ldexp(size, shift); math.IsInf(size, 0) || math.IsNaN(size) {
		return nil, nil
	}
	step = new(big.Rat).SetFloat64(size)
	return step, at.Quo(at, step)
}

// integers is an equation in multiples of steps, with whole numbers: a . n = c. fixed are the
// changes that parameters have without those.
func integers(e *Row, fixed []*big.Rat, moved []int, steps []*big.Rat) (a []*big.Int, c *big.Int, ok bool) {
	rest := new(big.Rat).Neg(e.excess(fixed))
	all := []*big.Rat{rest}
	for i, k := range moved {
		all = append(all, new(big.Rat).Mul(e.Coefficients[k], steps[i]))
	}
	denominator := big.NewInt(1)
	for _, v := range all[1:] {
		g := new(big.Int).GCD(nil, nil, denominator, v.Denom())
		denominator.Mul(denominator, g.Quo(v.Denom(), g))
	}
	whole := func(v *big.Rat) *big.Int {
		p := new(big.Rat).Mul(v, new(big.Rat).SetInt(denominator))
		ok = ok && p.IsInt()
		return p.Num()
	}
	ok = true
	divisor := new(big.Int)
	for _, v := range all[1:] {
		n := whole(v)
		a = append(a, n)
		divisor.GCD(nil, nil, divisor, new(big.Int).Abs(n))
	}
	if c = whole(rest); !ok {
		return nil, nil, false
	}
	if divisor.Sign() == 0 {
		return a, c, true
	}
	if new(big.Int).Rem(c, divisor).Sign() != 0 {
		return nil, nil, false // no grid of these steps meets it
	}
	for _, n := range a {
		n.Quo(n, divisor)
	}
	return a, c.Quo(c, divisor), true
}
