package repair

import (
	"context"
	"math"

	"github.com/netmend/netmend/repair/internal/master"
	"github.com/netmend/netmend/repair/internal/row"
)

// solver is the master program over the rows present, for one norm.
type solver interface {
	addRow(r *row.Row, rhs float64)
	removeRows(remove []bool)
	// tighten lowers every right-hand side by delta.
	tighten(delta float64)
	active(k int) bool
	// solve writes the best change for the rows present into d. violation is
	// how far the last change missed the worst row of all: far from the end,
	// the solution may be rough.
	solve(ctx context.Context, violation float64, d []float64) master.Status
	// precise reports whether the last solution is as exact as solve can make it.
	precise() bool
	// multipliers of the last solve: the dual vector, or Farkas multipliers.
	multipliers() []float64
	// lowerBound is the dual bound on the objective when every right-hand side
	// is larger by loosen and the rows marked in skip (nil: none) do not count.
	lowerBound(loosen float64, skip []bool) float64
	pivots() int
}

// nearStarter is a solver that gains from a change that meets the rows present.
type nearStarter interface {
	startNear(d []float64)
}

// newSolver returns the simplex for a norm; for the Euclidean one that of l1, which
// finds out whether there is a solution.
func newSolver(p *problem, n normal, bound float64, free []bool) solver {
	out, in := p.op.size()
	if !p.op.rankOne() {
		return newInteriorSolver(p, n, bound, free)
	}
	return newSimplex(master.New(out, in, bound, free, p.workers), n)
}

func newSimplex(m *master.Master, n normal) solver {
	switch {
	case n.euclidean:
		return &simplexSolver{m: m, scale: 1}
	case n.l1 > 0:
		return &simplexSolver{m: m, scale: n.l1, winf: n.linf / n.l1}
	}
	return &largestSolver{m: m, scale: n.linf}
}

// flatSolver is a simplex for rows of any rank: those of a layer with one output,
// whose inputs are all parameters.
type flatSolver struct {
	solver
	parameters int
}

// mostFlat is how many numbers the rows of a flatSolver may have, 64 MiB: it stands in
// where the interior-point method stalls, as on degenerate programs, which are small.
const mostFlat = 1 << 23

// newFlatSolver returns nil if that many rows would be too large.
func newFlatSolver(p *problem, n normal, bound float64, free []bool, rows int) solver {
	size := p.parameters()
	if size > mostFlat/max(1, rows) {
		return nil
	}
	return &flatSolver{newSimplex(master.New(1, size, bound, free, p.workers), n), size}
}

func (s *flatSolver) addRow(r *row.Row, rhs float64) {
	flat := &row.Row{G: []float64{1}, H: make([]float64, s.parameters)}
	r.AddTo(flat.H, 1)
	s.solver.addRow(flat, rhs)
}

// simplexSolver minimises scale (sum |D_i| + winf max |D_i|).
type simplexSolver struct {
	m           *master.Master
	scale, winf float64
	gap         float64 // relative, of the last solve
	last        master.Result
}

func (s *simplexSolver) addRow(r *row.Row, rhs float64) { s.m.AddRow(r.G, r.H, rhs) }
func (s *simplexSolver) removeRows(remove []bool)       { s.m.RemoveRows(remove) }
func (s *simplexSolver) active(k int) bool              { return s.m.Active(k) }
func (s *simplexSolver) multipliers() []float64         { return s.last.Y }
func (s *simplexSolver) tighten(delta float64)          { s.m.Tighten(delta) }
func (s *simplexSolver) pivots() int                    { return s.m.Stats.Pivots }
func (s *simplexSolver) precise() bool                  { return s.gap == finestGap }

const (
	// finestGap is the relative gap of the last master program, well below
	// gapRelative.
	finestGap = 1e-11
	// closeViolation: from here on the solution may be the last, and basic
	// variables keep to their ranges as exactly as float64 allows.
	closeViolation = 1e-6
)

// gapFor is the relative gap to which a master program is worth solving when
// the last change missed a row by violation.
func gapFor(violation float64) float64 {
	switch {
	case violation > 1:
		return 1e-2
	case violation > 0.1:
		return 1e-3
	case violation > 0.01:
		return 1e-5
	}
	return finestGap
}

func (s *simplexSolver) startNear(d []float64) { s.m.Start(master.EstimateBound(d, s.winf)) }

func (s *simplexSolver) solve(ctx context.Context, violation float64, d []float64) master.Status {
	s.m.Interrupt = func() bool { return ctx.Err() != nil }
	s.gap = gapFor(violation)
	if violation < closeViolation {
		s.m.SetTolerance(master.FinalTolerance)
	}
	s.last = s.m.Minimise(s.winf, s.gap)
	if s.last.Status == master.Optimal {
		copy(d, s.last.X)
	}
	return s.last.Status
}

func (s *simplexSolver) lowerBound(loosen float64, skip []bool) float64 {
	return float64(s.scale * s.m.LowerBound(without(s.last.Y, skip), s.winf, loosen) * (1 - 0x1p-52))
}

// without is y with the marked entries 0.
func without(y []float64, skip []bool) []float64 {
	if skip == nil {
		return y
	}
	y = append([]float64(nil), y...)
	for k, s := range skip {
		if s {
			y[k] = 0
		}
	}
	return y
}

// largestSolver minimises scale max |D_i|, and then sum |D_i|: as a mix in which
// the largest counts more and more, until the multipliers prove that no smaller
// one is possible. Every step starts from the one before, close by; going
// straight for the smallest bound would mean working where the feasible set has
// no interior.
type largestSolver struct {
	m     *master.Master
	scale float64
	winf  float64
	ready bool
	last  master.Result
}

const (
	// heavier is by how much the largest counts more from one mix to the next.
	heavier = 8
	// heaviest, per parameter, ends the sequence: float64 tells no more.
	heaviest = 1e9
	// provenLargest is the relative gap at which the largest is proven smallest.
	provenLargest = 1e-10
)

func (s *largestSolver) addRow(r *row.Row, rhs float64) { s.m.AddRow(r.G, r.H, rhs) }
func (s *largestSolver) removeRows(remove []bool)       { s.m.RemoveRows(remove) }
func (s *largestSolver) active(k int) bool              { return s.m.Active(k) }
func (s *largestSolver) multipliers() []float64         { return s.last.Y }
func (s *largestSolver) tighten(delta float64)          { s.m.Tighten(delta) }
func (s *largestSolver) pivots() int                    { return s.m.Stats.Pivots }
func (s *largestSolver) precise() bool                  { return s.ready }

// begin sets the weight of the first mix.
func (s *largestSolver) begin(parameters int) {
	if s.winf == 0 {
		s.winf = float64(parameters)
	}
}

func (s *largestSolver) startNear(d []float64) {
	s.begin(len(d))
	s.m.Start(master.EstimateBound(d, s.winf))
}

func (s *largestSolver) solve(ctx context.Context, violation float64, d []float64) master.Status {
	s.m.Interrupt = func() bool { return ctx.Err() != nil }
	s.begin(len(d))
	gap := gapFor(violation)
	if violation < closeViolation {
		s.m.SetTolerance(master.FinalTolerance)
	}
	for {
		s.last = s.m.Minimise(s.winf, gap)
		if s.last.Status != master.Optimal {
			return s.last.Status
		}
		copy(d, s.last.X)
		_, largest, _ := measures(d)
		s.ready = largest-s.m.SmallestBound(s.last.Y, 0) <= provenLargest*largest || s.winf > heaviest*float64(len(d))
		if s.ready || gap > finestGap {
			return master.Optimal
		}
		s.winf = float64(s.winf * heavier)
	}
}

func (s *largestSolver) lowerBound(loosen float64, skip []bool) float64 {
	return float64(s.scale * s.m.SmallestBound(without(s.last.Y, skip), loosen) * (1 - 0x1p-52))
}

var _, _ solver = (*simplexSolver)(nil), (*largestSolver)(nil)

// nearly reports whether a exceeds b by no more than the gap allowed.
func nearly(a, b float64) bool { return a-b <= max(gapRelative*math.Abs(a), gapAbsolute) }
