package oracle

import (
	"math/big"
	"slices"
)

// HalfSpace is A y <= B, or A y < B where it is strict.
type HalfSpace struct {
	A      []Rat
	B      Rat
	Strict bool
}

// Not is the complement.
func (h HalfSpace) Not() HalfSpace {
	a := zeros(len(h.A))
	for i := range a {
		a[i].Neg(h.A[i])
	}
	return HalfSpace{a, new(big.Rat).Neg(h.B), !h.Strict}
}

// Has reports whether a point lies in it.
func (h HalfSpace) Has(y []Rat) bool {
	c := dot(h.A, y).Cmp(h.B)
	return c < 0 || c == 0 && !h.Strict
}

// slack is B - A y as a form, for affine outputs y.
func (h HalfSpace) slack(y []form, length int) form {
	f := combine(h.A, y, new(big.Rat), length)
	for i := range f {
		f[i].Neg(f[i])
	}
	f[length-1].Add(f[length-1], h.B)
	return f
}

// Union is a union of intersections of half-spaces.
type Union [][]HalfSpace

// Has reports whether a point lies in it.
func (u Union) Has(y []Rat) bool {
	for _, part := range u {
		all := true
		for _, h := range part {
			all = all && h.Has(y)
		}
		if all {
			return true
		}
	}
	return false
}

// And is the intersection of two unions.
func (u Union) And(v Union) Union {
	var both Union
	for _, a := range u {
		for _, b := range v {
			both = append(both, append(append([]HalfSpace(nil), a...), b...))
		}
	}
	return both
}

// Not is the complement, in parts that are disjoint.
func (u Union) Not() Union {
	all := Union{nil}
	for _, part := range u {
		var none Union
		for i, h := range part {
			none = append(none, append(slices.Clone(part[:i]), h.Not()))
		}
		all = all.And(none)
	}
	return all
}

// Beats is the half-space in which output k is larger than output j by at least the
// margin; where that is 0, strictly larger.
func Beats(k, j, outputs int, margin Rat) HalfSpace {
	a := zeros(outputs)
	a[j].SetInt64(1)
	a[k].SetInt64(-1)
	return HalfSpace{a, new(big.Rat).Neg(margin), margin.Sign() == 0}
}

// OneOf is the requirement that one of the allowed classes beats all classes that
// are not allowed.
func OneOf(allowed []int, outputs int, margin Rat) Union {
	is := make([]bool, outputs)
	for _, k := range allowed {
		is[k] = true
	}
	var u Union
	for _, k := range allowed {
		var part []HalfSpace
		for j := range outputs {
			if !is[j] {
				part = append(part, Beats(k, j, outputs, margin))
			}
		}
		u = append(u, part)
	}
	return u
}

// In is the part of the region whose outputs lie in all half-spaces, or nil.
func (r *Region) In(part []HalfSpace) *Cell {
	c := r.Cell
	for _, h := range part {
		if c = c.cut(h.slack(r.value, len(c.vertices[0].x)+1), h.Strict); c == nil {
			return nil
		}
	}
	return c
}

// Find returns an input of the regions whose output lies in the union, or nil.
func Find(regions []Region, u Union) []Rat {
	for _, r := range regions {
		for _, part := range u {
			if c := r.In(part); c != nil {
				return c.Middle()
			}
		}
	}
	return nil
}

// Preimage are the inputs of the regions whose outputs lie in the union, a list of
// cells; those of different parts of the union may overlap.
func Preimage(regions []Region, u Union) []*Cell {
	var found []*Cell
	for _, r := range regions {
		for _, part := range u {
			if c := r.In(part); c != nil {
				found = append(found, c)
			}
		}
	}
	return found
}

// Sup is the supremum of a y over the regions, and whether some input reaches it.
func Sup(regions []Region, a []Rat) (sup Rat, reached bool) {
	for _, r := range regions {
		f := combine(a, r.value, new(big.Rat), len(r.vertices[0].x)+1)
		for _, v := range r.vertices {
			if y := f.at(v.x); sup == nil || y.Cmp(sup) > 0 {
				sup = y
			}
		}
	}
	return sup, Find(regions, Union{{HalfSpace{A: a, B: sup}.Not().closed()}}) != nil
}

func (h HalfSpace) closed() HalfSpace {
	h.Strict = false
	return h
}

// Within is the part of the cell whose coordinate i lies between two numbers, or nil.
func (c *Cell) Within(i int, lo, hi Rat) *Cell {
	f := zeros(len(c.vertices[0].x) + 1)
	f[i].SetInt64(1)
	if c = c.cut(shifted(f, lo, 1), false); c == nil {
		return nil
	}
	return c.cut(shifted(f, hi, -1), false)
}

// On is the region on a part of its cell.
func (r *Region) On(c *Cell) *Region { return &Region{Cell: c, Pattern: r.Pattern, value: r.value} }

// Beyond is the part of the cell whose coordinate i is larger than a number, or nil.
func (c *Cell) Beyond(i int, v Rat) *Cell {
	f := zeros(len(c.vertices[0].x) + 1)
	f[i].SetInt64(1)
	return c.cut(shifted(f, v, 1), true)
}
