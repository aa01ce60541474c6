package contract

import (
	"fmt"

	"github.com/netmend/netmend/nn"
)

// maxCoefficients bounds the matrix of one affine node, 512 MiB: that of a
// convolution is far larger than its parameters.
const maxCoefficients = 1 << 26

// affineMap is x -> A x + b, where x is the concatenation of a node's inputs.
type affineMap struct {
	a nn.Matrix
	b []float64
}

// affineOf returns the map of an affine node in a channel. The coefficients are exact: they
// are the images of unit vectors, of which no operation sums two.
func affineOf(net *nn.Network, node int, ch nn.Channel) (*affineMap, error) {
	if d, ok := net.Nodes[node].Op.(*nn.Dense); ok {
		p := d.Channel(ch)
		return &affineMap{a: p.Weight, b: p.Bias}, nil
	}
	op := net.Nodes[node].Op.(nn.Affine)
	in, out := 0, net.Dim(node)
	for _, j := range net.Nodes[node].Inputs {
		in += net.Dim(j)
	}
	if in*max(in, out) > maxCoefficients {
		return nil, fmt.Errorf("its matrix has %d x %d coefficients, want at most %d", out, in, maxCoefficients)
	}
	units, zeros := make([]nn.Matrix, 0, 2), make([]nn.Matrix, 0, 2)
	offset := 0
	for _, j := range net.Nodes[node].Inputs {
		u := nn.NewMatrix(in, net.Dim(j))
		for k := range u.Cols {
			u.Row(offset + k)[k] = 1
		}
		offset += u.Cols
		units, zeros = append(units, u), append(zeros, nn.NewMatrix(1, u.Cols))
	}
	columns, constant := nn.NewMatrix(in, out), nn.NewMatrix(1, out)
	op.Forward(columns, units, ch, false, 1)
	op.Forward(constant, zeros, ch, true, 1)
	m := &affineMap{a: nn.NewMatrix(out, in), b: constant.Row(0)}
	for i := range out {
		for j := range in {
			m.a.Row(i)[j] = columns.Row(j)[i]
		}
	}
	return m, nil
}
