package set

import (
	"fmt"
	"math"
	"slices"

	"github.com/netmend/netmend/internal/vector"
)

// Box is the product of the intervals [Lo[j], Hi[j]]. Infinite bounds mean no bound. The box
// is empty if some Lo[j] > Hi[j]; in 0 dimensions it is a point.
type Box struct {
	Lo, Hi []float64
}

// NewBox checks that there are as many lower bounds as upper ones, that none is NaN, no lower
// bound +Inf and no upper bound -Inf. Crossed bounds are allowed: the box is empty.
func NewBox(lo, hi []float64) (Box, error) {
	b := Box{Lo: lo, Hi: hi}
	return b, b.Validate()
}

// Validate reports the first fault that [NewBox] refuses.
func (b Box) Validate() error {
	if len(b.Lo) != len(b.Hi) {
		return fmt.Errorf("box with %d lower and %d upper bounds", len(b.Lo), len(b.Hi))
	}
	for j, lo := range b.Lo {
		if hi := b.Hi[j]; math.IsNaN(lo) || math.IsNaN(hi) || lo == posInf || hi == negInf {
			return fmt.Errorf("box: coordinate %d has bounds [%v, %v]", j, lo, hi)
		}
	}
	return nil
}

// WholeBox is the whole space.
func WholeBox(dim int) Box {
	return Box{Lo: slices.Repeat([]float64{negInf}, dim), Hi: slices.Repeat([]float64{posInf}, dim)}
}

// EmptyBox has the bounds [+Inf, -Inf] in every coordinate; in 0 dimensions
// there is no empty box.
func EmptyBox(dim int) Box {
	return Box{Lo: slices.Repeat([]float64{posInf}, dim), Hi: slices.Repeat([]float64{negInf}, dim)}
}

// Dim is the number of coordinates.
func (b Box) Dim() int { return len(b.Lo) }

// Interval is the range of coordinate j.
func (b Box) Interval(j int) Interval { return Interval{b.Lo[j], b.Hi[j]} }

// Clone is a copy that shares nothing with b.
func (b Box) Clone() Box { return Box{Lo: slices.Clone(b.Lo), Hi: slices.Clone(b.Hi)} }

// Empty reports whether b has no point.
func (b Box) Empty() bool {
	for j := range b.Lo {
		if b.Interval(j).Empty() {
			return true
		}
	}
	return false
}

// Bounded reports whether b is empty or has finite bounds only.
func (b Box) Bounded() bool {
	for j := range b.Lo {
		if !vector.IsFinite(b.Lo[j]) || !vector.IsFinite(b.Hi[j]) {
			return b.Empty()
		}
	}
	return true
}

// Contains reports whether x lies in b.
func (b Box) Contains(x []float64) bool {
	if len(x) != len(b.Lo) {
		panic(dimensionMismatch("point", len(x), len(b.Lo)))
	}
	for j, v := range x {
		if !(b.Lo[j] <= v && v <= b.Hi[j]) {
			return false
		}
	}
	return true
}

// ContainsBox reports whether c is empty or all of it lies in b.
func (b Box) ContainsBox(c Box) bool {
	if c.Empty() {
		return true
	}
	for j := range b.Lo {
		if c.Lo[j] < b.Lo[j] || c.Hi[j] > b.Hi[j] {
			return false
		}
	}
	return true
}

// Intersect is what b and c have in common.
func (b Box) Intersect(c Box) Box {
	return b.combine(c, Interval.Intersect)
}

// Hull is the smallest box that contains b and c.
func (b Box) Hull(c Box) Box {
	if b.Empty() {
		return c.Clone()
	}
	if c.Empty() {
		return b.Clone()
	}
	return b.combine(c, Interval.Hull)
}

func (b Box) combine(c Box, f func(i, j Interval) Interval) Box {
	if len(b.Lo) != len(c.Lo) {
		panic(dimensionMismatch("box", len(c.Lo), len(b.Lo)))
	}
	r := Box{Lo: make([]float64, len(b.Lo)), Hi: make([]float64, len(b.Lo))}
	for j := range b.Lo {
		i := f(b.Interval(j), c.Interval(j))
		r.Lo[j], r.Hi[j] = i.Lo, i.Hi
	}
	return r
}

// Center is the middle of a bounded box that is not empty.
func (b Box) Center() []float64 {
	c := make([]float64, len(b.Lo))
	for j, lo := range b.Lo {
		c[j] = lo + (float64(b.Hi[j]/2) - float64(lo/2))
	}
	return c
}

// Volume is the product of the widths, 0 for an empty box; infinite if a
// width is and none is 0.
func (b Box) Volume() float64 {
	if b.Empty() {
		return 0
	}
	v := 1.0
	for j, lo := range b.Lo {
		w := b.Hi[j] - lo
		if w == 0 {
			return 0
		}
		v = float64(v * w)
	}
	return v
}

// Polyhedron is b by its half-spaces: for each coordinate the upper bound, then the lower, if
// they are finite.
func (b Box) Polyhedron() Polyhedron {
	n := len(b.Lo)
	if b.Empty() {
		return Empty(n)
	}
	p := Polyhedron{Dim: n}
	for j := range n {
		if b.Hi[j] != posInf {
			p.Rows = append(p.Rows, axisHalfSpace(n, j, 1, b.Hi[j]))
		}
		if b.Lo[j] != negInf {
			p.Rows = append(p.Rows, axisHalfSpace(n, j, -1, -b.Lo[j]))
		}
	}
	return p
}

// axisHalfSpace is {x : sign x_j <= offset}.
func axisHalfSpace(dim, j int, sign, offset float64) HalfSpace {
	h := HalfSpace{Normal: make([]float64, dim), Offset: offset}
	h.Normal[j] = sign
	return h
}

// Image is a box that contains {a x + fixed : x in b}, rounded outward: the smallest
// such box up to rounding.
func (b Box) Image(a Matrix, fixed []float64) Box {
	if a.Cols != len(b.Lo) {
		panic(dimensionMismatch("map from a space", a.Cols, len(b.Lo)))
	}
	checkAffine(a, fixed, len(fixed))
	if b.Empty() {
		return EmptyBox(a.Rows)
	}
	r := Box{Lo: make([]float64, a.Rows), Hi: make([]float64, a.Rows)}
	for i := range a.Rows {
		s := Interval{fixed[i], fixed[i]}
		for j, c := range a.Row(i) {
			if c != 0 {
				s = s.Add(b.Interval(j).Scale(c))
			}
		}
		r.Lo[i], r.Hi[i] = s.Lo, s.Hi
	}
	return r
}
