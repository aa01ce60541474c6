package nn

import (
	"context"
	"fmt"
	"slices"

	"github.com/netmend/netmend/internal/choice"
	"github.com/netmend/netmend/internal/within"
)

// Eval computes the network's output for each row of x (Definition 2.2; for a
// decoupled network Definition 4.3). The result does not depend on workers.
// Batches are evaluated in parts, and values are dropped after their last use, so
// that memory is bounded whatever the batch.
//
// It fails if x does not have InDim columns.
func (n *Network) Eval(x Matrix, workers int) (Matrix, error) {
	return n.EvalContext(context.Background(), x, workers)
}

// EvalContext is [Network.Eval], and fails with the cause of ctx if that is over before
// the last output is known; it checks after each node of each part of the batch.
func (n *Network) EvalContext(ctx context.Context, x Matrix, workers int) (Matrix, error) {
	if x.Cols != n.inDim {
		return Matrix{}, fmt.Errorf("points have %d numbers, the network has %d inputs", x.Cols, n.inDim)
	}
	if err := within.Need(ctx, 8*int64(x.Rows)*int64(n.OutDim()), fmt.Sprintf("the outputs at %d points", x.Rows)); err != nil {
		return Matrix{}, err
	}
	y := NewMatrix(x.Rows, n.OutDim())
	e := newEvaluation(n)
	// Beside the values there are those that were dropped and wait for use, and the room
	// of products: the values are to take a quarter of what is left.
	step := int(max(1, min(evalNumbers, within.Left(ctx)/32)/int64(max(1, e.numbers))))
	for from := 0; from < x.Rows; from += step {
		to := min(x.Rows, from+step)
		out, err := e.run(ctx, x.Slice(from, to), workers)
		if err != nil {
			return Matrix{}, err
		}
		for r := range out.Rows {
			copy(y.Row(from+r), out.Row(r))
		}
	}
	return y, nil
}

// evalNumbers bounds the values kept at a time by [Network.Eval], 32 MiB, where
// one sample does not take more.
const evalNumbers = 1 << 22

// EvalRows is a number of samples that [Network.Eval] takes at once, at most 512.
func (n *Network) EvalRows() int {
	return max(1, min(maxBatch, evalNumbers/max(1, n.inDim+newEvaluation(n).numbers)))
}

// EvalPoint computes the output for one sample of InDim numbers.
func (n *Network) EvalPoint(x []float64) ([]float64, error) {
	y, err := n.Eval(RowMatrix(x), 1)
	if err != nil {
		return nil, err
	}
	return y.Row(0), nil
}

// valueOf names the value of a node, or of the input, in a channel.
type valueOf struct {
	node int
	ch   Channel
}

// evaluation computes outputs node by node, both channels side by side, and drops
// what nothing needs any more. A value of the value channel that no decoupled
// layer has a part in is that of the activation channel.
type evaluation struct {
	net *Network
	// apart: the value channel is computed for itself.
	apart []bool
	// needed are the values to compute at each node, the activation channel first;
	// dropped those of no use after it.
	needed, dropped [][]valueOf
	numbers         int // the most that are kept of a sample at a time
}

func newEvaluation(n *Network) *evaluation {
	e := &evaluation{
		net: n, apart: make([]bool, len(n.Nodes)),
		needed: make([][]valueOf, len(n.Nodes)), dropped: make([][]valueOf, len(n.Nodes)),
	}
	for i, node := range n.Nodes {
		a, ok := node.Op.(Affine)
		e.apart[i] = ok && a.Decoupled() || slices.ContainsFunc(node.Inputs, func(j int) bool { return j != Input && e.apart[j] })
	}
	last := len(n.Nodes) - 1
	lastUse := map[valueOf]int{e.value(last): last + 1}
	size := 0
	for i := last; i >= 0; i-- {
		for _, ch := range []Channel{ActivationChannel, ValueChannel} {
			v := valueOf{i, ch}
			if _, ok := lastUse[v]; !ok {
				continue
			}
			e.needed[i] = append(e.needed[i], v)
		}
		for _, v := range e.needed[i] {
			for _, u := range e.uses(v) {
				if _, ok := lastUse[u]; !ok && u.node != Input {
					lastUse[u] = i
					e.dropped[i] = append(e.dropped[i], u)
				}
			}
		}
	}
	for i := range n.Nodes {
		size += len(e.needed[i]) * n.dims[i]
		e.numbers = max(e.numbers, size)
		for _, v := range e.dropped[i] {
			size -= n.dims[v.node]
		}
	}
	return e
}

// value is the value channel of a node, by the name under which it is computed.
func (e *evaluation) value(node int) valueOf {
	if node != Input && e.apart[node] {
		return valueOf{node, ValueChannel}
	}
	return valueOf{node, ActivationChannel}
}

// uses are the values that one is computed from.
func (e *evaluation) uses(v valueOf) []valueOf {
	var from []valueOf
	_, affine := e.net.Nodes[v.node].Op.(Affine)
	for _, j := range e.net.Nodes[v.node].Inputs {
		if v.ch == ActivationChannel || !affine {
			from = append(from, valueOf{j, ActivationChannel})
		}
		if v.ch == ValueChannel {
			from = append(from, e.value(j))
		}
	}
	return from
}

// run evaluates a batch. The order of sums is that of [Network.Run], and the bits are
// its own but where a decoupled network has smooth functions before its first decoupled
// layer: they are applied here, and linearised there.
func (e *evaluation) run(ctx context.Context, x Matrix, workers int) (Matrix, error) {
	n := e.net
	vals := map[valueOf]Matrix{{Input, ActivationChannel}: x}
	var room buffers
	for i, node := range n.Nodes {
		if ctx.Err() != nil {
			return Matrix{}, context.Cause(ctx)
		}
		for _, v := range e.needed[i] {
			dst := room.take(x.Rows, n.dims[i])
			act, val := make([]Matrix, len(node.Inputs)), make([]Matrix, len(node.Inputs))
			for k, j := range node.Inputs {
				act[k], val[k] = vals[valueOf{j, ActivationChannel}], vals[e.value(j)]
			}
			if v.ch == ActivationChannel {
				n.compute(i, dst, act, nil, ActivationChannel, workers)
			} else {
				n.follow(i, dst, act, val, workers)
			}
			vals[v] = dst
		}
		for _, v := range e.dropped[i] {
			room.put(vals[v])
			delete(vals, v)
		}
	}
	return vals[e.value(len(n.Nodes)-1)], nil
}

// follow computes the value channel of node i from its inputs val, under the
// linearisation around the activation channel's inputs act.
func (n *Network) follow(i int, dst Matrix, act, val []Matrix, workers int) {
	cols := n.dims[i]
	switch op := n.Nodes[i].Op.(type) {
	case Affine:
		op.Forward(dst, val, ValueChannel, true, workers)
	case Activation:
		eachRow(dst.Rows, cols, workers, func(r int) {
			l := Linearization{Slope: []Matrix{NewMatrix(1, cols)}, Offset: []Matrix{NewMatrix(1, cols)}, rows: 1}
			op.Linearize(l.Slope[0].Row(0), l.Offset[0].Row(0), act[0].Row(r))
			l.apply(0, 0, dst.Row(r), val[0].Row(r), true)
		})
	case Selection:
		eachRow(dst.Rows, cols*op.Pieces(), workers, func(r int) {
			pieces, chosen := make([]uint8, cols), make([]int32, cols)
			op.Choose(pieces, choice.Rows(nil, act, r))
			op.Sources(chosen, pieces)
			choice.Gather(dst.Row(r), choice.Rows(nil, val, r), chosen)
		})
	}
}
