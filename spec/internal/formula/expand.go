package formula

import "slices"

// Expander brings formulas to disjunctive normal form: lists of conjunctions of
// atoms. Both limits must be set; the size of a normal form is exponential in
// that of the formula.
type Expander struct {
	// MaxDisjuncts bounds the conjunctions of a result.
	MaxDisjuncts int
	// MaxLiterals bounds the atoms that all calls together store.
	MaxLiterals int
	// ErrorAt makes the error for a limit met at an offset of the text.
	ErrorAt func(offset int, format string, args ...any) error

	// Over, if not nil, is asked from time to time whether the work is to end, with the
	// error that it returns.
	Over func() error

	literals, steps int
}

// Expand returns the disjuncts of f. They may share memory with each other.
func (e *Expander) Expand(f *Node) ([][]int32, error) {
	switch f.Kind {
	case Atom:
		return [][]int32{{f.Atom}}, nil
	case And:
		return e.Product(f.Parts)
	}
	var all [][]int32
	for _, part := range f.Parts {
		disjuncts, err := e.Expand(part)
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

// Product returns the disjuncts of a conjunction.
func (e *Expander) Product(parts []*Node) ([][]int32, error) {
	var common []int32 // parts with one disjunct, which nearly all are
	all := [][]int32{nil}
	for _, part := range parts {
		if part.Kind == Atom {
			common = append(common, part.Atom)
			continue
		}
		disjuncts, err := e.Expand(part)
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
func (e *Expander) cross(at *Node, as, bs [][]int32) ([][]int32, error) {
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

// count checks the limits before that many disjuncts, or that many more literals,
// are stored.
func (e *Expander) count(at *Node, disjuncts, literals int) error {
	e.literals += literals
	const often = 1 << 12
	if e.steps++; e.Over != nil && e.steps%often == 0 {
		if err := e.Over(); err != nil {
			return err
		}
	}
	if disjuncts > e.MaxDisjuncts {
		return e.ErrorAt(at.Offset, "the disjunctive normal form has more than %d disjuncts", e.MaxDisjuncts)
	}
	if e.literals > e.MaxLiterals {
		return e.ErrorAt(at.Offset, "the disjunctive normal form has more than %d comparisons", e.MaxLiterals)
	}
	return nil
}
