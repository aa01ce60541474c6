package solve

import (
	"math"

	"github.com/netmend/netmend/set"
)

// BoundingBox is a box that certainly contains the closure of p, the smallest one but for
// rounding: with infinite bounds where p is unbounded, or too close to it to tell, and an
// empty box where p is empty.
//
// It fails with ErrNumerical where a linear program does not end well, and as [Empty] does.
func (in Solver) BoundingBox(p set.Polyhedron) (set.Box, error) {
	box := set.WholeBox(p.Dim)
	q := in.newSupporter(p)
	if len(q.g.Right) == 0 { // a box
		if q.g.crossedBounds(len(p.Rows)) != nil {
			return set.EmptyBox(p.Dim), nil
		}
		return set.Box{Lo: q.g.Lower, Hi: q.g.Upper}, nil
	}
	c := make([]float64, p.Dim)
	found := true // all bounds have been proven
	for j := range p.Dim {
		for _, sign := range [2]float64{1, -1} {
			c[j] = sign
			r, err := q.reach(c)
			if err != nil {
				return set.Box{}, err
			}
			if math.IsInf(r.Value, -1) {
				return set.EmptyBox(p.Dim), nil
			}
			v := r.Bound
			if !(v <= r.Value+Tolerance) {
				v, found = r.Value, found && math.IsInf(r.Value, 1)
			}
			if sign > 0 {
				box.Hi[j] = v
			} else {
				box.Lo[j] = -v
			}
		}
		c[j] = 0
	}
	if found {
		return box, nil
	}
	return in.surround(p, box)
}

// surround is a box that certainly contains p, which is about as large as a box that linear
// programs found. Within bounds that are finite their multipliers prove bounds, tight ones
// where they are any good. So p is looked at within a larger box: if it has a point there
// and stays away from all of the sides, it has no others, being convex.
//
// Sides that are infinite stay so, and so do those that nothing is proven of.
func (in Solver) surround(p set.Polyhedron, box set.Box) (set.Box, error) {
	const tries = 300 // of growth by 16: beyond float64
	within := set.WholeBox(p.Dim)
	room := make([]float64, p.Dim)
	for j, lo := range box.Lo {
		room[j] = 1
		for _, v := range []float64{lo, box.Hi[j]} {
			if !math.IsInf(v, 0) {
				room[j] += math.Abs(v)
			}
		}
		within.Lo[j], within.Hi[j] = lo-room[j], box.Hi[j]+room[j]
	}
	for range tries {
		if err := in.over(); err != nil {
			return set.Box{}, err
		}
		if !within.Bounded() {
			break
		}
		e, err := in.Empty(p.Intersect(within.Polyhedron()))
		if err != nil && !e.Empty {
			return set.Box{}, err
		}
		inner, apart := in.OuterBox(p, within), true
		for j := range inner.Lo {
			if e.Empty || !(within.Lo[j] < inner.Lo[j]) || !(inner.Hi[j] < within.Hi[j]) {
				apart = false
				room[j] = float64(room[j] * 16)
				within.Lo[j] -= room[j]
				within.Hi[j] += room[j]
			}
		}
		if apart {
			return inner, nil
		}
	}
	// Unbounded in some direction, or next to it.
	for j := range box.Lo {
		if box.Lo[j] > box.Hi[j] {
			return set.WholeBox(p.Dim), nil
		}
	}
	return in.onlyProven(p, box), in.over()
}

// onlyProven are the bounds of a box beyond which p is shown to have no point, the others
// being infinite.
func (in Solver) onlyProven(p set.Polyhedron, box set.Box) set.Box {
	shown := set.WholeBox(p.Dim)
	beyond := func(j int, sign, v float64) bool {
		h := set.HalfSpace{Normal: make([]float64, p.Dim), Offset: float64(-sign * v), Strict: true}
		h.Normal[j] = -sign
		e, err := in.Empty(p.With(h))
		return e.Empty && (err == nil || e.Farkas == nil)
	}
	for j := range box.Lo {
		room := float64(Tolerance * (1 + min(math.Abs(box.Lo[j]), math.Abs(box.Hi[j]))))
		for _, room := range []float64{room, 0} {
			if v := box.Hi[j] + room; !math.IsInf(v, 0) && beyond(j, 1, v) {
				shown.Hi[j] = v
			}
			if v := box.Lo[j] - room; !math.IsInf(v, 0) && beyond(j, -1, v) {
				shown.Lo[j] = v
			}
		}
	}
	return shown
}
