package onnx

import (
	"fmt"
	"strings"
)

// UnsupportedError lists every node of a model that [Read] has no meaning for.
type UnsupportedError struct {
	// File is the model's name.
	File string
	// Nodes are in the model's order.
	Nodes []UnsupportedNode
}

// UnsupportedNode is one node that cannot be read.
type UnsupportedNode struct {
	// Name is the node's name or, where it has none, that of its first output.
	Name string
	// Op is the operator, with its domain where that is not the default one.
	Op string
	// Reason says more where the operator as such is supported; otherwise it is "".
	Reason string
}

// Error lists the nodes, one a line.
func (e *UnsupportedError) Error() string {
	var b strings.Builder
	nodes := "nodes are"
	if len(e.Nodes) == 1 {
		nodes = "node is"
	}
	fmt.Fprintf(&b, "%s: %d %s not supported:", e.File, len(e.Nodes), nodes)
	for _, n := range e.Nodes {
		fmt.Fprintf(&b, "\n  %s %q", n.Op, n.Name)
		if n.Reason != "" {
			fmt.Fprintf(&b, ": %s", n.Reason)
		}
	}
	return b.String()
}

// unsupported is why an importer has no meaning for a node whose operator is
// known. It becomes an [UnsupportedNode].
type unsupported string

func (u unsupported) Error() string { return string(u) }

func unsupportedf(format string, args ...any) error {
	return unsupported(fmt.Sprintf(format, args...))
}

// sliceErrorf says why one slice of a value cannot be read alone.
func sliceErrorf(format string, args ...any) error {
	return fmt.Errorf("not all slices are treated alone and alike: "+format, args...)
}
