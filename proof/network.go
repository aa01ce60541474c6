package proof

import (
	"fmt"

	"github.com/netmend/netmend/nn"
)

// network is a network prepared for the check: its nodes in both channels.
type network struct {
	net   *nn.Network
	nodes []node
}

// node is one node: affine in both channels (the same where they agree) or an
// activation.
type node struct {
	input      int // nn.Input or a node
	act, value *affine
	pieces     *pieces
	from, to   int // units in a pattern, of an activation
	needed     bool
}

// unsupportedError says why the exact check does not know a network.
type unsupportedError struct{ error }

// compile prepares a network. It fails with an unsupportedError for operations
// that the exact check does not know.
func compile(net *nn.Network) (*network, error) {
	n := &network{net: net, nodes: make([]node, len(net.Nodes))}
	for i, v := range net.Nodes {
		fail := func(err error) error {
			return &unsupportedError{fmt.Errorf("node %d (%s %q): %w", i, v.Op.Kind(), v.Name, err)}
		}
		if len(v.Inputs) != 1 {
			return nil, fail(fmt.Errorf("%d inputs are not supported by the exact check", len(v.Inputs)))
		}
		d := node{input: v.Inputs[0]}
		switch op := v.Op.(type) {
		case *nn.Piecewise:
			d.pieces = newPieces(op)
			d.from, d.to = net.Units(i)
		case nn.Affine:
			a, err := newAffine(op, nn.ActivationChannel)
			if err != nil {
				return nil, fail(err)
			}
			d.act, d.value = a, a
			if op.Decoupled() {
				if d.value, err = newAffine(op, nn.ValueChannel); err != nil {
					return nil, fail(err)
				}
			}
		default:
			return nil, fail(fmt.Errorf("not supported by the exact check"))
		}
		n.nodes[i] = d
	}
	// The activation channel matters as far as an activation depends on it.
	for i := len(n.nodes) - 1; i >= 0; i-- {
		d := &n.nodes[i]
		if (d.pieces != nil || d.needed) && d.input != nn.Input {
			n.nodes[d.input].needed = true
		}
	}
	return n, nil
}
