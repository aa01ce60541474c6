package preimage

import (
	"github.com/netmend/netmend/set"
	"github.com/netmend/netmend/set/solve"
)

// isEmpty tells whether p, cut with a box where box is not nil, is empty. It is
// exact; where the answer cannot be had, p counts as not empty.
func isEmpty(p set.Polyhedron, box *set.Box) bool {
	if box != nil {
		p = p.Intersect(box.Polyhedron())
	}
	e, err := solve.Empty(p)
	return e.Empty && (err == nil || e.Farkas == nil)
}

// irredundant is p without redundant rows, p itself where that fails.
func irredundant(p set.Polyhedron) set.Polyhedron {
	if q, err := solve.Reduce(p); err == nil {
		return q
	}
	return p
}

func boundingBox(p set.Polyhedron) (set.Box, error) { return solve.BoundingBox(p) }
