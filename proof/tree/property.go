package tree

import (
	"math"
	"math/big"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/set"
	"github.com/netmend/netmend/spec/vnnlib"
)

// OfCase is the claim that a case of a property does not occur. Its box contains the
// one that the file states: decimal numbers are rounded outward.
func OfCase(net *nn.Network, c *vnnlib.Case) *Problem {
	s := &c.Input
	p := &Problem{Net: net, Cuts: s.HalfSpaces.HalfSpaces()}
	for j, lo := range s.Box.Lo {
		hi := s.Box.Hi[j]
		p.Lo, p.Hi = append(p.Lo, outward(lo, s.LowerText[j], -1)), append(p.Hi, outward(hi, s.UpperText[j], 1))
	}
	for _, o := range c.Outputs {
		p.Terms = append(p.Terms, o.HalfSpaces())
	}
	p.Exact = exactCase(c)
	return p
}

// exactCase are the numbers of a case as the file states them; nil if it does not.
func exactCase(c *vnnlib.Case) *Exact {
	x := &Exact{}
	number := func(text string) *big.Rat {
		v, ok := new(big.Rat).SetString(text)
		if !ok {
			return nil
		}
		return v
	}
	for j, text := range c.Input.LowerText {
		lo, hi := number(text), number(c.Input.UpperText[j])
		if lo == nil && !math.IsInf(c.Input.Box.Lo[j], -1) || hi == nil && !math.IsInf(c.Input.Box.Hi[j], 1) {
			return nil
		}
		x.Lo, x.Hi = append(x.Lo, lo), append(x.Hi, hi)
	}
	halfSpaces := func(hs vnnlib.Conjunction) []ExactHalfSpace {
		var all []ExactHalfSpace
		for i := range hs {
			h := ExactHalfSpace{Offset: number(hs[i].OffsetText), Strict: hs[i].Strict}
			if h.Offset == nil {
				h.Offset = new(big.Rat).SetFloat64(hs[i].Offset)
			}
			for j, a := range hs[i].Normal {
				v := new(big.Rat).SetFloat64(a)
				if hs[i].CoefficientText != nil {
					if v = number(hs[i].CoefficientText[j]); v == nil {
						v = new(big.Rat) // not there
					}
				}
				h.Normal = append(h.Normal, v)
			}
			all = append(all, h)
		}
		return all
	}
	x.Cuts = halfSpaces(c.Input.HalfSpaces)
	for _, o := range c.Outputs {
		x.Terms = append(x.Terms, halfSpaces(o))
	}
	return x
}

// outward is v, the float64 nearest to the number that text states, or the next one in a
// direction where the number is, or may be, beyond v in that direction.
func outward(v float64, text string, direction int) float64 {
	at := new(big.Rat).SetFloat64(v)
	if at == nil { // infinite: there is no bound
		return v
	}
	if exact, ok := new(big.Rat).SetString(text); ok && exact.Cmp(at)*direction <= 0 {
		return v
	}
	return math.Nextafter(v, math.Inf(direction))
}

// OfSets is the claim that no input of a polyhedron gives an output in a union. The
// polyhedron's bounds are those of its half-spaces along one axis.
func OfSets(net *nn.Network, inputs set.Polyhedron, outputs set.Union) *Problem {
	p := &Problem{Net: net, Lo: filled(inputs.Dim, math.Inf(-1)), Hi: filled(inputs.Dim, math.Inf(1))}
	for _, h := range inputs.Rows {
		axis, sign, ok := alongAxis(h)
		switch {
		case !ok:
			p.Cuts = append(p.Cuts, h)
		case sign > 0:
			p.Hi[axis] = min(p.Hi[axis], h.Offset)
		default:
			p.Lo[axis] = max(p.Lo[axis], -h.Offset)
		}
		if ok && h.Strict {
			p.Cuts = append(p.Cuts, h)
		}
	}
	for _, u := range outputs {
		p.Terms = append(p.Terms, u.Rows)
	}
	p.Exact = exactSets(p)
	return p
}

// exactSets are the numbers of a problem as they are; nil if they are not finite.
func exactSets(p *Problem) *Exact {
	if !allFinite(p.Lo) || !allFinite(p.Hi) {
		return nil
	}
	rationals := func(vs []float64) []*big.Rat {
		var rs []*big.Rat
		for _, v := range vs {
			rs = append(rs, new(big.Rat).SetFloat64(v))
		}
		return rs
	}
	halfSpaces := func(hs []set.HalfSpace) []ExactHalfSpace {
		all := []ExactHalfSpace{}
		for _, h := range hs {
			if !allFinite(h.Normal) || !finite(h.Offset) {
				return nil
			}
			all = append(all, ExactHalfSpace{rationals(h.Normal), new(big.Rat).SetFloat64(h.Offset), h.Strict})
		}
		return all
	}
	x := &Exact{Lo: rationals(p.Lo), Hi: rationals(p.Hi), Cuts: halfSpaces(p.Cuts)}
	if x.Cuts == nil {
		return nil
	}
	for _, t := range p.Terms {
		term := halfSpaces(t)
		if term == nil {
			return nil
		}
		x.Terms = append(x.Terms, term)
	}
	return x
}

// alongAxis reports whether a half-space is sign x_axis <= offset.
func alongAxis(h set.HalfSpace) (axis int, sign float64, ok bool) {
	axis = -1
	for j, a := range h.Normal {
		if a == 0 {
			continue
		}
		if axis >= 0 || a != 1 && a != -1 {
			return 0, 0, false
		}
		axis, sign = j, a
	}
	return axis, sign, axis >= 0
}

func filled(n int, v float64) []float64 {
	x := make([]float64, n)
	for i := range x {
		x[i] = v
	}
	return x
}
