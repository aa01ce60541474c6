package rounding

import (
	"math"

	"github.com/netmend/netmend/internal/blas"
	"github.com/netmend/netmend/nn"
)

// Absolutes multiplies by the absolute values of a network's parameters, those
// of the value channel.
type Absolutes struct {
	net     *nn.Network
	ops     []magnitude  // of affine nodes
	weights []*nn.Matrix // |Weight| of dense nodes
	sums    [][]float64  // of each affine node, the sum of absolute weights of each output
}

// NewAbsolutes prepares them for a network.
func NewAbsolutes(n *nn.Network) *Absolutes {
	a := &Absolutes{net: n, ops: make([]magnitude, len(n.Nodes)), weights: make([]*nn.Matrix, len(n.Nodes)), sums: make([][]float64, len(n.Nodes))}
	for i, node := range n.Nodes {
		op, ok := magnitudeOf(node.Op)
		if !ok {
			continue
		}
		a.ops[i] = op
		if d, ok := node.Op.(*nn.Dense); ok {
			w := d.Channel(nn.ValueChannel).Weight
			m := nn.NewMatrix(w.Rows, w.Cols)
			for j := range w.Rows {
				for k, v := range w.Row(j) {
					m.Row(j)[k] = math.Abs(v)
				}
			}
			a.weights[i] = &m
		}
		ones := make([]nn.Matrix, len(node.Inputs))
		for k, j := range node.Inputs {
			ones[k] = nn.NewMatrix(1, n.Dim(j))
			for u := range ones[k].Data {
				ones[k].Data[u] = 1
			}
		}
		sum := nn.NewMatrix(1, n.Dim(i))
		op.absBound(sum, ones, nn.ValueChannel, false, true)
		a.sums[i] = sum.Row(0)
	}
	return a
}

// Sums are the sums of the absolute weights of each output of affine node i.
func (a *Absolutes) Sums(i int) []float64 { return a.sums[i] }

// Terms is the largest number of products summed for one output of affine node i, -1
// where its outputs are copies.
func (a *Absolutes) Terms(i int) int { return a.ops[i].terms() }

// Forward bounds dst = |A| src, plus |b| where bias is set, of affine node i
// from above, for src >= 0.
func (a *Absolutes) Forward(i int, dst nn.Matrix, src []nn.Matrix, bias bool) {
	if a.weights[i] == nil {
		a.ops[i].absBound(dst, src, nn.ValueChannel, bias, true)
		for k := range dst.Data {
			dst.Data[k] = float64(dst.Data[k] * GradientSlack) // some are sums that are not rounded up
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
				d[j] += math.Abs(a.net.Nodes[i].Op.(*nn.Dense).Channel(nn.ValueChannel).Bias[j])
			}
			d[j] = float64(d[j] * up)
		}
	}
}

// Backward adds |A|^T grad to dsrc, for grad >= 0, up to a relative error that
// GradientSlack covers.
func (a *Absolutes) Backward(i int, dsrc []nn.Matrix, grad nn.Matrix) {
	if a.weights[i] == nil {
		a.ops[i].absBackward(dsrc, grad)
		return
	}
	blas.MulNN(dsrc[0], grad, *a.weights[i], true, 1)
}
