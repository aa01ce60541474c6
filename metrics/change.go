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

// ChangeOf is the change from a to b, parameters of one size.
func ChangeOf(a, b *nn.Params) Change {
	var c Change
	square := 0.0
	add := func(a, b []float64) {
		c.Parameters += len(a)
		for i, v := range a {
			if v == b[i] {
				continue
			}
			d := math.Abs(b[i] - v)
			c.L0++
			c.L1 += d
			c.Linf = max(c.Linf, d)
			square += float64(d * d)
		}
	}
	for j := range a.Weight.Rows {
		add(a.Weight.Row(j), b.Weight.Row(j))
	}
	add(a.Bias, b.Bias)
	c.L2 = math.Sqrt(square)
	return c
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
		square += float64(c.L2 * c.L2)
	}
	t.L2 = math.Sqrt(square)
	return t
}

// Changes compares the parameters that give the output (those of the value channel) of two
// networks with the same layers, and returns one entry per layer. It fails if the networks'
// layers do not correspond.
func Changes(original, repaired *nn.Network) ([]Change, error) {
	a, b := original.Layers(), repaired.Layers()
	if len(a) != len(b) {
		return nil, fmt.Errorf("the repaired network has %d layers, the original %d", len(b), len(a))
	}
	changes := make([]Change, len(a))
	for k := range a {
		from := original.Nodes[a[k]].Op.(nn.Layer).Channel(nn.ValueChannel)
		to := repaired.Nodes[b[k]].Op.(nn.Layer).Channel(nn.ValueChannel)
		if from.Weight.Rows != to.Weight.Rows || from.Weight.Cols != to.Weight.Cols {
			return nil, fmt.Errorf("layer %d has %d x %d weights where the original has %d x %d",
				k+1, to.Weight.Rows, to.Weight.Cols, from.Weight.Rows, from.Weight.Cols)
		}
		changes[k] = ChangeOf(from, to)
		changes[k].Layer = k + 1
	}
	return changes, nil
}
