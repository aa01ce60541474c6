package repair

import (
	"fmt"

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
	// rankOne tells whether all rows have rank one.
	rankOne() bool
}

// layerOf returns the layer of an operation.
func layerOf(op nn.Op) (layer, error) {
	if d, ok := op.(*nn.Dense); ok {
		return denseLayer{d}, nil
	}
	return nil, fmt.Errorf("a %s has no parameters that repair can change", op.Kind())
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
