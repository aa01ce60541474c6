package main

import (
	"fmt"

	"github.com/netmend/netmend/cmd/netmend/internal/cli"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/set"
	"github.com/netmend/netmend/spec"
	"github.com/netmend/netmend/spec/final"
	"github.com/netmend/netmend/spec/vnnlib"
)

// What is asked about a file's outputs is asked about its network's, which ends before a
// final Softmax and the like.

// fileOutputs is the number of the file's outputs.
func fileOutputs(net *nn.Network) int {
	if net.Meta.End != nil {
		return net.Meta.End.OutDim()
	}
	return net.OutDim()
}

// atEnd are the file's outputs for those of the network.
func atEnd(net *nn.Network, y []float64) []float64 {
	if net.Meta.End == nil {
		return y
	}
	return net.Meta.End.Apply(y)
}

// outputsAtEnd are the file's outputs, one row per point.
func outputsAtEnd(net *nn.Network, y nn.Matrix) nn.Matrix {
	if net.Meta.End == nil {
		return y
	}
	m := nn.NewMatrix(y.Rows, net.Meta.End.OutDim())
	for i := range m.Rows {
		copy(m.Row(i), net.Meta.End.Apply(y.Row(i)))
	}
	return m
}

// classOf is the class that a file gives where its network has the outputs y. A final
// ArgMax has its own rule, and one sigmoid two classes, but none where it is 0.5: then it
// is -1.
func classOf(net *nn.Network, y []float64, classifier spec.Extremum) int {
	e := net.Meta.End
	switch {
	case e != nil && e.OutDim() == 1 && e.Kind == nn.EndArgMax:
		return int(e.Apply(y)[0])
	case e == nil || e.OutDim() != 1 || e.Kind != nn.EndSigmoid:
		return classifier.Prefers(y, nil)
	case y[0] > 0:
		return 1
	case y[0] < 0:
		return 0
	}
	return -1
}

// outputsBefore states a set of the file's outputs as one of the network's.
func outputsBefore(net *nn.Network, u set.Union) (set.Union, error) {
	if net.Meta.End == nil {
		return u, nil
	}
	return final.Union(u, net.Meta.End)
}

// propertyBefore states a property of the file's outputs as one of the network's: what
// proves that it holds, or what proves that it is violated.
func propertyBefore(net *nn.Network, p *vnnlib.Property, outward bool) (*vnnlib.Property, error) {
	if net.Meta.End == nil {
		return p, nil
	}
	if p.Inputs != net.InDim() {
		return nil, fmt.Errorf("the property has %d inputs, the network %d", p.Inputs, net.InDim())
	}
	q, _, err := final.Property(p, net.Meta.End, outward)
	return q, err
}

// specBefore states a specification of the file's outputs as one of the network's.
func specBefore(inv *cli.Invocation, name string, s *spec.Spec, net *nn.Network) (*spec.Spec, error) {
	if net.Meta.End == nil {
		return s, nil
	}
	t, err := final.Spec(s, net)
	if err != nil {
		return nil, cli.Named(name, err)
	}
	if s.Margin > 0 && !inv.JSON {
		inv.Note("%s: the margin is one of the numbers before the final %s", name, net.Meta.End.Kind)
	}
	return t, nil
}

// beforeOf is the kind of the end before which numbers are shown, "" for none.
func beforeOf(net *nn.Network, shown bool) string {
	if !shown || net.Meta.End == nil {
		return ""
	}
	return net.Meta.End.Kind
}

// printBefore says in a first line that numbers are those before an end, where they are,
// and returns their letter.
func printBefore(inv *cli.Invocation, net *nn.Network, shown bool) string {
	kind := beforeOf(net, shown)
	if kind == "" {
		return "y"
	}
	inv.Printf("before the final %s, of the numbers z that it is applied to:\n", kind)
	return "z"
}
