package lp

import (
	"math"
	"math/big"
)

// Exact is the answer to a problem in rational arithmetic.
type Exact struct {
	Status    Status     // Optimal, Infeasible or Unbounded
	X         []*big.Rat // an optimal point, or a feasible one where Unbounded
	Objective *big.Rat   // Cost . X
}

// SolveExactly solves p with rational numbers: the numbers of p are taken as
// the exact values of their float64. It is meant for small problems and for
// checks; it takes a thousand times as long as a Solver, and more where the
// numbers have many digits. It expects a valid problem.
//
// Algorithm: the variables are shifted to their bounds, a free one is split in
// two; the dual simplex method with cost 0, then the primal one with the cost,
// both on a full dictionary with Bland's rule.
func (p *Problem) SolveExactly() Exact {
	for j := range p.Cost {
		if p.lower(j) > p.upper(j) {
			return Exact{Status: Infeasible}
		}
	}
	t := newDictionary(p)
	if !t.makeFeasible() {
		return Exact{Status: Infeasible}
	}
	status := t.maximize()
	x := t.point()
	objective := new(big.Rat)
	for j, v := range x {
		objective.Add(objective, new(big.Rat).Mul(v, exactly(p.Cost[j])))
	}
	return Exact{Status: status, X: x, Objective: objective}
}

// RefutesExactly tells whether the rows with y > 0 and the bounds contradict
// each other, decided in rational arithmetic. If so no point is feasible.
func (p *Problem) RefutesExactly(y []float64) bool {
	q := &Problem{Cost: make([]float64, len(p.Cost)), Lower: p.Lower, Upper: p.Upper}
	for i, v := range y {
		if v > 0 && !math.IsInf(p.Right[i], 1) {
			q.Rows = append(q.Rows, p.row(i)...)
			q.Right = append(q.Right, p.Right[i])
		}
	}
	return q.SolveExactly().Status == Infeasible
}

// dictionary expresses basic variables, all to be nonnegative, by nonbasic
// ones: basic[i] = constant + Σ entry_j nonbasic[j], the constant last in the
// row. The last row is the objective. Variables are numbered: first the shifted
// ones, then the slacks.
type dictionary struct {
	basic, nonbasic []int
	rows            [][]*big.Rat
	// parts say how variable j of the problem is made of the shifted ones:
	// origin + Σ sign u.
	origin []*big.Rat
	parts  [][]part
}

type part struct {
	variable int
	sign     int
}

func exactly(x float64) *big.Rat { return new(big.Rat).SetFloat64(x) }

func newDictionary(p *Problem) *dictionary {
	t := &dictionary{}
	count := 0
	add := func(signs ...int) (parts []part) {
		for _, sign := range signs {
			parts = append(parts, part{count, sign})
			t.nonbasic = append(t.nonbasic, count)
			count++
		}
		return parts
	}
	for j := range p.Cost {
		switch {
		case !math.IsInf(p.lower(j), -1):
			t.origin, t.parts = append(t.origin, exactly(p.lower(j))), append(t.parts, add(1))
		case !math.IsInf(p.upper(j), 1):
			t.origin, t.parts = append(t.origin, exactly(p.upper(j))), append(t.parts, add(-1))
		default:
			t.origin, t.parts = append(t.origin, new(big.Rat)), append(t.parts, add(1, -1))
		}
	}
	unit := make([]float64, len(p.Cost))
	for i, b := range p.Right {
		if !math.IsInf(b, 1) {
			t.addSlack(p.row(i), b)
		}
	}
	for j := range p.Cost {
		if !math.IsInf(p.lower(j), -1) && !math.IsInf(p.upper(j), 1) {
			unit[j] = 1
			t.addSlack(unit, p.upper(j))
			unit[j] = 0
		}
	}
	objective := t.express(p.Cost)
	t.rows = append(t.rows, objective)
	return t
}

// express writes a . x in terms of the shifted variables.
func (t *dictionary) express(a []float64) []*big.Rat {
	r := make([]*big.Rat, len(t.nonbasic)+1)
	for k := range r {
		r[k] = new(big.Rat)
	}
	constant := r[len(r)-1]
	for j, v := range a {
		if v == 0 {
			continue
		}
		q := exactly(v)
		constant.Add(constant, new(big.Rat).Mul(q, t.origin[j]))
		for _, part := range t.parts[j] {
			if part.sign > 0 {
				r[part.variable].Set(q)
			} else {
				r[part.variable].Neg(q)
			}
		}
	}
	return r
}

// addSlack adds the row b - a . x >= 0.
func (t *dictionary) addSlack(a []float64, b float64) {
	r := t.express(a)
	for _, v := range r {
		v.Neg(v)
	}
	constant := r[len(r)-1]
	constant.Add(constant, exactly(b))
	t.basic = append(t.basic, len(t.nonbasic)+len(t.basic))
	t.rows = append(t.rows, r)
}

// makeFeasible pivots until all constants are nonnegative and tells whether
// that can be done.
func (t *dictionary) makeFeasible() bool {
	constant := len(t.nonbasic)
	for {
		leaving := -1
		for i, b := range t.basic {
			if t.rows[i][constant].Sign() < 0 && (leaving < 0 || b < t.basic[leaving]) {
				leaving = i
			}
		}
		if leaving < 0 {
			return true
		}
		entering := -1
		for k, n := range t.nonbasic {
			if t.rows[leaving][k].Sign() > 0 && (entering < 0 || n < t.nonbasic[entering]) {
				entering = k
			}
		}
		if entering < 0 {
			return false
		}
		t.pivot(leaving, entering)
	}
}

// maximize pivots from a feasible dictionary to an optimum, or to a variable
// that can grow without end.
func (t *dictionary) maximize() Status {
	constant := len(t.nonbasic)
	for {
		entering := -1
		for k, n := range t.nonbasic {
			if t.rows[len(t.basic)][k].Sign() > 0 && (entering < 0 || n < t.nonbasic[entering]) {
				entering = k
			}
		}
		if entering < 0 {
			return Optimal
		}
		leaving := -1
		least := new(big.Rat)
		for i, b := range t.basic {
			v := t.rows[i][entering]
			if v.Sign() >= 0 {
				continue
			}
			ratio := new(big.Rat).Quo(t.rows[i][constant], v)
			ratio.Neg(ratio)
			order := -1
			if leaving >= 0 {
				order = ratio.Cmp(least)
			}
			if order < 0 || order == 0 && b < t.basic[leaving] {
				leaving, least = i, ratio
			}
		}
		if leaving < 0 {
			return Unbounded
		}
		t.pivot(leaving, entering)
	}
}

// pivot exchanges a basic and a nonbasic variable.
func (t *dictionary) pivot(leaving, entering int) {
	r := t.rows[leaving]
	inverse := new(big.Rat).Inv(r[entering])
	for k, v := range r {
		if k == entering {
			v.Set(inverse)
		} else {
			v.Neg(v.Mul(v, inverse))
		}
	}
	product := new(big.Rat)
	for i, other := range t.rows {
		f := other[entering]
		if i == leaving || f.Sign() == 0 {
			continue
		}
		f = new(big.Rat).Set(f)
		for k, v := range r {
			if k == entering {
				other[k].Mul(f, v)
			} else if v.Sign() != 0 {
				other[k].Add(other[k], product.Mul(f, v))
			}
		}
	}
	t.basic[leaving], t.nonbasic[entering] = t.nonbasic[entering], t.basic[leaving]
}

// point is the vertex of the dictionary in the problem's variables.
func (t *dictionary) point() []*big.Rat {
	value := map[int]*big.Rat{}
	for i, b := range t.basic {
		value[b] = t.rows[i][len(t.nonbasic)]
	}
	x := make([]*big.Rat, len(t.origin))
	for j, origin := range t.origin {
		x[j] = new(big.Rat).Set(origin)
		for _, part := range t.parts[j] {
			v, ok := value[part.variable]
			if !ok {
				continue
			}
			if part.sign > 0 {
				x[j].Add(x[j], v)
			} else {
				x[j].Sub(x[j], v)
			}
		}
	}
	return x
}
