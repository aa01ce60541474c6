// Package treetest has random networks and short properties for the tests of proofs
// by split trees.
package treetest

import (
	"fmt"
	"strings"
	"testing"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/spec/vnnlib"
)

// Network is a dense network of the given widths, that of the input first, with an
// activation between two layers, and with value parameters of its own where
// decoupled. Parameters and activations are drawn in the order of the nodes, weights
// before biases, the activation channel before the value channel.
func Network(t testing.TB, widths []int, decoupled bool, number func() float64, activation func() *nn.Piecewise) *nn.Network {
	t.Helper()
	params := func(out, in int) nn.Params {
		p := nn.Params{Weight: nn.NewMatrix(out, in), Bias: make([]float64, out)}
		for _, xs := range [][]float64{p.Weight.Data, p.Bias} {
			for i := range xs {
				xs[i] = number()
			}
		}
		return p
	}
	var nodes []nn.Node
	add := func(op nn.Op) { nodes = append(nodes, nn.Node{Inputs: []int{len(nodes) - 1}, Op: op}) }
	for k, out := range widths[1:] {
		if k > 0 {
			add(activation())
		}
		d := &nn.Dense{Params: params(out, widths[k])}
		if decoupled {
			v := params(out, widths[k])
			d.Value = &v
		}
		add(d)
	}
	net, err := nn.New(nodes, widths[:1], nn.Meta{})
	if err != nil {
		t.Fatal(err)
	}
	return net
}

// Property reads a VNN-LIB property of X_0, X_1, ... and Y_0, Y_1, ... that makes the
// given assertions.
func Property(t testing.TB, inputs, outputs int, assertions ...string) *vnnlib.Property {
	t.Helper()
	var b strings.Builder
	for i := range inputs {
		fmt.Fprintf(&b, "(declare-const X_%d Real)\n", i)
	}
	for i := range outputs {
		fmt.Fprintf(&b, "(declare-const Y_%d Real)\n", i)
	}
	for _, a := range assertions {
		fmt.Fprintf(&b, "(assert %s)\n", a)
	}
	p, err := vnnlib.Read(strings.NewReader(b.String()), "test")
	if err != nil {
		t.Fatal(err)
	}
	return p
}
