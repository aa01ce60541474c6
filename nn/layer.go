package nn

import "fmt"

// Layer is an affine operation with trainable parameters: a [Dense], a [Conv] or
// a [ConvTranspose].
// Its parameters serve both channels unless it has value parameters, which then
// serve the value channel.
type Layer interface {
	Affine
	// Channel returns the parameters of a channel.
	Channel(ch Channel) *Params
	// WithParams is the same layer with other parameters of the same shape: p for the
	// activation channel, and value for the value channel, or nil if that has none of its own.
	WithParams(p Params, value *Params) Layer
	// ParamGradient adds to dst, which has the shape of the parameters, the
	// gradient of g . output by the parameters for one sample: grad is g, of the
	// length of the output, and src is the layer's input. The gradient does not
	// depend on the parameters.
	ParamGradient(dst *Params, grad, src []float64)
}

// Layers are the indices of the nodes with trainable parameters, in order:
// layer k, counted from 1 as in the paper, is Nodes[Layers()[k-1]].
func (n *Network) Layers() []int {
	var ls []int
	for i, node := range n.Nodes {
		if _, ok := node.Op.(Layer); ok {
			ls = append(ls, i)
		}
	}
	return ls
}

// Layer returns the node index and the operation of layer k, counted from 1.
func (n *Network) Layer(k int) (node int, l Layer, err error) {
	ls := n.Layers()
	if k < 1 || k > len(ls) {
		return 0, nil, fmt.Errorf("there is no layer %d: the network has layers 1 to %d", k, len(ls))
	}
	return ls[k-1], n.Nodes[ls[k-1]].Op.(Layer), nil
}

// RepairedLayers are the numbers of the layers whose value channel has
// parameters of its own; empty for an ordinary network.
func (n *Network) RepairedLayers() []int {
	var ks []int
	for k, i := range n.Layers() {
		if n.Nodes[i].Op.(Layer).Decoupled() {
			ks = append(ks, k+1)
		}
	}
	return ks
}

// WithLayer returns a copy of the network in which layer k (from 1) has the
// value parameters v; the activation channel stays. With v nil the layer's
// value parameters are removed.
func (n *Network) WithLayer(k int, v *Params) (*Network, error) {
	i, l, err := n.Layer(k)
	if err != nil {
		return nil, err
	}
	p := l.Channel(ActivationChannel)
	if v != nil && !v.sameShape(p) {
		return nil, fmt.Errorf("layer %d: value parameters are %d x %d with %d biases, want %d x %d with %d",
			k, v.Weight.Rows, v.Weight.Cols, len(v.Bias), p.Weight.Rows, p.Weight.Cols, len(p.Bias))
	}
	c := n.Clone()
	c.Nodes[i].Op = l.WithParams(*p, v)
	return c, nil
}
