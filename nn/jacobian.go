package nn

import "github.com/netmend/netmend/internal/choice"

// PushForward computes the change of the output that a change of node i's output makes in the
// value channel, to first order and, under a fixed linearisation, exactly (Theorem 4.5): dOut
// = J dv. Row r of dv uses row rowOf[r] of lin (row r if rowOf is nil). Only nodes that
// depend on node i count; lin need not cover the nodes before it.
func (n *Network) PushForward(i int, dv Matrix, lin *Linearization, rowOf []int32, workers int) Matrix {
	l := *lin
	l.rowOf = rowOf
	dep := n.dependents(i)
	lastUse := make([]int, len(n.Nodes))
	for j := i; j < len(n.Nodes); j++ {
		lastUse[j] = j
		for _, p := range n.Nodes[j].Inputs {
			if dep[j] && p > i && dep[p] {
				lastUse[p] = j
			}
		}
	}
	var room buffers
	vals := make([]Matrix, len(n.Nodes))
	vals[i] = dv
	for j := i + 1; j < len(n.Nodes); j++ {
		if !dep[j] {
			continue
		}
		node := n.Nodes[j]
		dst := room.take(dv.Rows, n.dims[j])
		vals[j] = dst
		src := make([]Matrix, len(node.Inputs))
		for k, p := range node.Inputs {
			if p != Input && dep[p] {
				src[k] = vals[p]
			} else {
				src[k] = NewMatrix(dv.Rows, n.Dim(p))
			}
		}
		switch op := node.Op.(type) {
		case Affine:
			op.Forward(dst, src, ValueChannel, false, workers)
		case Activation:
			eachRow(dv.Rows, dst.Cols, workers, func(r int) {
				l.apply(j, r, dst.Row(r), src[0].Row(r), false)
			})
		case Selection:
			eachRow(dv.Rows, dst.Cols, workers, func(r int) {
				choice.Gather(dst.Row(r), choice.Rows(nil, src, r), l.choice(j, r))
			})
		}
		for k := i + 1; k < j; k++ {
			if lastUse[k] == j && vals[k].Rows > 0 {
				room.put(vals[k])
				vals[k] = Matrix{}
			}
		}
	}
	return vals[len(vals)-1]
}

// PullBack computes vector-Jacobian products through the value channel: for each row g of
// grad (OutDim numbers) the gradient of g . output by the output of node i (Dim(i) numbers),
// under the linearisation of row rowOf[r] of lin (row r if rowOf is nil). With i = [Input],
// the gradient by the input.
func (n *Network) PullBack(i int, grad Matrix, lin *Linearization, rowOf []int32, workers int) Matrix {
	l := *lin
	l.rowOf = rowOf
	last := len(n.Nodes) - 1
	grads := make([]Matrix, last+2) // grads[j+1] belongs to node j
	grads[last+1] = grad
	dep := make([]bool, last+1)
	if i == Input {
		for j := range dep {
			dep[j] = true
		}
	} else {
		dep = n.dependents(i)
	}
	for j := last; j > i; j-- {
		g := grads[j+1]
		if !dep[j] || g.Rows == 0 {
			continue
		}
		node := n.Nodes[j]
		dsrc := make([]Matrix, len(node.Inputs))
		for k, p := range node.Inputs {
			if p < i || (p != Input && !dep[p]) {
				continue
			}
			if grads[p+1].Rows == 0 {
				grads[p+1] = NewMatrix(grad.Rows, n.Dim(p))
			}
			dsrc[k] = grads[p+1]
		}
		switch op := node.Op.(type) {
		case Affine:
			op.Backward(dsrc, g, ValueChannel, workers)
		case Activation:
			if dsrc[0].Rows == 0 {
				continue
			}
			eachRow(g.Rows, g.Cols, workers, func(r int) {
				s, d := l.Slope[j].Row(l.row(r)), dsrc[0].Row(r)
				for u, v := range g.Row(r) {
					d[u] += float64(s[u] * v)
				}
			})
		case Selection:
			dims := make([]int, len(node.Inputs))
			for k, p := range node.Inputs {
				dims[k] = n.Dim(p)
			}
			eachRow(g.Rows, g.Cols, workers, func(r int) {
				to := make([][]float64, len(dsrc))
				for k, d := range dsrc {
					if d.Rows > 0 {
						to[k] = d.Row(r)
					}
				}
				choice.Scatter(to, dims, g.Row(r), l.choice(j, r))
			})
		}
	}
	if grads[i+1].Rows == 0 {
		grads[i+1] = NewMatrix(grad.Rows, n.Dim(i))
	}
	return grads[i+1]
}
