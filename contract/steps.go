package contract

import (
	"context"
	"fmt"

	"github.com/netmend/netmend/internal/affine"
	"github.com/netmend/netmend/internal/enclose"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/set"
)

// step is what a node does in one channel; one of the three operations is set. Its
// inputs are steps, or nn.Input.
type step struct {
	node   int
	dim    int
	inputs []int

	affine   *affine.Node
	function enclose.Function
	gate     *enclose.Gate // the second input is that of the activation channel
}

// steps unrolls a network: its nodes, and those whose channels differ once for
// each. outputs has, for each node, the step that gives its value channel.
func steps(ctx context.Context, net *nn.Network) (all []step, outputs []int, err error) {
	n := len(net.Nodes)
	own, value := make([]int, n), make([]int, n) // steps by channel
	stepOf := func(channel []int, j int) int {
		if j == nn.Input {
			return nn.Input
		}
		return channel[j]
	}
	for i, node := range net.Nodes {
		differs := false
		if a, ok := node.Op.(nn.Affine); ok {
			differs = a.Decoupled()
		}
		for _, j := range node.Inputs {
			differs = differs || stepOf(own, j) != stepOf(value, j)
		}
		add := func(ch nn.Channel) error {
			s := step{node: i, dim: net.Dim(i)}
			for _, j := range node.Inputs {
				s.inputs = append(s.inputs, stepOf([][]int{own, value}[ch], j))
			}
			var err error
			switch op := node.Op.(type) {
			case nn.Activation:
				if differs && ch == nn.ValueChannel {
					s.inputs = append(s.inputs, stepOf(own, node.Inputs[0]))
					s.gate, err = enclose.GateOf(op)
				} else {
					s.function, err = enclose.Of(op)
				}
			case nn.Affine:
				s.affine, err = affine.Expanded(ctx, net, i, ch)
			default:
				err = fmt.Errorf("contraction does not know this operation")
			}
			if err != nil {
				return fmt.Errorf("node %d (%s %q): %w", i, node.Op.Kind(), node.Name, err)
			}
			all = append(all, s)
			return nil
		}
		// The activation channel counts up to where the last activation reads it.
		if !differs || net.ActivationAfter(i) {
			if err := add(nn.ActivationChannel); err != nil {
				return nil, nil, err
			}
		}
		own[i], value[i] = len(all)-1, len(all)-1
		if differs {
			if err := add(nn.ValueChannel); err != nil {
				return nil, nil, err
			}
			value[i] = len(all) - 1
			if !net.ActivationAfter(i) {
				own[i] = -2 // no step
			}
		}
	}
	return all, value, nil
}

// throughGate narrows the boxes before an activation of the value channel, of both
// channels.
func (c *contractor) throughGate(i int) (conflict int, ok bool) {
	s := &c.steps[i]
	in, around, out := c.box(s.inputs[0]), c.box(s.inputs[1]), c.box(i)
	for u := range out.Lo {
		v, z := s.gate.Preimage(out.Interval(u), in.Interval(u), around.Interval(u))
		if v.Empty() {
			return s.inputs[0], false
		}
		in.Lo[u], in.Hi[u] = v.Lo, v.Hi
		around.Lo[u], around.Hi[u] = z.Lo, z.Hi
	}
	return 0, true
}

// snapshot is the state by nodes, in the value channel.
func (c *contractor) snapshot() State {
	s := State{Input: c.state.Input.Clone(), Nodes: make([]set.Box, len(c.outputs))}
	for i, k := range c.outputs {
		s.Nodes[i] = c.state.Nodes[k].Clone()
	}
	return s
}
