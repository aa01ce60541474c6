package attack

import (
	"fmt"

	"github.com/netmend/netmend/internal/oracle"
	"github.com/netmend/netmend/nn"
)

// fromNN reads a network as plain data for the oracle, node by node.
func fromNN(n *nn.Network) (*oracle.Net, error) {
	net := &oracle.Net{Inputs: n.InDim()}
	for i, node := range n.Nodes {
		to := oracle.Node{From: node.Inputs}
		size := 0
		for _, k := range node.Inputs {
			if k == nn.Input {
				size += n.InDim()
			} else {
				size += n.Dim(k)
			}
		}
		switch op := node.Op.(type) {
		case *nn.Dense:
			to.Affine = dense(op.Params)
			if op.Value != nil {
				to.Affine.Value = dense(*op.Value)
			}
		case *nn.Scale:
			to.Affine = blank(len(op.Factor), size)
			for j := range op.Factor {
				to.Affine.W[j][j], to.Affine.B[j] = oracle.Float(op.Factor[j]), oracle.Float(op.Shift[j])
			}
		case *nn.Sum:
			to.Affine = blank(n.Dim(i), size)
			for j := range to.Affine.W {
				for k, c := range op.Coefficients {
					to.Affine.W[j][k*n.Dim(i)+j] = oracle.Float(c)
				}
			}
		case *nn.Concat:
			to.Affine = blank(size, size)
			for j := range to.Affine.W {
				to.Affine.W[j][j] = oracle.Int(1)
			}
		case *nn.Take:
			to.Affine = blank(len(op.From), size)
			for j, k := range op.From {
				if k < 0 {
					to.Affine.B[j] = oracle.Float(op.Fill)
				} else {
					to.Affine.W[j][k] = oracle.Int(1)
				}
			}
		case *nn.Piecewise:
			to.Pieces = &oracle.Pieces{Breaks: oracle.Floats(op.Breaks), Slope: oracle.Floats(op.Slope), Offset: oracle.Floats(op.Offset)}
		case *nn.Smooth:
			to.Smooth = &oracle.Smooth{Name: op.Kind(), Parameters: oracle.Floats(op.Parameters())}
		case *nn.Max:
			to.Max = &oracle.Max{}
			for u := range op.Dim {
				var c []int
				for k := range op.Inputs {
					c = append(c, k*op.Dim+u)
				}
				to.Max.Candidates = append(to.Max.Candidates, c)
			}
		case *nn.MaxPool:
			to.Max = &oracle.Max{}
			for u := range n.Dim(i) {
				var c []int
				for k := range op.Pieces() {
					if at := op.Source(u, k); at >= 0 {
						c = append(c, at)
					}
				}
				to.Max.Candidates = append(to.Max.Candidates, c)
			}
		default:
			return nil, fmt.Errorf("node %d is a %s, which the oracle does not know", i, node.Op.Kind())
		}
		net.Nodes = append(net.Nodes, to)
	}
	return net, nil
}

func dense(p nn.Params) *oracle.Affine {
	a := &oracle.Affine{B: oracle.Floats(p.Bias)}
	for j := range p.Weight.Rows {
		a.W = append(a.W, oracle.Floats(p.Weight.Row(j)))
	}
	return a
}

func blank(rows, cols int) *oracle.Affine {
	a := &oracle.Affine{}
	for range rows {
		row := make([]oracle.Rat, cols)
		for i := range row {
			row[i] = oracle.Int(0)
		}
		a.W, a.B = append(a.W, row), append(a.B, oracle.Int(0))
	}
	return a
}
