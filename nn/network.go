package nn

import (
	"errors"
	"fmt"
	"math"
)

// Input stands for the network's input among the inputs of a [Node].
const Input = -1

// Node is one operation of a network.
type Node struct {
	// Name is the node's name in the file it came from, for messages.
	Name string
	// Inputs are indices of earlier nodes, or [Input].
	Inputs []int
	// Op is what the node computes.
	Op Op
}

// Network is a feed-forward network: nodes in topological order, the last of which gives the
// output. Build one with [New], which checks it; treat it as read-only afterwards
// ([Network.Clone] for changes).
type Network struct {
	// Nodes in topological order.
	Nodes []Node
	// InputShape is the shape of one sample, without the batch axis.
	InputShape []int
	// Meta is what the source file says apart from the function.
	Meta Meta

	inDim int
	dims  []int // output length of each node
	units []int // offset of each activation's or selection's units in a Pattern, else -1
	total int   // number of those units
}

// Meta is what is known about a network apart from the function it computes.
type Meta struct {
	// Format names the source: "onnx", "nnet", "eran", or "" for none.
	Format string
	// InputName and OutputName are the names to use in exported files.
	InputName, OutputName string
	// DType is the type in which the source stored its parameters.
	DType DType
	// Units says what the inputs and outputs are measured in: "raw" or "normalised" if the
	// format carries a normalisation, and "" otherwise.
	Units string
	// Notices are remarks of the reader that a user should see, such as a
	// final Softmax that was dropped.
	Notices []string
	// End is what the file finally does with the network's outputs; nil if that is nothing.
	End *End
	// Source is what the reader of a format keeps of a file for the writer of that format, so
	// that the written file can take its place; nil if there is none.
	Source any
}

// New checks the nodes and returns the network. inputShape is the shape of one
// sample; its product is the input dimension.
//
// It fails if a node's input does not precede it, if lengths do not fit, if there is no node,
// or if a parameter is NaN or infinite. The error names the node.
func New(nodes []Node, inputShape []int, meta Meta) (*Network, error) {
	n := &Network{Nodes: nodes, InputShape: inputShape, Meta: meta, inDim: 1}
	for _, d := range inputShape {
		if d <= 0 || n.inDim > math.MaxInt32/d {
			return nil, fmt.Errorf("input shape %v: want positive sizes with a product below 2^31", inputShape)
		}
		n.inDim *= d
	}
	if len(nodes) == 0 {
		return nil, errors.New("the network has no nodes")
	}
	n.dims = make([]int, len(nodes))
	n.units = make([]int, len(nodes))
	for i := range nodes {
		if err := n.check(i); err != nil {
			return nil, fmt.Errorf("node %d (%s %q): %w", i, nodes[i].Op.Kind(), nodes[i].Name, err)
		}
	}
	if meta.End != nil {
		if err := meta.End.Check(n.OutDim()); err != nil {
			return nil, err
		}
	}
	return n, nil
}

func (n *Network) check(i int) error {
	node := n.Nodes[i]
	in := make([]int, len(node.Inputs))
	for k, j := range node.Inputs {
		if j < Input || j >= i {
			return fmt.Errorf("input %d is node %d, which does not precede it", k, j)
		}
		in[k] = n.Dim(j)
	}
	d, err := node.Op.OutDim(in)
	if err != nil {
		return err
	}
	n.dims[i], n.units[i] = d, -1
	switch node.Op.(type) {
	case Activation, Selection:
		n.units[i] = n.total
		n.total += d
	case Affine:
	default:
		return errors.New("the operation is neither affine nor an activation nor a selection")
	}
	if f, ok := node.Op.(interface{ CheckFinite() error }); ok {
		return f.CheckFinite()
	}
	return nil
}

// InDim is the length of an input sample.
func (n *Network) InDim() int { return n.inDim }

// OutDim is the length of an output.
func (n *Network) OutDim() int { return n.dims[len(n.dims)-1] }

// Dim is the length of the output of node i, or of the input for [Input].
func (n *Network) Dim(i int) int {
	if i == Input {
		return n.inDim
	}
	return n.dims[i]
}

// Decoupled reports whether any node has value parameters of its own
// (Definition 4.1).
func (n *Network) Decoupled() bool { return n.firstDecoupled() < len(n.Nodes) }

// firstDecoupled is the first decoupled node, or len(Nodes).
func (n *Network) firstDecoupled() int {
	for i, node := range n.Nodes {
		if a, ok := node.Op.(Affine); ok && a.Decoupled() {
			return i
		}
	}
	return len(n.Nodes)
}

// SmoothNode returns the first activation node that is not piecewise affine, or -1 if the
// network is piecewise affine (Definition 2.4).
func (n *Network) SmoothNode() int {
	for i, node := range n.Nodes {
		if _, ok := node.Op.(Activation); ok {
			if _, pwl := node.Op.(*Piecewise); !pwl {
				return i
			}
		}
	}
	return -1
}

// ActivationAfter reports whether an activation or selection depends on node i. If none does,
// a change of a layer at node i cannot make the network discontinuous, and an ordinary
// network of the same architecture expresses it.
func (n *Network) ActivationAfter(i int) bool {
	dep := n.dependents(i)
	for j := i + 1; j < len(n.Nodes); j++ {
		if _, affine := n.Nodes[j].Op.(Affine); !affine && dep[j] {
			return true
		}
	}
	return false
}

// dependents marks node i and all nodes whose value depends on it.
func (n *Network) dependents(i int) []bool {
	dep := make([]bool, len(n.Nodes))
	dep[i] = true
	for j := i + 1; j < len(n.Nodes); j++ {
		for _, k := range n.Nodes[j].Inputs {
			if k != Input && dep[k] {
				dep[j] = true
			}
		}
	}
	return dep
}

// Clone returns a network whose nodes can be replaced without touching n. The
// operations themselves are shared; replace them, do not write into them.
func (n *Network) Clone() *Network {
	c := *n
	c.Nodes = append([]Node(nil), n.Nodes...)
	c.InputShape = append([]int(nil), n.InputShape...)
	c.Meta.Notices = append([]string(nil), n.Meta.Notices...)
	return &c
}
