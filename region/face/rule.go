package face

import (
	"math"

	"github.com/netmend/netmend/nn"
)

// tolerance, times the size of the terms that a unit's input is summed from, is how close to
// a breakpoint is near it. The inputs carry errors of some hundred roundings, 2^-45; a unit
// too many costs an exact decision, one too few is left to package proof.
const tolerance = 0x1p-33

// Rule answers for a network.
type Rule struct {
	net   *nn.Network
	from  int // node
	first int // unit
	sizes *Sizes
	exact *exactNetwork
}

// New is the rule for the units of a network's nodes from the given one on. The network must
// not have selections (see [nn.Network.LowerSelections]), and its activation functions must be
// continuous and piecewise affine.
func New(net *nn.Network, from int) *Rule {
	r := &Rule{net: net, from: from, first: net.PatternLen(), sizes: NewSizes(net), exact: newExactNetwork(net)}
	for i := len(net.Nodes) - 1; i >= from; i-- {
		if lo, hi := net.Units(i); hi > lo {
			r.first = lo
		}
	}
	return r
}

// Near are the ties that float64 cannot exclude at each of the places, one a row, in
// ascending order. reach has for each place the size of the numbers that it was computed from
// ([Reach]); nil if places are exact. Several goroutines may call it.
func (r *Rule) Near(x nn.Matrix, reach []float64) [][]Tie {
	ties := make([][]Tie, x.Rows)
	t := r.net.RunActivation(x, 1)
	for row := range x.Rows {
		of := 0.0
		if reach != nil {
			of = reach[row]
		}
		size := r.sizes.At(t, row, of)
		for i := r.from; i < len(r.net.Nodes); i++ {
			f, ok := r.net.Nodes[i].Op.(*nn.Piecewise)
			if !ok {
				continue
			}
			unit, _ := r.net.Units(i)
			in := r.net.Nodes[i].Inputs[0]
			for u, z := range t.Of(in).Row(row) {
				for b, at := range f.Breaks {
					if math.Abs(z-at) <= tolerance*max(size[in+1][u], math.Abs(at)) {
						ties[row] = append(ties[row], Tie{Unit: int32(unit - r.first + u), Piece: uint8(b + 1)})
					}
				}
			}
		}
	}
	return ties
}
