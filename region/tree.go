package region

// Tree is the split tree of a domain, in preorder: node 0 is the domain, an inner node is cut
// along {the value of Unit = Breaks[Break]}, and a leaf is a cell. The children of a node
// cover it by construction, so the leaves cover the domain. Units whose values at a cell's
// vertices lie on one side of a breakpoint are not recorded.
type Tree []Node

// Node is a node of a [Tree].
type Node struct {
	// Unit is the index into the pattern of the unit that splits, or -1 at a
	// leaf.
	Unit int32
	// Break is the index of the breakpoint of the unit's function.
	Break int32
	// Below and Above are the nodes of the children on which the unit's value
	// is at most, and at least, the breakpoint. At a leaf both are the
	// [Cell.Index] of the cell.
	Below, Above int32
}

// Leaf reports whether the node is a cell.
func (n Node) Leaf() bool { return n.Unit < 0 }

// treeBuilder puts a tree together from its leaves in order, each with the
// splits that come before it in preorder.
type treeBuilder struct {
	tree Tree
	open []openNode // inner nodes that lack children
}

type openNode struct {
	node       int32
	upperFirst bool
	one        bool // the first child is there
}

func (b *treeBuilder) add(p *plan, splits []int32, cell int) {
	for _, code := range splits {
		threshold, upperFirst := code, code < 0
		if upperFirst {
			threshold = ^code
		}
		n := p.splitNode(int(threshold))
		i := b.append(n)
		b.open = append(b.open, openNode{node: i, upperFirst: upperFirst})
	}
	b.append(Node{Unit: -1, Below: int32(cell), Above: int32(cell)})
}

// append adds a node and tells its parent.
func (b *treeBuilder) append(n Node) int32 {
	i := int32(len(b.tree))
	b.tree = append(b.tree, n)
	if len(b.open) == 0 {
		return i
	}
	top := &b.open[len(b.open)-1]
	if top.upperFirst != top.one {
		b.tree[top.node].Above = i
	} else {
		b.tree[top.node].Below = i
	}
	if top.one {
		b.open = b.open[:len(b.open)-1]
	} else {
		top.one = true
	}
	return i
}

// splitNode is an inner node for a threshold; its children are unknown yet.
func (p *plan) splitNode(threshold int) Node {
	i := len(p.Stages) - 1
	for p.first[i] > threshold {
		i--
	}
	st := &p.Stages[i]
	t := threshold - p.first[i]
	return Node{Unit: int32(st.Unit0 + t/st.Breaks), Break: int32(t % st.Breaks)}
}
