package main

import (
	"fmt"
	"math"
	"reflect"
	"slices"

	"github.com/netmend/netmend/metrics"
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
	case nn.Layer:
		pa, pb := a.Channel(nn.ActivationChannel), b.Op.(nn.Layer).Channel(nn.ActivationChannel)
		if pa.Weight.Rows != pb.Weight.Rows || pa.Weight.Cols != pb.Weight.Cols {
			return fmt.Sprintf("is %d x %d, the original's is %d x %d", pb.Weight.Rows, pb.Weight.Cols, pa.Weight.Rows, pa.Weight.Cols)
		}
		if a, ok := a.(*nn.Conv); ok {
			if b := b.Op.(*nn.Conv); a.Window != b.Window || a.Groups != b.Groups {
				return "has another geometry"
			}
		}
		if c := metrics.ChangeOf(pa, pb); choosing && c.L0 > 0 {
			return fmt.Sprintf("%s of the activation channel differ, by up to %s", count(c.L0, "parameter"), short(c.Linf))
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
	case *nn.MaxPool, *nn.Max, *nn.AveragePool, *nn.Concat, *nn.Take, *nn.Sum, *nn.Reduce:
		if !reflect.DeepEqual(a, b.Op) {
			return "has other constants or another geometry"
		}
	}
	return ""
}

// largestDifference is the largest difference between two constants of two
// networks, of either channel; false where they differ in more than constants.
func largestDifference(a, b *nn.Network) (float64, bool) {
	if len(a.Nodes) != len(b.Nodes) {
		return 0, false
	}
	largest, same := 0.0, true
	compare := func(a, b []float64) {
		same = same && len(a) == len(b)
		for i := 0; same && i < len(a); i++ {
			if a[i] != b[i] { // infinite breakpoints have no difference
				largest = max(largest, math.Abs(a[i]-b[i]))
			}
		}
	}
	for i := range a.Nodes {
		if a.Nodes[i].Op.Kind() != b.Nodes[i].Op.Kind() {
			return 0, false
		}
		switch a := a.Nodes[i].Op.(type) {
		case nn.Layer:
			b := b.Nodes[i].Op.(nn.Layer)
			for _, channel := range []nn.Channel{nn.ActivationChannel, nn.ValueChannel} {
				pa, pb := a.Channel(channel), b.Channel(channel)
				compare(pa.Bias, pb.Bias)
				for j := 0; same && j < len(pa.Bias); j++ {
					compare(pa.Weight.Row(j), pb.Weight.Row(j))
				}
			}
		case *nn.Scale:
			b := b.Nodes[i].Op.(*nn.Scale)
			compare(a.Factor, b.Factor)
			compare(a.Shift, b.Shift)
		case *nn.Piecewise:
			b := b.Nodes[i].Op.(*nn.Piecewise)
			compare(a.Breaks, b.Breaks)
			compare(a.Slope, b.Slope)
			compare(a.Offset, b.Offset)
		}
	}
	return largest, same
}

// layerChange is how much a layer's value parameters differ.
type layerChange struct {
	Layer   int    `json:"layer"`
	Changed int    `json:"changed"`
	L1      finite `json:"l1"`
	Linf    finite `json:"linf"`
	L2      finite `json:"l2"`
}

// valueChanges lists the layers whose value parameters differ; none for networks
// that do not have the same layers.
func valueChanges(original, repaired *nn.Network) []layerChange {
	changes := []layerChange{} // an empty list, not null, in JSON
	all, err := metrics.Changes(original, repaired)
	if err != nil {
		return changes
	}
	for _, c := range all {
		if c.L0 > 0 {
			changes = append(changes, layerChange{c.Layer, c.L0, finite(c.L1), finite(c.Linf), finite(c.L2)})
		}
	}
	return changes
}
