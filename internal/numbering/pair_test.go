package numbering

import (
	"testing"

	"github.com/netmend/netmend/nn"
)

// TestIdenticalPairs: which values are found identical, and which are not.
func TestIdenticalPairs(t *testing.T) {
	const varying, other = 4, 5 // of the inputs 0, 0, 1, 1 and two that vary
	row := func(kernel, before int) nn.Window {
		return nn.Window{
			Channels: 1, In: [2]int{1, 6}, Kernel: [2]int{1, kernel}, Stride: [2]int{1, 1}, Dilation: [2]int{1, 1},
			Before: [2]int{0, before},
		}
	}
	conv := func(before int) *nn.Conv {
		return &nn.Conv{Params: nn.Params{Weight: nn.Matrix{Rows: 1, Cols: 2, Stride: 2, Data: []float64{1, 2}}, Bias: []float64{1}}, Window: row(2, before), Groups: 1}
	}
	take := func(from ...int32) *nn.Take { return &nn.Take{In: 6, From: from} }
	sum := func(c ...float64) *nn.Sum { return &nn.Sum{Coefficients: c} }
	type value struct{ node, unit int }
	in := func(u int) value { return value{nn.Input, u} }
	chain := func(ops ...nn.Op) []nn.Node {
		var nodes []nn.Node
		for i, op := range ops {
			nodes = append(nodes, nn.Node{Inputs: []int{i - 1}, Op: op})
		}
		return nodes
	}
	pair := func(a, b nn.Node) []nn.Node {
		return []nn.Node{{Inputs: []int{nn.Input}, Op: take(4)}, {Inputs: []int{nn.Input}, Op: take(5)}, a, b}
	}
	for _, test := range []struct {
		name  string
		nodes []nn.Node
		a, b  value
		want  bool
	}{
		{"constants", chain(take(0)), in(0), in(1), true},
		{"different constants", chain(take(0)), in(1), in(2), false},
		{"inputs", chain(take(0)), in(varying), in(other), false},
		{"windows", chain(conv(0)), value{0, 1}, value{0, 2}, false},
		{"padding is 0", chain(conv(1)), value{0, 0}, value{0, 1}, true},
		{"padding is not 1", chain(take(2, 3, 3, 3, 3, 3), conv(1)), value{1, 0}, value{1, 1}, false},
		{"background", chain(take(2, 3, 3, 3, 3, 3), conv(1)), value{1, 1}, value{1, 2}, true},
		{"means", chain(take(0, 4, 0, 4, 0, 4), &nn.AveragePool{Window: row(2, 1), CountPadding: true}), value{1, 2}, value{1, 4}, true},
		{"means with padding", chain(take(4, 0, 4, 0, 4, 0), &nn.AveragePool{Window: row(2, 1), CountPadding: true}), value{1, 0}, value{1, 2}, true},
		{"means without padding", chain(take(4, 0, 4, 0, 4, 0), &nn.AveragePool{Window: row(2, 1)}), value{1, 0}, value{1, 2}, false},
		{"sums over an axis", pair(
			nn.Node{Inputs: []int{0}, Op: &nn.Reduce{Outer: 1, Axis: 1, Inner: 1, Divisor: 2}},
			nn.Node{Inputs: []int{0}, Op: &nn.Reduce{Outer: 1, Axis: 1, Inner: 1, Divisor: 3}},
		), value{2, 0}, value{3, 0}, false},
		{"b + (a - b)", pair(
			nn.Node{Inputs: []int{0, 1}, Op: sum(1, -1)}, nn.Node{Inputs: []int{1, 2}, Op: sum(1, 1)},
		), value{3, 0}, value{0, 0}, true},
		{"b - (a - b)", pair(
			nn.Node{Inputs: []int{0, 1}, Op: sum(1, -1)}, nn.Node{Inputs: []int{1, 2}, Op: sum(1, -1)},
		), value{3, 0}, value{0, 0}, false},
		{"a - a", pair(
			nn.Node{Inputs: []int{0, 0}, Op: sum(1, -1)}, nn.Node{Inputs: []int{1, 1}, Op: sum(-2, 2)},
		), value{2, 0}, value{3, 0}, true},
		{"fractions", pair(
			nn.Node{Inputs: []int{0, 1}, Op: sum(0.5, 1)}, nn.Node{Inputs: []int{0, 1}, Op: sum(1, 0.5)},
		), value{2, 0}, value{3, 0}, false},
		{"equal fractions", pair(
			nn.Node{Inputs: []int{0, 1}, Op: sum(0.5, 1)}, nn.Node{Inputs: []int{0, 1}, Op: sum(0.5, 1)},
		), value{2, 0}, value{3, 0}, true},
		{"large factors", pair(
			nn.Node{Inputs: []int{0}, Op: sum(maxFactor)}, nn.Node{Inputs: []int{2, 1}, Op: sum(maxFactor, 1)},
		), value{3, 0}, value{1, 0}, false},
		{"factors beyond 32 bits", pair(
			nn.Node{Inputs: []int{0}, Op: sum(maxFactor)}, nn.Node{Inputs: []int{2, 0}, Op: sum(1<<12, 1)},
		), value{3, 0}, value{0, 0}, false}, // 2^32 + 1
		{"inactive", chain(nn.ReLU()), value{0, varying}, value{0, other}, true},
		{"dense", chain(&nn.Dense{Params: nn.Params{Weight: nn.NewMatrix(2, 6), Bias: make([]float64, 2)}}), value{0, 0}, value{0, 1}, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			// An activation behind, so that all nodes count.
			nodes := append([]nn.Node(nil), test.nodes...)
			last := len(nodes) - 1
			probe, err := nn.New(nodes, []int{6}, nn.Meta{})
			if err != nil {
				t.Fatal(err)
			}
			ones := make([]float64, probe.OutDim())
			for i := range ones {
				ones[i] = 1
			}
			nodes = append(nodes,
				nn.Node{Inputs: []int{last}, Op: &nn.Scale{Factor: ones, Shift: make([]float64, len(ones))}},
				nn.Node{Inputs: []int{last + 1}, Op: nn.ReLU()})
			net, err := nn.New(nodes, []int{6}, nn.Meta{})
			if err != nil {
				t.Fatal(err)
			}
			d := New(net)
			hull, err := nn.MatrixOf([][]float64{{0, 0, 1, 1, 2, 2}, {0, 0, 1, 1, 3, 4}})
			if err != nil {
				t.Fatal(err)
			}
			d.Find(hull, make([]uint8, net.PatternLen())) // all inactive
			if got := d.of(test.a.node)[test.a.unit] == d.of(test.b.node)[test.b.unit]; got != test.want {
				t.Errorf("identical: %v, want %v", got, test.want)
			}
		})
	}
}

// TestNoIdentities: where every unit has a dense layer's value there is nothing to find.
func TestNoIdentities(t *testing.T) {
	net, err := nn.New([]nn.Node{
		{Inputs: []int{nn.Input}, Op: &nn.Dense{Params: nn.Params{Weight: nn.NewMatrix(2, 3), Bias: make([]float64, 2)}}},
		{Inputs: []int{0}, Op: nn.ReLU()},
		{Inputs: []int{1}, Op: &nn.Dense{Params: nn.Params{Weight: nn.NewMatrix(1, 2), Bias: make([]float64, 1)}}},
	}, []int{3}, nn.Meta{})
	if err != nil {
		t.Fatal(err)
	}
	if New(net) != nil {
		t.Error("something is to be found in a network of dense layers")
	}
}
