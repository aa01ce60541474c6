package interior

import (
	"math"
)

// Status is how a solve ended.
type Status uint8

const (
	// Optimal: a solution within the gap asked for, or as close as rounding
	// allows.
	Optimal Status = iota
	// Infeasible: no x with |x_i| <= bound meets the rows.
	Infeasible
	// Stalled: neither was found; nothing is claimed.
	Stalled
)

// Result of [Program.Minimise].
type Result struct {
	Status Status
	// Objective is sum |x_i| + winf max |x_i| of X.
	Objective float64
	// X is the solution, out x in numbers.
	X []float64
	// Y are multipliers, one number >= 0 per row; of a Farkas ray where Status is
	// [Infeasible].
	Y []float64
	// Gap is the relative distance of Objective to the dual bound of Y.
	Gap float64
}

const (
	// maxIterations is far above what is needed.
	maxIterations = 150
	// rowTolerance is how far a row, scaled to length 1, may be violated, relative
	// to 1 + the largest right-hand side.
	rowTolerance = 1e-12
	// roughRows: times the gap asked for, how far rows may be violated too.
	roughRows = 1e-3
	// looseRows: a solution that rounding keeps from meeting the rows better than
	// that is not one. The caller, who asks for a little more than it needs, prices it.
	looseRows = 1e-6
	// patience is how many iterations may pass without an iterate better by the
	// factor improvement.
	patience, improvement = 12, 0.9
	// stuckStep: steps this short, several times, lead nowhere any more.
	stuckStep, stuckSteps = 1e-7, 3
	// usable is the largest gap of an iterate that is still a solution where
	// rounding ends the search.
	usable = 1e-3
	// boundary is the part of the way to the boundary that a step goes.
	boundary = 0.99
	// certain: an iterate proves infeasibility only where its Farkas value exceeds
	// its rounding by far.
	certain = 1e-9
)

// Minimise minimises sum |x_i| + winf t over the rows present, to within the
// relative gap. winf = 0 is the plain sum, with t = bound.
func (p *Program) Minimise(winf, gap float64) Result {
	if p.met() {
		return Result{Status: Optimal, X: make([]float64, p.out*p.in), Y: make([]float64, len(p.b))}
	}
	s := newIterate(p, winf)
	best := found{missing: math.Inf(1), gap: math.Inf(1)}
	stuck, waited := 0, 0
	for range maxIterations {
		if p.Interrupt != nil && p.Interrupt() {
			return Result{Status: Stalled}
		}
		p.Iterations++
		s.evaluate()
		if s.farkas() {
			return Result{Status: Infeasible, Y: s.multipliers(1)}
		}
		here := s.found()
		strict := here.missing <= max(rowTolerance, roughRows*gap)
		if strict && here.gap <= gap {
			return s.result(here)
		}
		waited++
		if here.betterThan(best) {
			best = here
			best.keep(s)
			waited = 0
		}
		if a := s.advance(); a < stuckStep || math.IsNaN(a) {
			stuck++
		}
		if stuck >= stuckSteps || waited >= patience || !s.sound() {
			break
		}
	}
	if best.x != nil && best.missing <= looseRows && best.gap <= max(usable, gap) {
		best.restore(s)
		return s.result(best)
	}
	return Result{Status: Stalled}
}

// found says how good an iterate is.
type found struct {
	primal       float64
	gap          float64 // relative
	missing      float64 // by how much a row of length 1 is violated, relative
	x, y, slacks []float64
}

func (s *iterate) found() found {
	primal, dual := s.primal(), s.dual()
	return found{primal: primal, gap: math.Abs(primal-dual) / max(primal, math.SmallestNonzeroFloat64), missing: s.missing / s.size}
}

// betterThan compares what is missing until it does not matter, then gaps.
func (f *found) betterThan(g found) bool {
	a, b := max(f.missing, looseRows), max(g.missing, looseRows)
	if a != b {
		return a < b
	}
	return f.gap+max(f.missing, rowTolerance) < (g.gap+max(g.missing, rowTolerance))*improvement
}

// keep copies what result needs.
func (f *found) keep(s *iterate) {
	f.x, f.y, f.slacks = append(f.x[:0], s.x...), append(f.y[:0], s.y...), append(f.slacks[:0], s.s...)
}

func (f *found) restore(s *iterate) {
	copy(s.x, f.x)
	copy(s.y, f.y)
	copy(s.s, f.slacks)
}

// met reports whether no change meets all rows.
func (p *Program) met() bool {
	for k, b := range p.b {
		if b < 0 {
			return false
		}
		p.active[k] = false
	}
	return true
}

// result records the iterate as a solution.
func (s *iterate) result(f found) Result {
	p := s.p
	largest := 0.0
	for _, y := range s.y {
		largest = max(largest, y)
	}
	y := s.multipliers(s.unit)
	copy(p.y, y)
	for k := range y {
		p.active[k] = s.s[k]/s.size < s.y[k]/largest
	}
	x := make([]float64, p.out*p.in)
	p.full(x, s.x)
	return Result{Status: Optimal, Objective: float64(f.primal * s.unit), X: x, Y: y, Gap: f.gap}
}

// multipliers returns those of the rows as they were added, times f.
func (s *iterate) multipliers(f float64) []float64 {
	y := make([]float64, len(s.y))
	for k, v := range s.y {
		y[k] = f * v / s.length[k]
	}
	return y
}
