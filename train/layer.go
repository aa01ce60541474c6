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
	op, ok := net.Nodes[i].Op.(nn.Layer)
	if !ok {
		return nil, fmt.Errorf("node %d (%s %q) has no parameters that can be trained", i, net.Nodes[i].Op.Kind(), net.Nodes[i].Name)
	}
	own := op.Channel(nn.ActivationChannel).Clone()
	op = op.WithParams(own, nil)
	net.Nodes[i].Op = op
	gradient := zeroParams(own)
	l := &layer{
		node:      i,
		weights:   [][]float64{own.Weight.Data, own.Bias},
		gradients: [][]float64{gradient.Weight.Data, gradient.Bias},
	}
	if _, dense := op.(*nn.Dense); dense {
		l.backward = func(src, grad nn.Matrix, workers int) { denseGradient(&gradient, src, grad, workers) }
	} else {
		s := &summed{layer: op, dst: gradient}
		l.backward = s.gradient
	}
	for _, w := range l.weights {
		l.origin = append(l.origin, append([]float64(nil), w...))
		l.steps = append(l.steps, o.start(len(w)))
	}
	return l, nil
}

// zeroParams are parameters of the same shape, all 0.
func zeroParams(p nn.Params) nn.Params {
	return nn.Params{Weight: nn.NewMatrix(p.Weight.Rows, p.Weight.Cols), Bias: make([]float64, len(p.Bias))}
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

// shares is the number of parts in which the samples of a batch are summed, each
// in its own memory. It is fixed, so that the sum does not depend on the workers.
const shares = 8

// summed is the gradient of a layer that sums over positions, such as a
// convolution.
type summed struct {
	layer nn.Layer
	dst   nn.Params
	parts []nn.Params
}

// gradient writes the sum of the samples' gradients.
func (s *summed) gradient(src, grad nn.Matrix, workers int) {
	n := min(shares, grad.Rows)
	for len(s.parts) < n {
		s.parts = append(s.parts, zeroParams(s.dst))
	}
	inParallel(n, parallelElements, workers, func(from, to int) {
		for k := from; k < to; k++ {
			p := &s.parts[k]
			clear(p.Weight.Data)
			clear(p.Bias)
			for r := k * grad.Rows / n; r < (k+1)*grad.Rows/n; r++ {
				s.layer.ParamGradient(p, grad.Row(r), src.Row(r))
			}
		}
	})
	clear(s.dst.Weight.Data)
	clear(s.dst.Bias)
	for _, p := range s.parts[:n] {
		blas.Axpy(1, p.Weight.Data, s.dst.Weight.Data)
		blas.Axpy(1, p.Bias, s.dst.Bias)
	}
}

// step moves the parameters after their gradients.
func (l *layer) step() {
	for s, w := range l.weights {
		l.steps[s].step(w, l.gradients[s])
	}
}
