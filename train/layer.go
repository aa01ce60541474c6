package train

import (
	"fmt"

	"github.com/netmend/netmend/internal/blas"
	"github.com/netmend/netmend/nn"
)

// layer is a trained layer: its parameters as flat vectors, which the network's
// operation shares, their gradients, their values at the start, and the rules
// that move them.
type layer struct {
	node                       int
	weights, gradients, origin [][]float64
	steps                      []stepper
	// backward writes the gradients, given the layer's input and the gradient
	// by its output.
	backward func(src, grad nn.Matrix, workers int)
}

// newLayer makes node i of the network trainable: it gets an operation of its
// own, whose parameters may be written.
func newLayer(net *nn.Network, i int, o Optimizer) (*layer, error) {
	l := &layer{node: i}
	switch op := net.Nodes[i].Op.(type) {
	case *nn.Dense:
		own := &nn.Dense{Params: op.Params.Clone()}
		net.Nodes[i].Op = own
		gradient := nn.Params{Weight: nn.NewMatrix(own.Weight.Rows, own.Weight.Cols), Bias: make([]float64, len(own.Bias))}
		l.weights = [][]float64{own.Weight.Data, own.Bias}
		l.gradients = [][]float64{gradient.Weight.Data, gradient.Bias}
		l.backward = func(src, grad nn.Matrix, workers int) { denseGradient(&gradient, src, grad, workers) }
	default:
		return nil, fmt.Errorf("node %d (%s %q) has no parameters that can be trained", i, op.Kind(), net.Nodes[i].Name)
	}
	for _, w := range l.weights {
		l.origin = append(l.origin, append([]float64(nil), w...))
		l.steps = append(l.steps, o.start(len(w)))
	}
	return l, nil
}

// denseGradient computes the gradients of y = W x + b: grad^T x and the sum of
// grad over the samples.
func denseGradient(g *nn.Params, src, grad nn.Matrix, workers int) {
	blas.MulTN(g.Weight, grad, src, false, workers)
	clear(g.Bias)
	for r := range grad.Rows {
		blas.Axpy(1, grad.Row(r), g.Bias)
	}
}

// step moves the parameters after their gradients.
func (l *layer) step() {
	for s, w := range l.weights {
		l.steps[s].step(w, l.gradients[s])
	}
}
