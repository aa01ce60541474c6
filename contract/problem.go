package contract

import (
	"fmt"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/set"
)

// Set is a box cut by half-spaces, which are closed or taken as closed.
type Set struct {
	Box        set.Box
	HalfSpaces []set.HalfSpace
}

// Options bound the work. The zero value gives the defaults.
type Options struct {
	// MaxIterations is the largest number of iterations, by default 1000.
	MaxIterations int
	// Progress is the change of a bound, relative to the bound's size where that is above 1,
	// that calls for another iteration; by default [DefaultProgress].
	Progress float64
	// MaxVariables is the largest number of inputs of an affine node for which linear programs
	// are solved, by default 64. Beyond that, its rows narrow the box one by one, which is
	// weaker.
	MaxVariables int
}

// DefaultProgress ends iterations that creep: interval contraction may converge
// without ever getting there, and what is below is worth no iteration.
const DefaultProgress = 1e-10

func (o Options) withDefaults() Options {
	if o.MaxIterations <= 0 {
		o.MaxIterations = 1000
	}
	if o.Progress <= 0 {
		o.Progress = DefaultProgress
	}
	if o.MaxVariables <= 0 {
		o.MaxVariables = 64
	}
	return o
}

// check reports sets that do not fit the network.
func check(net *nn.Network, input, output Set) error {
	if err := input.check(net.InDim(), "inputs"); err != nil {
		return err
	}
	return output.check(net.OutDim(), "outputs")
}

func (s Set) check(dim int, what string) error {
	if err := s.Box.Validate(); err != nil {
		return fmt.Errorf("set of %s: %w", what, err)
	}
	if s.Box.Dim() != dim {
		return fmt.Errorf("set of %s: a box in %d dimensions, the network has %d %s", what, s.Box.Dim(), dim, what)
	}
	p := set.Polyhedron{Dim: dim, Rows: s.HalfSpaces}
	if err := p.Validate(); err != nil {
		return fmt.Errorf("set of %s: %w", what, err)
	}
	return nil
}
