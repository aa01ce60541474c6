package lp

import (
	"math"

	"github.com/netmend/netmend/internal/vector"
)

// Solver solves problems in a fixed number of variables. It keeps its memory
// between solves: apart from growing with the number of rows, a solve does not
// allocate. It is not safe for concurrent use.
type Solver struct {
	// Feasibility is how far a scaled row or bound may be violated; see the
	// package comment. New sets it to DefaultFeasibility.
	Feasibility float64
	// Cutoff ends a solve early, with the status Below, once the optimum is
	// known to be at most Cutoff. New sets it to minus infinity.
	Cutoff float64

	d int
	p *Problem // of the last solve; nil once it has ended
	// rowScale has a power of two for each row, 0 for a row of zeros.
	rowScale []float64
	// costSize is the largest |Cost[j]|: multipliers are compared with it.
	costSize float64
	open     bool // some variable lacks a bound: x is x + M far

	basis   []constraint
	inverse []float64 // of N, the scaled normals of the basis as rows; d x d
	lambda  []float64
	x, far  []float64
	mu      []float64 // the entering constraint in terms of the basis

	sinceFactor int  // pivots since inverse was recomputed
	refined     bool // x and lambda have been refined since the last pivot
	stalled     int  // iterations in a row that left the objective as it was
	careful     bool // factor after every pivot
	work        int  // operations, roughly, since the problem's Interrupt was asked
	interrupted bool

	status     Status
	entering   constraint // of an infeasible problem: the one that contradicts
	iterations int

	normal, residual, point []float64 // d numbers each
	factors                 []float64 // d x 2d, to invert N
	y, combination, size    []float64 // to check a contradiction
}

// DefaultFeasibility is how far a scaled row or bound may be violated:
// well above the rounding errors of well-conditioned bases with numbers around
// 1 (1e-13), well below what matters for the sets that netmend cuts (1e-7).
const DefaultFeasibility = 1e-9

const (
	// relativeFeasibility takes the place of Feasibility where x is so large
	// that rounding errors of a . x are above it.
	relativeFeasibility = 1e-13
	// pivotTolerance is the smallest μ that may be divided by at first;
	// desperatePivot, relative to the largest, where nothing else is left and
	// no contradiction has been proved: below, μ is rounding error.
	pivotTolerance = 1e-9
	desperatePivot = 1e-12
	// dualTolerance is how negative a multiplier may be, relative to the cost,
	// and how positive the growth along a direction for it to count as zero.
	dualTolerance = 1e-11
	// factorEvery is the number of pivots after which the inverse is computed
	// again: its error grows with each by a factor that is usually small.
	factorEvery = 64
	// maxStalled is the number of iterations without progress after which
	// Bland's rule takes over.
	maxStalled = 20
	// interruptEvery is how many operations, roughly, lie between two questions to
	// Interrupt: some milliseconds.
	interruptEvery = 1 << 22
)

// New returns a solver for problems in dim >= 0 variables.
func New(dim int) *Solver {
	s := &Solver{
		Feasibility: DefaultFeasibility,
		Cutoff:      math.Inf(-1),
		d:           dim,
		basis:       make([]constraint, dim),
		status:      Stopped,
	}
	const vectors = 9
	memory := make([]float64, (3*dim+vectors)*dim)
	take := func(n int) []float64 {
		v := memory[:n:n]
		memory = memory[n:]
		return v
	}
	s.inverse, s.factors = take(dim*dim), take(2*dim*dim)
	for _, v := range []*[]float64{&s.lambda, &s.x, &s.far, &s.mu, &s.normal, &s.residual, &s.point, &s.combination, &s.size} {
		*v = take(dim)
	}
	return s
}

// Solve solves p from the box. It panics if p does not have the solver's number
// of variables. It expects a valid problem; see [Problem.Validate].
func (s *Solver) Solve(p *Problem) Status {
	s.begin(p, 0)
	return s.solve(false)
}

// SolveNext is like Solve, but the first rows of p, as many as given, must be those that
// the problem solved before had first: what is known of them is not computed again.
func (s *Solver) SolveNext(p *Problem, known int) Status {
	s.begin(p, min(known, len(s.rowScale)))
	return s.solve(false)
}

// Resolve solves p from the basis of the previous solve. The rows that the
// previous problem had must be unchanged, and p may have more; everything else
// may differ. It is fast where rows have been added or right-hand sides and
// bounds have changed; with another cost it starts again from the box unless
// the basis happens to suit it.
func (s *Solver) Resolve(p *Problem) Status {
	if s.status == Stopped || len(p.Right) < len(s.rowScale) {
		return s.Solve(p)
	}
	s.begin(p, len(s.rowScale))
	return s.solve(true)
}

// begin takes over the problem, whose first rows, as many as given, are known.
func (s *Solver) begin(p *Problem, known int) {
	if len(p.Cost) != s.d || len(p.Rows) != s.d*len(p.Right) {
		panic("lp: the problem does not have the solver's number of variables")
	}
	s.p = p
	s.rowScale = s.rowScale[:known]
	for i := known; i < len(p.Right); i++ {
		s.rowScale = append(s.rowScale, powerOfTwoScale(p.row(i)))
	}
	s.costSize = 0
	for _, c := range p.Cost {
		s.costSize = max(s.costSize, math.Abs(c))
	}
	s.open = false
	for j := range s.d {
		s.open = s.open || math.IsInf(p.lower(j), 0) || math.IsInf(p.upper(j), 0)
	}
	s.iterations = 0
	s.interrupted = false
}

// stop counts operations, and reports whether the solve has been interrupted.
func (s *Solver) stop(operations int) bool {
	if s.work += operations; s.work >= interruptEvery {
		s.work = 0
		s.interrupted = s.interrupted || s.p.Interrupt != nil && s.p.Interrupt()
	}
	return s.interrupted
}

// solve runs the method, warm from the present basis if that can be done; after
// numerical trouble a second time from the box, with a new inverse each step.
func (s *Solver) solve(warm bool) Status {
	if i, ok := s.zeroRowContradiction(); ok {
		s.status, s.entering = Infeasible, row(i)
		s.startFromBox()
		clear(s.mu)
		return s.status
	}
	s.careful = false
	if !warm || !s.startFromBasis() {
		s.startFromBox()
	}
	s.status = s.iterate()
	if s.status == Stopped && !s.interrupted {
		s.careful = true
		s.startFromBox()
		s.status = s.iterate()
	}
	return s.status
}

// zeroRowContradiction finds a row 0 . x <= b with b < 0.
func (s *Solver) zeroRowContradiction() (int, bool) {
	for i, scale := range s.rowScale {
		if scale == 0 && s.p.Right[i] < 0 {
			return i, true
		}
	}
	return 0, false
}

// iterate goes from a basis with lambda >= 0 to the end.
func (s *Solver) iterate() Status {
	limit := s.iterations + 1000 + 20*(s.d+len(s.p.Right))
	for s.iterations < limit {
		if s.stop(s.d * (len(s.p.Right) + 2*s.d)) {
			return Stopped
		}
		if s.sinceFactor >= factorEvery && !s.factor() {
			return Stopped
		}
		e := s.mostViolated()
		if e.at == none {
			again, ok := s.refine()
			if !ok {
				return Stopped
			}
			if again {
				continue
			}
			return s.finish()
		}
		if s.below() {
			return Below
		}
		s.express(e.at)
		k := s.leaving(pivotTolerance)
		if k < 0 {
			if again, ok := s.refine(); !ok {
				return Stopped
			} else if again {
				continue
			}
			if !s.contradiction(e.at) {
				k = s.leaving(float64(desperatePivot * s.muSize()))
			}
			if k < 0 {
				s.entering = e.at
				return Infeasible
			}
		}
		s.pivot(e, k)
		if s.careful && !s.factor() {
			return Stopped
		}
	}
	return Stopped
}

// below reports whether the objective at the present basis, which the optimum
// cannot exceed, has come down to the cutoff.
func (s *Solver) below() bool {
	if math.IsInf(s.Cutoff, -1) || s.open && vector.Dot(s.p.Cost, s.far) > dualTolerance*s.costSize {
		return false
	}
	return vector.Dot(s.p.Cost, s.x) <= s.Cutoff
}

// powerOfTwoScale is a power of two that brings the largest element of a into
// [1/2, 1), and 0 if all are zero.
func powerOfTwoScale(a []float64) float64 {
	size := 0.0
	for _, v := range a {
		size = max(size, math.Abs(v))
	}
	if size == 0 {
		return 0
	}
	_, exponent := math.Frexp(size)
	return math.Ldexp(1, -max(-1000, min(exponent, 1000)))
}
