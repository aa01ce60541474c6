package preimage

import "github.com/netmend/netmend/nn"

// matrixOf is the A of the affine node i, y = A x + b, in a channel: Dim(i) rows,
// and the columns of its inputs one after the other. It is read off
// vector-Jacobian products with unit vectors, whose sums have one term that is
// not zero and are therefore exact.
func matrixOf(net *nn.Network, i int, ch nn.Channel) nn.Matrix {
	node := net.Nodes[i]
	if d, ok := node.Op.(*nn.Dense); ok {
		return d.Channel(ch).Weight
	}
	width := 0
	for _, j := range node.Inputs {
		width += net.Dim(j)
	}
	a := nn.NewMatrix(net.Dim(i), width)
	for from := 0; from < a.Rows; from += unitRows {
		to := min(from+unitRows, a.Rows)
		units := nn.NewMatrix(to-from, a.Rows)
		for r := range units.Rows {
			units.Row(r)[from+r] = 1
		}
		rows := a.Slice(from, to)
		parts, at := make([]nn.Matrix, len(node.Inputs)), 0
		for k, j := range node.Inputs {
			parts[k] = columns(rows, at, net.Dim(j))
			at += net.Dim(j)
		}
		node.Op.(nn.Affine).Backward(parts, units, ch, 1)
	}
	return a
}

// unitRows is how many unit vectors are pulled back at a time: enough to use the
// batch, few enough to need little room beside the matrix.
const unitRows = 64

// constantOf is the b of the affine node i, y = A x + b, in a channel.
func constantOf(net *nn.Network, i int, ch nn.Channel) []float64 {
	node := net.Nodes[i]
	zeros := make([]nn.Matrix, len(node.Inputs))
	for k, j := range node.Inputs {
		zeros[k] = nn.NewMatrix(1, net.Dim(j))
	}
	y := nn.NewMatrix(1, net.Dim(i))
	node.Op.(nn.Affine).Forward(y, zeros, ch, true, 1)
	return y.Row(0)
}
