package tree

import (
	"fmt"

	"github.com/netmend/netmend/nn"
)

// parameters are those of an affine node of a network, in a channel, as a dense matrix
// over the concatenation of its inputs, and how many roundings, relative to each, they are
// from the numbers that the operation means: 0 for most.
func parameters(w *watch, net *nn.Network, i int, ch nn.Channel) (p *nn.Params, roundings int, err error) {
	op, _ := net.Nodes[i].Op.(nn.Affine)
	switch dense := op.(type) {
	case *nn.Dense:
		return dense.Channel(ch), 0, nil
	case *nn.Scale, *nn.Sum, *nn.Take, *nn.Concat, *nn.Conv, *nn.ConvTranspose:
	case *nn.AveragePool, *nn.Reduce:
		roundings = 1 // the quotient 1 / n
	default:
		return nil, 0, unsupported(net, i)
	}
	// The images of the unit vectors, sums with one term that is not 0, are exact.
	in, out := 0, net.Dim(i)
	for _, j := range net.Nodes[i].Inputs {
		in += net.Dim(j)
	}
	if max(in, out) > maxEntries/(in+1) {
		return nil, 0, fmt.Errorf("node %d (%s) is too large for a certificate of a split tree: a dense matrix of %d x %d would be needed", i, op.Kind(), out, in)
	}
	image := nn.NewMatrix(1, out)
	var unit []nn.Matrix
	for _, j := range net.Nodes[i].Inputs {
		unit = append(unit, nn.NewMatrix(1, net.Dim(j)))
	}
	op.Forward(image, unit, ch, true, 1)
	p = &nn.Params{Weight: nn.NewMatrix(out, in), Bias: append([]float64(nil), image.Row(0)...)}
	at := 0
	for _, m := range unit {
		for k := range m.Cols {
			if err := w.after(in + out); err != nil {
				return nil, 0, err
			}
			m.Row(0)[k] = 1
			op.Forward(image, unit, ch, false, 1)
			m.Row(0)[k] = 0
			for j, v := range image.Row(0) {
				p.Weight.Row(j)[at+k] = v
			}
		}
		at += m.Cols
	}
	return p, roundings, nil
}

func unsupported(net *nn.Network, i int) error {
	return fmt.Errorf("node %d (%s %q): there are no certificates of split trees for networks with such a node", i, net.Nodes[i].Op.Kind(), net.Nodes[i].Name)
}
