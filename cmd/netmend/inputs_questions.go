package main

import (
	"errors"
	"fmt"

	"github.com/netmend/netmend/cmd/netmend/internal/cli"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/preimage"
	"github.com/netmend/netmend/set"
	"github.com/netmend/netmend/spec"
	"github.com/netmend/netmend/spec/vnnlib"
)

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
	return fmt.Errorf("%s: node %q is a %s: %s; %s", path, net.Nodes[i].Name, net.Nodes[i].Op.Kind(), why, instead)
}

// questions reads both sets.
func (f *setFlags) questions(inv *cli.Invocation, net *nn.Network) ([]preimage.Question, error) {
	if f.input == f.output && isVNNLIB(f.input) {
		p, err := vnnlib.ReadFileContext(inv.Ctx, f.input)
		if err != nil {
			return nil, err
		}
		if err := fits(f.input, p, net); err != nil {
			return nil, err
		}
		if err := needsHalfSpaces(inv, net.InDim(), len(p.Cases)); err != nil {
			return nil, err
		}
		var all []preimage.Question
		for i := range p.Cases {
			target, err := outputsBefore(net, p.Cases[i].Target(fileOutputs(net)))
			if err != nil {
				return nil, cli.Named(f.input, err)
			}
			all = append(all, preimage.Question{Domain: p.Cases[i].Input.Polyhedron(), Target: target})
		}
		return all, nil
	}
	if isSpecification(f.input) {
		return f.questionsOf(inv, net)
	}
	// The input set first: of two mistakes the one that people look at first.
	domains, err := f.inputSets(inv, net)
	if err != nil {
		return nil, err
	}
	target, err := f.outputSet(inv.Ctx, net)
	return ask(domains, target), err
}

// questionsAbout asks for a set of outputs on every set of inputs that --input gives.
func (f *setFlags) questionsAbout(inv *cli.Invocation, net *nn.Network, target set.Union) ([]preimage.Question, error) {
	if isSpecification(f.input) {
		s, err := readSpec(inv, f.input, net)
		if err != nil {
			return nil, err
		}
		return preimage.QuestionsOn(s, func(*spec.Item) set.Union { return target }), nil
	}
	domains, err := f.inputSets(inv, net)
	return ask(domains, target), err
}

// ask asks for the same set of outputs on several sets of inputs.
func ask(domains, target set.Union) []preimage.Question {
	var all []preimage.Question
	for _, d := range domains {
		all = append(all, preimage.Question{Domain: d, Target: target})
	}
	return all
}
