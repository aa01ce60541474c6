package enclose

import (
	"fmt"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/set"
)

// Gate is an activation unit of the value channel of a decoupled network: the piece
// that the activation channel's input chooses, applied to the value channel's.
type Gate struct{ *piecewise }

// GateOf returns the gate of a piecewise-affine activation. It fails for others,
// which the value channel linearises around the activation channel's input.
func GateOf(a nn.Activation) (*Gate, error) {
	p, ok := a.(*nn.Piecewise)
	if !ok {
		return nil, fmt.Errorf("the activation function %s is not supported in a decoupled network: want a piecewise-affine one", a.Kind())
	}
	return &Gate{&piecewise{p}}, nil
}

// choices calls visit for each piece that an input of the activation channel in z
// may choose, with where it does.
func (g *Gate) choices(z set.Interval, visit func(k int, z set.Interval)) {
	for k := range g.Slope {
		// At a breakpoint the upper piece holds.
		if d := g.domain(k).Intersect(z); !d.Empty() && (k == len(g.Breaks) || d.Lo != g.Breaks[k]) {
			visit(k, d)
		}
	}
}

// Image encloses what becomes of inputs in v where those of the activation channel
// lie in z.
func (g *Gate) Image(v, z set.Interval) set.Interval {
	image := set.EmptyInterval()
	g.choices(z, func(k int, _ set.Interval) {
		image = image.Hull(v.Scale(g.Slope[k]).Add(point(g.Offset[k])))
	})
	return image
}

// Preimage encloses the inputs of both channels, in v and z, that give values in y;
// both are empty if there are none.
func (g *Gate) Preimage(y, v, z set.Interval) (value, activation set.Interval) {
	value, activation = set.EmptyInterval(), set.EmptyInterval()
	g.choices(z, func(k int, z set.Interval) {
		within := v
		switch slope := g.Slope[k]; {
		case slope != 0:
			within = v.Intersect(quotient(y.Sub(point(g.Offset[k])), slope))
		case !y.Contains(g.Offset[k]):
			return
		}
		if !within.Empty() {
			value, activation = value.Hull(within), activation.Hull(z)
		}
	})
	return value, activation
}
