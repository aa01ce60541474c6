package proof

import (
	"context"
	"fmt"

	"github.com/netmend/netmend/nn"
)

// network is a network prepared for the check: its nodes in both channels.
type network struct {
	net   *nn.Network
	nodes []node
	ctx   context.Context // of the work under way; see obey
}

// node is one node: affine in both channels (the same where they agree) or an
// activation.
type node struct {
	inputs     []int // nn.Input or nodes; one for an activation
	act, value *affine
	pieces     *pieces
	from, to   int // units in a pattern, of an activation
	needed     bool
}

// unsupportedError says why the exact check does not know a network.
type unsupportedError struct{ error }

// compile prepares a network, its maxima replaced by pairs of affine nodes and
// ReLUs. It fails with an unsupportedError for operations that the exact check
// does not know.
func compile(net *nn.Network) (*network, error) {
	if err := finite(net); err != nil {
		return nil, err
	}
	if err := fits(net); err != nil {
		return nil, err
	}
	net = net.LowerSelections()
	n := &network{net: net, nodes: make([]node, len(net.Nodes))}
	if err := fits(net); err != nil {
		return nil, err
	}
	for i, v := range net.Nodes {
		fail := func(err error) error {
			return &unsupportedError{fmt.Errorf("node %d (%s %q): %w", i, v.Op.Kind(), v.Name, err)}
		}
		d := node{inputs: v.Inputs}
		switch op := v.Op.(type) {
		case *nn.Piecewise:
			d.pieces = newPieces(op)
			d.from, d.to = net.Units(i)
		case nn.Affine:
			a, err := newAffine(net, i, nn.ActivationChannel)
			if err != nil {
				return nil, fail(err)
			}
			d.act, d.value = a, a
			if op.Decoupled() {
				if d.value, err = newAffine(net, i, nn.ValueChannel); err != nil {
					return nil, fail(err)
				}
			}
		default:
			return nil, fail(fmt.Errorf("not supported by the exact check on segments and polygons"))
		}
		n.nodes[i] = d
	}
	// The activation channel matters as far as an activation depends on it.
	for i := len(n.nodes) - 1; i >= 0; i-- {
		d := &n.nodes[i]
		for _, j := range d.inputs {
			if (d.pieces != nil || d.needed) && j != nn.Input {
				n.nodes[j].needed = true
			}
		}
	}
	return n, nil
}

// fits fails for networks with more terms than maxStored, before any work. Of dense
// layers and the like no more is stored than the network has already.
func fits(net *nn.Network) error {
	stored := 0
	for i, v := range net.Nodes {
		op, ok := v.Op.(nn.Affine)
		if !ok {
			continue
		}
		switch op.(type) {
		case *nn.Dense, *nn.Scale:
			continue
		}
		s, err := newSums(net, i, nn.ActivationChannel)
		if err != nil {
			return nil // which is said where the node is met
		}
		if stored += s.products; op.Decoupled() {
			stored += s.products
		}
		if stored > maxStored {
			return &unsupportedError{fmt.Errorf("node %d (%s %q): the network is too large for the exact check on segments and polygons: more than %d terms", i, op.Kind(), v.Name, maxStored)}
		}
	}
	return nil
}

// aboutOutputs fails if a network has an end and a question is not stated before it: it
// would be about other numbers than the outputs of the network's file.
func aboutOutputs(net *nn.Network, before bool) error {
	if before {
		return nil
	}
	return net.CheckEnd()
}
