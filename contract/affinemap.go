package contract

import (
	"context"
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
func affineOf(ctx context.Context, net *nn.Network, node int, ch nn.Channel) (*affineMap, error) {
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
	zeros := make([]nn.Matrix, 0, 2)
	for _, j := range net.Nodes[node].Inputs {
		zeros = append(zeros, nn.NewMatrix(1, net.Dim(j)))
	}
	constant := nn.NewMatrix(1, out)
	op.Forward(constant, zeros, ch, true, 1)
	m := &affineMap{a: nn.NewMatrix(out, in), b: constant.Row(0)}
	const block = 64 // unit vectors at a time
	for from := 0; from < in; from += block {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		to, offset := min(from+block, in), 0
		var units []nn.Matrix
		for _, j := range net.Nodes[node].Inputs {
			u := nn.NewMatrix(to-from, net.Dim(j))
			for k := max(from, offset); k < min(to, offset+u.Cols); k++ {
				u.Row(k - from)[k-offset] = 1
			}
			offset += u.Cols
			units = append(units, u)
		}
		columns := nn.NewMatrix(to-from, out)
		op.Forward(columns, units, ch, false, 1)
		for j := range columns.Rows {
			for i, v := range columns.Row(j) {
				m.a.Row(i)[from+j] = v
			}
		}
	}
	return m, nil
}
