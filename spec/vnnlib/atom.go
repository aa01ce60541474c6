package vnnlib

import (
	"errors"
	"math/big"

	"github.com/netmend/netmend/spec/internal/linear"
)

// variable numbers X_i as 2i and Y_j as 2j+1.
type variable int

// variables is a set of the kinds of variables.
type variables uint8

const (
	inputs  variables = 1
	outputs variables = 2
)

// index is the i of X_i or Y_i.
func (v variable) index() int { return int(v >> 1) }

// kind is inputs or outputs.
func (v variable) kind() variables {
	if v&1 == 0 {
		return inputs
	}
	return outputs
}

// atom is the comparison Σ terms <= bound, or < where strict. All its variables
// are of one kind; a single input has the coefficient 1 or -1.
type atom struct {
	terms  []term
	bound  linear.Number
	strict bool
}

type term struct {
	v variable
	c linear.Number
}

func (a *atom) kind() variables { return a.terms[0].v.kind() }

var (
	one      = linear.Number{Value: 1, Text: "1"}
	minusOne = linear.Number{Value: -1, Text: "-1"}
	zero     = linear.Number{Value: 0, Text: "0"}
)

// errMixed refuses a comparison that no box and no output set expresses.
var errMixed = errors.New("a comparison of inputs with outputs is not supported: want one over inputs or outputs alone")

// operand is one side of a comparison: a variable or a number, kept as such
// because nearly all are, or any linear expression.
type operand struct {
	kind   operandKind
	v      variable
	number linear.Number
	form   linear.Form
}

type operandKind uint8

const (
	isVariable operandKind = iota
	isNumber
	isForm
)

func (o *operand) asForm() linear.Form {
	switch o.kind {
	case isVariable:
		return linear.Variable(int(o.v))
	case isNumber:
		return linear.Constant(o.number.Rat())
	}
	return o.form
}

// compare makes the atom lhs <= rhs, or lhs < rhs. Where no variable is left,
// the atom is nil and holds tells the comparison's truth.
func compare(lhs, rhs *operand, strict bool) (a *atom, holds bool, err error) {
	switch {
	case lhs.kind == isVariable && rhs.kind == isNumber:
		return &atom{terms: []term{{lhs.v, one}}, bound: rhs.number, strict: strict}, false, nil
	case lhs.kind == isNumber && rhs.kind == isVariable:
		return &atom{terms: []term{{rhs.v, minusOne}}, bound: negated(lhs.number), strict: strict}, false, nil
	case lhs.kind == isVariable && rhs.kind == isVariable && lhs.v != rhs.v:
		if lhs.v.kind() != rhs.v.kind() {
			return nil, false, errMixed
		}
		terms := []term{{lhs.v, one}, {rhs.v, minusOne}}
		if lhs.v > rhs.v {
			terms[0], terms[1] = terms[1], terms[0]
		}
		return &atom{terms: terms, bound: zero, strict: strict}, false, nil
	}
	f, err := lhs.asForm().Minus(rhs.asForm())
	if err != nil {
		return nil, false, err
	}
	if f.IsConstant() {
		sign := f.ConstantTerm().Sign()
		return nil, sign < 0 || sign == 0 && !strict, nil
	}
	a, err = compareForm(f, strict)
	return a, false, err
}

// compareForm makes the atom f <= 0, or f < 0.
func compareForm(f linear.Form, strict bool) (*atom, error) {
	a := &atom{strict: strict}
	vs := f.Variables()
	if len(vs) == 1 && variable(vs[0]).kind() == inputs {
		// Dividing turns a multiple of one input into a bound of the box.
		c := f.Coefficient(vs[0])
		divided, err := f.Scale(new(big.Rat).Inv(new(big.Rat).Abs(c)))
		if err != nil {
			return nil, err
		}
		f = divided
	}
	for _, v := range vs {
		if variable(v).kind() != variable(vs[0]).kind() {
			return nil, errMixed
		}
		c, err := rounded(f.Coefficient(v))
		if err != nil {
			return nil, err
		}
		a.terms = append(a.terms, term{variable(v), c})
	}
	var err error
	a.bound, err = rounded(new(big.Rat).Neg(f.ConstantTerm()))
	return a, err
}

// rounded is a number that was computed.
func rounded(r *big.Rat) (linear.Number, error) {
	v, err := linear.Nearest(r)
	return linear.Number{Value: v, Text: linear.Decimal(r)}, err
}

// negated is -n.
func negated(n linear.Number) linear.Number {
	if n.Value == 0 && n.Text == "0" {
		return n
	}
	// Adding 0 turns the -0 of a zero into 0.
	m := linear.Number{Value: 0 - n.Value}
	switch n.Text[0] {
	case '-':
		m.Text = n.Text[1:]
	case '+':
		m.Text = "-" + n.Text[1:]
	default:
		m.Text = "-" + n.Text
	}
	return m
}
