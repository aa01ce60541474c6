package solve

import (
	"math"
	"slices"

	"github.com/netmend/netmend/internal/lp"
	"github.com/netmend/netmend/set"
)

// Chebyshev is the centre and the radius of a largest ball in p. The radius is
// 0, up to rounding, where p is lower-dimensional, and +Inf, with some point
// far inside as the centre, where p has balls of any size. It fails with
// ErrEmpty.
func Chebyshev(p set.Polyhedron) (center []float64, radius float64, err error) {
	x, r, err := Solver{}.largestBall(p, math.Inf(1))
	if err != nil {
		return nil, 0, err
	}
	return x, r, nil
}

// ball is a ball of radius at most 1 inside p, as large as possible.
func (in Solver) ball(p set.Polyhedron) ([]float64, float64, error) { return in.largestBall(p, 1) }

// largestBall maximises r <= limit with a . x + |a| r <= b for all rows.
func (in Solver) largestBall(p set.Polyhedron, limit float64) ([]float64, float64, error) {
	n := p.Dim
	g := &lp.Problem{Cost: make([]float64, n+1), Interrupt: in.interrupt()}
	whole := set.WholeBox(n + 1)
	g.Lower, g.Upper = whole.Lo, whole.Hi
	g.Cost[n], g.Lower[n], g.Upper[n] = 1, -Tolerance, limit
	for _, h := range p.Rows {
		h = h.Closure()
		g.Rows = append(append(g.Rows, h.Normal...), length(h.Normal))
		g.Right = append(g.Right, h.Offset)
	}
	s := lp.New(n + 1)
	switch s.Solve(g) {
	case lp.Infeasible:
		return nil, 0, ErrEmpty
	case lp.Unbounded:
		x := slices.Clone(s.X()[:n])
		// Some way along the ray the ball has at least the radius 1.
		if r := s.X()[n]; r < 1 {
			for j := range x {
				x[j] += float64((1 - r) / s.Ray()[n] * s.Ray()[j])
			}
		}
		return x, math.Inf(1), nil
	case lp.Optimal:
		return slices.Clone(s.X()[:n]), max(0, s.X()[n]), nil
	}
	return nil, 0, in.failed()
}
