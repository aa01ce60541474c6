package nn

import (
	"fmt"
	"slices"
)

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
// Batches are evaluated in parts, and values are dropped after their last use, so
// that memory is bounded whatever the batch.
//
// It fails where x does not have InDim columns.
func (n *Network) Eval(x Matrix, workers int) (Matrix, error) {
	if x.Cols != n.inDim {
		return Matrix{}, fmt.Errorf("points have %d numbers, the network has %d inputs", x.Cols, n.inDim)
	}
	y := NewMatrix(x.Rows, n.OutDim())
	step := n.evalRows()
	for from := 0; from < x.Rows; from += step {
		to := min(x.Rows, from+step)
		out := n.output(x.Slice(from, to), workers)
		for r := range out.Rows {
			copy(y.Row(from+r), out.Row(r))
		}
	}
	return y, nil
}

// evalNumbers bounds the values kept at a time by [Network.Eval], 256 MiB, where
// one sample does not take more.
const evalNumbers = 1 << 25

// evalRows is the number of samples that Eval takes at a time.
func (n *Network) evalRows() int {
	total := n.inDim
	for _, d := range n.dims {
		total += d
	}
	if n.Decoupled() {
		total *= 4 // two channels and a linearisation
	}
	return max(1, evalNumbers/total)
}

// output evaluates a batch and keeps nothing but the output.
func (n *Network) output(x Matrix, workers int) Matrix {
	if n.Decoupled() {
		return n.Run(x, workers).Output()
	}
	lastUse := make([]int, len(n.Nodes))
	for i, node := range n.Nodes {
		lastUse[i] = i
		for _, j := range node.Inputs {
			if j != Input {
				lastUse[j] = i
			}
		}
	}
	lastUse[len(n.Nodes)-1] = len(n.Nodes)
	var free [][]float64
	take := func(size int) []float64 {
		for k, f := range free {
			if cap(f) >= size && cap(f) <= 2*size {
				free[k] = free[len(free)-1]
				free = free[:len(free)-1]
				return f[:size]
			}
		}
		return make([]float64, size)
	}
	t := &Trace{x: x, vals: make([]Matrix, len(n.Nodes))}
	for i, node := range n.Nodes {
		t.vals[i] = Matrix{Rows: x.Rows, Cols: n.dims[i], Stride: n.dims[i], Data: take(x.Rows * n.dims[i])}
		n.node(i, t, nil, ValueChannel, workers)
		for k, j := range node.Inputs {
			if j != Input && lastUse[j] == i && !slices.Contains(node.Inputs[:k], j) {
				free = append(free, t.vals[j].Data)
				t.vals[j] = Matrix{}
			}
		}
		if lastUse[i] == i { // of no use at all
			free = append(free, t.vals[i].Data)
		}
	}
	return t.Output()
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
	for i := range n.Nodes {
		t.vals[i] = NewMatrix(x.Rows, n.dims[i])
		n.node(i, t, lin, ch, workers)
	}
	return t
}

// node evaluates node i of a trace, whose inputs are there.
func (n *Network) node(i int, t *Trace, lin *Linearization, ch Channel, workers int) {
	dst, src := t.vals[i], make([]Matrix, len(n.Nodes[i].Inputs))
	for k, j := range n.Nodes[i].Inputs {
		src[k] = t.of(j)
	}
	switch op := n.Nodes[i].Op.(type) {
	case Affine:
		op.Forward(dst, src, ch, true, workers)
	case Activation:
		eachRow(dst.Rows, dst.Cols, workers, func(r int) {
			if lin.covers(i) {
				lin.apply(i, r, dst.Row(r), src[0].Row(r), true)
			} else {
				op.Apply(dst.Row(r), src[0].Row(r))
			}
		})
	case Selection:
		eachRow(dst.Rows, dst.Cols*op.Pieces(), workers, func(r int) {
			x := rowsOf(nil, src, r)
			if lin.covers(i) {
				gather(dst.Row(r), x, lin.choice(i, r))
			} else {
				op.Apply(dst.Row(r), x)
			}
		})
	}
}
