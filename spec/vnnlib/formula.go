package vnnlib

// formula is a node of an asserted formula, negations pushed to the atoms.
type formula struct {
	kind formulaKind
	// over tells which variables occur.
	over   variables
	atom   int32 // index of an atom's comparison
	offset int   // where the formula starts in the file
	parts  []*formula
}

type formulaKind uint8

const (
	isAtom formulaKind = iota
	isAnd              // with no parts: true
	isOr               // with no parts: false
)

// variables is a set of the kinds of variables.
type variables uint8

const (
	inputs  variables = 1
	outputs variables = 2
)

// join makes a conjunction or disjunction.
func join(kind formulaKind, offset int, parts []*formula) *formula {
	f := &formula{kind: kind, offset: offset, parts: parts}
	for _, p := range parts {
		f.over |= p.over
	}
	return f
}

// truth is a formula that always or never holds.
func truth(holds bool, offset int) *formula {
	if holds {
		return join(isAnd, offset, nil)
	}
	return join(isOr, offset, nil)
}
