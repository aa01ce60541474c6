package repair

import (
	"context"

	"github.com/netmend/netmend/repair/internal/interior"
	"github.com/netmend/netmend/repair/internal/master"
	"github.com/netmend/netmend/repair/internal/row"
)

// interiorSolver minimises scale (sum |D_i| + winf max |D_i|) over rows of any
// rank.
type interiorSolver struct {
	m           *interior.Program
	scale, winf float64
	largest     bool // only max |D_i| counts in the objective
	gap         float64
	last        interior.Result
}

const (
	// finestInterior is the relative gap to which the interior-point method
	// solves the last programs: about what float64 allows it.
	finestInterior = 1e-9
	// leaning is how much more than the sum, per parameter, the largest counts
	// where it alone is to be minimised.
	leaning = 1e6
)

func newInteriorSolver(p *problem, n normal, bound float64, free []bool) solver {
	out, in := p.op.size()
	s := &interiorSolver{m: interior.New(out, in, bound, free, p.workers)}
	switch {
	case n.euclidean:
		s.scale = 1
	case n.l1 > 0:
		s.scale, s.winf = n.l1, n.linf/n.l1
	default:
		s.scale, s.winf, s.largest = n.linf, float64(leaning*float64(out*in)), true
	}
	return s
}

func (s *interiorSolver) addRow(r *row.Row, rhs float64) { s.m.AddRow(r, rhs) }
func (s *interiorSolver) removeRows(remove []bool)       { s.m.RemoveRows(remove) }
func (s *interiorSolver) active(k int) bool              { return s.m.Active(k) }
func (s *interiorSolver) multipliers() []float64         { return s.last.Y }
func (s *interiorSolver) tighten(delta float64)          { s.m.Tighten(delta) }
func (s *interiorSolver) pivots() int                    { return s.m.Iterations }
func (s *interiorSolver) precise() bool                  { return s.gap == finestInterior }

func (s *interiorSolver) solve(ctx context.Context, violation float64, d []float64) master.Status {
	s.m.Interrupt = func() bool { return ctx.Err() != nil }
	s.gap = max(finestInterior, gapFor(violation))
	s.last = s.m.Minimise(s.winf, s.gap)
	switch s.last.Status {
	case interior.Optimal:
		copy(d, s.last.X)
		return master.Optimal
	case interior.Infeasible:
		return master.Infeasible
	}
	return master.Stalled
}

func (s *interiorSolver) lowerBound(loosen float64, skip []bool) float64 {
	y := without(s.last.Y, skip)
	if s.largest {
		return float64(s.scale * s.m.SmallestBound(y, loosen) * (1 - 0x1p-52))
	}
	return float64(s.scale * s.m.LowerBound(y, s.winf, loosen) * (1 - 0x1p-52))
}

var _ solver = (*interiorSolver)(nil)
