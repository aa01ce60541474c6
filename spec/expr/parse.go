package expr

import (
	"github.com/netmend/netmend/set"
	"github.com/netmend/netmend/spec/internal/formula"
)

const (
	// maxDepth bounds the nesting, and with it the stack.
	maxDepth = 500
	// maxDisjuncts bounds the polyhedra of a result.
	maxDisjuncts = 1 << 16
	// maxLiterals bounds their half-spaces together, 40 MiB. They share the
	// memory of equal normals.
	maxLiterals = 1 << 20
	// maxCoefficients bounds the coefficients of all half-spaces in the text,
	// 128 MiB; "argmax == k" alone has the square of the number of outputs.
	maxCoefficients = 1 << 24
)

// Parse reads an output expression for a network with the given number of
// outputs, at least 1; name stands for the text in errors, which are
// *[spec.ParseError] with line and column.
//
// The result is the union of one polyhedron for each disjunct of the
// expression's disjunctive normal form, strict where the text is; it has no member
// where the expression never holds. A text that needs more than 65,536 polyhedra is an
// error.
func Parse(text, name string, outputs int) (set.Union, error) {
	p := &parser{lexer: newLexer(text, name), outputs: outputs}
	v, err := p.disjunction(0)
	if err != nil {
		return nil, err
	}
	if p.next.kind != endOfText {
		return nil, p.errorAt(p.next.offset, "found %v, want and, or, or the end", p.next)
	}
	root, err := p.asFormula(v)
	if err != nil {
		return nil, err
	}
	e := formula.Expander{MaxDisjuncts: maxDisjuncts, MaxLiterals: maxLiterals, ErrorAt: p.errorAt}
	disjuncts, err := e.Expand(root)
	if err != nil {
		return nil, err
	}
	u := make(set.Union, len(disjuncts))
	for i, atoms := range disjuncts {
		u[i] = set.Polyhedron{Dim: outputs, Rows: make([]set.HalfSpace, len(atoms))}
		for j, a := range atoms {
			u[i].Rows[j] = p.halfSpaces[a]
		}
	}
	return u, nil
}
