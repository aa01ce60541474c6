package onnx

import (
	"fmt"
	"reflect"
	"slices"

	"github.com/netmend/netmend/nn"
)

// channels finds the two channels of a decoupled network among the nodes that
// the output depends on. twin[v] is the node of the activation channel for
// value-channel node v: v itself where the channels share it, none where the
// file has no such node.
type channels struct {
	nodes []irNode
	reach []bool // leads to the output
	twin  []int
}

const none = -1

// valueSuffix follows the name of a node in the value channel where the
// activation channel has it too.
const valueSuffix = "/value"

// findChannels pairs the nodes that lead to node out. It fails if the graph
// has linearised activations but is not a decoupled network.
func findChannels(nodes []irNode, out int) (*channels, error) {
	c := &channels{nodes: nodes, reach: make([]bool, len(nodes)), twin: slices.Repeat([]int{none}, len(nodes))}
	// The value channel: from the output backwards, at a linearised activation
	// through the value that it is applied to.
	value := make([]bool, len(nodes))
	value[out] = true
	for v, n := range slices.Backward(nodes) {
		if !value[v] {
			continue
		}
		for _, in := range n.values() {
			value[in] = true
		}
		if !n.isLinearized() {
			continue
		}
		for k, in := range n.values() {
			if err := c.pair(v, in, n.choosing()[k]); err != nil {
				return nil, err
			}
		}
	}
	// Pairs propagate from a node to its inputs, whose indices are smaller.
	for v := range slices.Backward(nodes) {
		if value[v] && c.twin[v] != none {
			if err := c.pairInputs(v); err != nil {
				return nil, err
			}
		}
	}
	c.reach = value
	if err := c.complete(); err != nil {
		return nil, err
	}
	return c, nil
}

// pair records that a is v's node in the activation channel, because of node
// at.
func (c *channels) pair(at, v, a int) error {
	if c.twin[v] != none && c.twin[v] != a {
		return c.errorf(at, "pairs node %q of the value channel with %q, but another node pairs it with %q",
			c.nodes[v].name, c.nodes[a].name, c.nodes[c.twin[v]].name)
	}
	c.twin[v] = a
	return nil
}

// pairInputs pairs the inputs of v with those of its twin, which must be the same
// operation.
func (c *channels) pairInputs(v int) error {
	a := c.twin[v]
	nv, na := &c.nodes[v], &c.nodes[a]
	if a == v {
		for _, in := range nv.in {
			if err := c.pair(v, in, in); err != nil {
				return err
			}
		}
		return nil
	}
	if !c.corresponds(nv, na) {
		return c.errorf(v, "is not a counterpart of %s %q, which the activation channel has in its place", na.op, na.name)
	}
	for k, in := range nv.values() {
		if nv.chooses() && c.twin[in] != na.values()[k] {
			return c.errorf(v, "is linearised around a value other than the one that %s %q is applied to", na.op, na.name)
		}
		if err := c.pair(v, in, na.values()[k]); err != nil {
			return err
		}
	}
	return nil
}

// corresponds reports whether a can be v's node in the activation channel, as far
// as the operations go.
func (c *channels) corresponds(v, a *irNode) bool {
	if v.kind != a.kind || v.dim != a.dim || len(v.values()) != len(a.values()) {
		return false
	}
	switch v.kind {
	case irDense:
		return v.dense.params.Weight.Cols == a.dense.params.Weight.Cols && sameGeometry(v.dense.form, a.dense.form)
	case irScale:
		return slices.Equal(v.scale.Factor, a.scale.Factor) && slices.Equal(v.scale.Shift, a.scale.Shift)
	case irActivation:
		return v.isLinearized() && !a.isLinearized() && sameActivation(v.act, a.act)
	case irSelection:
		return v.isLinearized() && !a.isLinearized() && reflect.DeepEqual(v.sel, a.sel)
	case irFixed:
		return reflect.DeepEqual(v.fixed, a.fixed)
	case irSum, irDifference:
		return true
	}
	return false
}

// complete pairs the nodes that no activation needs. Up to the first separate
// pair the channels share everything. After the last activation the activation
// channel may go on to nodes that nothing uses.
func (c *channels) complete() error {
	after := c.activationAfter()
	// A counterpart is dangling, or an activation that its linearisation uses.
	users := map[int][]int{}
	for i := range c.nodes {
		n := &c.nodes[i]
		if n.role == dangling || n.chooses() && !n.isLinearized() {
			for _, in := range n.values() {
				users[in] = append(users[in], i)
			}
		}
	}
	for v := range c.nodes {
		n := &c.nodes[v]
		if !c.reach[v] {
			continue
		}
		if n.kind == irInput {
			if err := c.pair(v, v, v); err != nil {
				return err
			}
			continue
		}
		separate, paired := false, true
		for _, in := range n.values() {
			separate = separate || c.twin[in] != in
			paired = paired && c.twin[in] != none
		}
		if c.twin[v] == none && paired && !after[v] {
			c.twin[v] = c.counterpart(v, users[c.twin[n.values()[0]]])
		}
		if c.twin[v] == none && !separate && !n.isLinearized() {
			c.twin[v] = v
		}
		if n.chooses() && !n.isLinearized() && separate {
			return c.errorf(v, "is applied to the value channel; a decoupled network has its linearisation "+
				"around the activation channel there")
		}
	}
	return nil
}

// counterpart is the first of the candidates that can be v's node in the
// activation channel.
func (c *channels) counterpart(v int, candidates []int) int {
	for _, i := range candidates {
		if !c.corresponds(&c.nodes[v], &c.nodes[i]) {
			continue
		}
		paired := true
		for k, in := range c.nodes[i].values() {
			paired = paired && c.twin[c.nodes[v].values()[k]] == in
		}
		if paired {
			return i
		}
	}
	return none
}

// activationAfter tells for each node whether an activation of the value
// channel depends on it.
func (c *channels) activationAfter() []bool {
	after := make([]bool, len(c.nodes))
	for v, n := range slices.Backward(c.nodes) {
		if !c.reach[v] {
			continue
		}
		for _, in := range n.in {
			after[in] = after[in] || after[v] || n.chooses()
		}
	}
	return after
}

// network builds the network of the paired nodes.
func (c *channels) network(shape []int, meta nn.Meta) (*nn.Network, error) {
	index := make([]int, len(c.nodes))
	var nodes []nn.Node
	for v := range c.nodes {
		if !c.reach[v] {
			continue
		}
		n := &c.nodes[v]
		if n.kind == irInput {
			index[v] = nn.Input
			continue
		}
		name, act := n.name, n.act
		if a := c.twin[v]; a != none {
			act = c.nodes[a].act
			if name == c.nodes[a].name+valueSuffix {
				name = c.nodes[a].name
			}
		}
		node := nn.Node{Name: name}
		for _, in := range n.values() {
			node.Inputs = append(node.Inputs, index[in])
		}
		switch n.kind {
		case irDense:
			node.Op = c.denseOp(v)
		case irScale:
			scale := n.scale
			node.Op = &scale
		case irActivation:
			node.Op = act
		case irSelection:
			node.Op = n.sel
		case irFixed:
			node.Op = n.fixed
		case irSum:
			node.Op = &nn.Sum{Coefficients: []float64{1, 1}}
		case irDifference:
			node.Op = &nn.Sum{Coefficients: []float64{1, -1}}
		default:
			return nil, c.errorf(v, "has no meaning of its own")
		}
		index[v] = len(nodes)
		nodes = append(nodes, node)
	}
	meta.Notices = append(meta.Notices, c.sharing()...)
	return nn.New(nodes, shape, meta)
}

// sharing says which layers use one constant as their weights: they become layers
// that change independently.
func (c *channels) sharing() []string {
	var notices []string
	first := map[*tensor]*irNode{}
	for v := range c.nodes {
		n := &c.nodes[v]
		if !c.reach[v] || n.kind != irDense {
			continue
		}
		if o := first[n.dense.weight]; o != nil {
			notices = append(notices, fmt.Sprintf("layers %q and %q share the weights %q: here each has its own, and a repair changes one of them",
				o.name, n.name, n.dense.weight.name))
			continue
		}
		first[n.dense.weight] = n
	}
	return notices
}

// denseOp is the layer of value-channel node v. It has value parameters where
// the two channels use different constants of the file.
func (c *channels) denseOp(v int) nn.Layer {
	d := &c.nodes[v].dense
	var layer nn.Layer = &nn.Dense{}
	if d.form != nil {
		layer = d.form
	}
	if c.twin[v] == none || c.twin[v] == v {
		return layer.WithParams(d.params, nil)
	}
	a := &c.nodes[c.twin[v]].dense
	if d.weight == a.weight && d.bias == a.bias && sameParams(d.params, a.params) {
		return layer.WithParams(a.params, nil)
	}
	return layer.WithParams(a.params, &d.params)
}

// sameGeometry reports whether two layers differ in no more than their parameters.
func sameGeometry(a, b nn.Layer) bool {
	if a == nil || b == nil {
		return a == b
	}
	return reflect.DeepEqual(a.WithParams(nn.Params{}, nil), b.WithParams(nn.Params{}, nil))
}

func (c *channels) errorf(v int, format string, args ...any) error {
	return fmt.Errorf("node %q (%s) %s", c.nodes[v].name, c.nodes[v].op, fmt.Sprintf(format, args...))
}

func sameParams(p, q nn.Params) bool {
	return slices.Equal(p.Weight.Data, q.Weight.Data) && slices.Equal(p.Bias, q.Bias)
}

// sameActivation reports whether two functions are the same: piecewise-affine ones to the
// last bit, since a pair of nodes becomes one; smooth ones up to the rounding of their
// parameters to float32, as formulas have them.
func sameActivation(f, g nn.Activation) bool { return alikeActivation(f, g, sameFunction) }

// similarActivation allows for that rounding in piecewise-affine functions, too: parts of
// the formula of a smooth one.
func similarActivation(f, g nn.Activation) bool { return alikeActivation(f, g, similarFunction) }

func alikeActivation(f, g nn.Activation, alike func(p, q *nn.Piecewise) bool) bool {
	p, ok1 := f.(*nn.Piecewise)
	q, ok2 := g.(*nn.Piecewise)
	if ok1 || ok2 {
		return ok1 && ok2 && alike(p, q)
	}
	s, ok1 := f.(*nn.Smooth)
	t, ok2 := g.(*nn.Smooth)
	return ok1 && ok2 && s.Kind() == t.Kind() && slices.EqualFunc(s.Parameters(), t.Parameters(), nearConstant)
}

// similarFunction reports whether two functions differ by no more than the
// rounding of their constants to float32.
func similarFunction(p, q *nn.Piecewise) bool {
	return slices.EqualFunc(p.Breaks, q.Breaks, nearConstant) && slices.EqualFunc(p.Slope, q.Slope, nearConstant) &&
		slices.EqualFunc(p.Offset, q.Offset, nearConstant)
}

func sameFunction(p, q *nn.Piecewise) bool {
	return slices.Equal(p.Breaks, q.Breaks) && slices.Equal(p.Slope, q.Slope) && slices.Equal(p.Offset, q.Offset)
}
