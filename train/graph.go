package train

import (
	"fmt"
	"slices"

	"github.com/netmend/netmend/internal/parallel"
	"github.com/netmend/netmend/nn"
)

// graph evaluates a network on a batch and takes gradients back through it. It
// keeps the memory for both, so that a step allocates next to nothing.
type graph struct {
	net *nn.Network
	// live marks the nodes whose value depends on a trained parameter.
	live []bool
	// Memory of a full batch, by node, and the views of the present one.
	x                 nn.Matrix
	value, gradient   []nn.Matrix
	values, gradients []nn.Matrix
	in                nn.Matrix
	src               []nn.Matrix
	trained           map[int]*layer
}

func newGraph(net *nn.Network, layers []*layer, batch int) (graph, error) {
	n := len(net.Nodes)
	g := graph{
		net: net, live: make([]bool, n), x: nn.NewMatrix(batch, net.InDim()),
		value: make([]nn.Matrix, n), gradient: make([]nn.Matrix, n),
		values: make([]nn.Matrix, n), gradients: make([]nn.Matrix, n),
		trained: map[int]*layer{},
	}
	for _, l := range layers {
		g.live[l.node] = true
		g.trained[l.node] = l
	}
	for i, node := range net.Nodes {
		switch node.Op.(type) {
		case nn.Affine, nn.Activation, nn.Selection:
		default:
			return g, fmt.Errorf("node %d (%s %q): networks with it cannot be trained", i, node.Op.Kind(), node.Name)
		}
		for _, j := range node.Inputs {
			if j != nn.Input && g.live[j] {
				g.live[i] = true
			}
		}
		g.value[i] = nn.NewMatrix(batch, net.Dim(i))
		if g.live[i] {
			g.gradient[i] = nn.NewMatrix(batch, net.Dim(i))
		}
	}
	return g, nil
}

// forward evaluates the network at the samples with the given indices.
func (g *graph) forward(x nn.Matrix, indices []int, workers int) nn.Matrix {
	rows := len(indices)
	g.in = g.x.Slice(0, rows)
	for r, k := range indices {
		copy(g.in.Row(r), x.Row(k))
	}
	for i, node := range g.net.Nodes {
		dst := g.value[i].Slice(0, rows)
		g.values[i] = dst
		switch op := node.Op.(type) {
		case nn.Affine:
			op.Forward(dst, g.sources(node), nn.ValueChannel, true, workers)
		case nn.Activation:
			z := g.of(node.Inputs[0])
			inParallel(rows, dst.Cols, workers, func(from, to int) {
				for r := from; r < to; r++ {
					op.Apply(dst.Row(r), z.Row(r))
				}
			})
		case nn.Selection:
			src := g.sources(node)
			inParallel(rows, dst.Cols*op.Pieces(), workers, func(from, to int) {
				for r := from; r < to; r++ {
					op.Apply(dst.Row(r), samples(src, r))
				}
			})
		}
	}
	return g.values[len(g.values)-1]
}

func (g *graph) of(i int) nn.Matrix {
	if i == nn.Input {
		return g.in
	}
	return g.values[i]
}

// sources are the values of a node's inputs.
func (g *graph) sources(node nn.Node) []nn.Matrix {
	g.src = g.src[:0]
	for _, j := range node.Inputs {
		g.src = append(g.src, g.of(j))
	}
	return g.src
}

// outputGradient is where the gradient by the output belongs, before backward.
func (g *graph) outputGradient() nn.Matrix {
	last := len(g.gradient) - 1
	return g.gradient[last].Slice(0, g.in.Rows)
}

// backward takes the gradient by the output back to the trained layers.
func (g *graph) backward(workers int) {
	last := len(g.net.Nodes) - 1
	for i := range g.gradient {
		if g.live[i] {
			g.gradients[i] = g.gradient[i].Slice(0, g.in.Rows)
			if i < last {
				clear(g.gradients[i].Data)
			}
		}
	}
	for i := last; i >= 0; i-- {
		if !g.live[i] {
			continue
		}
		node, grad := g.net.Nodes[i], g.gradients[i]
		if l := g.trained[i]; l != nil {
			l.backward(g.of(node.Inputs[0]), grad, workers)
		}
		g.src = g.src[:0]
		any := false
		for _, j := range node.Inputs {
			if j == nn.Input || !g.live[j] {
				g.src = append(g.src, nn.Matrix{})
				continue
			}
			g.src = append(g.src, g.gradients[j])
			any = true
		}
		if !any {
			continue
		}
		switch op := node.Op.(type) {
		case nn.Affine:
			op.Backward(g.src, grad, nn.ValueChannel, workers)
		case nn.Activation:
			throughActivation(op, g.src[0], grad, g.of(node.Inputs[0]), workers)
		case nn.Selection:
			dst := slices.Clone(g.src)
			throughSelection(op, dst, grad, g.sources(node), workers)
		}
	}
}

// samples are the samples of row r of several batches.
func samples(src []nn.Matrix, r int) [][]float64 {
	rows := make([][]float64, len(src))
	for k, m := range src {
		rows[k] = m.Row(r)
	}
	return rows
}

// throughSelection adds the gradients of the outputs to those of the inputs that
// they copy, where these are asked for.
func throughSelection(op nn.Selection, dst []nn.Matrix, grad nn.Matrix, src []nn.Matrix, workers int) {
	inParallel(grad.Rows, grad.Cols*op.Pieces(), workers, func(from, to int) {
		piece := make([]uint8, grad.Cols)
		for r := from; r < to; r++ {
			op.Choose(piece, samples(src, r))
			for u, v := range grad.Row(r) {
				k, at := 0, op.Source(u, int(piece[u]))
				for at >= src[k].Cols {
					at -= src[k].Cols
					k++
				}
				if dst[k].Rows > 0 {
					dst[k].Row(r)[at] += v
				}
			}
		}
	})
}

// throughActivation adds f'(z) grad to dst.
func throughActivation(op nn.Activation, dst, grad, z nn.Matrix, workers int) {
	inParallel(grad.Rows, grad.Cols, workers, func(from, to int) {
		slope, offset := make([]float64, grad.Cols), make([]float64, grad.Cols)
		for r := from; r < to; r++ {
			op.Linearize(slope, offset, z.Row(r))
			d := dst.Row(r)
			for u, v := range grad.Row(r) {
				d[u] += float64(slope[u] * v)
			}
		}
	})
}

// parallelElements is the number of elements for which one more goroutine pays.
const parallelElements = 1 << 15

// inParallel calls f for ranges of rows. Rows do not depend on each other, so
// neither does the result on the split.
func inParallel(rows, cols, workers int, f func(from, to int)) {
	workers = max(1, min(workers, rows, rows*cols/parallelElements))
	parallel.Ranges(rows, max(1, (rows+workers-1)/workers), workers, f)
}
