package contract

import (
	"math"

	"github.com/netmend/netmend/internal/lp"
	"github.com/netmend/netmend/set"
)

// narrower computes bounding boxes of polyhedra in boxes.
type narrower struct{ solvers solvers }

// solvers has one solver for each number of variables.
type solvers map[int]*lp.Solver

func (s solvers) get(dim int) *lp.Solver {
	if s[dim] == nil {
		s[dim] = lp.New(dim)
	}
	return s[dim]
}

// box narrows box to a box around {x in box : x satisfies r}: with programs the
// smallest one, up to rounding. It returns false if that set is proved to be
// empty.
func (n *narrower) box(box *set.Box, r *rows, programs bool) bool {
	if r.count() == 0 {
		return !box.Empty()
	}
	for i := range r.count() {
		if !narrowByRow(box, r.row(i), r.right[i]) {
			return false
		}
	}
	return !programs || n.programs(box, r)
}

// narrowByRow narrows a box to a box around its intersection with a . x <= right:
// each coordinate by what the others leave over.
func narrowByRow(box *set.Box, a []float64, right float64) bool {
	least, unbounded := interval(0), 0 // of a . x, without the unbounded terms
	terms := make([]set.Interval, len(a))
	for j, c := range a {
		terms[j] = box.Interval(j).Scale(c)
		if math.IsInf(terms[j].Lo, -1) {
			unbounded++
		} else {
			least = least.Add(interval(terms[j].Lo))
		}
	}
	if unbounded == 0 && least.Lo > right {
		return false
	}
	for j, c := range a {
		isUnbounded := math.IsInf(terms[j].Lo, -1)
		if c == 0 || unbounded > 1 || unbounded == 1 && !isUnbounded {
			continue
		}
		others := least.Lo
		if !isUnbounded {
			others = interval(least.Lo).Sub(interval(terms[j].Lo)).Lo
		}
		// c x_j <= right - others.
		most := interval(right).Sub(interval(others)).Hi
		if c > 0 {
			box.Hi[j] = math.Min(box.Hi[j], up(most/c))
		} else {
			box.Lo[j] = math.Max(box.Lo[j], down(most/c))
		}
		if box.Lo[j] > box.Hi[j] {
			return false
		}
	}
	return true
}

func down(x float64) float64 { return math.Nextafter(x, math.Inf(-1)) }

func up(x float64) float64 { return math.Nextafter(x, math.Inf(1)) }

// programs narrows a box to the bounding box of its intersection with the rows:
// for each coordinate a linear program upward and one downward.
func (n *narrower) programs(box *set.Box, r *rows) bool {
	p := &lp.Problem{Cost: make([]float64, r.dim), Rows: r.a, Right: r.right, Lower: box.Lo, Upper: box.Hi}
	s := n.solvers.get(r.dim)
	y := make([]float64, r.count())
	for j := range r.dim {
		for _, direction := range []float64{1, -1} {
			if box.Lo[j] == box.Hi[j] && j > 0 {
				continue
			}
			clear(p.Cost)
			p.Cost[j] = direction
			status := s.Solve(p)
			switch status {
			case lp.Infeasible:
				s.Multipliers(y)
				if p.Refutes(y) || p.RefutesExactly(y) {
					return false
				}
			case lp.Optimal:
				s.Multipliers(y)
				bound := p.UpperBound(y)
				if direction > 0 {
					box.Hi[j] = math.Min(box.Hi[j], bound)
				} else {
					box.Lo[j] = math.Max(box.Lo[j], -bound)
				}
				if box.Lo[j] > box.Hi[j] {
					return false
				}
			}
		}
	}
	return true
}
