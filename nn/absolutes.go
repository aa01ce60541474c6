package nn

import (
	"math"

	"github.com/netmend/netmend/internal/blas"
)

// absolutes multiplies by the absolute values of a network's parameters, those
// of the value channel.
type absolutes struct {
	net     *Network
	weights []*Matrix   // |Weight| of dense nodes
	sums    [][]float64 // of each affine node, the sum of absolute weights of each output
}

func newAbsolutes(n *Network) *absolutes {
	a := &absolutes{net: n, weights: make([]*Matrix, len(n.Nodes)), sums: make([][]float64, len(n.Nodes))}
	for i, node := range n.Nodes {
		op, ok := node.Op.(magnitude)
		if !ok {
			continue
		}
		if d, ok := node.Op.(*Dense); ok {
			w := d.Channel(ValueChannel).Weight
			m := NewMatrix(w.Rows, w.Cols)
			for j := range w.Rows {
				for k, v := range w.Row(j) {
					m.Row(j)[k] = math.Abs(v)
				}
			}
			a.weights[i] = &m
		}
		ones := make([]Matrix, len(node.Inputs))
		for k, j := range node.Inputs {
			ones[k] = NewMatrix(1, n.Dim(j))
			for u := range ones[k].Data {
				ones[k].Data[u] = 1
			}
		}
		sum := NewMatrix(1, n.dims[i])
		op.absBound(sum, ones, ValueChannel, false, true)
		a.sums[i] = sum.Row(0)
	}
	return a
}

// forward bounds dst = |A| src, plus |b| where bias is set, of affine node i
// from above, for src >= 0.
func (a *absolutes) forward(i int, dst Matrix, src []Matrix, bias bool) {
	op := a.net.Nodes[i].Op
	if a.weights[i] == nil {
		op.(magnitude).absBound(dst, src, ValueChannel, bias, true)
		for k := range dst.Data {
			dst.Data[k] = float64(dst.Data[k] * gradientSlack) // some are sums that are not rounded up
		}
		return
	}
	w := *a.weights[i]
	blas.MulNT(dst, src[0], w, false, 1)
	up := 1 + gamma(w.Cols+4)
	for r := range dst.Rows {
		d := dst.Row(r)
		for j := range d {
			if bias {
				d[j] += math.Abs(op.(*Dense).Channel(ValueChannel).Bias[j])
			}
			d[j] = float64(d[j] * up)
		}
	}
}

// backward adds |A|^T grad to dsrc, for grad >= 0, up to a relative error that
// gradientSlack covers.
func (a *absolutes) backward(i int, dsrc []Matrix, grad Matrix) {
	if a.weights[i] == nil {
		a.net.Nodes[i].Op.(magnitude).absBackward(dsrc, grad)
		return
	}
	blas.MulNN(dsrc[0], grad, *a.weights[i], true, 1)
}
