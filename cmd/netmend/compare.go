package main

import (
	"fmt"
	"math"
	"slices"

	"github.com/netmend/netmend/nn"
)

// activationDifferences lists where the activation channels of two networks
// differ, as far as they choose activation functions' pieces: parameters after
// the last activation choose nothing. It is empty where each is a repair of the
// other's value channel (Definition 4.1).
func activationDifferences(a, b *nn.Network) []string {
	if a.InDim() != b.InDim() || a.OutDim() != b.OutDim() {
		return []string{fmt.Sprintf("%d inputs and %d outputs, the original has %d and %d", b.InDim(), b.OutDim(), a.InDim(), a.OutDim())}
	}
	if len(a.Nodes) != len(b.Nodes) {
		return []string{fmt.Sprintf("%s, the original has %d", count(len(b.Nodes), "node"), len(a.Nodes))}
	}
	layers := layerNumbers(a)
	var found []string
	for i := range a.Nodes {
		where := fmt.Sprintf("node %d (%s)", i+1, a.Nodes[i].Op.Kind())
		if k := layers[i]; k > 0 {
			where = fmt.Sprintf("layer %d", k)
		}
		if d := nodeDifference(&a.Nodes[i], &b.Nodes[i], a.ActivationAfter(i)); d != "" {
			found = append(found, where+": "+d)
		}
	}
	return found
}

// layerNumbers gives the number of the layer that a node is.
func layerNumbers(net *nn.Network) map[int]int {
	numbers := map[int]int{}
	for k, node := range net.Layers() {
		numbers[node] = k + 1
	}
	return numbers
}

// nodeDifference says how two nodes differ in the activation channel, or
// nothing. choosing tells whether their parameters have a part in choosing
// pieces.
func nodeDifference(a, b *nn.Node, choosing bool) string {
	if a.Op.Kind() != b.Op.Kind() {
		return fmt.Sprintf("is a %s, the original's is a %s", b.Op.Kind(), a.Op.Kind())
	}
	if !slices.Equal(a.Inputs, b.Inputs) {
		return "has other inputs"
	}
	switch a := a.Op.(type) {
	case *nn.Dense:
		pa, pb := a.Channel(nn.ActivationChannel), b.Op.(*nn.Dense).Channel(nn.ActivationChannel)
		if pa.Weight.Rows != pb.Weight.Rows || pa.Weight.Cols != pb.Weight.Cols {
			return fmt.Sprintf("is %d x %d, the original's is %d x %d", pb.Weight.Rows, pb.Weight.Cols, pa.Weight.Rows, pa.Weight.Cols)
		}
		if c := paramsChange(pa, pb); choosing && c.Changed > 0 {
			return fmt.Sprintf("%s of the activation channel differ, by up to %s", count(c.Changed, "parameter"), short(c.Linf))
		}
	case *nn.Scale:
		b := b.Op.(*nn.Scale)
		if !slices.Equal(a.Factor, b.Factor) || !slices.Equal(a.Shift, b.Shift) {
			return "scales by other constants"
		}
	case *nn.Piecewise:
		b := b.Op.(*nn.Piecewise)
		if !slices.Equal(a.Breaks, b.Breaks) || !slices.Equal(a.Slope, b.Slope) || !slices.Equal(a.Offset, b.Offset) {
			return "has other pieces"
		}
	}
	return ""
}

// layerChange is how much a layer's value parameters differ.
type layerChange struct {
	Layer   int     `json:"layer"`
	Changed int     `json:"changed"`
	L1      float64 `json:"l1"`
	Linf    float64 `json:"linf"`
	L2      float64 `json:"l2"`
}

// valueChanges lists the layers whose value parameters differ, for networks of
// the same layers.
func valueChanges(original, repaired *nn.Network) []layerChange {
	changes := []layerChange{} // an empty list, not null, in JSON
	a, b := original.Layers(), repaired.Layers()
	if len(a) != len(b) {
		return changes
	}
	for i := range a {
		pa := original.Nodes[a[i]].Op.(*nn.Dense).Channel(nn.ValueChannel)
		pb := repaired.Nodes[b[i]].Op.(*nn.Dense).Channel(nn.ValueChannel)
		if pa.Weight.Rows != pb.Weight.Rows || pa.Weight.Cols != pb.Weight.Cols {
			continue
		}
		if c := paramsChange(pa, pb); c.Changed > 0 {
			c.Layer = i + 1
			changes = append(changes, c)
		}
	}
	return changes
}

// paramsChange measures b - a for parameters of the same size.
func paramsChange(a, b *nn.Params) layerChange {
	var c layerChange
	square := 0.0
	add := func(from, to float64) {
		if from == to {
			return
		}
		d := math.Abs(to - from)
		c.Changed++
		c.L1 += d
		c.Linf = max(c.Linf, d)
		square += d * d
	}
	for j := range a.Weight.Rows {
		for i, w := range a.Weight.Row(j) {
			add(w, b.Weight.Row(j)[i])
		}
		add(a.Bias[j], b.Bias[j])
	}
	c.L2 = math.Sqrt(square)
	return c
}
