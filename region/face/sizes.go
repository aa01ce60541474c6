package face

import (
	"math"

	"github.com/netmend/netmend/internal/rounding"
	"github.com/netmend/netmend/internal/vector"
	"github.com/netmend/netmend/nn"
)

// Sizes tells how large the terms are that the values of the activation
// channel are summed from. Rounding errors are relative to these, not to the
// value itself, which is small where the terms cancel.
type Sizes struct {
	net *nn.Network
	// norms has the Euclidean norm of every row of a dense node's weights.
	norms [][]float64
	// abs has every convolution with the absolute values of its parameters.
	abs []nn.Layer
}

// NewSizes prepares for the traces of a network.
func NewSizes(net *nn.Network) *Sizes {
	s := &Sizes{net: net, norms: make([][]float64, len(net.Nodes)), abs: make([]nn.Layer, len(net.Nodes))}
	for i, node := range net.Nodes {
		if c, ok := node.Op.(*nn.Conv); ok {
			s.abs[i] = absolute(c)
		}
		d, ok := node.Op.(*nn.Dense)
		if !ok {
			continue
		}
		w := d.Channel(nn.ActivationChannel).Weight
		for u := range w.Rows {
			s.norms[i] = append(s.norms[i], math.Sqrt(vector.Dot(w.Row(u), w.Row(u))))
		}
	}
	return s
}

// absolute is a convolution with the absolute values of the activation channel's
// parameters.
func absolute(c *nn.Conv) nn.Layer {
	p := c.Channel(nn.ActivationChannel).Clone()
	for i, v := range p.Weight.Data {
		p.Weight.Data[i] = math.Abs(v)
	}
	for i, v := range p.Bias {
		p.Bias[i] = math.Abs(v)
	}
	return c.WithParams(p, nil)
}

// inherited: errors of a node's inputs come from terms that may be much larger
// than the inputs; they count with this part of the largest.
const inherited = 0x1p-10

// At returns the sizes at row r of a trace, indexed by node + 1 and unit: |w| |h|
// + |b| for a dense node, the sum of the terms for a convolution, the value itself
// for an activation. reach is the size of the numbers that the inputs were computed from, such
// as the ends of a segment; 0 if they are exact.
func (s *Sizes) At(t *nn.Trace, r int, reach float64) [][]float64 {
	size := make([][]float64, len(s.net.Nodes)+1)
	top := make([]float64, len(size)) // largest size of a node and those it depends on alone
	size[0] = abs(t.Of(nn.Input).Row(r))
	top[0] = max(largest(size[0]), reach)
	for i, v := range size[0] {
		size[0][i] = max(v, float64(inherited*reach))
	}
	for i, node := range s.net.Nodes {
		floor := 0.0
		for _, j := range node.Inputs {
			floor = max(floor, inherited*top[j+1])
		}
		y := abs(t.Of(i).Row(r))
		size[i+1] = y
		switch op := node.Op.(type) {
		case *nn.Dense:
			h := t.Of(node.Inputs[0]).Row(r)
			in := max(math.Sqrt(vector.Dot(h, h)), floor)
			for u, b := range op.Channel(nn.ActivationChannel).Bias {
				y[u] = float64(s.norms[i][u]*in) + math.Abs(b)
			}
		case *nn.Conv:
			h := nn.RowMatrix(abs(t.Of(node.Inputs[0]).Row(r)))
			for u := range h.Data {
				h.Data[u] = max(h.Data[u], floor)
			}
			s.abs[i].Forward(nn.RowMatrix(y), []nn.Matrix{h}, nn.ActivationChannel, true, 1)
		case *nn.Scale:
			h := t.Of(node.Inputs[0]).Row(r)
			for u, f := range op.Factor {
				y[u] = float64(math.Abs(f)*max(math.Abs(h[u]), floor)) + math.Abs(op.Shift[u])
			}
		case nn.Affine:
			in := make([]nn.Matrix, len(node.Inputs))
			for k, j := range node.Inputs {
				in[k] = nn.RowMatrix(abs(t.Of(j).Row(r)))
				for u, v := range in[k].Data {
					in[k].Data[u] = max(v, floor)
				}
			}
			if !rounding.AbsForward(op, nn.RowMatrix(y), in, nn.ActivationChannel) {
				for u := range y {
					y[u] = max(y[u], floor)
				}
			}
		default:
			for u := range y {
				y[u] = max(y[u], floor)
			}
		}
		top[i+1] = largest(y)
		switch node.Op.(type) {
		case nn.Layer, *nn.Scale:
		default: // it passes errors on as they are
			for _, j := range node.Inputs {
				top[i+1] = max(top[i+1], top[j+1])
			}
		}
	}
	return size
}

func abs(x []float64) []float64 {
	y := make([]float64, len(x))
	for i, v := range x {
		y[i] = math.Abs(v)
	}
	return y
}

func largest(x []float64) float64 {
	m := 0.0
	for _, v := range x {
		m = max(m, v)
	}
	return m
}
