package nn

import "fmt"

// Trace holds the value of every node for a batch, in one channel.
type Trace struct {
	x    Matrix
	vals []Matrix
}

// Of returns the values of node i, or the input for [Input]; one row a sample.
// Nodes that a partial run did not reach have no rows.
func (t *Trace) Of(i int) Matrix { return t.of(i) }

func (t *Trace) of(i int) Matrix {
	if i == Input {
		return t.x
	}
	return t.vals[i]
}

// Output returns the network's output; one row a sample.
func (t *Trace) Output() Matrix { return t.vals[len(t.vals)-1] }

// Eval computes the network's output for each row of x (Definition 2.2; for a
// decoupled network Definition 4.3). The result does not depend on workers.
//
// It fails where x does not have InDim columns.
func (n *Network) Eval(x Matrix, workers int) (Matrix, error) {
	if x.Cols != n.inDim {
		return Matrix{}, fmt.Errorf("points have %d numbers, the network has %d inputs", x.Cols, n.inDim)
	}
	if x.Rows == 0 {
		return NewMatrix(0, n.OutDim()), nil
	}
	return n.Run(x, workers).Output(), nil
}

// EvalPoint computes the output for one sample of InDim numbers.
func (n *Network) EvalPoint(x []float64) ([]float64, error) {
	y, err := n.Eval(RowMatrix(x), 1)
	if err != nil {
		return nil, err
	}
	return y.Row(0), nil
}

// Run evaluates the value channel on a batch, as it executes, and keeps every
// node's values. x must have InDim columns.
func (n *Network) Run(x Matrix, workers int) *Trace {
	if !n.Decoupled() {
		return n.run(x, nil, ValueChannel, workers)
	}
	return n.run(x, n.LinearizeAt(x, workers), ValueChannel, workers)
}

// RunActivation evaluates the activation channel on a batch and keeps every
// node's values: the pre-activations that choose the pieces.
func (n *Network) RunActivation(x Matrix, workers int) *Trace {
	return n.run(x, nil, ActivationChannel, workers)
}

// RunLinear evaluates the value channel with the given linearisation in place
// of the activation functions that it covers: row r of x uses row rowOf[r] of
// lin (row r where rowOf is nil).
func (n *Network) RunLinear(x Matrix, lin *Linearization, rowOf []int32, workers int) *Trace {
	l := *lin
	l.rowOf = rowOf
	return n.run(x, &l, ValueChannel, workers)
}

// run evaluates one channel. Activation functions are applied where lin is nil
// or does not cover them, else their linearisation.
func (n *Network) run(x Matrix, lin *Linearization, ch Channel, workers int) *Trace {
	t := &Trace{x: x, vals: make([]Matrix, len(n.Nodes))}
	var src []Matrix
	for i, node := range n.Nodes {
		dst := NewMatrix(x.Rows, n.dims[i])
		t.vals[i] = dst
		switch op := node.Op.(type) {
		case Affine:
			src = src[:0]
			for _, j := range node.Inputs {
				src = append(src, t.of(j))
			}
			op.Forward(dst, src, ch, true, workers)
		case Activation:
			z := t.of(node.Inputs[0])
			for r := range x.Rows {
				if lin == nil || lin.Slope[i].Rows == 0 {
					op.Apply(dst.Row(r), z.Row(r))
				} else {
					lin.apply(i, r, dst.Row(r), z.Row(r), true)
				}
			}
		}
	}
	return t
}
