package expr

import (
	"math/big"

	"github.com/netmend/netmend/set"
	"github.com/netmend/netmend/spec/internal/formula"
	"github.com/netmend/netmend/spec/internal/linear"
)

// parser is a recursive descent. Formulas and linear expressions have one
// grammar, since a parenthesis may open either; a value says which it is.
type parser struct {
	*lexer
	outputs      int
	ofInputs     bool // the variables are x0, x1, ... in place of y0, y1, ...
	halfSpaces   []set.HalfSpace
	coefficients int
}

// value is a linear expression, or a formula and its negation.
type value struct {
	offset int
	form   linear.Form
	// holds and fails are set for a formula.
	holds, fails *formula.Node
}

func (v *value) isFormula() bool { return v.holds != nil }

// asFormula refuses a number where a formula belongs.
func (p *parser) asFormula(v value) (*formula.Node, error) {
	if !v.isFormula() {
		return nil, p.errorAt(v.offset, "found a number or a sum, want a comparison: <=, >=, ==, in [a, b], argmax or argmin")
	}
	return v.holds, nil
}

// asForm refuses a formula where a number belongs.
func (p *parser) asForm(v value) (linear.Form, error) {
	if v.isFormula() {
		return linear.Form{}, p.errorAt(v.offset, "found a comparison, want a number or a sum of outputs")
	}
	return v.form, nil
}

// disjunction is "a or b or ...".
func (p *parser) disjunction(depth int) (value, error) {
	return p.joined("or", formula.Or, formula.And, func() (value, error) {
		return p.joined("and", formula.And, formula.Or, func() (value, error) { return p.negation(depth) })
	})
}

// joined is one or more operands joined with a word.
func (p *parser) joined(name string, kind, dual formula.Kind, operand func() (value, error)) (value, error) {
	v, err := operand()
	if err != nil || !p.next.is(name) {
		return v, err
	}
	r := value{
		offset: v.offset,
		holds:  &formula.Node{Kind: kind, Offset: v.offset},
		fails:  &formula.Node{Kind: dual, Offset: v.offset},
	}
	for {
		holds, err := p.asFormula(v)
		if err != nil {
			return r, err
		}
		r.holds.Parts = append(r.holds.Parts, holds)
		r.fails.Parts = append(r.fails.Parts, v.fails)
		if !p.next.is(name) {
			return r, nil
		}
		p.advance()
		if v, err = operand(); err != nil {
			return r, err
		}
	}
}

// negation is "not a", or a.
func (p *parser) negation(depth int) (value, error) {
	if depth > maxDepth {
		return value{}, p.errorAt(p.next.offset, "nested more than %d deep", maxDepth)
	}
	if !p.next.is("not") {
		return p.comparison(depth)
	}
	t := p.take()
	v, err := p.negation(depth + 1)
	if err != nil {
		return v, err
	}
	if _, err := p.asFormula(v); err != nil {
		return v, err
	}
	return value{offset: t.offset, holds: v.fails, fails: v.holds}, nil
}

// sum is "a + b - c ...".
func (p *parser) sum(depth int) (value, error) {
	v, err := p.product(depth)
	for err == nil && (p.next.is("+") || p.next.is("-")) {
		op := p.take()
		var w value
		if w, err = p.product(depth); err != nil {
			break
		}
		v, err = p.combine(op, v, w)
	}
	return v, err
}

// product is "a * b / c ...".
func (p *parser) product(depth int) (value, error) {
	v, err := p.signed(depth)
	for err == nil && (p.next.is("*") || p.next.is("/")) {
		op := p.take()
		var w value
		if w, err = p.signed(depth); err != nil {
			break
		}
		v, err = p.combine(op, v, w)
	}
	return v, err
}

// combine computes v op w.
func (p *parser) combine(op token, v, w value) (value, error) {
	f, err := p.asForm(v)
	if err != nil {
		return v, err
	}
	g, err := p.asForm(w)
	if err != nil {
		return v, err
	}
	switch op.text {
	case "+":
		f, err = f.Sum(g)
	case "-":
		f, err = f.Minus(g)
	case "*":
		f, err = f.Times(g)
	case "/":
		if !g.IsConstant() || g.ConstantTerm().Sign() == 0 {
			return v, p.errorAt(w.offset, "only division by a number other than 0 is linear")
		}
		f, err = f.Scale(new(big.Rat).Inv(g.ConstantTerm()))
	}
	if err != nil {
		return v, p.errorAt(op.offset, "%w", err)
	}
	return value{offset: v.offset, form: f}, nil
}

// signed is an operand with any number of signs.
func (p *parser) signed(depth int) (value, error) {
	start, negative := p.next.offset, false
	signs := 0
	for ; p.next.is("-") || p.next.is("+"); signs++ {
		if p.take().text == "-" {
			negative = !negative
		}
	}
	v, err := p.operand(depth)
	if err != nil || signs == 0 {
		return v, err
	}
	f, err := p.asForm(v)
	if err == nil && negative {
		f, err = linear.Form{}.Minus(f)
	}
	return value{offset: start, form: f}, err
}

// operand is a number, an output, or anything in parentheses.
func (p *parser) operand(depth int) (value, error) {
	t := p.take()
	switch {
	case t.kind == number:
		n, err := linear.ParseNumber(t.text)
		if err != nil {
			return value{}, p.errorAt(t.offset, "%w", err)
		}
		return value{offset: t.offset, form: linear.Constant(n.Rat())}, nil
	case t.is("("):
		v, err := p.disjunction(depth + 1)
		if err != nil {
			return v, err
		}
		v.offset = t.offset
		return v, p.expect(")", "")
	case t.kind == word:
		i, err := p.output(t)
		return value{offset: t.offset, form: linear.Variable(i)}, err
	}
	wanted := "a number, an output like y0, argmax or argmin"
	if p.ofInputs {
		wanted = "a number or an input like x0"
	}
	return value{}, p.errorAt(t.offset, "found %v, want %s", t, wanted)
}
