package rounding

import (
	"math"
	"slices"

	"github.com/netmend/netmend/internal/choice"
	"github.com/netmend/netmend/nn"
)

// GradientBounds bounds, for the nodes from..end, the absolute gradient of g . output by
// the node's outputs, for each row g of grad, where the slope of activation unit u of
// node i at row r may be anything in centre[i][q][u] +- radius[i][q][u] with q = of[r].
// By the mean value theorem the sum over the nodes of this bound times the local
// errors bounds the error of g . output, as long as no unit's slope leaves its
// range on the way from the exact values to the computed ones. Matrices of the nodes
// before have no rows.
func GradientBounds(n *nn.Network, from int, grad nn.Matrix, centre, radius []nn.Matrix, of []int32, lin *nn.Linearization, rowOf []int32) []nn.Matrix {
	slopes := func(i, r int) (c, w []float64) {
		return centre[i].Row(int(of[r])), radius[i].Row(int(of[r]))
	}
	backward := func(i int, dsrc []nn.Matrix, grad nn.Matrix) {
		m, _ := magnitudeOf(n.Nodes[i].Op)
		m.absBackward(dsrc, grad)
	}
	bounds := Gradients(n, from, len(n.Nodes)-1, grad, slopes, backward, lin, rowOf)
	for i := from; i < len(bounds); i++ {
		if bounds[i].Rows == 0 {
			bounds[i] = nn.NewMatrix(grad.Rows, n.Dim(i))
		}
	}
	return bounds
}

// Gradients is [GradientBounds] for g . v, v the output of node last. slopes
// gives the range, centre and radius, of the slopes of activation node i at row
// r, and absBackward is that of affine node i. Nodes that v does not depend on
// or that precede node from, have no rows.
func Gradients(n *nn.Network, from, last int, grad nn.Matrix, slopes func(i, r int) (c, w []float64), absBackward func(i int, dsrc []nn.Matrix, grad nn.Matrix), lin *nn.Linearization, rowOf []int32) []nn.Matrix {
	mid, rad := make([]nn.Matrix, last+1), make([]nn.Matrix, last+1)
	mid[last], rad[last] = nn.NewMatrix(grad.Rows, n.Dim(last)), nn.NewMatrix(grad.Rows, n.Dim(last))
	for r := range grad.Rows {
		copy(mid[last].Row(r), grad.Row(r))
	}
	for j := last; j >= from; j-- {
		node := n.Nodes[j]
		if mid[j].Rows == 0 || !Deep(n, j) {
			continue
		}
		dmid, drad := make([]nn.Matrix, len(node.Inputs)), make([]nn.Matrix, len(node.Inputs))
		for k, p := range node.Inputs {
			if p < from {
				dmid[k], drad[k] = nn.NewMatrix(grad.Rows, n.Dim(p)), nn.NewMatrix(grad.Rows, n.Dim(p))
				continue
			}
			if mid[p].Rows == 0 {
				mid[p], rad[p] = nn.NewMatrix(grad.Rows, n.Dim(p)), nn.NewMatrix(grad.Rows, n.Dim(p))
			}
			dmid[k], drad[k] = mid[p], rad[p]
		}
		switch op := node.Op.(type) {
		case nn.Activation:
			for r := range grad.Rows {
				c, w := slopes(j, r)
				m, e := dmid[0].Row(r), drad[0].Row(r)
				gm, ge := mid[j].Row(r), rad[j].Row(r)
				for u := range c {
					m[u] += float64(c[u] * gm[u])
					e[u] += float64(math.Abs(c[u])*ge[u]) + float64(w[u]*(math.Abs(gm[u])+ge[u]))
				}
			}
		case nn.Affine:
			op.Backward(dmid, mid[j], nn.ValueChannel, 1)
			if !zero(rad[j]) {
				absBackward(j, drad, rad[j])
			}
		case nn.Selection:
			for r := range grad.Rows {
				m, e := choice.Rows(nil, dmid, r), choice.Rows(nil, drad, r)
				gm, ge := mid[j].Row(r), rad[j].Row(r)
				if lin.Covers(j) {
					chosen := lin.ChoiceAt(j, r, rowOf)
					choice.Scatter(m, choice.Lengths(m), gm, chosen)
					choice.Scatter(e, choice.Lengths(e), ge, chosen)
					continue
				}
				// A share of the gradient from 0 to 1 for each candidate.
				for u := range gm {
					for k := range op.Pieces() {
						if at := op.Source(u, k); at >= 0 {
							q, i := choice.Locate(m, at)
							m[q][i] += float64(gm[u] / 2)
							e[q][i] += float64(math.Abs(gm[u])/2) + ge[u]
						}
					}
				}
			}
		}
	}
	for i := range mid {
		for k, v := range mid[i].Data {
			mid[i].Data[k] = float64((math.Abs(v) + rad[i].Data[k]) * GradientSlack)
		}
	}
	return mid
}

func zero(m nn.Matrix) bool {
	for r := range m.Rows {
		for _, v := range m.Row(r) {
			if v != 0 {
				return false
			}
		}
	}
	return true
}

// GradientSlack covers the rounding of the gradients themselves, as long as they
// do not cancel below a millionth of their terms; their absolute floor is far
// below that of the errors they multiply.
const GradientSlack = 1 + 1e-9

// GradientFloor times the bound by absolute values covers the rounding of
// gradients that cancel: they are sums of at most some ten thousand terms.
const GradientFloor = 1e-11

// Deep reports whether node i depends on other nodes, not only on the input.
func Deep(n *nn.Network, i int) bool {
	return slices.ContainsFunc(n.Nodes[i].Inputs, func(j int) bool { return j != nn.Input })
}
