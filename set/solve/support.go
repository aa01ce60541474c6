package solve

import (
	"math"
	"slices"

	"github.com/netmend/netmend/internal/lp"
	"github.com/netmend/netmend/set"
)

// Reach is how far a set goes in one direction.
type Reach struct {
	// Value is the support function: the maximum of c . x. +Inf where the set is
	// unbounded in that direction, -Inf where it is empty.
	Value float64
	// Bound is a number that c . x certainly does not exceed on the set, all
	// rounding accounted for: just above Value for bounded sets with bounds on
	// every coordinate, possibly +Inf for others.
	Bound float64
	// At is a point where the value is reached (the support vector), or some
	// point of an unbounded set; nil for an empty one.
	At []float64
	// Ray is a direction in which c . x grows without end, nil if there is none.
	Ray []float64
}

// Support is the support function and vector of the closure of p in the
// direction c.
func (in Solver) Support(p set.Polyhedron, c []float64) (Reach, error) {
	checkDim(p, c)
	return in.newSupporter(p).reach(c)
}

// supporter answers several support queries on one polyhedron.
type supporter struct {
	in Solver
	g  *program
	s  *lp.Solver
	y  []float64
}

func (in Solver) newSupporter(p set.Polyhedron) *supporter {
	g := in.programOf(p.Closure(), 0)
	return &supporter{in: in, g: g, s: lp.New(p.Dim), y: make([]float64, len(g.Right))}
}

func (q *supporter) reach(c []float64) (Reach, error) {
	copy(q.g.Cost, c)
	status := q.s.Resolve(&q.g.Problem)
	switch status {
	case lp.Infeasible:
		if !q.refuted() {
			return Reach{}, q.in.failed()
		}
		return Reach{Value: math.Inf(-1), Bound: math.Inf(-1)}, nil
	case lp.Unbounded:
		return Reach{
			Value: math.Inf(1), Bound: math.Inf(1),
			At: slices.Clone(q.s.X()), Ray: slices.Clone(q.s.Ray()),
		}, nil
	case lp.Optimal:
		q.s.Multipliers(q.y)
		return Reach{
			Value: q.s.Objective(), Bound: q.g.UpperBound(q.y), At: slices.Clone(q.s.X()),
		}, nil
	}
	return Reach{}, q.in.failed()
}

// Bounded reports whether p is bounded; an empty set is.
func (in Solver) Bounded(p set.Polyhedron) (bool, error) {
	box, err := in.BoundingBox(p)
	return err == nil && box.Bounded(), err
}
