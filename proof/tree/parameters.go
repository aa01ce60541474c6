package tree

import (
	"fmt"

	"github.com/netmend/netmend/nn"
)

// parameters are those of an affine node of a network, in a channel, as a dense matrix
// over the concatenation of its inputs, and how many roundings, relative to each, they are
// from the numbers that the operation means: 0 for most.
func parameters(net *nn.Network, i int, ch nn.Channel) (p *nn.Params, roundings int, err error) {
	op, _ := net.Nodes[i].Op.(nn.Affine)
	switch dense := op.(type) {
	case *nn.Dense:
		return dense.Channel(ch), 0, nil
	case *nn.Scale, *nn.Sum, *nn.Take, *nn.Concat, *nn.Conv:
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
	images, bias := nn.NewMatrix(in, out), nn.NewMatrix(1, out)
	var units, zero []nn.Matrix
	at := 0
	for _, j := range net.Nodes[i].Inputs {
		m := nn.NewMatrix(in, net.Dim(j))
		for k := range m.Cols {
			m.Row(at + k)[k] = 1
		}
		at += m.Cols
		units, zero = append(units, m), append(zero, nn.NewMatrix(1, m.Cols))
	}
	op.Forward(images, units, ch, false, 1)
	op.Forward(bias, zero, ch, true, 1)
	p = &nn.Params{Weight: nn.NewMatrix(out, in), Bias: bias.Row(0)}
	for k := range in {
		for j, v := range images.Row(k) {
			p.Weight.Row(j)[k] = v
		}
	}
	return p, roundings, nil
}

func unsupported(net *nn.Network, i int) error {
	return fmt.Errorf("node %d (%s %q): there are no certificates of split trees for networks with such a node", i, net.Nodes[i].Op.Kind(), net.Nodes[i].Name)
}
