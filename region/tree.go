package region

// Tree is the split tree of a domain, in preorder: node 0 is the domain, an
// inner node is cut along {the value of Unit = Breaks[Break]}, and a leaf is a
// cell. The children of a node cover it by construction, so the leaves cover
// the domain. Units that a cell's vertices leave on one side are not recorded.
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

// Leaf tells whether the node is a cell.
func (n Node) Leaf() bool { return n.Unit < 0 }
