package main

import (
	"testing"

	"github.com/netmend/netmend/cmd/netmend/internal/demo"
	"github.com/netmend/netmend/nn"
)

// changed is N1 with one change made to a copy of its nodes.
func changed(t *testing.T, change func(nodes []nn.Node)) *nn.Network {
	t.Helper()
	net, err := demo.N1()
	if err != nil {
		t.Fatal(err)
	}
	nodes := net.Clone().Nodes
	change(nodes)
	if net, err = nn.New(nodes, net.InputShape, net.Meta); err != nil {
		t.Fatal(err)
	}
	return net
}

func TestActivationDifferences(t *testing.T) {
	net := changed(t, func([]nn.Node) {})
	hidden := net.Nodes[0].Op.(*nn.Dense).Params
	output := net.Nodes[2].Op.(*nn.Dense).Params
	for _, c := range []struct {
		name   string
		change func([]nn.Node)
		differ bool
		values int // layers whose values differ

		largest float64 // difference of constants, -1 where operations differ
	}{
		{"nothing", func([]nn.Node) {}, false, 0, 0},
		{"values of layer 1", func(n []nn.Node) {
			v := hidden.Clone()
			v.Weight.Row(1)[0] += 0.5
			n[0].Op = &nn.Dense{Params: hidden, Value: &v}
		}, false, 1, 0.5},
		{"both channels of layer 1", func(n []nn.Node) {
			v := hidden.Clone()
			v.Bias[2] += 0.5
			n[0].Op = &nn.Dense{Params: v}
		}, true, 1, 0.5},
		{"the last layer, which chooses nothing", func(n []nn.Node) {
			v := output.Clone()
			v.Weight.Row(0)[1] = 7
			n[2].Op = &nn.Dense{Params: v}
		}, false, 1, 8},
		{"another activation", func(n []nn.Node) { n[1].Op = nn.HardTanh() }, true, 0, -1},
		{"other pieces", func(n []nn.Node) { n[1].Op = nn.LeakyReLU(0.25) }, true, 0, 0.25},
	} {
		other := changed(t, c.change)
		d, v := activationDifferences(net, other), valueChanges(net, other)
		if (len(d) > 0) != c.differ || len(v) != c.values {
			t.Errorf("%s: %q, %v", c.name, d, v)
		}
		if same := nn.Same(net, other); same != (c.name == "nothing") {
			t.Errorf("%s: the same network: %v", c.name, same)
		}
		if l, ok := nn.LargestDifference(net, other); ok != (c.largest >= 0) || ok && l != c.largest {
			t.Errorf("%s: constants differ by up to %v, %v", c.name, l, ok)
		}
	}
}
