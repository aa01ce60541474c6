package solve

import (
	"fmt"
	"math"
	"slices"

	"github.com/netmend/netmend/set"
)

// Eliminate is the projection of p to the coordinates kept, in the order given:
// the set of z for which some x in p has x[keep[k]] = z[k]. It takes any
// polyhedron, also unbounded, flat and strict ones. Redundant rows are removed
// after each step as Reduce does it, so the result may be larger by Tolerance a
// step. It fails with ErrTooLarge where a step makes more than MaxPieces rows.
//
// Algorithm: Fourier-Motzkin elimination, the coordinate first that makes the
// fewest rows; where two opposite rows make an equation with the coordinate, it
// is substituted instead.
func (in Solver) Eliminate(p set.Polyhedron, keep []int) (set.Polyhedron, error) {
	q, err := in.Reduce(p)
	if err != nil {
		return set.Polyhedron{}, err
	}
	for {
		j := cheapest(q, keep)
		if j < 0 {
			break
		}
		if q, err = in.eliminate(q, j); err != nil {
			return set.Polyhedron{}, err
		}
		if q, err = in.Reduce(q); err != nil {
			return set.Polyhedron{}, err
		}
	}
	return q.Slice(make([]float64, p.Dim), keep), nil
}

// cheapest is the coordinate, of those not kept that still occur in a row, whose
// elimination makes the fewest rows; -1 if there is none.
func cheapest(p set.Polyhedron, keep []int) int {
	best, fewest := -1, math.MaxInt
	for j := range p.Dim {
		if slices.Contains(keep, j) {
			continue
		}
		above, below := 0, 0
		for _, h := range p.Rows {
			switch {
			case h.Normal[j] > 0:
				above++
			case h.Normal[j] < 0:
				below++
			}
		}
		if above+below == 0 {
			continue
		}
		made := above * below
		if equation(p, j) >= 0 {
			made = 0
		}
		if made < fewest {
			best, fewest = j, made
		}
	}
	return best
}

// eliminate removes coordinate j from all rows.
func (in Solver) eliminate(p set.Polyhedron, j int) (set.Polyhedron, error) {
	q := set.Polyhedron{Dim: p.Dim}
	add := func(h, other set.HalfSpace) {
		if r, ok := combined(h, other, j); ok {
			q.Rows = append(q.Rows, r)
		}
	}
	if e := equation(p, j); e >= 0 {
		h := p.Rows[e]
		opposite := closedOpposite(h)
		for i, r := range p.Rows {
			switch c := r.Normal[j]; {
			case i == e:
			case c == 0:
				q.Rows = append(q.Rows, r)
			case c > 0 == (h.Normal[j] > 0):
				add(r, opposite)
			default:
				add(r, h)
			}
		}
		return q, nil
	}
	for i, h := range p.Rows {
		if err := in.over(); err != nil {
			return set.Polyhedron{}, err
		}
		if h.Normal[j] == 0 {
			q.Rows = append(q.Rows, h)
			continue
		}
		for _, other := range p.Rows[i+1:] {
			if h.Normal[j]*other.Normal[j] < 0 {
				add(h, other)
			}
		}
		if len(q.Rows) > MaxPieces {
			return set.Polyhedron{}, fmt.Errorf("elimination of a coordinate: %w", ErrTooLarge)
		}
	}
	return q, nil
}

// equation is a row that contains coordinate j, large compared with the rest of
// it, and whose opposite is a row too; -1 if there is none. Both are closed.
func equation(p set.Polyhedron, j int) int {
	best, largest := -1, 0.0
	for i, h := range p.Rows {
		if h.Normal[j] == 0 || h.Strict {
			continue
		}
		if c := math.Abs(h.Normal[j]) / length(h.Normal); c > largest {
			opposite := closedOpposite(h)
			for _, other := range p.Rows {
				if !other.Strict && parallelAndEqual(other, opposite) {
					best, largest = i, c
					break
				}
			}
		}
	}
	return best
}

// closedOpposite is the half-space on the other side of the same hyperplane,
// which belongs to it.
func closedOpposite(h set.HalfSpace) set.HalfSpace {
	h = h.Complement()
	h.Strict = false
	return h
}

// parallelAndEqual reports whether two half-spaces are the same but for a positive
// factor, up to rounding.
func parallelAndEqual(a, b set.HalfSpace) bool {
	sa, sb := length(a.Normal), length(b.Normal)
	if sa == 0 || sb == 0 {
		return false
	}
	for j, v := range a.Normal {
		if math.Abs(v/sa-b.Normal[j]/sb) > parallelTolerance {
			return false
		}
	}
	x, y := a.Offset/sa, b.Offset/sb
	return math.Abs(x-y) <= parallelTolerance*max(math.Abs(x), math.Abs(y))
}

// combined is the sum of two rows, with positive factors that make coordinate j
// vanish. It is not a row where rounding errors are all that is left of the
// normal and the offset allows everything.
func combined(h, other set.HalfSpace, j int) (set.HalfSpace, bool) {
	f, g := math.Abs(other.Normal[j]), math.Abs(h.Normal[j])
	scale := 1 / max(f, g)
	f, g = float64(f*scale), float64(g*scale)
	r := set.HalfSpace{
		Normal: make([]float64, len(h.Normal)),
		Offset: float64(f*h.Offset) + float64(g*other.Offset),
		Strict: h.Strict || other.Strict,
	}
	for k := range r.Normal {
		if k == j {
			continue
		}
		a, b := float64(f*h.Normal[k]), float64(g*other.Normal[k])
		if s := a + b; math.Abs(s) > 0x1p-50*(math.Abs(a)+math.Abs(b)) {
			r.Normal[k] = s
		}
	}
	if length(r.Normal) == 0 {
		// 0 <= Offset: what is below by rounding errors only is not a contradiction.
		rounding := float64(0x1p-50 * (math.Abs(f*h.Offset) + math.Abs(g*other.Offset)))
		if r.Offset > rounding || r.Offset >= -rounding && !r.Strict {
			return r, false
		}
	}
	return r, true
}
