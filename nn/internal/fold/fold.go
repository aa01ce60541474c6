// Package fold merges chains of affine operations that move, scale and shift single
// elements, as files have them around normalisations, pads and transpositions.
package fold

import (
	"fmt"
	"slices"

	"github.com/netmend/netmend/nn"
)

// Network returns a network of the same function in which every chain of
// elementwise affine operations ([nn.Scale], [nn.Take], activations of one slope)
// and branches of such over one value ([nn.Concat], [nn.Sum]) is one Take, one
// Scale, a Take with a Scale behind it, or nothing at all, where that has fewer
// nodes. Where nothing can be merged it is net itself.
//
// Layers stay as they are, with their numbers and parameters of both channels: a
// Scale beside a layer is not multiplied into it. So do activations, selections and
// what acts on several elements. Nothing is merged across a value that is used
// twice.
//
// The constants of a merged Scale are those of the chain in exact arithmetic,
// rounded once to float64, a relative 2^-53; moving elements is exact. Scalings
// stay apart where a constant would leave the normal range of float64, and where
// their constants are numbers of the type of the file (net.Meta.DType) and the
// merged ones are not: a file of that type then still holds the network exactly.
//
// A merged node has the name of the last node that it stands for.
func Network(net *nn.Network) *nn.Network {
	t := newTable(net.Meta.DType)
	for {
		f := newFolder(net, t)
		if !f.plan() {
			return net
		}
		net = f.network() // of which a value may be used once that was used twice
	}
}

// folder merges the chains of one network. A chain is a tree of mergeable nodes, of
// which all but the root are used once; forms are what its nodes compute of one
// value before it.
type folder struct {
	net   *nn.Network
	uses  []int
	forms []*form
	table *table
	// free tells of a chain, named by its last node in chain, that some of its
	// constants are not numbers of the file's type, so that rounding is no loss.
	chain []int
	free  []bool
	// replaced has what stands in place of a root, covered the other nodes of its
	// chain.
	replaced []*replacement
	covered  []bool
}

// replacement is what a chain becomes: nothing, a Take, a Scale, or both.
type replacement struct {
	source int
	nodes  []nn.Node // inputs not yet set
}

func newFolder(net *nn.Network, t *table) *folder {
	n := len(net.Nodes)
	f := &folder{
		net: net, uses: make([]int, n), forms: make([]*form, n), table: t,
		chain: make([]int, n), free: make([]bool, n),
		replaced: make([]*replacement, n), covered: make([]bool, n),
	}
	f.uses[n-1] = 1 // the output
	for _, node := range net.Nodes {
		for _, j := range node.Inputs {
			if j != nn.Input {
				f.uses[j]++
			}
		}
	}
	// Backwards, so that a node's only user is known before it.
	for i := n - 1; i >= 0; i-- {
		if f.free[f.chainOf(i)] || !mergeable(net.Nodes[i].Op) {
			continue
		}
		f.free[f.chainOf(i)] = !f.table.holds(net.Nodes[i].Op)
	}
	return f
}

// chainOf is the root of node i's chain. The first call for each node must come
// after those for its users.
func (f *folder) chainOf(i int) int {
	if f.chain[i] == 0 {
		f.chain[i] = i
	}
	for _, j := range f.net.Nodes[i].Inputs {
		if f.within(i, j) {
			f.chain[j] = f.chain[i]
		}
	}
	return f.chain[i]
}

// within reports whether input j of node i belongs to i's chain.
func (f *folder) within(i, j int) bool {
	return j != nn.Input && f.uses[j] == 1 && mergeable(f.net.Nodes[i].Op) && mergeable(f.net.Nodes[j].Op)
}

// mergeable reports whether an operation is elementwise and affine, or puts such
// branches together.
func mergeable(op nn.Op) bool {
	switch op := op.(type) {
	case *nn.Scale, *nn.Take, *nn.Concat, *nn.Sum:
		return true
	case *nn.Piecewise:
		return linear(op)
	}
	return false
}

// linear reports whether all pieces of a function are one.
func linear(p *nn.Piecewise) bool {
	for k := range p.Slope {
		if p.Slope[k] != p.Slope[0] || p.Offset[k] != p.Offset[0] {
			return false
		}
	}
	return true
}

// plan finds what to replace; false if that is nothing.
func (f *folder) plan() bool {
	for i, node := range f.net.Nodes {
		if !slices.ContainsFunc(node.Inputs, func(j int) bool { return f.within(i, j) }) {
			continue
		}
		if c := f.compose(i, f.before); c != nil && f.table.allows(c, f.free[f.chain[i]]) {
			f.forms[i] = c
		}
	}
	found := false
	for i := len(f.net.Nodes) - 1; i >= 0; i-- {
		if f.covered[i] || !mergeable(f.net.Nodes[i].Op) {
			continue
		}
		c := f.forms[i]
		if c == nil && identity(f.net.Nodes[i].Op) {
			c = f.compose(i, f.opaque)
		}
		if c == nil {
			continue
		}
		r := f.replacement(c)
		if r == nil { // too many distinct numbers
			continue
		}
		last := i == len(f.net.Nodes)-1
		if len(r.nodes) >= len(c.nodes) || last && len(r.nodes) == 0 && len(c.nodes) == 1 && !f.endsWith(r.source) {
			continue
		}
		f.replaced[i], found = r, true
		for _, j := range c.nodes {
			f.covered[j] = true
		}
	}
	return found
}

// endsWith reports whether the network without its last node ends with node j.
func (f *folder) endsWith(j int) bool { return j != nn.Input && j == len(f.net.Nodes)-2 }

// identity reports whether an operation of one input is none.
func identity(op nn.Op) bool {
	switch op := op.(type) {
	case *nn.Scale:
		return all(op.Factor, 1) && all(op.Shift, 0)
	case *nn.Take:
		for i, j := range op.From {
			if int(j) != i {
				return false
			}
		}
		return len(op.From) == op.In
	case *nn.Piecewise:
		return op.Slope[0] == 1 && op.Offset[0] == 0 // of linear ones
	}
	return false
}

func all(xs []float64, want float64) bool {
	return !slices.ContainsFunc(xs, func(x float64) bool { return x != want })
}

// network builds the network as planned.
func (f *folder) network() *nn.Network {
	at := make([]int, len(f.net.Nodes))
	place := func(j int) int {
		if j == nn.Input {
			return j
		}
		return at[j]
	}
	var nodes []nn.Node
	add := func(node nn.Node, in ...int) int {
		node.Inputs = in
		nodes = append(nodes, node)
		return len(nodes) - 1
	}
	for i, node := range f.net.Nodes {
		switch r := f.replaced[i]; {
		case r != nil:
			at[i] = place(r.source)
			for _, n := range r.nodes {
				at[i] = add(n, at[i])
			}
		case !f.covered[i]:
			in := make([]int, len(node.Inputs))
			for k, j := range node.Inputs {
				in[k] = place(j)
			}
			at[i] = add(node, in...)
		}
	}
	// A network has a node, and its output is the last.
	if end := at[len(at)-1]; end != len(nodes)-1 || end == nn.Input {
		last := f.net.Nodes[len(at)-1].Name
		ones := slices.Repeat([]float64{1}, f.net.OutDim())
		add(nn.Node{Name: last, Op: &nn.Scale{Factor: ones, Shift: make([]float64, len(ones))}}, end)
	}
	m, err := nn.New(nodes, f.net.InputShape, f.net.Meta)
	if err != nil {
		panic(fmt.Sprintf("fold: %v", err)) // a mistake here, not of the network
	}
	return m
}
