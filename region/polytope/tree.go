package polytope

// Tree is the split tree of an enumeration, in preorder: node 0 is the domain, an
// inner node is cut along {the value of Unit = Breaks[Break]}, and its children
// cover it by construction. What the leaves say of their part of the domain
// therefore holds for all of it. It is of no use where the enumeration is not
// complete.
type Tree []Node

// Node is a node of a [Tree].
type Node struct {
	// Unit is the index into the pattern of the unit that splits, or -1 at a
	// leaf. Break is the index of the breakpoint of the unit's function.
	Unit, Break int32
	// Below and Above are the nodes of the children on which the unit's value is
	// at most, and at least, the breakpoint. At a leaf the cells from Below
	// (inclusive) to Above (exclusive), by [Cell.Index], are what was visited of
	// it.
	Below, Above int32
	// Leaf says why a node has no children.
	Leaf LeafKind
}

// LeafKind says why a node of a tree has no children.
type LeafKind uint8

// The kinds of leaves.
const (
	Inner  LeafKind = iota // it has children
	Region                 // it is a linear region, cut with the target
	Within                 // bounds show that it lies in the target's preimage
	Beyond                 // bounds show that it does not meet the target's preimage
)

// TreeBuilder puts a tree together from its nodes in preorder, in which a leaf's
// Above is the number of its cells, for the engines of this package and of package
// polyhedron. The zero value is ready to use.
type TreeBuilder struct {
	Tree  Tree
	open  []int32 // inner nodes that lack their upper child
	cells int32
}

// Add adds the next node.
func (b *TreeBuilder) Add(n Node) {
	i := int32(len(b.Tree))
	if n.Leaf == Inner {
		n.Below = i + 1
		b.open = append(b.open, i)
		b.Tree = append(b.Tree, n)
		return
	}
	n.Below, n.Above = b.cells, b.cells+n.Above
	b.cells = n.Above
	b.Tree = append(b.Tree, n)
	if k := len(b.open); k > 0 {
		b.Tree[b.open[k-1]].Above = i + 1
		b.open = b.open[:k-1]
	}
}
