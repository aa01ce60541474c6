package preimage

import (
	"math/big"

	"github.com/netmend/netmend/set"
)

// FlatsOfPolygon gives a polygon, exactly: in the coordinates of two of its sides if those of
// all vertices are float64 numbers, as for triangles and parallelograms, and otherwise as the
// fan of triangles from its first vertex.
func FlatsOfPolygon(p *set.Polygon) []Flat {
	v := p.Vertices
	if at, ok := coordinates(v); ok {
		if sides, ok := sidesOf(at); ok {
			return []Flat{flatOfCorners(sides, v[0], v[1], v[len(v)-1])}
		}
	}
	var fan []Flat
	triangle, _ := sidesOf([][2]*big.Rat{{rational(0), rational(0)}, {rational(1), rational(0)}, {rational(0), rational(1)}})
	for k := 1; k+1 < len(v); k++ {
		fan = append(fan, flatOfCorners(triangle, v[0], v[k], v[k+1]))
	}
	return fan
}

// FlatOfSegment is a segment, exactly, with the parameter t of [set.Segment.At].
func FlatOfSegment(s set.Segment) Flat {
	return flatOfCorners(set.Box{Lo: []float64{0}, Hi: []float64{1}}.Polyhedron(), s.From, s.To)
}

func flatOfCorners(sides set.Polyhedron, corners ...[]float64) Flat {
	f := Flat{Origin: corners[0], Sides: sides, corners: corners}
	for _, c := range corners[1:] {
		axis := make([]float64, len(c))
		for j := range axis {
			axis[j] = c[j] - f.Origin[j]
		}
		f.Axes = append(f.Axes, axis)
	}
	return f
}

func rational(v float64) *big.Rat { return new(big.Rat).SetFloat64(v) }

// coordinates are those of vertices in a plane, in which the first is 0, the second (1, 0)
// and the last (0, 1); not ok where the vertices do not lie in one plane exactly.
func coordinates(v [][]float64) (at [][2]*big.Rat, ok bool) {
	side := func(k, j int) *big.Rat { return new(big.Rat).Sub(rational(v[k][j]), rational(v[0][j])) }
	cross := func(k, l, i, j int) *big.Rat {
		c := new(big.Rat).Mul(side(k, i), side(l, j))
		return c.Sub(c, new(big.Rat).Mul(side(k, j), side(l, i)))
	}
	// Two of the inputs tell the points of the plane apart: the one in which the first side
	// is longest, and the one that makes the largest area with it.
	last := len(v) - 1
	i, longest := 0, new(big.Rat)
	for k := range v[0] {
		if c := side(1, k); new(big.Rat).Abs(c).Cmp(longest) > 0 {
			i, longest = k, c.Abs(c)
		}
	}
	j, area := 0, new(big.Rat)
	for k := range v[0] {
		if c := cross(1, last, i, k); new(big.Rat).Abs(c).Cmp(new(big.Rat).Abs(area)) > 0 {
			j, area = k, c
		}
	}
	if area.Sign() == 0 {
		return nil, false
	}
	for k := range v {
		a, b := cross(k, last, i, j), cross(1, k, i, j)
		a.Quo(a, area)
		b.Quo(b, area)
		for l := range v[0] {
			x := new(big.Rat).Mul(a, side(1, l))
			x.Add(x, new(big.Rat).Mul(b, side(last, l)))
			if x.Cmp(side(k, l)) != 0 {
				return nil, false
			}
		}
		at = append(at, [2]*big.Rat{a, b})
	}
	return at, true
}

// sidesOf is the convex polygon with corners that are given counterclockwise; not ok where
// the numbers of its half-spaces are not float64 ones.
func sidesOf(at [][2]*big.Rat) (p set.Polyhedron, ok bool) {
	p = set.Whole(2)
	for i, a := range at {
		b := at[(i+1)%len(at)]
		// The polygon lies to the left of its sides.
		x, y := new(big.Rat).Sub(b[1], a[1]), new(big.Rat).Sub(a[0], b[0])
		c := new(big.Rat).Mul(x, a[0])
		c.Add(c, new(big.Rat).Mul(y, a[1]))
		h := set.HalfSpace{Normal: make([]float64, 2)}
		var exact [3]bool
		h.Normal[0], exact[0] = x.Float64()
		h.Normal[1], exact[1] = y.Float64()
		if h.Offset, exact[2] = c.Float64(); exact != [3]bool{true, true, true} {
			return p, false
		}
		p = p.With(h)
	}
	return p, true
}
