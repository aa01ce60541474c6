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
	// Y are multipliers, one number >= 0 a row; of a Farkas ray where Status is
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
	// stuckStep: steps this short, several times, lead nowhere any more.
	stuckStep, stuckSteps = 1e-7, 3
	// usable is the largest gap of an iterate that is still a solution where
	// rounding ends the search.
	usable = 1e-3
	// boundary is the part of the way to the boundary that a step goes.
	boundary = 0.995
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
	best, stuck := Result{Status: Stalled, Gap: math.Inf(1)}, 0
	for range maxIterations {
		if p.Interrupt != nil && p.Interrupt() {
			return Result{Status: Stalled}
		}
		p.Iterations++
		s.evaluate()
		if s.farkas() {
			return Result{Status: Infeasible, Y: s.multipliers(1)}
		}
		primal, dual := s.primal(), s.dual()
		if s.missing <= rowTolerance*s.size {
			if g := (primal - dual) / max(primal, math.SmallestNonzeroFloat64); g < best.Gap || primal == 0 {
				best = s.result(primal, g)
				stuck = 0
				if primal-dual <= gap*primal {
					return best
				}
			}
		}
		if a := s.advance(); a < stuckStep || math.IsNaN(a) {
			stuck++
		}
		if stuck >= stuckSteps || !s.sound() {
			break
		}
	}
	if best.Status == Optimal && best.Gap <= max(usable, gap) {
		return best
	}
	return Result{Status: Stalled}
}

// met tells whether no change meets all rows.
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
func (s *iterate) result(primal, gap float64) Result {
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
	return Result{Status: Optimal, Objective: primal * s.unit, X: x, Y: y, Gap: gap}
}

// multipliers returns those of the rows as they were added, times f.
func (s *iterate) multipliers(f float64) []float64 {
	y := make([]float64, len(s.y))
	for k, v := range s.y {
		y[k] = f * v / s.length[k]
	}
	return y
}
