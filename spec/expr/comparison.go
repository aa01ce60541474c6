package expr

import (
	"math/big"
	"slices"
	"strconv"
	"strings"

	"github.com/netmend/netmend/set"
	"github.com/netmend/netmend/spec"
	"github.com/netmend/netmend/spec/internal/formula"
	"github.com/netmend/netmend/spec/internal/linear"
)

// comparison is a chain "a <= b <= c ...", "a in [l, u]", a statement about
// argmax or argmin, or a alone.
func (p *parser) comparison(depth int) (value, error) {
	if p.next.is("argmax") || p.next.is("argmin") {
		return p.extremum()
	}
	lhs, err := p.sum(depth)
	if err != nil {
		return lhs, err
	}
	var links []value
	for slices.ContainsFunc([]string{"<=", ">=", "<", ">", "==", "=", "!=", "in"}, p.next.is) {
		op := p.take()
		if op.text == "in" {
			v, err := p.between(op, lhs)
			return p.conjunction(append(links, v)), err
		}
		rhs, err := p.sum(depth)
		if err != nil {
			return lhs, err
		}
		v, err := p.compare(op, lhs, rhs)
		if err != nil {
			return v, err
		}
		links, lhs = append(links, v), rhs
	}
	if links == nil {
		return lhs, nil
	}
	return p.conjunction(links), nil
}

// conjunction joins the links of a chain.
func (p *parser) conjunction(links []value) value {
	if len(links) == 1 {
		return links[0]
	}
	v := value{
		offset: links[0].offset,
		holds:  &formula.Node{Kind: formula.And, Offset: links[0].offset},
		fails:  &formula.Node{Kind: formula.Or, Offset: links[0].offset},
	}
	for _, l := range links {
		v.holds.Parts = append(v.holds.Parts, l.holds)
		v.fails.Parts = append(v.fails.Parts, l.fails)
	}
	return v
}

// compare is "lhs op rhs".
func (p *parser) compare(op token, lhs, rhs value) (value, error) {
	f, err := p.asForm(lhs)
	if err != nil {
		return lhs, err
	}
	g, err := p.asForm(rhs)
	if err != nil {
		return lhs, err
	}
	switch op.text {
	case "<":
		return p.atMost(op, f, g, true)
	case ">":
		return p.atMost(op, g, f, true)
	case "<=":
		return p.atMost(op, f, g, false)
	case ">=":
		return p.atMost(op, g, f, false)
	}
	// == or !=.
	below, err := p.atMost(op, f, g, false)
	if err != nil {
		return lhs, err
	}
	above, err := p.atMost(op, g, f, false)
	v := p.conjunction([]value{below, above})
	if op.text == "!=" {
		v.holds, v.fails = v.fails, v.holds
	}
	return v, err
}

// atMost is f <= g, or f < g where it is strict.
func (p *parser) atMost(op token, f, g linear.Form, strict bool) (value, error) {
	d, err := f.Minus(g)
	if err != nil {
		return value{}, p.errorAt(op.offset, "%w", err)
	}
	v := value{offset: op.offset}
	if d.IsConstant() {
		sign := d.ConstantTerm().Sign()
		holds := sign < 0 || sign == 0 && !strict
		v.holds, v.fails = formula.Truth(holds, op.offset), formula.Truth(!holds, op.offset)
		return v, nil
	}
	h := set.HalfSpace{Normal: make([]float64, p.outputs), Strict: strict}
	for _, i := range d.Variables() {
		if h.Normal[i], err = linear.Nearest(d.Coefficient(i)); err != nil {
			return v, p.errorAt(op.offset, "%w", err)
		}
	}
	if h.Offset, err = linear.Nearest(new(big.Rat).Neg(d.ConstantTerm())); err != nil {
		return v, p.errorAt(op.offset, "%w", err)
	}
	return p.atom(op, h)
}

// atom is a half-space, and its complement.
func (p *parser) atom(at token, h set.HalfSpace) (value, error) {
	if p.coefficients += 2 * p.outputs; p.coefficients > maxCoefficients {
		return value{}, p.errorAt(at.offset, "the half-spaces have more than %d coefficients", maxCoefficients)
	}
	n := int32(len(p.halfSpaces))
	p.halfSpaces = append(p.halfSpaces, h, opposite(h))
	return value{
		offset: at.offset,
		holds:  &formula.Node{Kind: formula.Atom, Atom: n, Offset: at.offset},
		fails:  &formula.Node{Kind: formula.Atom, Atom: n + 1, Offset: at.offset},
	}, nil
}

// opposite is the complement of h. Taking from 0 keeps zeros free of signs.
func opposite(h set.HalfSpace) set.HalfSpace {
	o := set.HalfSpace{Normal: make([]float64, len(h.Normal)), Offset: 0 - h.Offset, Strict: !h.Strict}
	for i, a := range h.Normal {
		o.Normal[i] = 0 - a
	}
	return o
}

// between is the rest of "v in [l, u]".
func (p *parser) between(in token, v value) (value, error) {
	f, err := p.asForm(v)
	if err != nil {
		return v, err
	}
	if err := p.expect("[", " after in"); err != nil {
		return v, err
	}
	lower, err := p.constant()
	if err != nil {
		return v, err
	}
	if err := p.expect(",", " between the ends of an interval"); err != nil {
		return v, err
	}
	upper, err := p.constant()
	if err != nil {
		return v, err
	}
	if err := p.expect("]", " after an interval"); err != nil {
		return v, err
	}
	if lower.ConstantTerm().Cmp(upper.ConstantTerm()) > 0 {
		return v, p.errorAt(in.offset, "nothing lies in the interval: its lower end is above the upper one")
	}
	low, err := p.atMost(in, lower, f, false)
	if err != nil {
		return v, err
	}
	high, err := p.atMost(in, f, upper, false)
	return p.conjunction([]value{low, high}), err
}

// constant is a sum without outputs.
func (p *parser) constant() (linear.Form, error) {
	start := p.next.offset
	v, err := p.sum(0)
	if err != nil {
		return linear.Form{}, err
	}
	f, err := p.asForm(v)
	if err == nil && !f.IsConstant() {
		err = p.errorAt(start, "the end of an interval is a number, found outputs")
	}
	return f, err
}

// extremum is "argmax == k" and the like.
func (p *parser) extremum() (value, error) {
	name, op := p.take(), p.take()
	if !op.is("==") && !op.is("=") && !op.is("!=") {
		return value{}, p.errorAt(op.offset, "found %v after %s, want == or !=", op, name.text)
	}
	t := p.take()
	k, err := strconv.Atoi(t.text)
	if t.kind != number || err != nil {
		return value{}, p.errorAt(t.offset, "found %v, want the number of an output", t)
	}
	if k >= p.outputs {
		return value{}, p.errorAt(t.offset, "there is no output %d: the network has outputs 0 to %d", k, p.outputs-1)
	}
	which := spec.Argmax
	if name.text == "argmin" {
		which = spec.Argmin
	}
	var all []value
	for j := range p.outputs {
		if j == k {
			continue
		}
		v, err := p.atom(name, which.Beats(k, j, p.outputs).Closure())
		if err != nil {
			return v, err
		}
		all = append(all, v)
	}
	v := value{holds: formula.Truth(true, name.offset), fails: formula.Truth(false, name.offset)}
	if all != nil {
		v = p.conjunction(all)
	}
	v.offset = name.offset
	if op.text == "!=" {
		v.holds, v.fails = v.fails, v.holds
	}
	return v, nil
}

// output is the number of the output, or input, that a word names.
func (p *parser) output(t token) (int, error) {
	letters, noun, letter := "yY", "output", "y"
	if p.ofInputs {
		letters, noun, letter = "xX", "input", "x"
	}
	digits := strings.TrimPrefix(strings.TrimLeft(t.text[:1], letters)+t.text[1:], "_")
	i, err := strconv.Atoi(digits)
	if err != nil || i < 0 || strconv.Itoa(i) != digits || len(digits) == len(t.text) {
		return 0, p.errorAt(t.offset, "found %v, want %s", t, p.wanted())
	}
	if i >= p.outputs {
		return 0, p.errorAt(t.offset, "there is no %s %s: the network has %ss %s0 to %s%d", noun, t.text, noun, letter, letter, p.outputs-1)
	}
	return i, nil
}

// wanted names what may stand for a number.
func (p *parser) wanted() string {
	if p.ofInputs {
		return "an input like x0 or a number"
	}
	return "an output like y0, a number, argmax or argmin"
}
