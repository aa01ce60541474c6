package set

import (
	"math"
	"slices"

	"github.com/netmend/netmend/internal/blas"
	"github.com/netmend/netmend/internal/vector"
)

// Zonotope is {Center + Σ t_k g_k + e : -1 <= t_k <= 1, |e_j| <= Radius[j]}
// with the rows g_k of Generators. It is never empty.
type Zonotope struct {
	Center []float64
	// Generators has one generator per row, Dim columns. It may have no rows.
	Generators Matrix
	// Radius is a box added to the rest, as Dim generators along the axes would be. It absorbs
	// rounding errors without new generators. Nil means 0.
	Radius []float64
}

// BoxZonotope is a bounded box that is not empty as a zonotope, with one
// generator for each coordinate of positive width. It contains the box.
func BoxZonotope(b Box) Zonotope {
	z := Zonotope{Center: b.Center()}
	n := len(b.Lo)
	var wide []int
	for j := range n {
		if b.Hi[j] > b.Lo[j] {
			wide = append(wide, j)
		}
	}
	z.Generators = blas.NewMat(len(wide), n)
	for k, j := range wide {
		z.Generators.Row(k)[j] = up(max(b.Hi[j]-z.Center[j], z.Center[j]-b.Lo[j]))
	}
	return z
}

// Dim is the number of coordinates.
func (z Zonotope) Dim() int { return len(z.Center) }

// Image is a zonotope that contains {a x + b : x in z}: that set itself except for rounding
// errors, which go into Radius together with the image of z.Radius.
func (z Zonotope) Image(a Matrix, b []float64) Zonotope {
	if a.Cols != len(z.Center) {
		panic(dimensionMismatch("map from a space", a.Cols, len(z.Center)))
	}
	checkAffine(a, b, len(b))
	r := Zonotope{Center: slices.Clone(b), Generators: blas.NewMat(z.Generators.Rows, a.Rows), Radius: make([]float64, a.Rows)}
	blas.MulNT(r.Generators, z.Generators, a, false, 1)
	extent := z.generatorSums()
	for j, c := range z.Center {
		extent[j] += math.Abs(c)
	}
	// A dot product of n terms is off by at most n+1 times 2^-53 of the sum of
	// their sizes; the sums here are too, and the factor has room for that.
	unit := float64(float64(3*a.Cols+z.Generators.Rows+8) * 0x1p-53)
	for i := range r.Center {
		size, carried := math.Abs(b[i]), 0.0
		for j, c := range a.Row(i) {
			r.Center[i] += float64(c * z.Center[j])
			size += float64(math.Abs(c) * extent[j])
			if z.Radius != nil {
				carried += float64(math.Abs(c) * z.Radius[j])
			}
		}
		r.Radius[i] = up(up(float64(carried*(1+unit))) + up(float64(unit*size)) + float64(float64(a.Cols)*math.SmallestNonzeroFloat64))
	}
	return r
}

// generatorSums is Σ_k |g_k|, as usual rounded.
func (z Zonotope) generatorSums() []float64 {
	s := make([]float64, len(z.Center))
	for k := range z.Generators.Rows {
		for j, g := range z.Generators.Row(k) {
			s[j] += math.Abs(g)
		}
	}
	return s
}

// BoundingBox is the smallest box that contains z, rounded outward.
func (z Zonotope) BoundingBox() Box {
	b := Box{Lo: slices.Clone(z.Center), Hi: slices.Clone(z.Center)}
	widen := func(j int, by float64) {
		by = math.Abs(by)
		b.Lo[j], b.Hi[j] = addDown(b.Lo[j], -by), -addDown(-b.Hi[j], -by)
	}
	for k := range z.Generators.Rows {
		for j, g := range z.Generators.Row(k) {
			widen(j, g)
		}
	}
	for j, e := range z.Radius {
		widen(j, e)
	}
	return b
}

// Support is a point of z with the largest c . x, and that number.
func (z Zonotope) Support(c []float64) (at []float64, most float64) {
	if len(c) != len(z.Center) {
		panic(dimensionMismatch("direction", len(c), len(z.Center)))
	}
	at = slices.Clone(z.Center)
	for k := range z.Generators.Rows {
		g := z.Generators.Row(k)
		sign := math.Copysign(1, vector.Dot(c, g))
		for j, v := range g {
			at[j] += float64(sign * v)
		}
	}
	for j, e := range z.Radius {
		at[j] += math.Copysign(e, c[j])
	}
	return at, vector.Dot(c, at)
}
