package vnnlib

import (
	"encoding/binary"
	"hash/maphash"
	"math"
	"slices"

	"github.com/netmend/netmend/set"
	"github.com/netmend/netmend/spec/internal/formula"
)

const (
	// maxDisjuncts bounds the disjunctive normal form. Benchmarks reach some
	// ten thousand.
	maxDisjuncts = 1 << 18
	// maxLiterals bounds the comparisons in all disjuncts together, 128 MiB.
	maxLiterals = 1 << 25
	// maxNumbers bounds the bounds of all input sets, and the coefficients of
	// all half-spaces, together: below 1 GiB of memory with their texts.
	maxNumbers = 1 << 24
)

// builder turns atoms into the cases of a property.
type builder struct {
	property *Property
	atoms    []atom
	halves   []*HalfSpace // of the atoms, made when first needed
	scan     *scanner
	numbers  int
	// seen finds the case with a given input set by its hash.
	seen map[uint64][]candidate
	seed maphash.Seed
}

// candidate is a case, with the atoms of its half-spaces.
type candidate struct {
	index int
	atoms []int32
}

// build makes the cases of the conjunction of formulas. Formulas over outputs
// alone are the same in all cases, so they are expanded once.
func (b *builder) build(asserted []*formula.Node) error {
	var groups [3][]*formula.Node // over inputs, outputs, both
	for _, f := range asserted {
		switch b.over(f) {
		case outputs:
			groups[1] = append(groups[1], f)
		case inputs | outputs:
			groups[2] = append(groups[2], f)
		default:
			groups[0] = append(groups[0], f)
		}
	}
	e := formula.Expander{MaxDisjuncts: maxDisjuncts, MaxLiterals: maxLiterals, ErrorAt: b.scan.errorAt, Over: b.scan.over}
	var expanded [3][][]int32
	for i, fs := range groups {
		var err error
		if expanded[i], err = e.Product(fs); err != nil {
			return err
		}
	}
	xs, ys, both := expanded[0], expanded[1], expanded[2]
	if len(xs)*len(both) > maxDisjuncts || len(xs)*len(both)*len(ys) > maxDisjuncts && slices.ContainsFunc(both, func(d []int32) bool { return b.speaksOf(outputs, d) }) {
		return b.scan.errorAt(asserted[0].Offset, "the disjunctive normal form has more than %d disjuncts", maxDisjuncts)
	}
	if len(ys) == 0 {
		return nil
	}
	common, err := b.conjunctions(ys, nil)
	if err != nil {
		return err
	}
	for _, x := range xs {
		if err := b.cases(x, ys, both, common); err != nil {
			return err
		}
	}
	return nil
}

// over tells which variables occur in a formula.
func (b *builder) over(f *formula.Node) variables {
	if f.Kind == formula.Atom {
		return b.atoms[f.Atom].kind()
	}
	var vs variables
	for _, part := range f.Parts {
		vs |= b.over(part)
	}
	return vs
}

// speaksOf reports whether a disjunct has an atom over the given variables.
func (b *builder) speaksOf(kind variables, atoms []int32) bool {
	return slices.ContainsFunc(atoms, func(a int32) bool { return b.atoms[a].kind() == kind })
}

// cases adds the disjuncts with the input atoms x: for each disjunct of both,
// its inputs cut the set further and its outputs are joined with each of ys.
func (b *builder) cases(x []int32, ys, both [][]int32, common []Conjunction) error {
	base := unboundedSet(b.property.Inputs)
	baseAtoms, err := b.cut(&base, nil, x)
	if err != nil {
		return err
	}
	if base.contradictory() {
		b.property.Contradictory += len(both)
		return nil
	}
	for _, disjunct := range both {
		if err := b.scan.over(); err != nil {
			return err
		}
		input, atoms := base, baseAtoms
		if b.speaksOf(inputs, disjunct) {
			input = base.clone()
			if atoms, err = b.cut(&input, slices.Clone(baseAtoms), disjunct); err != nil {
				return err
			}
		}
		if input.contradictory() {
			b.property.Contradictory++
			continue
		}
		found := common
		if b.speaksOf(outputs, disjunct) {
			if found, err = b.conjunctions(ys, disjunct); err != nil {
				return err
			}
		}
		if err := b.add(input, atoms, found); err != nil {
			return err
		}
	}
	return nil
}

// cut intersects s with the atoms over inputs and returns those of its
// half-spaces, appended to kept.
func (b *builder) cut(s *InputSet, kept, atoms []int32) ([]int32, error) {
	for _, i := range atoms {
		if err := b.scan.over(); err != nil {
			return nil, err
		}
		a := &b.atoms[i]
		if a.kind() != inputs {
			continue
		}
		single := len(a.terms) == 1
		switch {
		case single && a.terms[0].c.Value > 0:
			s.tightenUpper(a.terms[0].v.index(), a.bound)
		case single:
			s.tightenLower(a.terms[0].v.index(), negated(a.bound))
		}
		if !single || a.strict {
			h, err := b.half(i)
			if err != nil {
				return nil, err
			}
			s.HalfSpaces = append(s.HalfSpaces, *h)
			kept = append(kept, i)
		}
	}
	return kept, nil
}

// conjunctions joins the atoms over outputs of disjunct with each of ys.
func (b *builder) conjunctions(ys [][]int32, disjunct []int32) ([]Conjunction, error) {
	all := make([]Conjunction, 0, len(ys))
	for _, y := range ys {
		if err := b.scan.over(); err != nil {
			return nil, err
		}
		var c Conjunction
		for _, atoms := range [][]int32{disjunct, y} {
			for _, i := range atoms {
				if b.atoms[i].kind() != outputs {
					continue
				}
				h, err := b.half(i)
				if err != nil {
					return nil, err
				}
				c = append(c, *h)
			}
		}
		all = append(all, c)
	}
	return all, nil
}

// half is an atom as a half-space.
func (b *builder) half(i int32) (*HalfSpace, error) {
	if b.halves[i] != nil {
		return b.halves[i], nil
	}
	a := &b.atoms[i]
	dim := b.property.Inputs
	if a.kind() == outputs {
		dim = b.property.Outputs
	}
	if err := b.count(dim); err != nil {
		return nil, err
	}
	h := &HalfSpace{
		HalfSpace:  set.HalfSpace{Normal: make([]float64, dim), Offset: a.bound.Value, Strict: a.strict},
		OffsetText: a.bound.Text,
	}
	whole := true
	for _, t := range a.terms {
		h.Normal[t.v.index()] = t.c.Value
		whole = whole && (t.c == one || t.c == minusOne)
	}
	if !whole {
		h.CoefficientText = make([]string, dim)
		for _, t := range a.terms {
			h.CoefficientText[t.v.index()] = t.c.Text
		}
	}
	b.halves[i] = h
	return h, nil
}

// count checks the limit before that many more numbers are stored.
func (b *builder) count(numbers int) error {
	if b.numbers += numbers; b.numbers > maxNumbers {
		return b.scan.errorAt(0, "the property needs more than %d bounds and coefficients", maxNumbers)
	}
	return nil
}

// add adds a case, or joins it with the one that has the same input set.
func (b *builder) add(input InputSet, atoms []int32, found []Conjunction) error {
	key := b.hash(&input, atoms)
	for _, c := range b.seen[key] {
		same := &b.property.Cases[c.index]
		if slices.Equal(c.atoms, atoms) && sameBox(&same.Input, &input) {
			// Clip: the slice may be shared with other cases.
			same.Outputs = append(slices.Clip(same.Outputs), found...)
			return nil
		}
	}
	if err := b.count(2 * b.property.Inputs); err != nil {
		return err
	}
	b.seen[key] = append(b.seen[key], candidate{index: len(b.property.Cases), atoms: atoms})
	b.property.Cases = append(b.property.Cases, Case{Input: input, Outputs: found})
	return nil
}

func (b *builder) hash(s *InputSet, atoms []int32) uint64 {
	var h maphash.Hash
	h.SetSeed(b.seed)
	var bits [8]byte
	for _, bounds := range [][]float64{s.Box.Lo, s.Box.Hi} {
		for _, v := range bounds {
			binary.LittleEndian.PutUint64(bits[:], math.Float64bits(v))
			h.Write(bits[:])
		}
	}
	for _, i := range atoms {
		binary.LittleEndian.PutUint64(bits[:], uint64(i))
		h.Write(bits[:])
	}
	return h.Sum64()
}

// sameBox compares boxes with their exact bounds as they are written.
func sameBox(a, b *InputSet) bool {
	return slices.Equal(a.Box.Lo, b.Box.Lo) && slices.Equal(a.Box.Hi, b.Box.Hi) &&
		slices.Equal(a.LowerText, b.LowerText) && slices.Equal(a.UpperText, b.UpperText)
}
