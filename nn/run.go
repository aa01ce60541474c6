package nn

import "github.com/netmend/netmend/internal/choice"

// Trace holds the value of every node for a batch, in one channel.
type Trace struct {
	x    Matrix
	vals []Matrix
}

// Of returns the values of node i, or the input for [Input]; one row per sample.
// Nodes that a partial run did not reach have no rows.
func (t *Trace) Of(i int) Matrix { return t.of(i) }

func (t *Trace) of(i int) Matrix {
	if i == Input {
		return t.x
	}
	return t.vals[i]
}

// Output returns the network's output; one row per sample.
func (t *Trace) Output() Matrix { return t.vals[len(t.vals)-1] }

// Select returns the trace of some samples, by row: the trace itself if those are all
// samples, in order.
func (t *Trace) Select(rows []int) *Trace {
	same := len(rows) == t.x.Rows
	for i, r := range rows {
		same = same && i == r
	}
	if same {
		return t
	}
	pick := func(m Matrix) Matrix {
		if m.Rows == 0 {
			return m
		}
		s := NewMatrix(len(rows), m.Cols)
		for i, r := range rows {
			copy(s.Row(i), m.Row(r))
		}
		return s
	}
	s := &Trace{x: pick(t.x), vals: make([]Matrix, len(t.vals))}
	for i, m := range t.vals {
		s.vals[i] = pick(m)
	}
	return s
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

// RunLinear evaluates the value channel with the given linearisation in place of the
// activation functions that it covers: row r of x uses row rowOf[r] of lin (row r if rowOf is
// nil).
func (n *Network) RunLinear(x Matrix, lin *Linearization, rowOf []int32, workers int) *Trace {
	l := *lin
	l.rowOf = rowOf
	return n.run(x, &l, ValueChannel, workers)
}

// run evaluates one channel. Activation functions are applied if lin is nil
// or does not cover them, otherwise their linearisation.
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
	src := make([]Matrix, len(n.Nodes[i].Inputs))
	for k, j := range n.Nodes[i].Inputs {
		src[k] = t.of(j)
	}
	n.compute(i, t.vals[i], src, lin, ch, workers)
}

// compute evaluates node i on a batch of its inputs.
func (n *Network) compute(i int, dst Matrix, src []Matrix, lin *Linearization, ch Channel, workers int) {
	switch op := n.Nodes[i].Op.(type) {
	case Affine:
		op.Forward(dst, src, ch, true, workers)
	case Activation:
		eachRow(dst.Rows, dst.Cols, workers, func(r int) {
			if lin.Covers(i) {
				lin.apply(i, r, dst.Row(r), src[0].Row(r), true)
			} else {
				op.Apply(dst.Row(r), src[0].Row(r))
			}
		})
	case Selection:
		eachRow(dst.Rows, dst.Cols*op.Pieces(), workers, func(r int) {
			x := choice.Rows(nil, src, r)
			if lin.Covers(i) {
				choice.Gather(dst.Row(r), x, lin.choice(i, r))
			} else {
				op.Apply(dst.Row(r), x)
			}
		})
	}
}
