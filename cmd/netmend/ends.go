package main

import (
	"fmt"
	"reflect"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/set"
	"github.com/netmend/netmend/spec"
	"github.com/netmend/netmend/spec/final"
	"github.com/netmend/netmend/spec/vnnlib"
	"github.com/netmend/netmend/verify"
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

// outputsAtEnd are the file's outputs, one row a point.
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
// proves that it holds, or what proves that it is violated. It is close to the property at
// the given outputs of the network.
func propertyBefore(net *nn.Network, p *vnnlib.Property, outward bool, near ...[]float64) (*vnnlib.Property, error) {
	if net.Meta.End == nil {
		return p, nil
	}
	if p.Inputs != net.InDim() {
		return nil, fmt.Errorf("the property has %d inputs, the network %d", p.Inputs, net.InDim())
	}
	q, _, err := final.Property(p, net.Meta.End, outward, near...)
	return q, err
}

// specBefore states a specification of the file's outputs as one of the network's.
func (inv *invocation) specBefore(name string, s *spec.Spec, net *nn.Network) (*spec.Spec, error) {
	if net.Meta.End == nil {
		return s, nil
	}
	t, err := final.Spec(s, net)
	if err != nil {
		return nil, named(name, err)
	}
	if s.Margin > 0 && !inv.json {
		inv.note("%s: the margin is one of the numbers before the final %s", name, net.Meta.End.Kind)
	}
	return t, nil
}

// endRounds bounds how often a property is stated more closely.
const endRounds = 24

// decideProperty decides a property of the file's outputs. A violation that is found from
// outside is looked for from inside; where it is none, both come closer there. closer
// tells that the answer rests on more than what the property alone is stated as.
func (inv *invocation) decideProperty(net *nn.Network, p *vnnlib.Property, opt verify.Options) (r *verify.Result, closer bool, err error) {
	var near [][]float64
	for range endRounds {
		outer, err := propertyBefore(net, p, true, near...)
		if err != nil {
			return nil, false, err
		}
		opt.MaxTime = inv.remaining()
		if r, err = verify.Property(inv.whole, net, outer, opt); err != nil || net.Meta.End == nil || r.Verdict == verify.Holds || r.Witness == nil {
			return r, len(near) > 0, err
		}
		inner, err := propertyBefore(net, p, false, near...)
		if err != nil || reflect.DeepEqual(inner.Cases, outer.Cases) {
			return r, len(near) > 0, err
		}
		opt.MaxTime = inv.remaining()
		found, err := verify.Property(inv.whole, net, inner, opt)
		if err != nil || found.Verdict == verify.Violated {
			return found, len(near) > 0, err
		}
		near = append(near, r.Witness.Output)
	}
	reason := fmt.Sprintf("what is asked lies between the polyhedra that enclose it before the final %s from inside and from outside", net.Meta.End.Kind)
	return &verify.Result{Verdict: verify.Unknown, Reason: reason, Cases: r.Cases, Cells: r.Cells}, true, nil
}
