package final

import (
	"errors"
	"fmt"
	"math"
	"math/big"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/set"
	"github.com/netmend/netmend/spec/vnnlib"
)

// maxConjunctions bounds what a property becomes.
const maxConjunctions = 4096

var errTooMany = fmt.Errorf("it becomes more than %d conjunctions before the end of the network", maxConjunctions)

// Property states a violation about a file's outputs as one about its network's: at least
// the violation where outward is set, which proves that it does not occur, and else at
// most the violation, so that what is found in it is one. exact tells that both are the
// same but for the rounding of logarithms to float64.
//
// near are outputs of the network, such as of a witness, at which the two sets are made to
// be close to the violation.
func Property(p *vnnlib.Property, e *nn.End, outward bool, near ...[]float64) (q *vnnlib.Property, exact bool, err error) {
	if p.Outputs != e.OutDim() {
		return nil, false, fmt.Errorf("the property has %d outputs, the network %d", p.Outputs, e.OutDim())
	}
	c := *p
	c.Outputs, c.BeforeEnd = e.Outer*e.Axis*e.Inner, true
	c.Cases = append([]vnnlib.Case(nil), p.Cases...)
	exact = true
	for i := range c.Cases {
		var outputs []vnnlib.Conjunction
		for _, o := range p.Cases[i].Outputs {
			d, same, err := conjunction(o, e, outward, near)
			if err != nil {
				return nil, false, err
			}
			exact = exact && same
			outputs = append(outputs, d...)
			if len(outputs) > maxConjunctions {
				return nil, false, errTooMany
			}
		}
		if len(outputs) == 0 { // never: 0 <= -1
			outputs = []vnnlib.Conjunction{{stated(row{normal: make([]float64, c.Outputs), offset: big.NewRat(-1, 1)})}}
		}
		c.Cases[i].Outputs = outputs
	}
	return &c, exact, nil
}

func conjunction(o vnnlib.Conjunction, e *nn.End, outward bool, near [][]float64) (all []vnnlib.Conjunction, exact bool, err error) {
	d := everything
	exact = true
	for i := range o {
		c, err := comparisonIn(&o[i])
		if err != nil {
			return nil, false, err
		}
		f, same, err := before(c, e, outward, false, near)
		if err != nil {
			return nil, false, err
		}
		exact = exact && same
		if d, err = d.and(f); err != nil {
			return nil, false, err
		}
	}
	for _, rows := range d {
		var c vnnlib.Conjunction
		for _, r := range rows {
			c = append(c, stated(r))
		}
		all = append(all, c)
	}
	return all, exact, nil
}

// comparisonIn is a half-space of a property, with the numbers that its file states.
func comparisonIn(h *vnnlib.HalfSpace) (c comparison, err error) {
	offset, ok := new(big.Rat).SetString(h.OffsetText)
	if !ok {
		return c, fmt.Errorf("%q is no number", h.OffsetText)
	}
	c = comparison{offset: offset, strict: h.Strict}
	for k, v := range h.Normal {
		r := new(big.Rat)
		switch {
		case h.CoefficientText == nil:
			r.SetFloat64(v)
		case h.CoefficientText[k] != "":
			if _, ok := r.SetString(h.CoefficientText[k]); !ok {
				return c, fmt.Errorf("%q is no number", h.CoefficientText[k])
			}
		}
		c.coefficients = append(c.coefficients, r)
	}
	return c, nil
}

// and is the intersection of two sets.
func (d dnf) and(f dnf) (dnf, error) {
	var all dnf
	if len(d)*len(f) > maxConjunctions {
		return nil, errTooMany
	}
	for _, a := range d {
		for _, b := range f {
			all = append(all, append(append([]row(nil), a...), b...))
		}
	}
	return all, nil
}

// stated is a row as a file would state it.
func stated(r row) vnnlib.HalfSpace {
	offset, _ := r.offset.Float64()
	return vnnlib.HalfSpace{
		HalfSpace:  set.HalfSpace{Normal: r.normal, Offset: offset, Strict: r.strict},
		OffsetText: r.offset.RatString(),
	}
}

// Union states a set of a file's outputs as one of its network's. It fails if the two
// are not the same but for the rounding of logarithms.
func Union(u set.Union, e *nn.End) (set.Union, error) {
	var all set.Union
	outputs := e.Outer * e.Axis * e.Inner
	for _, p := range u {
		d := everything
		for _, h := range p.Rows {
			c, err := comparisonOf(h)
			if err != nil {
				return nil, err
			}
			f, exact, err := before(c, e, true, false, nil)
			if err != nil {
				return nil, err
			}
			if !exact {
				return nil, errors.New("a bound on a probability of more than two classes has no flat faces before the final " + e.Kind)
			}
			if d, err = d.and(f); err != nil {
				return nil, err
			}
		}
		for _, rows := range d {
			q := set.Whole(outputs)
			for _, r := range rows {
				q = q.With(r.halfSpace())
			}
			all = append(all, q)
		}
	}
	return all, nil
}

func comparisonOf(h set.HalfSpace) (comparison, error) {
	for _, v := range append([]float64{h.Offset}, h.Normal...) {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return comparison{}, fmt.Errorf("a half-space has the number %v, want finite ones", v)
		}
	}
	c := comparison{offset: new(big.Rat).SetFloat64(h.Offset), strict: h.Strict}
	for _, v := range h.Normal {
		c.coefficients = append(c.coefficients, new(big.Rat).SetFloat64(v))
	}
	return c, nil
}

func (r row) halfSpace() set.HalfSpace {
	offset, _ := r.offset.Float64()
	return set.HalfSpace{Normal: r.normal, Offset: offset, Strict: r.strict}
}
