package lp

import (
	"math"
	"math/big"
)

// Exact is the answer to a problem in rational arithmetic.
type Exact struct {
	Status    Status     // Optimal, Infeasible or Unbounded; Stopped where interrupted
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
// both on a full dictionary of integers with Bland's
// rule.
func (p *Problem) SolveExactly() Exact {
	for j := range p.Cost {
		if p.lower(j) > p.upper(j) {
			return Exact{Status: Infeasible}
		}
	}
	t := newDictionary(p)
	stopped := false
	if p.Interrupt != nil {
		t.stop = func() bool { stopped = stopped || p.Interrupt(); return stopped }
	}
	if !t.makeFeasible() {
		if stopped {
			return Exact{Status: Stopped}
		}
		return Exact{Status: Infeasible}
	}
	status := t.maximize()
	if stopped {
		return Exact{Status: Stopped}
	}
	x := t.point()
	objective := new(big.Rat)
	for j, v := range x {
		objective.Add(objective, new(big.Rat).Mul(v, exactly(p.Cost[j])))
	}
	return Exact{Status: status, X: x, Objective: objective}
}

// RefutesExactly reports whether the rows with y > 0 and the bounds contradict
// each other, decided in rational arithmetic. If so no point is feasible. It
// takes a millisecond for 8 variables and a second for 30.
func (p *Problem) RefutesExactly(y []float64) bool {
	q := &Problem{Cost: make([]float64, len(p.Cost)), Lower: p.Lower, Upper: p.Upper, Interrupt: p.Interrupt}
	for i, v := range y {
		if v > 0 && !math.IsInf(p.Right[i], 1) {
			q.Rows = append(q.Rows, p.row(i)...)
			q.Right = append(q.Right, p.Right[i])
		}
	}
	return q.SolveExactly().Status == Infeasible
}

// dictionary expresses basic variables, all to be nonnegative, by nonbasic
// ones: scale basic[i] = Σ entry_j nonbasic[j] + constant, the constant last in
// the row. The last row is the objective. All numbers are integers: with the
// scale that every pivot brings, divisions leave no remainder (E. Bareiss,
// 1968). Variables are numbered: first the shifted ones, then the slacks, each
// slack in units of its own.
type dictionary struct {
	basic, nonbasic []int
	rows            [][]*big.Int
	scale           *big.Int // positive
	// origin and parts say how variable j of the problem is made of the shifted
	// ones: origin + Σ sign u.
	origin []*big.Rat
	parts  [][]part
	// contradiction is the row that makeFeasible found to be below 0 for all values of
	// the nonbasic variables.
	contradiction int
	// stop, if not nil, ends the work before a pivot.
	stop func() bool
}

type part struct {
	variable int
	sign     int
}

func exactly(x float64) *big.Rat { return new(big.Rat).SetFloat64(x) }

func newDictionary(p *Problem) *dictionary {
	t := &dictionary{scale: big.NewInt(1)}
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
	t.rows = append(t.rows, integers(t.express(p.Cost)))
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
	t.rows = append(t.rows, integers(r))
}

// integers multiplies a row of numbers, whose denominators are powers of two, by
// the largest of them.
func integers(r []*big.Rat) []*big.Int {
	bits := 0
	for _, v := range r {
		bits = max(bits, v.Denom().BitLen()-1)
	}
	n := make([]*big.Int, len(r))
	for k, v := range r {
		n[k] = new(big.Int).Lsh(v.Num(), uint(bits-(v.Denom().BitLen()-1)))
	}
	return n
}

// makeFeasible pivots until all constants are nonnegative and reports whether
// that can be done.
func (t *dictionary) makeFeasible() bool {
	constant := len(t.nonbasic)
	for !t.stopped() {
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
			t.contradiction = leaving
			return false
		}
		t.pivot(leaving, entering)
	}
	return false
}

func (t *dictionary) stopped() bool { return t.stop != nil && t.stop() }

// maximize pivots from a feasible dictionary to an optimum, or to a variable
// that can grow without end.
func (t *dictionary) maximize() Status {
	constant := len(t.nonbasic)
	for !t.stopped() {
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
		left, right := new(big.Int), new(big.Int)
		for i, b := range t.basic {
			v := t.rows[i][entering]
			if v.Sign() >= 0 {
				continue
			}
			order := -1 // of constant / -v compared with that of the row found
			if leaving >= 0 {
				other := t.rows[leaving]
				left.Mul(t.rows[i][constant], other[entering])
				right.Mul(other[constant], v)
				order = right.Cmp(left)
			}
			if order < 0 || order == 0 && b < t.basic[leaving] {
				leaving = i
			}
		}
		if leaving < 0 {
			return Unbounded
		}
		t.pivot(leaving, entering)
	}
	return Unbounded
}

// pivot exchanges a basic and a nonbasic variable.
func (t *dictionary) pivot(leaving, entering int) {
	r := t.rows[leaving]
	p := new(big.Int).Set(r[entering])
	sign := p.Sign()
	product := new(big.Int)
	for i, row := range t.rows {
		if i == leaving {
			continue
		}
		f := row[entering]
		for k, v := range row {
			if k == entering {
				continue
			}
			v.Mul(v, p)
			if f.Sign() != 0 && r[k].Sign() != 0 {
				v.Sub(v, product.Mul(f, r[k]))
			}
			v.Quo(v, t.scale)
			if sign < 0 {
				v.Neg(v)
			}
		}
		if sign < 0 {
			f.Neg(f)
		}
	}
	for k, v := range r {
		if k != entering && sign > 0 {
			v.Neg(v)
		}
	}
	r[entering].Set(t.scale)
	if sign < 0 {
		r[entering].Neg(r[entering])
	}
	t.scale = p.Abs(p)
	t.basic[leaving], t.nonbasic[entering] = t.nonbasic[entering], t.basic[leaving]
}

// point is the vertex of the dictionary in the problem's variables.
func (t *dictionary) point() []*big.Rat {
	value := map[int]*big.Rat{}
	for i, b := range t.basic {
		value[b] = new(big.Rat).SetFrac(t.rows[i][len(t.nonbasic)], t.scale)
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
