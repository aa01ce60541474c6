package expr

import "math"

// ParseObjective reads a linear expression in the inputs of a network with so
// many of them, such as "x0 - 2 * x1 + 0.5", and returns its coefficients and its
// constant, each rounded once; name stands for the text in errors, which are
// *[spec.ParseError] with line and column.
func ParseObjective(text, name string, inputs int) (coefficients []float64, constant float64, err error) {
	p := &parser{lexer: newLexer(text, name), outputs: inputs, ofInputs: true}
	v, err := p.sum(0)
	if err != nil {
		return nil, 0, err
	}
	if p.next.kind != endOfText {
		return nil, 0, p.errorAt(p.next.offset, "found %v, want +, - or the end", p.next)
	}
	f, err := p.asForm(v)
	if err != nil {
		return nil, 0, err
	}
	coefficients = make([]float64, inputs)
	for _, i := range f.Variables() {
		coefficients[i], _ = f.Coefficient(i).Float64()
		if math.IsInf(coefficients[i], 0) {
			return nil, 0, p.errorAt(v.offset, "a coefficient is beyond the range of float64")
		}
	}
	constant, _ = f.ConstantTerm().Float64()
	return coefficients, constant, nil
}
