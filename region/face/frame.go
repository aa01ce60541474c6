package face

import (
	"math"
	"math/big"
	"slices"

	"github.com/netmend/netmend/set"
)

// Frame is a simplex of float64 points that spans what the places of a cell lie in; it need
// not contain them. An affine function is given by its values at the corners.
type Frame struct {
	Corners [][]float64
}

// Reach is the largest coordinate of the points, which is the size of the numbers that points
// between them are computed from.
func Reach(points ...[]float64) float64 {
	most := 0.0
	for _, x := range points {
		most = max(most, largest(abs(x)))
	}
	return most
}

// Facet is a hyperplane on which a face lies.
type Facet struct {
	Kind Kind
	// Index of the unit in a pattern, and Break of the breakpoint of its function; or Index of
	// the frame's corner that is opposite of a side.
	Index, Break int32
	// Plane is the boundary of this half-space.
	Plane set.HalfSpace
}

// Kind of a facet.
type Kind uint8

// The kinds of facets.
const (
	// Unit: where a unit ties.
	Unit Kind = iota
	// Side: the side of the frame opposite of a corner.
	Side
	// Plane: the boundary of a half-space.
	Plane
)

// has reports whether a face lies on the facet of a unit by definition.
func (f *Face) has(unit, at int) bool {
	return slices.ContainsFunc(f.Facets, func(g Facet) bool { return g.Kind == Unit && int(g.Index) == unit && int(g.Break) == at })
}

// onSide is the weight of a corner up to which a place counts as on the side opposite of it:
// the rounding of a place.
const onSide = 0x1p-44

// OfSegment is the frame of a segment, with its ends on which all of the places lie.
func OfSegment(s set.Segment, places ...[]float64) (Frame, []Facet) {
	f := Frame{Corners: [][]float64{s.From, s.To}}
	along, length := 0.0, 0.0
	d := make([]float64, len(s.From))
	for i := range d {
		d[i] = s.To[i] - s.From[i]
		length = max(length, math.Abs(d[i]))
	}
	square := 0.0
	for i := range d {
		d[i] /= length
		square += float64(d[i] * d[i])
	}
	var weights [][]float64
	for _, x := range places {
		along = 0
		for i := range d {
			along += float64(d[i] * ((x[i] - s.From[i]) / length))
		}
		t := along / square
		weights = append(weights, []float64{1 - t, t})
	}
	return f, sidesOf(weights, func(int) bool { return true })
}

// OfPolygon is the frame of a polygon: the triangle of its fan from the first vertex that
// contains the middle of the places, with the polygon's edges on which all of them lie.
func OfPolygon(p *set.Polygon, places ...[]float64) (Frame, []Facet) {
	at := make([][2]float64, len(places))
	var middle [2]float64
	for k, x := range places {
		for i, o := range p.Origin {
			at[k][0] += float64((x[i] - o) * p.U[i])
			at[k][1] += float64((x[i] - o) * p.V[i])
		}
		for c := range middle {
			middle[c] += at[k][c] / float64(len(places))
		}
	}
	best, inside := 1, math.Inf(-1)
	for i := 1; i+1 < len(p.Plane); i++ {
		if least := slices.Min(barycentric(p, i, middle)); least > inside {
			best, inside = i, least
		}
	}
	var weights [][]float64
	for _, x := range at {
		weights = append(weights, barycentric(p, best, x))
	}
	f := Frame{Corners: [][]float64{p.Vertices[0], p.Vertices[best], p.Vertices[best+1]}}
	return f, sidesOf(weights, func(k int) bool {
		return k == 0 || k == 1 && best+2 == len(p.Plane) || k == 2 && best == 1
	})
}

// barycentric are the weights of a point of the plane in triangle i of the fan: of the
// vertices 0, i and i+1.
func barycentric(p *set.Polygon, i int, x [2]float64) []float64 {
	a, b, c := p.Plane[0], p.Plane[i], p.Plane[i+1]
	area := cross(a, b, c)
	return []float64{cross(x, b, c) / area, cross(a, x, c) / area, cross(a, b, x) / area}
}

func cross(a, b, c [2]float64) float64 {
	return float64((b[0]-a[0])*(c[1]-a[1])) - float64((b[1]-a[1])*(c[0]-a[0]))
}

// sidesOf are the sides on which all places lie, by their weights: those that bound the
// domain, and all that meet in a corner.
func sidesOf(weights [][]float64, bounds func(k int) bool) []Facet {
	if len(weights) == 0 {
		return nil
	}
	var on []int
	for k := range weights[0] {
		if !slices.ContainsFunc(weights, func(w []float64) bool { return math.Abs(w[k]) > onSide }) {
			on = append(on, k)
		}
	}
	var sides []Facet
	for _, k := range on {
		if bounds(k) || len(on)+1 == len(weights[0]) {
			sides = append(sides, Facet{Kind: Side, Index: int32(k)})
		}
	}
	return sides
}

// OfBox is the frame of a box, in the coordinates that vary.
func OfBox(lo, hi []float64) Frame {
	f := Frame{Corners: [][]float64{lo}}
	for k, v := range hi {
		if v > lo[k] {
			c := slices.Clone(lo)
			c[k] = v
			f.Corners = append(f.Corners, c)
		}
	}
	return f
}

// plane is the function whose zeros bound a half-space, at the corners.
func (f *Frame) plane(h set.HalfSpace) ([]*big.Int, bool) {
	m := &matrix{in: len(h.Normal), out: 1, weight: h.Normal, bias: []float64{-h.Offset}}
	if !m.finite() {
		return nil, false
	}
	in := inputValues(f.Corners)
	v := m.apply(&in)
	return v.row(0, 0), true
}

// side is the function that is 1 at a corner and 0 at the others.
func (f *Frame) side(k int) []*big.Int {
	row := make([]*big.Int, len(f.Corners))
	for i := range row {
		row[i] = new(big.Int)
	}
	row[k].SetInt64(1)
	return row
}
