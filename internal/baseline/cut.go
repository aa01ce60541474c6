package baseline

import (
	"context"
	"fmt"
	"slices"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/train"
)

// cut splits a network at the latest node through whose output everything that
// is trained sees the input. What lies before it stays as it is, so that it is
// evaluated once and not in every epoch.
type cut struct {
	net *nn.Network
	// node is the index of the node, or nn.Input where all is trained.
	node   int
	tail   *nn.Network
	layers []int // the trained layers, as numbered in the tail; nil for all
}

// cutAt cuts a network for training the given layers, from 1; nil is all.
func cutAt(net *nn.Network, layers []int) (*cut, error) {
	c := &cut{net: net, node: nn.Input, tail: net, layers: layers}
	if layers == nil {
		return c, nil
	}
	all := net.Layers()
	first := len(all)
	for _, k := range layers {
		if k < 1 || k > len(all) {
			return nil, fmt.Errorf("there is no layer %d: the network has layers 1 to %d", k, len(all))
		}
		first = min(first, k)
	}
	node := all[first-1]
	for c.node = node - 1; c.node >= 0 && !separates(net, c.node); c.node-- {
	}
	if c.node < 0 {
		c.node = nn.Input
		return c, nil
	}
	nodes := slices.Clone(net.Nodes[c.node+1:])
	for i := range nodes {
		inputs := slices.Clone(nodes[i].Inputs)
		for k := range inputs {
			inputs[k] -= c.node + 1 // the cut itself becomes nn.Input
		}
		nodes[i].Inputs = inputs
	}
	before, _ := slices.BinarySearch(all, c.node+1)
	c.layers = nil
	for _, k := range layers {
		c.layers = append(c.layers, k-before)
	}
	var err error
	c.tail, err = nn.New(nodes, []int{net.Dim(c.node)}, nn.Meta{})
	return c, err
}

// separates reports whether no node after c takes anything from before it.
func separates(net *nn.Network, c int) bool {
	for _, node := range net.Nodes[c+1:] {
		for _, j := range node.Inputs {
			if j < c {
				return false
			}
		}
	}
	return true
}

// features replaces the samples by what reaches the tail.
func (c *cut) features(ctx context.Context, d *train.Data, workers int) (*train.Data, error) {
	if c.node == nn.Input {
		return d, nil
	}
	trunk, err := nn.New(c.net.Nodes[:c.node+1], c.net.InputShape, nn.Meta{})
	if err != nil {
		return nil, err
	}
	f := *d
	f.X = nn.NewMatrix(d.Len(), trunk.OutDim())
	batch := trunk.BatchRows()
	for from := 0; from < d.Len(); from += batch {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		to := min(from+batch, d.Len())
		y, err := trunk.EvalContext(ctx, d.X.Slice(from, to), workers)
		if err != nil {
			return nil, err
		}
		for r := range y.Rows {
			copy(f.X.Row(from+r), y.Row(r))
		}
	}
	return &f, nil
}

// join puts a trained tail in the place of the network's.
func (c *cut) join(tail *nn.Network) (*nn.Network, error) {
	nodes := slices.Clone(c.net.Nodes)
	for i, node := range tail.Nodes {
		nodes[c.node+1+i].Op = node.Op
	}
	return nn.New(nodes, c.net.InputShape, c.net.Meta)
}
