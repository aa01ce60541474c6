package vnnlib

import (
	"math/big"
	"slices"

	"github.com/netmend/netmend/set"
	"github.com/netmend/netmend/spec/internal/linear"
)

// InputSet is a box cut by half-spaces.
type InputSet struct {
	// Box has the tightest bounds that comparisons with one variable give,
	// rounded to the nearest float64, and -Inf or +Inf where there is none.
	Box set.Box
	// LowerText and UpperText are the exact bounds as [big.Rat.SetString] reads
	// them, "" for an infinite one.
	LowerText, UpperText []string
	// HalfSpaces are the comparisons over several inputs and, beside their
	// bound, the strict ones over one.
	HalfSpaces Conjunction
}

// unboundedSet is the whole space of n inputs.
func unboundedSet(n int) InputSet {
	return InputSet{
		Box:       set.WholeBox(n),
		LowerText: make([]string, n),
		UpperText: make([]string, n),
	}
}

// clone is a copy that can be tightened.
func (s *InputSet) clone() InputSet {
	return InputSet{
		Box:        s.Box.Clone(),
		LowerText:  slices.Clone(s.LowerText),
		UpperText:  slices.Clone(s.UpperText),
		HalfSpaces: slices.Clone(s.HalfSpaces),
	}
}

// Polyhedron is the set by its half-spaces, with rounded numbers.
func (s *InputSet) Polyhedron() set.Polyhedron {
	p := s.Box.Polyhedron()
	p.Rows = append(p.Rows, s.HalfSpaces.HalfSpaces()...)
	return p
}

// Contains decides in exact arithmetic whether x satisfies the comparisons as
// the file states them. x has as many finite numbers as there are inputs.
func (s *InputSet) Contains(x []float64) bool {
	for i, v := range x {
		if v < s.Box.Lo[i] || v > s.Box.Hi[i] {
			return false
		}
		// Rounding keeps the order: only on the rounded bound itself does the
		// exact one matter.
		if v == s.Box.Lo[i] && new(big.Rat).SetFloat64(v).Cmp(exact(s.LowerText[i])) < 0 {
			return false
		}
		if v == s.Box.Hi[i] && new(big.Rat).SetFloat64(v).Cmp(exact(s.UpperText[i])) > 0 {
			return false
		}
	}
	return s.HalfSpaces.Contains(x)
}

// tightenUpper intersects with x_i <= n.
func (s *InputSet) tightenUpper(i int, n linear.Number) {
	if n.Value < s.Box.Hi[i] || n.Value == s.Box.Hi[i] && less(n.Text, s.UpperText[i]) {
		s.Box.Hi[i], s.UpperText[i] = n.Value, n.Text
	}
}

// tightenLower intersects with x_i >= n.
func (s *InputSet) tightenLower(i int, n linear.Number) {
	if n.Value > s.Box.Lo[i] || n.Value == s.Box.Lo[i] && less(s.LowerText[i], n.Text) {
		s.Box.Lo[i], s.LowerText[i] = n.Value, n.Text
	}
}

// contradictory reports whether the exact box is empty.
func (s *InputSet) contradictory() bool {
	for i := range s.Box.Lo {
		if s.Box.Lo[i] > s.Box.Hi[i] || s.Box.Lo[i] == s.Box.Hi[i] && less(s.UpperText[i], s.LowerText[i]) {
			return true
		}
	}
	return false
}

// less compares exact numbers that round to the same float64.
func less(a, b string) bool { return a != b && exact(a).Cmp(exact(b)) < 0 }
