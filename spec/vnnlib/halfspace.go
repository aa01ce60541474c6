package vnnlib

import (
	"math/big"

	"github.com/netmend/netmend/set"
)

// HalfSpace is one comparison, Normal . v <= Offset over the inputs or the
// outputs, every number rounded to the nearest float64; strict where the file
// excludes the boundary.
type HalfSpace struct {
	set.HalfSpace
	// CoefficientText has the exact coefficients as [big.Rat.SetString] reads
	// them, "" for those that are 0; it is nil where Normal is exact.
	CoefficientText []string
	// OffsetText is the exact offset.
	OffsetText string
}

// Contains decides in exact arithmetic whether v satisfies the comparison as
// the file states it. v has as many finite numbers as Normal.
func (h *HalfSpace) Contains(v []float64) bool {
	sum, product := new(big.Rat), new(big.Rat)
	for i, a := range h.Normal {
		var c *big.Rat
		switch {
		case h.CoefficientText == nil && a != 0:
			c = new(big.Rat).SetFloat64(a)
		case h.CoefficientText != nil && h.CoefficientText[i] != "":
			c = exact(h.CoefficientText[i])
		default:
			continue
		}
		sum.Add(sum, product.Mul(c, new(big.Rat).SetFloat64(v[i])))
	}
	order := sum.Cmp(exact(h.OffsetText))
	return order < 0 || order == 0 && !h.Strict
}

// exact is the value of a number's text.
func exact(text string) *big.Rat {
	r, ok := new(big.Rat).SetString(text)
	if !ok {
		panic("vnnlib: no number: " + text)
	}
	return r
}

// Conjunction is the intersection of half-spaces; with none, the whole space.
type Conjunction []HalfSpace

// HalfSpaces are the half-spaces with rounded numbers alone.
func (c Conjunction) HalfSpaces() []set.HalfSpace {
	hs := make([]set.HalfSpace, len(c))
	for i := range c {
		hs[i] = c[i].HalfSpace
	}
	return hs
}

// Polyhedron is the intersection in dim dimensions, with rounded numbers.
func (c Conjunction) Polyhedron(dim int) set.Polyhedron {
	return set.Polyhedron{Dim: dim, Rows: c.HalfSpaces()}
}

// Contains decides in exact arithmetic whether v satisfies all comparisons as
// the file states them.
func (c Conjunction) Contains(v []float64) bool {
	for i := range c {
		if !c[i].Contains(v) {
			return false
		}
	}
	return true
}
