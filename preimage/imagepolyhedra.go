package preimage

import (
	"context"
	"encoding/binary"
	"errors"
	"math"

	"github.com/netmend/netmend/internal/vector"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/region/polytope"
	"github.com/netmend/netmend/set"
	"github.com/netmend/netmend/set/solve"
)

// errUnboundedImage says why there is no proof.
var errUnboundedImage = errors.New("the input set is unbounded, and images of such sets are not proven")

// imageOfPolyhedra is image with package polyhedron; the result has Outputs where it is not
// proven, too.
func (e *enumeration) imageOfPolyhedra(ctx context.Context, d polytope.Domain, opt ImageOptions) (*Result, error) {
	r, in := &e.result, solve.Within(ctx)
	outputs := set.EmptyBox(e.net.OutDim())
	bounded := unboundedInput(d) < 0
	options := polytope.Options{Split: true, Tree: opt.Prove && bounded, Workers: opt.Workers, MaxCells: opt.MaxPieces}
	err := e.visitPolyhedra(ctx, d, options, func(c *cell) error {
		p, box, err := e.imageOfHalfSpaces(in, c)
		if err == nil && ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		if err != nil {
			return err
		}
		outputs = outputs.Hull(box)
		r.Pieces = append(r.Pieces, p)
		if r.Count++; e.found != nil {
			e.found.note(c, &p, r.Count-1)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	r.Outputs = outputs
	switch {
	case r.Limit != nil || !opt.Prove:
	case !bounded:
		r.Proof.Missing = errUnboundedImage
	default:
		return r, e.proveImage(ctx, opt)
	}
	return r, nil
}

// maxEliminated is the number of inputs up to which unbounded images are computed by
// elimination.
const maxEliminated = 3

// imageOfHalfSpaces is the image of a cell under its affine map, and its bounding box. In few
// outputs it is the hull of the points where the facets of the hull of earlier ones are passed;
// else, and where it is unbounded, or has too many facets, it is Loose.
func (e *enumeration) imageOfHalfSpaces(in solve.Solver, c *cell) (Piece, set.Box, error) {
	piece := Piece{Pattern: append(nn.Pattern{}, c.pattern...)}
	a, b, err := e.net.AffineMap(c.pattern)
	if err != nil {
		return piece, set.Box{}, err
	}
	s := support{in: in, of: inFree(set.Polyhedron{Dim: e.net.InDim(), Rows: c.rows()}, &e.result), a: a, b: b}
	if free := e.result.free; free != nil {
		s.restrict(free, e.result.constants)
	}
	box := set.WholeBox(len(b))
	for i := range b {
		n := make([]float64, len(b))
		for side, bound := range [...][]float64{box.Hi, box.Lo} {
			sign := float64(1 - 2*side)
			n[i] = sign
			value, err := s.reach(n)
			if err != nil {
				return piece, box, err
			}
			bound[i] = float64(sign * value)
		}
	}
	switch {
	case box.Bounded() && len(b) <= maxHullOutputs:
		piece.Set, err = s.hull()
		piece.Vertices = s.points
	case !box.Bounded() && s.of.Dim <= maxEliminated:
		piece.Set, err = in.Image(s.of, s.a, s.b)
	default:
		err = errLoose
	}
	if err != nil {
		piece.Vertices, piece.Loose = nil, true
		piece.Set = set.Whole(len(b))
		for _, h := range box.Polyhedron().Rows {
			if !math.IsInf(h.Offset, 0) {
				piece.Set = piece.Set.With(h)
			}
		}
	}
	return piece, box, nil
}

var errLoose = errors.New("an image with many facets")

// support finds how far the image of a polyhedron under x -> a x + b reaches.
type support struct {
	in     solve.Solver
	of     set.Polyhedron
	a      nn.Matrix
	b      []float64
	points [][]float64 // found
}

// restrict takes the map in the inputs that vary.
func (s *support) restrict(free []int, constants []float64) {
	a, b := nn.NewMatrix(s.a.Rows, len(free)), append([]float64(nil), s.b...)
	for i := range b {
		row := s.a.Row(i)
		at := append([]float64(nil), constants...)
		for k, j := range free {
			a.Row(i)[k], at[j] = row[j], 0
		}
		b[i] += vector.Dot(row, at)
	}
	s.a, s.b = a, b
}

// reach is the largest n . y, at a point that is kept; +Inf where there is none.
func (s *support) reach(n []float64) (float64, error) {
	c := make([]float64, s.of.Dim)
	for i, v := range n {
		for k, w := range s.a.Row(i) {
			c[k] += float64(v * w)
		}
	}
	r, err := s.in.Support(s.of, c)
	if err != nil || r.At == nil || r.Ray != nil {
		return math.Inf(1), err
	}
	y := make([]float64, len(s.b))
	for i := range y {
		y[i] = vector.Dot(s.a.Row(i), r.At) + s.b[i]
	}
	s.points = append(s.points, y)
	return vector.Dot(n, y), nil
}

// maxReaches limits the facets that a hull is looked beyond.
const maxReaches = 1 << 10

// hull is the hull of the image, found from within: while the image passes a facet of the hull
// of the points known, by more than rounding, the farthest point becomes one of them.
func (s *support) hull() (set.Polyhedron, error) {
	const beyond = 1e-9
	settled := make(map[string]bool)
	for reaches := 0; ; {
		s.points = distinct(s.points)
		hull, err := s.in.ConvexHull(len(s.b), s.points)
		if err != nil {
			return hull, err
		}
		grown := false
		for _, h := range hull.Rows {
			key := string(pointBytes(append(append([]float64(nil), h.Normal...), h.Offset)))
			if settled[key] {
				continue
			}
			settled[key] = true
			if reaches++; reaches > maxReaches {
				return hull, errLoose
			}
			value, err := s.reach(h.Normal)
			if err != nil {
				return hull, err
			}
			if value > h.Offset+float64(beyond*(size(h)+math.Abs(value))) {
				grown = true
			} else {
				s.points = s.points[:len(s.points)-1]
			}
		}
		if !grown {
			return hull, nil
		}
	}
}

// pointBytes are the bits of numbers.
func pointBytes(x []float64) []byte {
	var b []byte
	for _, v := range x {
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(v))
	}
	return b
}
