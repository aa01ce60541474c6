package preimage

import (
	"github.com/netmend/netmend/set"
	"github.com/netmend/netmend/set/solve"
)

// isEmpty reports whether p, cut with a box where box is not nil, is empty. It is
// exact; where the answer cannot be had, p counts as not empty.
func isEmpty(p set.Polyhedron, box *set.Box) bool { return isEmptyIn(solve.Solver{}, p, box) }

// isEmptyIn is isEmpty by a solver with an end, at which p counts as not empty.
func isEmptyIn(in solve.Solver, p set.Polyhedron, box *set.Box) bool {
	if box != nil {
		p = p.Intersect(box.Polyhedron())
	}
	e, err := in.Empty(p)
	return e.Empty && (err == nil || e.Farkas == nil)
}

// isThin reports whether p has no interior. It is exact; where the answer cannot be had, p
// counts as having one.
func isThin(in solve.Solver, p set.Polyhedron) bool {
	inner := set.Whole(p.Dim)
	for _, h := range p.Rows {
		if !isZero(h.Normal) { // else it is the whole space, or p is empty
			h.Strict = true
		}
		inner = inner.With(h)
	}
	return isEmptyIn(in, inner, nil)
}

func isZero(a []float64) bool {
	for _, v := range a {
		if v != 0 {
			return false
		}
	}
	return true
}

// isThinDomain reports whether p has no interior in the coordinates that it does
// not fix by two bounds.
func isThinDomain(in solve.Solver, p set.Polyhedron) bool {
	box := set.WholeBox(p.Dim)
	for _, h := range p.Rows {
		if j, single := onlyCoordinate(h.Normal); single {
			bound(&box, j, h)
		}
	}
	var free []int
	at := make([]float64, p.Dim)
	for j := range p.Dim {
		if box.Lo[j] == box.Hi[j] {
			at[j] = box.Lo[j]
		} else {
			free = append(free, j)
		}
	}
	return isThin(in, p.Slice(at, free))
}

// irredundant is p without redundant rows, p itself where that fails.
func irredundant(in solve.Solver, p set.Polyhedron) set.Polyhedron {
	if q, err := in.Reduce(p); err == nil {
		return q
	}
	return p
}
