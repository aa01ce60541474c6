package spec

import (
	"fmt"
	"math"

	"github.com/netmend/netmend/set"
)

// Extremum says which output is a classifier's answer.
type Extremum uint8

const (
	// Argmax: the class is the largest output.
	Argmax Extremum = iota
	// Argmin: the class is the smallest output.
	Argmin
)

// String returns "argmax" or "argmin".
func (e Extremum) String() string {
	if e == Argmin {
		return "argmin"
	}
	return "argmax"
}

// Prefers returns the class among the candidates that y answers; with candidates nil, among
// all classes. Among equal outputs the first listed counts.
func (e Extremum) Prefers(y []float64, candidates []int) int {
	best := -1
	consider := func(k int) {
		if best < 0 || (e == Argmax && y[k] > y[best]) || (e == Argmin && y[k] < y[best]) {
			best = k
		}
	}
	if candidates == nil {
		for k := range y {
			consider(k)
		}
	}
	for _, k := range candidates {
		consider(k)
	}
	return best
}

// Beats is the half-space on the output in which class k beats class j: for
// Argmax y[j] - y[k] < 0, for Argmin y[k] - y[j] < 0. It is strict: a class is the
// one output that is beyond all others, and outputs that tie have no class.
func (e Extremum) Beats(k, j, outputs int) set.HalfSpace {
	n := make([]float64, outputs)
	if e == Argmin {
		k, j = j, k
	}
	n[j], n[k] = 1, -1
	return set.HalfSpace{Normal: n, Strict: true}
}

// Output is what the output must satisfy: all HalfSpaces, all Bounds and, where
// Allowed is not nil, that the class is one of Allowed (the rest are
// disallowed, and one allowed class must beat every disallowed one: strictly).
// "argmax = k" is Allowed = [k].
type Output struct {
	HalfSpaces []set.HalfSpace
	// Bounds are half-spaces that do not say how many outputs there are; Given
	// includes them and [Spec.Bind] turns them into HalfSpaces.
	Bounds   []Bound
	Allowed  []int
	Extremum Extremum
	// Ties say whether an allowed class may tie with a disallowed one and still win: the rule
	// of a final ArgMax.
	Ties Ties
	// Shares are further requirements. They are not half-spaces: [Output.Given] and
	// [Output.Violation] leave them out.
	Shares []Share
}

// Ties says which of several equal outputs wins.
type Ties uint8

const (
	// NoTies: none of them; a class is the one output that is beyond all others.
	NoTies Ties = iota
	// FirstOfTies: the one with the smallest number.
	FirstOfTies
	// LastOfTies: the one with the largest.
	LastOfTies
)

// WinsTie reports whether class k beats class j if both are equal.
func (o Output) WinsTie(k, j int) bool {
	return o.Ties == FirstOfTies && k < j || o.Ties == LastOfTies && k > j
}

// Beats is the half-space in which class k beats class j, strict if k does not win a tie.
func (o Output) Beats(k, j, outputs int) set.HalfSpace {
	h := o.Extremum.Beats(k, j, outputs)
	h.Strict = !o.WinsTie(k, j)
	return h
}

// Disallowed lists the classes that are not allowed, ascending; nil if the
// requirement names no classes.
func (o Output) Disallowed(outputs int) []int {
	if o.Allowed == nil {
		return nil
	}
	ok := make([]bool, outputs)
	for _, k := range o.Allowed {
		ok[k] = true
	}
	var d []int
	for k := range ok {
		if !ok[k] {
			d = append(d, k)
		}
	}
	return d
}

// halfSpaces lists HalfSpaces and those of the Bounds.
func (o Output) halfSpaces(outputs int) []set.HalfSpace {
	hs := append([]set.HalfSpace(nil), o.HalfSpaces...)
	for _, b := range o.Bounds {
		hs = append(hs, b.halfSpaces(outputs)...)
	}
	return hs
}

// Given is the conjunction of half-spaces that remains once one of the allowed classes is
// chosen: the chosen class beats only the disallowed ones. choice is ignored if no classes
// are named. Half-spaces of classes are strict; with a margin above 0 that says nothing more
// ([Spec.Margin]).
func (o Output) Given(choice, outputs int) []set.HalfSpace {
	hs := o.halfSpaces(outputs)
	for _, j := range o.Disallowed(outputs) {
		hs = append(hs, o.Beats(choice, j, outputs))
	}
	return hs
}

// Violation is the complement of the requirement with a margin, as a union of intersections
// of half-spaces: beyond some half-space, or with some disallowed class ahead of every
// allowed one. They are strict, except for those of classes and of strict half-spaces at
// margin 0, which equality violates. Its members may overlap.
func (o Output) Violation(outputs int, margin float64) set.Union {
	outside := func(h set.HalfSpace) set.HalfSpace {
		if margin > 0 {
			h.Offset, h.Strict = h.Offset-margin, false
		}
		return h.Complement()
	}
	var u set.Union
	for _, h := range o.halfSpaces(outputs) {
		u = append(u, set.Whole(outputs).With(outside(h)))
	}
	for _, j := range o.Disallowed(outputs) {
		p := set.Whole(outputs)
		for _, k := range o.Allowed {
			p = p.With(outside(o.Beats(k, j, outputs)))
		}
		u = append(u, p)
	}
	return u
}

// Check reports a requirement that does not fit a network with the given
// number of outputs, or that requires nothing.
func (o Output) Check(outputs int) error {
	for i, h := range o.HalfSpaces {
		if len(h.Normal) != outputs {
			return fmt.Errorf("half-space %d has %d coefficients, the network has %d outputs", i, len(h.Normal), outputs)
		}
		if err := finite("coefficient", h.Normal); err != nil {
			return fmt.Errorf("half-space %d: %w", i, err)
		}
		if math.IsNaN(h.Offset) || math.IsInf(h.Offset, 0) {
			return fmt.Errorf("half-space %d: offset is %v, want a finite number", i, h.Offset)
		}
	}
	for _, b := range o.Bounds {
		if err := b.check(outputs); err != nil {
			return err
		}
	}
	if o.Allowed != nil && len(o.Allowed) == 0 {
		return fmt.Errorf("no class is allowed: want at least one")
	}
	for _, k := range o.Allowed {
		if k < 0 || k >= outputs {
			return fmt.Errorf("class %d: the network has outputs 0 to %d", k, outputs-1)
		}
	}
	for i := range o.Shares {
		if err := o.Shares[i].check(outputs); err != nil {
			return err
		}
	}
	if len(o.HalfSpaces) == 0 && len(o.Bounds) == 0 && len(o.Shares) == 0 && len(o.Disallowed(outputs)) == 0 {
		return fmt.Errorf("nothing is required of the output")
	}
	return nil
}
