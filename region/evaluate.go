package region

import (
	"math"

	"github.com/netmend/netmend/internal/blas"
	"github.com/netmend/netmend/internal/rounding"
	"github.com/netmend/netmend/nn"
)

// evaluator computes the blocks of one stage from those of the stage before,
// one vertex a row. It belongs to one goroutine and allocates nothing once its
// buffers have grown.
//
// A row's result does not depend on the rows beside it, to the bit (see package
// blas), so it does not matter in which batches vertices are evaluated.
type evaluator struct {
	p      *plan
	vals   []nn.Matrix // vals[j+1]: values of node j, as far as computed
	buffer [][]float64 // buffer[j+1]: scratch of node j
	src    []nn.Matrix
}

func newEvaluator(p *plan) *evaluator {
	n := len(p.net.Nodes) + 1
	return &evaluator{p: p, vals: make([]nn.Matrix, n), buffer: make([][]float64, n)}
}

// enter computes the blocks of stage 0 at the rows of x.
func (e *evaluator) enter(out, x nn.Matrix) {
	e.vals[nn.Input+1] = x
	to := &e.p.stages[0]
	e.run(e.p.entry, to, out)
	if off := to.offset(nn.Input); off >= 0 {
		copyColumns(out, off, x, 0, x.Cols)
	}
}

// advance computes the blocks of stage s + 1 from those of stage s.
func (e *evaluator) advance(s int, out, in nn.Matrix) {
	from, to := &e.p.stages[s], &e.p.stages[s+1]
	for _, j := range from.carry {
		e.vals[j+1] = in.Columns(from.offset(j), e.p.net.Dim(j))
		if off := to.offset(j); off >= 0 {
			copyColumns(out, off, in, from.offset(j), e.p.net.Dim(j))
		}
	}
	dst := e.place(from.node, to, out)
	e.vals[from.node+1] = dst
	for r := range in.Rows {
		from.op.Apply(dst.Row(r), in.Row(r)[:from.units])
	}
	e.run(from.steps, to, out)
}

// run evaluates nodes in order; what the stage carries goes to out.
func (e *evaluator) run(steps []step, to *stage, out nn.Matrix) {
	for i := range steps {
		st := &steps[i]
		dst := e.place(st.node, to, out)
		e.vals[st.node+1] = dst
		switch op := st.op.(type) {
		case *nn.Dense:
			for r := range dst.Rows {
				copy(dst.Row(r), st.bias)
			}
			blas.MulNN(dst, e.vals[st.inputs[0]+1], st.weight, true, 1)
		case nn.Affine:
			e.src = e.src[:0]
			for _, j := range st.inputs {
				e.src = append(e.src, e.vals[j+1])
			}
			op.Forward(dst, e.src, nn.ActivationChannel, true, 1)
		case nn.Activation:
			z := e.vals[st.inputs[0]+1]
			for r := range dst.Rows {
				op.Apply(dst.Row(r), z.Row(r))
			}
		}
	}
}

// place is where the values of a node go: into the block of the stage that
// carries it, or into scratch.
func (e *evaluator) place(node int, to *stage, out nn.Matrix) nn.Matrix {
	dim := e.p.net.Dim(node)
	if off := to.offset(node); off >= 0 {
		return out.Columns(off, dim)
	}
	if len(e.buffer[node+1]) < out.Rows*dim {
		e.buffer[node+1] = make([]float64, out.Rows*dim)
	}
	return nn.Matrix{Rows: out.Rows, Cols: dim, Stride: dim, Data: e.buffer[node+1]}
}

func copyColumns(dst nn.Matrix, to int, src nn.Matrix, from, n int) {
	for r := range src.Rows {
		copy(dst.Row(r)[to:to+n], src.Row(r)[from:])
	}
}

// magnitudes returns, for each unit of stage s + 1 (of stage 0 for s = -1), how
// large the terms are that its value is summed from: the largest absolute values
// in the batch last passed to advance (enter), sent through the absolute values
// of the weights. The batch is taken in groups, the rows ends[g-1] to ends[g]; the
// result has one row a group.
func (e *evaluator) magnitudes(s int, ends []int) nn.Matrix {
	steps, inputs := e.p.entry, []int{nn.Input}
	if s >= 0 {
		from := &e.p.stages[s]
		steps, inputs = from.steps, append([]int{from.node}, from.carry...)
	}
	size := make(map[int]nn.Matrix)
	for _, j := range inputs {
		size[j] = groupMax(e.vals[j+1], ends)
	}
	for i := range steps {
		st := &steps[i]
		switch op := st.op.(type) {
		case *nn.Dense:
			y := nn.NewMatrix(len(ends), len(st.bias))
			for g := range ends {
				for k, b := range st.bias {
					y.Row(g)[k] = math.Abs(b)
				}
			}
			blas.MulNN(y, size[st.inputs[0]], st.abs, true, 1)
			size[st.node] = y
		case *nn.Scale:
			y := nn.NewMatrix(len(ends), len(op.Factor))
			for g := range ends {
				for k, f := range op.Factor {
					y.Row(g)[k] = float64(math.Abs(f)*size[st.inputs[0]].Row(g)[k]) + math.Abs(op.Shift[k])
				}
			}
			size[st.node] = y
		case nn.Affine:
			src := make([]nn.Matrix, len(st.inputs))
			for k, j := range st.inputs {
				src[k] = size[j]
			}
			y := nn.NewMatrix(len(ends), e.p.net.Dim(st.node))
			if !rounding.AbsForward(op, y, src, nn.ActivationChannel) {
				y = groupMax(e.vals[st.node+1], ends)
			}
			size[st.node] = y
		default:
			size[st.node] = groupMax(e.vals[st.node+1], ends)
		}
	}
	return size[e.p.net.Nodes[e.p.stages[s+1].node].Inputs[0]]
}

// groupMax is the largest absolute value of each group of rows in each column.
func groupMax(m nn.Matrix, ends []int) nn.Matrix {
	y := nn.NewMatrix(len(ends), m.Cols)
	r := 0
	for g, end := range ends {
		top := y.Row(g)
		for ; r < end; r++ {
			for k, v := range m.Row(r) {
				top[k] = max(top[k], math.Abs(v))
			}
		}
	}
	return y
}
