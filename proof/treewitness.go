package proof

import (
	"context"
	"errors"
	"fmt"
	"math/big"

	"github.com/netmend/netmend/cert"
	"github.com/netmend/netmend/internal/interval"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/spec/vnnlib"
)

// Violated checks, in exact arithmetic, that a witness violates a property: that it lies in
// the input set as the file states it, with decimal numbers unrounded, and its output in the
// violation. It returns the margin, the least slack of the violation's half-spaces at the
// output; nil if the violation has none. An error says why it is not a witness.
//
// Smooth functions and means are enclosed in intervals of growing precision; the margin is
// then a lower bound.
func Violated(net *nn.Network, p *vnnlib.Property, b *cert.PropertyViolated) (*big.Rat, error) {
	if err := propertyFits(net, p); err != nil {
		return nil, err
	}
	switch {
	case b.Case < 0 || b.Case >= len(p.Cases):
		return nil, fmt.Errorf("the witness is for case %d of %d", b.Case+1, len(p.Cases))
	case b.Term < 0 || b.Term >= len(p.Cases[b.Case].Outputs):
		return nil, fmt.Errorf("the witness is for term %d of %d", b.Term+1, len(p.Cases[b.Case].Outputs))
	case len(b.Input) != net.InDim():
		return nil, fmt.Errorf("the witness has %d numbers, the network %d inputs", len(b.Input), net.InDim())
	}
	x := make([]*big.Rat, len(b.Input))
	for i, r := range b.Input {
		var err error
		if x[i], err = r.Rat(); err != nil {
			return nil, fmt.Errorf("number %d of the witness: %w", i, err)
		}
	}
	c := &p.Cases[b.Case]
	if err := inBox(&c.Input, x); err != nil {
		return nil, err
	}
	if _, ok := slackOf(c.Input.HalfSpaces, x); !ok {
		return nil, fmt.Errorf("the witness lies outside a half-space of the input set")
	}
	y, err := exactOutput(net, x)
	if errors.Is(err, errInexact) {
		return enclosedMargin(net, x, c.Outputs[b.Term])
	}
	if err != nil {
		return nil, err
	}
	margin, ok := slackOf(c.Outputs[b.Term], y)
	if !ok {
		v, _ := margin.Float64()
		return nil, fmt.Errorf("the witness's output does not violate the property: it lies outside by %.6g", -v)
	}
	return margin, nil
}

func inBox(s *vnnlib.InputSet, x []*big.Rat) error {
	for i, v := range x {
		lo, isLow := new(big.Rat).SetString(s.LowerText[i])
		hi, isHigh := new(big.Rat).SetString(s.UpperText[i])
		if isLow && v.Cmp(lo) < 0 || isHigh && v.Cmp(hi) > 0 {
			return fmt.Errorf("input %d of the witness is %s, outside [%s, %s]", i, v.FloatString(20), s.LowerText[i], s.UpperText[i])
		}
	}
	return nil
}

// slackOf is the least slack of half-spaces at v, nil for none, and whether v lies in all
// of them.
func slackOf(c vnnlib.Conjunction, v []*big.Rat) (least *big.Rat, inside bool) {
	inside = true
	for i := range c {
		h := &c[i]
		s, ok := new(big.Rat).SetString(h.OffsetText)
		if !ok {
			s = new(big.Rat).SetFloat64(h.Offset)
		}
		for j := range h.Normal {
			if a := coefficient(h, j); a.Sign() != 0 {
				s.Sub(s, a.Mul(a, v[j]))
			}
		}
		if s.Sign() < 0 || s.Sign() == 0 && h.Strict {
			inside = false
		}
		if least == nil || s.Cmp(least) < 0 {
			least = s
		}
	}
	return least, inside
}

// coefficient j of a half-space, as the file states it.
func coefficient(h *vnnlib.HalfSpace, j int) *big.Rat {
	if h.CoefficientText == nil {
		return new(big.Rat).SetFloat64(h.Normal[j])
	}
	a, ok := new(big.Rat).SetString(h.CoefficientText[j])
	if !ok {
		return new(big.Rat) // not there
	}
	return a
}

// enclosedMargin is a lower bound on the least slack of half-spaces at the output for x.
func enclosedMargin(net *nn.Network, x []*big.Rat, c vnnlib.Conjunction) (*big.Rat, error) {
	p, err := newPointNetwork(net)
	if err != nil {
		return nil, err
	}
	for bits := uint(firstBits); bits <= lastBits; bits *= 2 {
		f := interval.Field{Bits: bits}
		input := make([]interval.Interval, len(x))
		for i, v := range x {
			input[i] = f.Rat(v)
		}
		y, err := p.outputsFrom(context.Background(), f, input)
		if err != nil {
			return nil, err
		}
		// A slack is least at a corner of the outputs' box.
		inside, least := true, (*big.Rat)(nil)
		for i := range c {
			corner := make([]*big.Rat, len(y))
			for j, v := range y {
				at := v.Lo
				if coefficient(&c[i], j).Sign() > 0 {
					at = v.Hi
				}
				if at.IsInf() {
					return nil, errors.New("the witness's output overflows")
				}
				corner[j], _ = at.Rat(nil)
			}
			slack, ok := slackOf(c[i:i+1], corner)
			inside = inside && ok
			if least == nil || slack.Cmp(least) < 0 {
				least = slack
			}
		}
		if inside {
			return least, nil
		}
	}
	return nil, fmt.Errorf("the witness's output does not violate the property, for all that %d bits tell", lastBits)
}
