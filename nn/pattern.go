package nn

import (
	"fmt"

	"github.com/netmend/netmend/internal/choice"
)

// Pattern is an activation pattern (Definition 2.5): one piece index per unit, the units of
// all activation and selection nodes one after the other in node order. See [Network.Units]
// for where a node's units lie.
type Pattern []uint8

// PatternLen is the number of units of the network.
func (n *Network) PatternLen() int { return n.total }

// Units returns the range [from, to) of node i's units in a [Pattern]; both
// are 0 if the node is affine.
func (n *Network) Units(i int) (from, to int) {
	if n.units[i] < 0 {
		return 0, 0
	}
	return n.units[i], n.units[i] + n.dims[i]
}

// UnitAt returns the node that unit u of a [Pattern] belongs to, and its index there; node is
// -1 if there is no such unit.
func (n *Network) UnitAt(u int) (node, index int) {
	for i := range n.Nodes {
		if from, to := n.Units(i); u >= from && u < to {
			return i, u - from
		}
	}
	return -1, u
}

// UnitName names activation unit u for people: its node and its index there.
func (n *Network) UnitName(u int) string {
	i, index := n.UnitAt(u)
	if i < 0 {
		return fmt.Sprintf("unit %d", u)
	}
	return fmt.Sprintf("unit %d of node %d (%s %q)", index, i, n.Nodes[i].Op.Kind(), n.Nodes[i].Name)
}

// PatternsAt returns the pattern that executes at each row of x (tie rule: the
// upper piece), one row per sample of PatternLen pieces. The network must be
// piecewise affine; units of smooth nodes get piece 0.
func (n *Network) PatternsAt(x Matrix, workers int) []Pattern {
	t := n.run(x, nil, ActivationChannel, workers)
	ps := make([]Pattern, x.Rows)
	all := make([]uint8, x.Rows*n.total)
	for r := range ps {
		ps[r] = all[r*n.total : (r+1)*n.total : (r+1)*n.total]
	}
	for i, node := range n.Nodes {
		from, to := n.Units(i)
		if s, ok := node.Op.(Selection); ok {
			src := make([]Matrix, len(node.Inputs))
			for k, j := range node.Inputs {
				src[k] = t.of(j)
			}
			for r := range ps {
				s.Choose(ps[r][from:to], choice.Rows(nil, src, r))
			}
		}
		pw, ok := node.Op.(*Piecewise)
		if !ok {
			continue
		}
		for r := range ps {
			p := ps[r][from:to]
			for u, z := range t.of(node.Inputs[0]).Row(r) {
				p[u] = uint8(pw.Piece(z))
			}
		}
	}
	return ps
}
