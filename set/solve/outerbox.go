package solve

import (
	"math"

	"github.com/netmend/netmend/internal/lp"
	"github.com/netmend/netmend/set"
)

// OuterBox is a box around the closure of p within a box, the smallest one up to
// rounding. In contrast to [BoundingBox] it does not fail, and an empty result is
// a proof: emptiness counts where multipliers confirm it with rounding accounted
// for, and where a linear program does not end well, or the context is over, its bound
// stays that of within. Bounds are rounded outward where the linear programs prove them, which
// they do where within is bounded; otherwise they are off by up to Tolerance.
func (in Solver) OuterBox(p set.Polyhedron, within set.Box) set.Box {
	box := set.Box{Lo: append([]float64(nil), within.Lo...), Hi: append([]float64(nil), within.Hi...)}
	p = p.Intersect(within.Polyhedron())
	q := in.newSupporter(p)
	if q.g.crossedBounds(len(p.Rows)) != nil {
		return set.EmptyBox(p.Dim)
	}
	c := make([]float64, p.Dim)
	for j := range p.Dim {
		if in.over() != nil {
			break
		}
		for _, sign := range [2]float64{1, -1} {
			c[j] = sign
			copy(q.g.Cost, c)
			switch q.s.Resolve(&q.g.Problem) {
			case lp.Infeasible:
				if q.refuted() {
					return set.EmptyBox(p.Dim)
				}
			case lp.Optimal:
				q.s.Multipliers(q.y)
				most := q.g.UpperBound(q.y)
				if math.IsInf(most, 1) {
					most = q.s.Objective() // free variables: no proof
				}
				if sign > 0 {
					box.Hi[j] = min(box.Hi[j], most)
				} else {
					box.Lo[j] = max(box.Lo[j], -most)
				}
			}
		}
		c[j] = 0
	}
	return box
}

// refuted reports whether multipliers confirm that the rows contradict each other,
// solving once more from the start where those of the last run do not.
func (q *supporter) refuted() bool {
	for range 2 {
		q.s.Multipliers(q.y)
		if q.g.Refutes(q.y) || q.g.dim <= maxExactDim && q.g.RefutesExactly(q.y) {
			return true
		}
		if q.s.Solve(&q.g.Problem) != lp.Infeasible {
			return false
		}
	}
	return false
}
