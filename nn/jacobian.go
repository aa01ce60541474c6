package nn

// PushForward computes the change of the output that a change of node i's
// output makes in the value channel, to first order and, under a fixed
// linearisation, exactly (Theorem 4.5): dOut = J dv. Row r of dv uses row
// rowOf[r] of lin (row r where rowOf is nil). Only nodes that depend on node i
// count; lin need not cover the nodes before it.
func (n *Network) PushForward(i int, dv Matrix, lin *Linearization, rowOf []int32, workers int) Matrix {
	l := *lin
	l.rowOf = rowOf
	dep := n.dependents(i)
	vals := make([]Matrix, len(n.Nodes))
	vals[i] = dv
	for j := i + 1; j < len(n.Nodes); j++ {
		if !dep[j] {
			continue
		}
		node := n.Nodes[j]
		dst := NewMatrix(dv.Rows, n.dims[j])
		vals[j] = dst
		switch op := node.Op.(type) {
		case Affine:
			src := make([]Matrix, len(node.Inputs))
			for k, p := range node.Inputs {
				if p != Input && dep[p] {
					src[k] = vals[p]
				} else {
					src[k] = NewMatrix(dv.Rows, n.Dim(p))
				}
			}
			op.Forward(dst, src, ValueChannel, false, workers)
		case Activation:
			z := vals[node.Inputs[0]]
			for r := range dv.Rows {
				l.apply(j, r, dst.Row(r), z.Row(r), false)
			}
		}
	}
	return vals[len(vals)-1]
}

// PullBack computes vector-Jacobian products through the value channel: for
// each row g of grad (OutDim numbers) the gradient of g . output by the output
// of node i (Dim(i) numbers), under the linearisation of row rowOf[r] of lin
// (row r where rowOf is nil). With i = [Input], the gradient by the input.
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
			for r := range g.Rows {
				s, d := l.Slope[j].Row(l.row(r)), dsrc[0].Row(r)
				for u, v := range g.Row(r) {
					d[u] += s[u] * v
				}
			}
		}
	}
	if grads[i+1].Rows == 0 {
		grads[i+1] = NewMatrix(grad.Rows, n.Dim(i))
	}
	return grads[i+1]
}
