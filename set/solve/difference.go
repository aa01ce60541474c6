package solve

import (
	"fmt"

	"github.com/netmend/netmend/set"
)

// MaxPieces is the number of pieces after which [Difference], [Covered] and what
// uses them give up with ErrTooLarge: the number can grow with every member of
// the union by a factor of its rows.
const MaxPieces = 200_000

// Difference is p without the points of u, as polyhedra that do not overlap, in
// a fixed order. They have strict rows where rows of u are closed, and the other
// way around. Empty pieces are left out, so that the difference is empty iff
// there are none.
//
// Algorithm: for each member of u, what is left is cut along its rows one by
// one; the part beyond a row is left over, the part within goes on to the next.
func (in Solver) Difference(p set.Polyhedron, u set.Union) (set.Union, error) {
	left := set.Union{p}
	if e, err := in.Empty(p); err != nil || e.Empty {
		return nil, err
	}
	for _, q := range u {
		var next set.Union
		for _, piece := range left {
			parts, err := in.cutAway(piece, q)
			if err != nil {
				return nil, err
			}
			next = append(next, parts...)
			if len(next) > MaxPieces {
				return nil, fmt.Errorf("difference of sets: %w", ErrTooLarge)
			}
		}
		left = next
	}
	return left, nil
}

// cutAway is piece, which is not empty, without q.
func (in Solver) cutAway(piece, q set.Polyhedron) (set.Union, error) {
	var parts set.Union
	rest := piece
	for _, h := range q.Rows {
		part := rest.With(h.Complement())
		e, err := in.Empty(part)
		if err != nil {
			return nil, err
		}
		if e.Empty {
			continue // all of rest is within h
		}
		parts = append(parts, part)
		rest = rest.With(h)
		if e, err = in.Empty(rest); err != nil {
			return nil, err
		}
		if e.Empty {
			// The parts make up the piece again: give it back whole.
			return set.Union{piece}, nil
		}
	}
	return parts, nil
}

// Contains reports whether p contains q up to the tolerance: whether every point
// of q meets the rows of p moved outward by it, as a distance. It is the exact
// answer to that question; with tolerance 0 it reports whether q is a subset of
// p. Of an empty q it is true.
func Contains(p, q set.Polyhedron, tolerance float64) (bool, error) {
	_, ok, err := Covered(set.Union{q}, set.Union{p}, tolerance)
	return ok, err
}

// Covered reports whether u is a subset of v with all rows moved outward by the
// tolerance, as a distance. If not, it gives a point of u that is not in that
// (up to rounding where it lies on a face). It is exact: with tolerance 0 it
// reports whether u is a subset of v.
func Covered(u, v set.Union, tolerance float64) (outside []float64, ok bool, err error) {
	wide := make(set.Union, len(v))
	for i, p := range v {
		wide[i] = Inflate(p, tolerance)
	}
	for _, p := range u {
		e, err := Empty(p)
		if err != nil {
			return nil, false, err
		}
		if e.Empty {
			continue
		}
		c := coverage{pieces: MaxPieces}
		outside, err := c.outside(p, e.Point, wide)
		if outside != nil || err != nil {
			return outside, false, err
		}
	}
	return nil, true, nil
}

// Equal reports whether u and v are the same set up to the tolerance: each is
// Covered by the other. If not, it gives a point of one that is not in the
// other.
func Equal(u, v set.Union, tolerance float64) (differs []float64, ok bool, err error) {
	if differs, ok, err = Covered(u, v, tolerance); !ok {
		return differs, ok, err
	}
	return Covered(v, u, tolerance)
}

// Inflate is p with every row moved outward by the distance by, inward where it
// is negative.
func Inflate(p set.Polyhedron, by float64) set.Polyhedron {
	q := set.Polyhedron{Dim: p.Dim, Rows: make([]set.HalfSpace, len(p.Rows))}
	for i, h := range p.Rows {
		h.Offset += float64(by * length(h.Normal))
		q.Rows[i] = h
	}
	return q
}

// coverage looks for points outside a union, depth first.
type coverage struct{ pieces int }

// outside is a point of piece, which is not empty, that no member of u
// contains; nil if there is none. It is given a point of the piece.
func (c *coverage) outside(piece set.Polyhedron, point []float64, u set.Union) ([]float64, error) {
	if len(u) == 0 {
		return point, nil
	}
	if c.pieces--; c.pieces < 0 {
		return nil, fmt.Errorf("comparing unions: %w", ErrTooLarge)
	}
	q := u[0]
	if e, err := Empty(piece.Intersect(q)); err != nil || e.Empty {
		if err != nil {
			return nil, err
		}
		return c.outside(piece, point, u[1:])
	}
	rest := piece
	for _, h := range q.Rows {
		part := rest.With(h.Complement())
		e, err := Empty(part)
		if err != nil {
			return nil, err
		}
		if e.Empty {
			continue
		}
		if found, err := c.outside(part, e.Point, u[1:]); found != nil || err != nil {
			return found, err
		}
		rest = rest.With(h)
	}
	return nil, nil
}
