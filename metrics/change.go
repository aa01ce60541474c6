package metrics

import (
	"fmt"
	"math"

	"github.com/netmend/netmend/nn"
)

// Change is the size of the change D of parameters.
type Change struct {
	// Layer, from 1; 0 for several together.
	Layer int
	// Parameters that there are; L0 of them changed.
	Parameters, L0 int
	// L1 is sum |D|, Linf max |D|, L2 the square root of sum D^2.
	L1, Linf, L2 float64
}

// add counts the change of some parameters from a to b, of the same length.
func (c *Change) add(a, b []float64) {
	square := c.L2 * c.L2
	for i, v := range a {
		if v == b[i] {
			continue
		}
		d := math.Abs(b[i] - v)
		c.L0++
		c.L1 += d
		c.Linf = max(c.Linf, d)
		square += d * d
	}
	c.Parameters += len(a)
	c.L2 = math.Sqrt(square)
}

// Total joins the changes of layers into one.
func Total(layers []Change) Change {
	var t Change
	square := 0.0
	for _, c := range layers {
		t.Parameters += c.Parameters
		t.L0 += c.L0
		t.L1 += c.L1
		t.Linf = max(t.Linf, c.Linf)
		square += c.L2 * c.L2
	}
	t.L2 = math.Sqrt(square)
	return t
}

// Changes compares the parameters that give the output (those of the value
// channel) of two networks with the same layers, and returns one entry a layer.
// It fails where the networks have other layers.
func Changes(original, repaired *nn.Network) ([]Change, error) {
	a, b := original.Layers(), repaired.Layers()
	if len(a) != len(b) {
		return nil, fmt.Errorf("the repaired network has %d layers, the original %d", len(b), len(a))
	}
	changes := make([]Change, len(a))
	for k := range a {
		from, to := parameters(original.Nodes[a[k]].Op), parameters(repaired.Nodes[b[k]].Op)
		if len(from) != len(to) {
			return nil, fmt.Errorf("layer %d is another kind of layer in the repaired network", k+1)
		}
		c := Change{Layer: k + 1}
		for i := range from {
			if len(from[i]) != len(to[i]) {
				return nil, fmt.Errorf("layer %d has %d numbers where the original has %d", k+1, len(to[i]), len(from[i]))
			}
			c.add(from[i], to[i])
		}
		changes[k] = c
	}
	return changes, nil
}

// parameters are those of a layer's value channel, as vectors.
func parameters(op nn.Op) [][]float64 {
	l, ok := op.(nn.Layer)
	if !ok {
		return nil
	}
	p := l.Channel(nn.ValueChannel)
	var all [][]float64
	for j := range p.Weight.Rows {
		all = append(all, p.Weight.Row(j))
	}
	return append(all, p.Bias)
}
