package vnnlib

import (
	"slices"

	"github.com/netmend/netmend/spec/internal/formula"
	"github.com/netmend/netmend/spec/internal/linear"
)

// formula reads the formula that starts with t; negate asks for its negation.
func (p *parser) formula(t token, negate bool, depth int) (*formula.Node, error) {
	if depth > maxDepth {
		return nil, p.scan.errorAt(t.offset, "formulas are nested more than %d deep", maxDepth)
	}
	switch {
	case t.kind == word && t.text == "true":
		return formula.Truth(!negate, t.offset), nil
	case t.kind == word && t.text == "false":
		return formula.Truth(negate, t.offset), nil
	case t.kind != opening:
		return nil, p.scan.errorAt(t.offset, "found %v, want a formula", t)
	}
	op, err := p.expect(word, "and, or, not or a comparison")
	if err != nil {
		return nil, err
	}
	switch op.text {
	case "and", "or":
		kind := formula.And
		if (op.text == "or") != negate {
			kind = formula.Or
		}
		parts, err := p.formulas(negate, depth+1)
		return &formula.Node{Kind: kind, Offset: t.offset, Parts: parts}, err
	case "not":
		parts, err := p.formulas(!negate, depth+1)
		if err != nil {
			return nil, err
		}
		if len(parts) != 1 {
			return nil, p.scan.errorAt(op.offset, "found %d formulas after not, want 1", len(parts))
		}
		return parts[0], nil
	case "<=", ">=", "<", ">", "=":
		return p.comparison(op, negate, depth+1)
	}
	return nil, p.scan.errorAt(op.offset, "found %v, want and, or, not, <=, >=, <, > or =", op)
}

// formulas reads formulas up to a closing parenthesis.
func (p *parser) formulas(negate bool, depth int) ([]*formula.Node, error) {
	var parts []*formula.Node
	for {
		t, err := p.scan.next()
		if err != nil {
			return nil, err
		}
		if t.kind == closing {
			return parts, nil
		}
		f, err := p.formula(t, negate, depth)
		if err != nil {
			return nil, err
		}
		parts = append(parts, f)
	}
}

// comparison reads the terms of a comparison. Three or more are compared pair
// by pair.
func (p *parser) comparison(op token, negate bool, depth int) (*formula.Node, error) {
	terms, err := p.terms(depth)
	if err != nil {
		return nil, err
	}
	if len(terms) < 2 {
		return nil, p.scan.errorAt(op.offset, "found %d terms after %s, want at least 2", len(terms), op.text)
	}
	var pairs []*formula.Node
	for i := range terms[1:] {
		f, err := p.pair(op, &terms[i], &terms[i+1], negate)
		if err != nil {
			return nil, err
		}
		pairs = append(pairs, f)
	}
	if len(pairs) == 1 {
		return pairs[0], nil
	}
	all := &formula.Node{Kind: formula.And, Offset: op.offset, Parts: pairs}
	if negate {
		all.Kind = formula.Or
	}
	return all, nil
}

// pair is the comparison of two terms, or its negation.
func (p *parser) pair(op token, lhs, rhs *operand, negate bool) (*formula.Node, error) {
	switch op.text {
	case ">=", ">":
		lhs, rhs = rhs, lhs
	case "=":
		below, err := p.atMost(op, lhs, rhs, negate)
		if err != nil {
			return nil, err
		}
		above, err := p.atMost(op, rhs, lhs, negate)
		if err != nil {
			return nil, err
		}
		both := &formula.Node{Kind: formula.And, Offset: op.offset, Parts: []*formula.Node{below, above}}
		if negate {
			both.Kind = formula.Or
		}
		return both, nil
	}
	strict := op.text == "<" || op.text == ">"
	if negate {
		return p.atMost(op, rhs, lhs, !strict)
	}
	return p.atMost(op, lhs, rhs, strict)
}

// atMost is lhs <= rhs, or lhs < rhs where strict.
func (p *parser) atMost(op token, lhs, rhs *operand, strict bool) (*formula.Node, error) {
	a, holds, err := compare(lhs, rhs, strict)
	if err != nil {
		return nil, p.scan.errorAt(op.offset, "%w", err)
	}
	if a == nil {
		return formula.Truth(holds, op.offset), nil
	}
	p.atoms = append(p.atoms, *a)
	return &formula.Node{Kind: formula.Atom, Atom: int32(len(p.atoms) - 1), Offset: op.offset}, nil
}

// terms reads terms up to a closing parenthesis.
func (p *parser) terms(depth int) ([]operand, error) {
	var terms []operand
	for {
		t, err := p.scan.next()
		if err != nil {
			return nil, err
		}
		if t.kind == closing {
			return terms, nil
		}
		o, err := p.term(t, depth)
		if err != nil {
			return nil, err
		}
		terms = append(terms, o)
	}
}

// term reads the term that starts with t.
func (p *parser) term(t token, depth int) (operand, error) {
	switch {
	case depth > maxDepth:
		return operand{}, p.scan.errorAt(t.offset, "terms are nested more than %d deep", maxDepth)
	case t.kind == opening:
		return p.compound(depth)
	case t.kind != word:
		return operand{}, p.scan.errorAt(t.offset, "found %v, want a number, a variable or an expression", t)
	case linear.LooksNumeric(t.text):
		n, err := linear.ParseNumber(t.text)
		if err != nil {
			return operand{}, p.scan.errorAt(t.offset, "%w", err)
		}
		return operand{kind: isNumber, number: n}, nil
	}
	v, ok := parseVariable(t.text)
	if !ok {
		return operand{}, p.scan.errorAt(t.offset, "found %v, want a number or a variable X_i or Y_j", t)
	}
	if _, ok := p.declared[v]; !ok {
		return operand{}, p.scan.errorAt(t.offset, "%s is not declared", t.text)
	}
	return operand{kind: isVariable, v: v}, nil
}

// compound reads the rest of "(+ a b ...)", "(- a b ...)", "(- a)" or
// "(* a b ...)".
func (p *parser) compound(depth int) (operand, error) {
	op, err := p.expect(word, "+, - or *")
	if err != nil {
		return operand{}, err
	}
	if !slices.Contains([]string{"+", "-", "*"}, op.text) {
		return operand{}, p.scan.errorAt(op.offset, "found %v, want +, - or *", op)
	}
	terms, err := p.terms(depth + 1)
	if err != nil {
		return operand{}, err
	}
	if len(terms) == 0 {
		return operand{}, p.scan.errorAt(op.offset, "found no term after %s", op.text)
	}
	f := terms[0].asForm()
	if op.text == "-" && len(terms) == 1 {
		f, err = linear.Form{}.Minus(f)
	}
	for i := 1; i < len(terms) && err == nil; i++ {
		g := terms[i].asForm()
		switch op.text {
		case "+":
			f, err = f.Sum(g)
		case "-":
			f, err = f.Minus(g)
		case "*":
			f, err = f.Times(g)
		}
	}
	if err != nil {
		return operand{}, p.scan.errorAt(op.offset, "%w", err)
	}
	return operand{kind: isForm, form: f}, nil
}
