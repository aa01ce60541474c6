package certify

import (
	"math"

	"github.com/netmend/netmend/cert"
	"github.com/netmend/netmend/internal/lp"
	"github.com/netmend/netmend/proof/tree"
)

// program is the linear program over a cell. Its variables are those of the state,
// shifted and scaled so that the box of the cell is [-1, 1]: the solver's tolerances are
// absolute, and cells can be narrow. Multipliers are the same.
type program struct {
	solver    *lp.Solver
	p         lp.Problem
	y         []float64
	mid, half []float64
	same      int // the first rows that are those of the last solve
}

// newProgram is the program of a state with that many variables; interrupt ends its solves.
func newProgram(vars int, interrupt func() bool) program {
	p := lp.Problem{Cost: make([]float64, vars), Interrupt: interrupt}
	for range vars {
		p.Lower, p.Upper = append(p.Lower, -1), append(p.Upper, 1)
	}
	return program{solver: lp.New(vars), p: p, mid: make([]float64, vars), half: make([]float64, vars)}
}

// load takes over the half-spaces and the box of the current cell.
func (q *program) load(s *tree.State) {
	lo, hi := s.Box()
	for k := range lo {
		q.mid[k], q.half[k] = lo[k]+float64((hi[k]-lo[k])/2), float64((hi[k]-lo[k])/2)
	}
	q.truncate(0)
	for i := range s.Rows() {
		q.add(s.Row(i))
	}
}

// add adds the half-space where a form is at most 0.
func (q *program) add(f []float64) {
	constant := f[0]
	for k, a := range f[1:] {
		constant += float64(a * q.mid[k])
		q.p.Rows = append(q.p.Rows, float64(a*q.half[k]))
	}
	q.p.Right = append(q.p.Right, -constant)
}

// least minimises a form; the multipliers are then in y.
func (q *program) least(f []float64) (float64, lp.Status) {
	constant := f[0]
	for k, a := range f[1:] {
		constant += float64(a * q.mid[k])
		q.p.Cost[k] = float64(-a * q.half[k])
	}
	status := q.solve()
	return constant - q.solver.Objective(), status
}

// point is where the last solve, which found an optimum, has it, by variable.
func (q *program) point() []float64 {
	return q.unscaled(make([]float64, 0, len(q.p.Cost)), q.solver.X())
}

// unscaled puts the point x of the program, by variable, into dst.
func (q *program) unscaled(dst, x []float64) []float64 {
	dst = dst[:0]
	for k, v := range x[:len(q.p.Cost)] {
		dst = append(dst, q.mid[k]+float64(v*q.half[k]))
	}
	return dst
}

// truncate keeps the first n half-spaces.
func (q *program) truncate(n int) {
	q.p.Rows, q.p.Right = q.p.Rows[:n*len(q.p.Cost)], q.p.Right[:n]
	q.same = min(q.same, n)
}

// solve maximises the cost; the multipliers are then in y.
func (q *program) solve() lp.Status {
	status := q.solver.SolveNext(&q.p, q.same)
	q.same = len(q.p.Right)
	q.room(len(q.p.Right))
	q.solver.Multipliers(q.y)
	return status
}

// scale multiplies the multipliers, for an objective that is as much larger.
func (q *program) scale(by float64) {
	for i := range q.y {
		q.y[i] = float64(q.y[i] * by)
	}
}

func (q *program) room(n int) {
	if cap(q.y) < n {
		q.y = make([]float64, n, 2*n)
	}
	q.y = q.y[:n]
}

// elastic maximises the least slack of all half-spaces, each in units of what it
// varies by on the box. Where that is below 0, by however little, its multipliers
// prove that they have no point in common: they are then in y. An infeasible program
// tells the same, but what its solver takes for feasible need not be so. x is the point
// of the least slack.
func (q *program) elastic() (x []float64, ok bool) {
	d, m := len(q.p.Cost), len(q.p.Right)
	const far = 1e6 // slacks that nobody asks for
	e := lp.Problem{Cost: make([]float64, d+1), Right: q.p.Right, Interrupt: q.p.Interrupt}
	e.Cost[d] = 1
	e.Lower = append(append(e.Lower, q.p.Lower...), -far)
	e.Upper = append(append(e.Upper, q.p.Upper...), far)
	for i := range m {
		row, varies := q.p.Rows[i*d:i*d+d], math.SmallestNonzeroFloat64
		for _, a := range row {
			varies += math.Abs(a)
		}
		e.Rows = append(append(e.Rows, row...), varies)
	}
	s := lp.New(d + 1)
	s.Feasibility = elasticFeasibility
	if s.Solve(&e) != lp.Optimal {
		return nil, false
	}
	q.room(m)
	s.Multipliers(q.y)
	return s.X(), true
}

// elasticFeasibility lets the solver go on where it would take a half-space for met:
// its multipliers are checked anyway.
const elasticFeasibility = 1e-15

// precision is how exactly multipliers are tried and stored.
type precision uint8

const (
	narrow precision = iota
	single
	double
)

var precisions = [...]precision{narrow, single, double}

// weights are the multipliers in y that are not zero, of the rows from one on.
func (q *program) weights(from, to int, p precision) []cert.Weight {
	var ws []cert.Weight
	for i, v := range q.y[from:to] {
		switch p {
		case narrow:
			v = cert.Narrow(v)
		case single:
			v = float64(float32(v))
		}
		if v > 0 && v < math.MaxFloat64 {
			ws = append(ws, cert.Weight{Row: i, Value: v})
		}
	}
	return ws
}
