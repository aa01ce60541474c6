package repair

import (
	"context"
	"math"

	"github.com/netmend/netmend/repair/internal/master"
)

// solver is the master program over the rows present, for one norm.
type solver interface {
	addRow(g, h []float64, rhs float64)
	removeRows(remove []bool)
	// tighten lowers every right-hand side by delta.
	tighten(delta float64)
	active(k int) bool
	// solve writes the best change for the rows present into d. violation is
	// how far the last change missed the worst row of all: far from the end,
	// the solution may be rough.
	solve(ctx context.Context, violation float64, d []float64) master.Status
	// precise tells whether the last solution is as exact as solve can make it.
	precise(violation float64) bool
	// multipliers of the last solve: the dual vector, or Farkas multipliers.
	multipliers() []float64
	// lowerBound is the dual bound on the objective when every right-hand side
	// is larger by loosen.
	lowerBound(loosen float64) float64
	pivots() int
}

// newSolver returns the simplex for a norm; for the Euclidean one that of l1, which
// finds out whether there is a solution.
func newSolver(p *problem, n normal, bound float64, free []bool) solver {
	out, in := p.dense.Weight.Rows, p.dense.Weight.Cols+1
	m := master.New(out, in, bound, free, p.workers)
	switch {
	case n.euclidean:
		return &simplexSolver{m: m, scale: 1}
	case n.l1 > 0:
		return &simplexSolver{m: m, scale: n.l1, winf: n.linf / n.l1}
	}
	return &largestSolver{m: m, scale: n.linf, bound: bound}
}

// simplexSolver minimises scale (sum |D_i| + winf max |D_i|).
type simplexSolver struct {
	m           *master.Master
	scale, winf float64
	gap         float64 // relative, of the last solve
	last        master.Result
}

func (s *simplexSolver) addRow(g, h []float64, rhs float64) { s.m.AddRow(g, h, rhs) }
func (s *simplexSolver) removeRows(remove []bool)           { s.m.RemoveRows(remove) }
func (s *simplexSolver) active(k int) bool                  { return s.m.Active(k) }
func (s *simplexSolver) multipliers() []float64             { return s.last.Y }
func (s *simplexSolver) tighten(delta float64)              { s.m.Tighten(delta) }
func (s *simplexSolver) pivots() int                        { return s.m.Stats.Pivots }
func (s *simplexSolver) precise(float64) bool               { return s.gap == finestGap }

// finestGap is the relative gap of the last master program, well below
// gapRelative.
const finestGap = 1e-11

func (s *simplexSolver) solve(ctx context.Context, violation float64, d []float64) master.Status {
	s.m.Interrupt = func() bool { return ctx.Err() != nil }
	switch {
	case violation > 1:
		s.gap = 1e-2
	case violation > 0.1:
		s.gap = 1e-3
	case violation > 0.01:
		s.gap = 1e-5
	default:
		s.gap = finestGap
	}
	if violation < 1e-6 {
		s.m.SetTolerance(master.FinalTolerance)
	}
	s.last = s.m.Minimise(s.winf, s.gap)
	if s.last.Status == master.Optimal {
		copy(d, s.last.X)
	}
	return s.last.Status
}

func (s *simplexSolver) lowerBound(loosen float64) float64 {
	return s.scale * s.m.LowerBound(s.last.Y, s.winf, loosen)
}

// largestSolver minimises scale max |D_i|, and then sum |D_i|: t rises from
// below, exactly as far as the rays ask for.
type largestSolver struct {
	m            *master.Master
	scale, bound float64
	ready        bool
	y            []float64
}

// raiseLargest is how much above the smallest feasible bound the sum is
// minimised: the set there would be too thin for float64.
const raiseLargest = 1e-11

func (s *largestSolver) addRow(g, h []float64, rhs float64) { s.m.AddRow(g, h, rhs) }
func (s *largestSolver) removeRows(remove []bool)           { s.m.RemoveRows(remove) }
func (s *largestSolver) active(k int) bool                  { return s.m.Active(k) || s.m.OnRay(k) }
func (s *largestSolver) multipliers() []float64             { return s.y }
func (s *largestSolver) tighten(delta float64)              { s.m.Tighten(delta) }
func (s *largestSolver) pivots() int                        { return s.m.Stats.Pivots }
func (s *largestSolver) precise(float64) bool               { return s.ready }

func (s *largestSolver) solve(ctx context.Context, violation float64, d []float64) master.Status {
	s.m.Interrupt = func() bool { return ctx.Err() != nil }
	if violation < 1e-6 {
		s.m.SetTolerance(master.FinalTolerance)
	}
	st := s.m.Solve(raiseLargest)
	s.ready = violation < 1e-6
	s.y = s.m.Ray()
	if st == master.Optimal {
		s.m.Solution(d)
	}
	return st
}

// lowerBound scales the last ray y so that ||A^T y||_1 = 1: then max |D_i| is at
// least -b^T y.
func (s *largestSolver) lowerBound(loosen float64) float64 {
	return s.scale * max(0, min(s.bound, s.m.SmallestBound(loosen)))
}

var _, _ solver = (*simplexSolver)(nil), (*largestSolver)(nil)

// nearly tells whether a exceeds b by no more than the gap allowed.
func nearly(a, b float64) bool { return a-b <= max(gapRelative*math.Abs(a), gapAbsolute) }
