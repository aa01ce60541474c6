package lp

import (
	"math"

	"github.com/netmend/netmend/internal/vector"
)

// finish decides between optimal and unbounded at a vertex that meets all
// constraints, and computes point.
func (s *Solver) finish() Status {
	copy(s.point, s.x)
	if !s.open {
		return Optimal
	}
	s.comeNear()
	if vector.Dot(s.p.Cost, s.far) > dualTolerance*s.costSize {
		return Unbounded
	}
	return Optimal
}

// comeNear makes point a feasible one of the half-line x + M far, with the
// least M >= 0.
func (s *Solver) comeNear() {
	m := 0.0
	consider := func(value, far float64) {
		if value > 0 && far < -s.Feasibility {
			m = max(m, value/-far)
		}
	}
	for i, scale := range s.rowScale {
		a := s.p.row(i)
		consider(float64(scale*(vector.Dot(a, s.x)-s.p.Right[i])), float64(scale*vector.Dot(a, s.far)))
	}
	for j, xj := range s.x {
		consider(xj-s.p.upper(j), s.far[j])
		consider(s.p.lower(j)-xj, -s.far[j])
	}
	for j, r := range s.far {
		s.point[j] += float64(m * r)
	}
}

// X is the optimal point, or a feasible one of an unbounded problem. It is
// valid until the next solve. For any other status it has no meaning.
func (s *Solver) X() []float64 { return s.point }

// Objective is Cost . X.
func (s *Solver) Objective() float64 { return vector.Dot(s.p.Cost, s.point) }

// Ray is the direction in which an unbounded problem grows. It is valid until
// the next solve.
func (s *Solver) Ray() []float64 { return s.far }

// Iterations is the number of exchanges of the last solve.
func (s *Solver) Iterations() int { return s.iterations }

// Multipliers puts into y, which must have a number for each row, the
// multipliers of the rows: of an optimum, or of a bound below the cutoff, those
// that bound the objective; of an infeasible problem Farkas multipliers. All are
// nonnegative, and at most dim+1 are not zero. Those of the variables' bounds
// follow from them; see [Problem.UpperBound] and [Problem.Refutes].
func (s *Solver) Multipliers(y []float64) {
	clear(y)
	switch s.status {
	case Optimal, Below:
		for k, c := range s.basis {
			if c >= 0 && s.lambda[k] > 0 {
				y[c] = float64(s.lambda[k] * s.rowScale[c])
			}
		}
	case Infeasible:
		s.farkas(s.entering, y)
	}
}

// farkas puts into y, all zero, the combination of the entering constraint and
// the basis that is contradictory if mu has no positive element.
func (s *Solver) farkas(e constraint, y []float64) {
	if e >= 0 {
		y[e] = s.rowScale[e]
		if y[e] == 0 {
			y[e] = 1
		}
	}
	for k, c := range s.basis {
		if c >= 0 && s.mu[k] < 0 {
			y[c] = float64(-s.mu[k] * s.rowScale[c])
		}
	}
}

// contradiction reports whether the entering constraint and the basis prove, with
// all rounding accounted for, that nothing is feasible.
func (s *Solver) contradiction(e constraint) bool {
	if cap(s.y) < len(s.rowScale) {
		s.y = make([]float64, cap(s.rowScale))
	}
	y := s.y[:len(s.rowScale)]
	clear(y)
	s.farkas(e, y)
	return s.p.boundAbove(nil, y, s.combination, s.size) < 0
}

// UpperBound is a number that Cost . x does not exceed at any feasible x,
// whatever y is (elements below 0 are taken as 0): y . Right plus the most that
// (Cost - Rows^T y) . x reaches in the box, rounded upward. It is +Inf where a
// variable without a bound is left with a coefficient that rounding does not
// show to be right.
func (p *Problem) UpperBound(y []float64) float64 {
	d := len(p.Cost)
	return p.boundAbove(p.Cost, y, make([]float64, d), make([]float64, d))
}

// Refutes reports whether y proves that no point is feasible: with Cost 0 the
// upper bound of y is below 0. It accounts for all rounding.
func (p *Problem) Refutes(y []float64) bool {
	d := len(p.Cost)
	return p.boundAbove(nil, y, make([]float64, d), make([]float64, d)) < 0
}

// boundAbove is UpperBound for a cost, nil for 0, with room for two vectors.
func (p *Problem) boundAbove(cost, y, q, size []float64) float64 {
	clear(q)
	clear(size)
	copy(q, cost)
	terms := 0
	sum, sumSize := 0.0, 0.0
	for i, v := range y {
		if !(v > 0) {
			continue
		}
		terms++
		t := float64(v * p.Right[i])
		sum += t
		sumSize += math.Abs(t)
		for j, a := range p.row(i) {
			t := float64(v * a)
			q[j] -= t
			size[j] += math.Abs(t)
		}
	}
	const unit = 0x1p-52 // twice the rounding unit, for room
	relative := float64(float64(terms+3) * unit)
	least := float64(float64(terms+1) * math.SmallestNonzeroFloat64)
	for j := range q {
		if cost != nil {
			size[j] += math.Abs(cost[j])
		}
		off := 0.0
		if terms > 0 {
			off = float64(relative*size[j]) + least
		}
		t := max(mostOf(q[j]-off, p.lower(j), p.upper(j)), mostOf(q[j]+off, p.lower(j), p.upper(j)))
		sum += t
		sumSize += math.Abs(t)
	}
	bound := sum + (float64(float64(terms+len(q)+3)*unit*sumSize) + float64(float64(terms+len(q))*math.SmallestNonzeroFloat64))
	if math.IsNaN(bound) {
		return math.Inf(1)
	}
	return bound
}

// mostOf is the most that q v reaches for v in [lo, hi].
func mostOf(q, lo, hi float64) float64 {
	switch {
	case q > 0:
		return float64(q * hi)
	case q < 0:
		return float64(q * lo)
	}
	return 0
}
