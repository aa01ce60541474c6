package repair

import (
	"context"
	"math"

	"github.com/netmend/netmend/repair/internal/master"
	"github.com/netmend/netmend/repair/internal/quadratic"
	"github.com/netmend/netmend/repair/internal/row"
)

// euclideanSolver minimises the Euclidean length of the change. Whether there
// is any change within the bound is found out by the simplex before.
type euclideanSolver struct {
	q    *quadratic.Program
	done bool
}

func newEuclideanSolver(p *problem, bound float64, free []bool) *euclideanSolver {
	out, in := p.op.size()
	return &euclideanSolver{q: quadratic.New(out, in, bound, free)}
}

func (s *euclideanSolver) addRow(r *row.Row, rhs float64) { s.q.AddRow(r, rhs) }
func (s *euclideanSolver) removeRows(remove []bool)       { s.q.RemoveRows(remove) }
func (s *euclideanSolver) tighten(delta float64)          { s.q.Tighten(delta) }
func (s *euclideanSolver) active(k int) bool              { return s.q.Multiplier(k) > 0 }
func (s *euclideanSolver) precise() bool                  { return s.done }
func (s *euclideanSolver) multipliers() []float64         { return nil }
func (s *euclideanSolver) pivots() int                    { return s.q.Solves }

func (s *euclideanSolver) solve(ctx context.Context, _ float64, d []float64) master.Status {
	s.q.Interrupt = func() bool { return ctx.Err() != nil }
	if !s.q.Solve() {
		return master.Stalled
	}
	s.done = true
	copy(d, s.q.X())
	return master.Optimal
}

func (s *euclideanSolver) lowerBound(loosen float64, skip []bool) float64 {
	return float64(math.Sqrt(2*max(0, s.q.LowerBound(loosen, skip))) * (1 - 0x1p-52))
}

var _ solver = (*euclideanSolver)(nil)
