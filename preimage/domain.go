package preimage

import (
	"context"
	"fmt"
	"math"

	"github.com/netmend/netmend/internal/vector"
	"github.com/netmend/netmend/region/polytope"
	"github.com/netmend/netmend/set"
	"github.com/netmend/netmend/set/solve"
)

// boundedDomain is the polyhedron p as a box with cuts. Rows about one
// coordinate become bounds, and a coordinate without bounds gets those that the
// other rows imply. It fails, naming the coordinate, where there are none.
func boundedDomain(ctx context.Context, p set.Polyhedron) (polytope.Domain, error) {
	d, err := domainOf(ctx, p)
	if err != nil {
		return d, err
	}
	if j := unboundedInput(d); j >= 0 {
		return d, fmt.Errorf("the domain is unbounded: input %d %s; %w", j, missingBound(d.Lo[j], d.Hi[j]), ErrUnbounded)
	}
	return d, nil
}

// unboundedInput is the first input without a finite range, or -1.
func unboundedInput(d polytope.Domain) int {
	for j, lo := range d.Lo {
		if lo <= d.Hi[j] && !(vector.IsFinite(lo) && vector.IsFinite(d.Hi[j])) {
			return j
		}
	}
	return -1
}

// domainOf is boundedDomain with infinite bounds where there are none.
func domainOf(ctx context.Context, p set.Polyhedron) (polytope.Domain, error) {
	box := set.WholeBox(p.Dim)
	d := polytope.Domain{}
	for _, h := range p.Rows {
		j, single := onlyCoordinate(h.Normal)
		if !single || !bound(&box, j, h) {
			d.Cuts = append(d.Cuts, h.Closure())
		}
	}
	d.Lo, d.Hi = box.Lo, box.Hi
	if box.Empty() {
		return d, nil
	}
	for j := range p.Dim {
		if vector.IsFinite(box.Lo[j]) && vector.IsFinite(box.Hi[j]) {
			continue
		}
		hull, err := solve.Within(ctx).BoundingBox(p)
		if err != nil {
			return d, err
		}
		box = box.Intersect(hull)
		d.Lo, d.Hi = box.Lo, box.Hi
		break
	}
	return d, nil
}

// missingBound says what an input lacks.
func missingBound(lo, hi float64) string {
	switch {
	case vector.IsFinite(lo):
		return "has no upper limit"
	case vector.IsFinite(hi):
		return "has no lower limit"
	}
	return "has no limits"
}

// onlyCoordinate is the one coordinate that a normal is about.
func onlyCoordinate(normal []float64) (j int, single bool) {
	j = -1
	for k, a := range normal {
		if a == 0 {
			continue
		}
		if j >= 0 {
			return 0, false
		}
		j = k
	}
	return j, j >= 0
}

// bound tightens a box by a row about coordinate j, and reports whether the bound
// is the row exactly.
func bound(box *set.Box, j int, h set.HalfSpace) bool {
	a := h.Normal[j]
	limit := h.Offset / a
	exact := math.Abs(a) == 1 || h.Offset == 0 ||
		math.Abs(h.Offset) > 0x1p-960 && math.FMA(limit, a, -h.Offset) == 0 // no underflow
	if h.Strict || !exact || !vector.IsFinite(limit) {
		return false
	}
	if a > 0 {
		box.Hi[j] = min(box.Hi[j], limit)
	} else {
		box.Lo[j] = max(box.Lo[j], limit)
	}
	return true
}

// freeOf are the coordinates that a domain does not fix, nil if it fixes none,
// and the values of those it does.
func freeOf(d polytope.Domain) (free []int, constants []float64) {
	constants = make([]float64, len(d.Lo))
	free = []int{}
	for j, lo := range d.Lo {
		if lo == d.Hi[j] {
			constants[j] = lo
		} else {
			free = append(free, j)
		}
	}
	if len(free) == len(d.Lo) {
		return nil, nil
	}
	return free, constants
}
