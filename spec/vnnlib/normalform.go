package vnnlib

import "slices"

const (
	// maxDisjuncts bounds a disjunctive normal form, whose size is exponential
	// in that of the formula. Benchmarks reach some ten thousand.
	maxDisjuncts = 1 << 18
	// maxLiterals bounds the atoms of all disjuncts together, 128 MiB.
	maxLiterals = 1 << 25
)

// expander brings formulas to disjunctive normal form: lists of conjunctions of
// atoms, given by their indices.
type expander struct {
	scan     *scanner
	literals int
}

// expand returns the disjuncts of f.
func (e *expander) expand(f *formula) ([][]int32, error) {
	switch f.kind {
	case isAtom:
		return [][]int32{{f.atom}}, nil
	case isAnd:
		return e.product(f.parts)
	}
	var all [][]int32
	for _, part := range f.parts {
		disjuncts, err := e.expand(part)
		if err != nil {
			return nil, err
		}
		if err := e.count(part, len(all)+len(disjuncts), 0); err != nil {
			return nil, err
		}
		all = append(all, disjuncts...)
	}
	return all, nil
}

// product returns the disjuncts of a conjunction.
func (e *expander) product(parts []*formula) ([][]int32, error) {
	var common []int32 // parts with one disjunct, which nearly all are
	all := [][]int32{nil}
	for _, part := range parts {
		if part.kind == isAtom {
			common = append(common, part.atom)
			continue
		}
		disjuncts, err := e.expand(part)
		switch {
		case err != nil:
			return nil, err
		case len(disjuncts) == 0:
			return nil, nil
		case len(disjuncts) == 1:
			common = append(common, disjuncts[0]...)
			if err := e.count(part, len(all), len(disjuncts[0])); err != nil {
				return nil, err
			}
			continue
		}
		if all, err = e.cross(part, all, disjuncts); err != nil {
			return nil, err
		}
	}
	if len(common) == 0 {
		return all, nil
	}
	for i := range all {
		if err := e.count(parts[0], len(all), len(common)+len(all[i])); err != nil {
			return nil, err
		}
		all[i] = slices.Concat(common, all[i])
	}
	return all, nil
}

// cross joins every disjunct of the one list with every one of the other.
func (e *expander) cross(at *formula, as, bs [][]int32) ([][]int32, error) {
	if len(as) == 1 && len(as[0]) == 0 {
		return bs, nil
	}
	if err := e.count(at, len(as)*len(bs), 0); err != nil {
		return nil, err
	}
	all := make([][]int32, 0, len(as)*len(bs))
	for _, a := range as {
		for _, b := range bs {
			if err := e.count(at, 0, len(a)+len(b)); err != nil {
				return nil, err
			}
			all = append(all, slices.Concat(a, b))
		}
	}
	return all, nil
}

// count checks the limits before so many disjuncts, or so many more literals,
// are stored.
func (e *expander) count(at *formula, disjuncts, literals int) error {
	e.literals += literals
	if disjuncts > maxDisjuncts {
		return e.scan.errorAt(at.offset, "the disjunctive normal form has more than %d disjuncts", maxDisjuncts)
	}
	if e.literals > maxLiterals {
		return e.scan.errorAt(at.offset, "the disjunctive normal form has more than %d comparisons", maxLiterals)
	}
	return nil
}
