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
	return p
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
	}
	for _, u := range outputs {
		p.Terms = append(p.Terms, u.Rows)
	}
	return p
}

// alongAxis tells whether a half-space is sign x_axis <= offset.
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
