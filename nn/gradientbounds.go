package nn

import "math"

// GradientBounds bounds, for every node, the absolute gradient of g . output by
// the node's outputs, for each row g of grad, where the slope of activation
// unit u of node i at row r may be anything in centre[i][r][u] +- radius[i][r][u].
// By the mean value theorem the sum over the nodes of this bound times the local
// errors bounds the error of g . output, as long as no unit's slope leaves its
// range on the way from the exact values to the computed ones.
func (n *Network) GradientBounds(grad Matrix, centre, radius []Matrix, lin *Linearization, rowOf []int32) []Matrix {
	of := make([]int32, grad.Rows)
	for r := range of {
		of[r] = int32(r)
	}
	return n.GradientBoundsFrom(0, grad, centre, radius, of, lin, rowOf)
}

// GradientBoundsFrom is [Network.GradientBounds] for the nodes from..end alone,
// where row r of grad has the slopes in row of[r] of centre and radius. Matrices of
// the nodes before have no rows.
func (n *Network) GradientBoundsFrom(from int, grad Matrix, centre, radius []Matrix, of []int32, lin *Linearization, rowOf []int32) []Matrix {
	slopes := func(i, r int) (c, w []float64) {
		return centre[i].Row(int(of[r])), radius[i].Row(int(of[r]))
	}
	backward := func(i int, dsrc []Matrix, grad Matrix) { n.Nodes[i].Op.(magnitude).absBackward(dsrc, grad) }
	bounds := n.boundGradients(from, len(n.Nodes)-1, grad, slopes, backward, lin, rowOf)
	for i := from; i < len(bounds); i++ {
		if bounds[i].Rows == 0 {
			bounds[i] = NewMatrix(grad.Rows, n.dims[i])
		}
	}
	return bounds
}

// boundGradients is GradientBounds for g . v, v the output of node last. slopes
// gives the range, centre and radius, of the slopes of activation node i at row
// r, and absBackward is that of affine node i. Nodes that v does not depend on
// or that precede node from, have no rows.
func (n *Network) boundGradients(from, last int, grad Matrix, slopes func(i, r int) (c, w []float64), absBackward func(i int, dsrc []Matrix, grad Matrix), lin *Linearization, rowOf []int32) []Matrix {
	mid, rad := make([]Matrix, last+1), make([]Matrix, last+1)
	mid[last], rad[last] = NewMatrix(grad.Rows, n.dims[last]), NewMatrix(grad.Rows, n.dims[last])
	for r := range grad.Rows {
		copy(mid[last].Row(r), grad.Row(r))
	}
	for j := last; j >= from; j-- {
		node := n.Nodes[j]
		if mid[j].Rows == 0 || !n.deep(j) {
			continue
		}
		dmid, drad := make([]Matrix, len(node.Inputs)), make([]Matrix, len(node.Inputs))
		for k, p := range node.Inputs {
			if p < from {
				dmid[k], drad[k] = NewMatrix(grad.Rows, n.Dim(p)), NewMatrix(grad.Rows, n.Dim(p))
				continue
			}
			if mid[p].Rows == 0 {
				mid[p], rad[p] = NewMatrix(grad.Rows, n.dims[p]), NewMatrix(grad.Rows, n.dims[p])
			}
			dmid[k], drad[k] = mid[p], rad[p]
		}
		switch op := node.Op.(type) {
		case Activation:
			for r := range grad.Rows {
				c, w := slopes(j, r)
				m, e := dmid[0].Row(r), drad[0].Row(r)
				gm, ge := mid[j].Row(r), rad[j].Row(r)
				for u := range c {
					m[u] += float64(c[u] * gm[u])
					e[u] += float64(math.Abs(c[u])*ge[u]) + float64(w[u]*(math.Abs(gm[u])+ge[u]))
				}
			}
		case Affine:
			op.Backward(dmid, mid[j], ValueChannel, 1)
			if !zero(rad[j]) {
				absBackward(j, drad, rad[j])
			}
		case Selection:
			for r := range grad.Rows {
				m, e := rowsOf(nil, dmid, r), rowsOf(nil, drad, r)
				gm, ge := mid[j].Row(r), rad[j].Row(r)
				if lin.covers(j) {
					choice := lin.at(rowOf, j, r)
					scatter(m, lengths(m), gm, choice)
					scatter(e, lengths(e), ge, choice)
					continue
				}
				// A share of the gradient from 0 to 1 for each candidate.
				for u := range gm {
					for k := range op.Pieces() {
						if at := op.Source(u, k); at >= 0 {
							q, i := locate(m, at)
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
			mid[i].Data[k] = float64((math.Abs(v) + rad[i].Data[k]) * gradientSlack)
		}
	}
	return mid
}

func zero(m Matrix) bool {
	for r := range m.Rows {
		for _, v := range m.Row(r) {
			if v != 0 {
				return false
			}
		}
	}
	return true
}

// gradientSlack covers the rounding of the gradients themselves, as long as they
// do not cancel below a millionth of their terms; their absolute floor is far
// below that of the errors they multiply.
const gradientSlack = 1 + 1e-9

// gradientFloor times the bound by absolute values covers the rounding of
// gradients that cancel: they are sums of at most some ten thousand terms.
const gradientFloor = 1e-11
