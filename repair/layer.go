package repair

import (
	"slices"

	"github.com/netmend/netmend/internal/blas"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/repair/internal/row"
)

// layer is the operation whose parameters are to change: out output channels
// with in parameters each, of which the bias is the last.
type layer interface {
	size() (out, in int)
	// params are the parameters of the value channel.
	params() *nn.Params
	// change computes dst, by how much the layer's output changes for the inputs
	// h, one a row, when its parameters change by d.
	change(dst, h nn.Matrix, d []float64)
	// row is the constraint's row for gradient g by the layer's output and input h.
	row(g, h []float64) *row.Row
	// rankOne reports whether all rows have rank one.
	rankOne() bool
}

// layerOf returns the layer of an operation.
func layerOf(op nn.Layer) layer {
	if d, ok := op.(*nn.Dense); ok {
		return denseLayer{d}
	}
	return sharedLayer{op}
}

type denseLayer struct{ *nn.Dense }

func (l denseLayer) size() (out, in int) { return l.Weight.Rows, l.Weight.Cols + 1 }
func (l denseLayer) params() *nn.Params  { return l.Channel(nn.ValueChannel) }
func (l denseLayer) rankOne() bool       { return true }

func (l denseLayer) change(dst, h nn.Matrix, d []float64) {
	out, in := l.size()
	w := nn.Matrix{Rows: out, Cols: in - 1, Stride: in, Data: d[:len(d)-1]}
	for r := range dst.Rows {
		to := dst.Row(r)
		for j := range to {
			to[j] = d[j*in+in-1]
		}
	}
	blas.MulNT(dst, h, w, true, 1)
}

func (l denseLayer) row(g, h []float64) *row.Row {
	r := &row.Row{G: append([]float64(nil), g...), H: make([]float64, len(h)+1)}
	r.H[copy(r.H, h)] = 1
	return r
}

// sharedLayer is a convolution: its parameters are shared by all positions, and
// a row is the sum over them of the gradient times the patch of inputs there.
type sharedLayer struct{ nn.Layer }

func (l sharedLayer) size() (out, in int) {
	w := l.params().Weight
	return w.Rows, w.Cols + 1
}
func (l sharedLayer) params() *nn.Params { return l.Channel(nn.ValueChannel) }
func (l sharedLayer) rankOne() bool      { return false }

// unflatten splits out x in numbers into weights, which it shares, and biases.
func (l sharedLayer) unflatten(d []float64) nn.Params {
	out, in := l.size()
	p := nn.Params{Weight: nn.Matrix{Rows: out, Cols: in - 1, Stride: in, Data: d[:len(d)-1]}, Bias: make([]float64, out)}
	for j := range p.Bias {
		p.Bias[j] = d[j*in+in-1]
	}
	return p
}

func (l sharedLayer) change(dst, h nn.Matrix, d []float64) {
	l.WithParams(l.unflatten(d), nil).Forward(dst, []nn.Matrix{h}, nn.ActivationChannel, true, 1)
}

// row leaves out the output channels with no gradient: behind the last
// convolution and a global pool there are two that matter, of a thousand.
func (l sharedLayer) row(g, h []float64) *row.Row {
	out, in := l.size()
	positions := len(g) / out
	r := &row.Row{}
	for c := range out {
		if slices.ContainsFunc(g[c*positions:(c+1)*positions], func(v float64) bool { return v != 0 }) {
			r.Channels = append(r.Channels, int32(c))
		}
	}
	part := l.Layer
	if conv, ok := l.Layer.(*nn.Conv); ok && conv.Groups == 1 {
		part = conv.WithParams(nn.Params{Weight: nn.NewMatrix(len(r.Channels), in-1), Bias: make([]float64, len(r.Channels))}, nil)
		compact := make([]float64, 0, len(r.Channels)*positions)
		for _, c := range r.Channels {
			compact = append(compact, g[int(c)*positions:(int(c)+1)*positions]...)
		}
		g = compact
	} else {
		r.Channels = r.Channels[:0]
		for c := range out {
			r.Channels = append(r.Channels, int32(c))
		}
	}
	n := len(r.Channels)
	r.Blocks = make([]float64, n*in)
	if n == 0 {
		return r
	}
	sum := nn.Params{Weight: nn.Matrix{Rows: n, Cols: in - 1, Stride: in, Data: r.Blocks[:n*in-1]}, Bias: make([]float64, n)}
	part.ParamGradient(&sum, g, h)
	for i, b := range sum.Bias {
		r.Blocks[i*in+in-1] = b
	}
	return r
}
