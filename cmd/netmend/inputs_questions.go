package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/preimage"
	"github.com/netmend/netmend/set"
	"github.com/netmend/netmend/set/solve"
	"github.com/netmend/netmend/spec"
	"github.com/netmend/netmend/spec/vnnlib"
)

// question is a set of inputs and the set of outputs that is asked for on it.
type question struct {
	domain set.Polyhedron
	target set.Union
	// flat, where not nil, is the domain in its own coordinates.
	flat *preimage.Flat
}

// regions enumerates the linear regions on the question's set of inputs.
func (q *question) regions(ctx context.Context, net *nn.Network, opt preimage.RegionsOptions) (*preimage.Result, error) {
	if q.flat != nil {
		return preimage.RegionsOnFlat(ctx, net, *q.flat, q.target, opt)
	}
	r, err := preimage.Regions(ctx, net, q.domain, q.target, opt)
	return r, ofInput(err)
}

// ofInput names the flag that bounds an unbounded set of inputs.
func ofInput(err error) error {
	if errors.Is(err, preimage.ErrUnbounded) {
		return fmt.Errorf("--input: %w", err)
	}
	return err
}

// onlyPiecewise refuses a network that is not piecewise affine, and says what is
// possible instead.
func onlyPiecewise(path string, net *nn.Network, why, instead string) error {
	i := net.SmoothNode()
	if i < 0 {
		return nil
	}
	return fmt.Errorf("%s: node %q is a %s: only %s; %s", path, net.Nodes[i].Name, net.Nodes[i].Op.Kind(), why, instead)
}

// dimension of the set of inputs, -1 where it is empty.
func (q *question) dimension() int {
	if q.flat != nil {
		return len(q.flat.Axes)
	}
	if b, ok := boxOf(q.domain); ok {
		d := 0
		for k, lo := range b.Lo {
			if lo < b.Hi[k] {
				d++
			}
		}
		return d
	}
	hull, err := solve.AffineHullOf(q.domain)
	if err != nil {
		return -1
	}
	return len(hull.Basis)
}

// sameDimension tells whether the volumes of all sets of inputs can be added: whether
// those that are not empty have one dimension, and more than that of a point.
func sameDimension(questions []question) bool {
	dim := -1
	for i := range questions {
		d := questions[i].dimension()
		if d == 0 || d > 0 && dim > 0 && d != dim {
			return false
		}
		dim = max(dim, d)
	}
	return dim > 0
}

// questions reads both sets.
func (f *setFlags) questions(inv *invocation, net *nn.Network) ([]question, error) {
	if f.input == f.output && isVNNLIB(f.input) {
		p, err := vnnlib.ReadFile(f.input)
		if err != nil {
			return nil, err
		}
		if err := fits(f.input, p, net); err != nil {
			return nil, err
		}
		var all []question
		for i := range p.Cases {
			all = append(all, question{domain: p.Cases[i].Input.Polyhedron(), target: p.Cases[i].Target(net.OutDim())})
		}
		return all, nil
	}
	if isSpecification(f.input) {
		return f.questionsOf(inv, net)
	}
	// The input set first: of two mistakes the one that people look at first.
	domains, err := f.inputSets(net)
	if err != nil {
		return nil, err
	}
	target, err := f.outputSet(net)
	return ask(domains, target), err
}

// questionsAbout asks for a set of outputs on every set of inputs that --input gives.
func (f *setFlags) questionsAbout(inv *invocation, net *nn.Network, target set.Union) ([]question, error) {
	if isSpecification(f.input) {
		s, err := inv.readSpec(f.input, net)
		if err != nil {
			return nil, err
		}
		return onItems(s, func(*spec.Item) set.Union { return target }), nil
	}
	domains, err := f.inputSets(net)
	return ask(domains, target), err
}

// ask asks for the same set of outputs on several sets of inputs.
func ask(domains, target set.Union) []question {
	var all []question
	for _, d := range domains {
		all = append(all, question{domain: d, target: target})
	}
	return all
}

// disjoint are questions that ask the same, with domains that do not overlap. Flat
// ones, such as polygons, are taken as they are: what they share counts for each.
func disjoint(questions []question) ([]question, error) {
	var solid []preimage.Question
	var apart []question
	for _, q := range questions {
		if q.flat != nil {
			apart = append(apart, q)
		} else {
			solid = append(solid, preimage.Question{Domain: q.domain, Target: q.target})
		}
	}
	solid, err := preimage.Disjoint(solid)
	for _, q := range solid {
		apart = append(apart, question{domain: q.Domain, target: q.Target})
	}
	return apart, err
}
