// Package formula has formulas of and, or and atoms, and their disjunctive
// normal form, for the parsers of requirements. Atoms are indices whose meaning
// is the parser's.
package formula

// Kind tells what a node is.
type Kind uint8

// The kinds of nodes.
const (
	Atom Kind = iota
	And       // with no parts: true
	Or        // with no parts: false
)

// Node is a formula.
type Node struct {
	Kind Kind
	// Atom is the atom's index.
	Atom int32
	// Offset is where the formula stands in its text, for errors.
	Offset int
	Parts  []*Node
}

// Truth is a formula that always or never holds.
func Truth(holds bool, offset int) *Node {
	if holds {
		return &Node{Kind: And, Offset: offset}
	}
	return &Node{Kind: Or, Offset: offset}
}
