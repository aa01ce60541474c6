package nn

import (
	"math"

	"github.com/netmend/netmend/internal/blas"
)

// Smallest unit roundoff of float64, 2^-53.
const unit = 0x1p-53

// gamma bounds the relative error of a sum of n products in float64, in any
// order, with or without fused multiply-add: n u / (1 - n u).
func gamma(n int) float64 { return float64(n) * unit / (1 - float64(n)*unit) }

// smoothUlps is the error assumed of math.Tanh, math.Exp and the few operations
// around them, in units of roundoff: the Go library promises none; its
// published errors are below 2.
const smoothUlps = 8

// magnitude is an affine operation that can bound its own rounding errors.
type magnitude interface {
	// terms is the largest number of products summed for one output.
	terms() int
	// absBound bounds dst = |A| |src|, plus |b| where bias is set, from above;
	// where tight is set by that sum itself.
	absBound(dst Matrix, src []Matrix, bias, tight bool)
}

func (d *Dense) terms() int { return d.Weight.Cols + 1 }

// absBound uses Cauchy and Schwarz, |a|.|x| <= |a|_2 |x|_2: a few times larger
// than the sum itself, at the price of a norm instead of a product of matrices.
func (d *Dense) absBound(dst Matrix, src []Matrix, bias, tight bool) {
	p := d.Channel(ValueChannel)
	if tight {
		p.absSum(dst, src[0], bias)
		return
	}
	norms := make([]float64, p.Weight.Rows)
	for j := range norms {
		norms[j] = length(p.Weight.Row(j))
	}
	for r := range dst.Rows {
		out, x := dst.Row(r), length(src[0].Row(r))
		for j, w := range norms {
			out[j] = w * x
			if bias {
				out[j] += math.Abs(p.Bias[j])
			}
		}
	}
}

// absSum computes dst = |Weight| |src|, plus |Bias| where bias is set.
func (p *Params) absSum(dst, src Matrix, bias bool) {
	for r := range dst.Rows {
		x := src.Row(r)
		for j := range p.Weight.Rows {
			sum := 0.0
			for i, w := range p.Weight.Row(j) {
				sum += math.Abs(w * x[i])
			}
			if bias {
				sum += math.Abs(p.Bias[j])
			}
			dst.Row(r)[j] = sum * (1 + gamma(len(x)+4))
		}
	}
}

// length is at least the Euclidean norm of x.
func length(x []float64) float64 {
	return math.Sqrt(blas.Dot(x, x)) * (1 + gamma(len(x)+4))
}

func (s *Scale) terms() int { return 2 }

func (s *Scale) absBound(dst Matrix, src []Matrix, bias, _ bool) {
	for i := range dst.Rows {
		d, x := dst.Row(i), src[0].Row(i)
		for j, f := range s.Factor {
			d[j] = math.Abs(f * x[j])
			if bias {
				d[j] += math.Abs(s.Shift[j])
			}
		}
	}
}

// LocalError returns, for every node of a trace of the value channel, a bound
// on the rounding error that the node itself adds to each of its outputs, given
// its computed inputs: the errors of the inputs are not in it. lin is the
// linearisation the trace was made with, row rowOf[r] for row r; where it does
// not cover an activation, the function itself was applied.
//
// tight asks for sums of absolute values in place of quick bounds of them: a few
// times smaller, and as dear as the evaluation itself without fast kernels.
//
// It returns nil where a node cannot bound its errors.
func (n *Network) LocalError(t *Trace, lin *Linearization, rowOf []int32, tight bool) []Matrix {
	rows := t.x.Rows
	local := make([]Matrix, len(n.Nodes))
	for i, node := range n.Nodes {
		e := NewMatrix(rows, n.dims[i])
		local[i] = e
		switch op := node.Op.(type) {
		case magnitude:
			src := make([]Matrix, len(node.Inputs))
			for k, j := range node.Inputs {
				src[k] = t.of(j)
			}
			op.absBound(e, src, true, tight)
			g := gamma(op.terms() + 1)
			for k, v := range e.Data {
				e.Data[k] = g * v
			}
		case Activation:
			n.activationError(i, e, t, lin, rowOf)
		default:
			return nil
		}
	}
	return local
}

// activationError bounds slope v + offset, two operations, and for a smooth
// function the errors of slope and offset themselves.
func (n *Network) activationError(i int, e Matrix, t *Trace, lin *Linearization, rowOf []int32) {
	_, smooth := n.Nodes[i].Op.(*Smooth)
	v, out := t.of(n.Nodes[i].Inputs[0]), t.of(i)
	for r := range e.Rows {
		d := e.Row(r)
		if lin == nil || lin.Slope[i].Rows == 0 {
			for u, y := range out.Row(r) {
				d[u] = 2 * unit * math.Abs(y)
				if smooth {
					d[u] *= smoothUlps
				}
			}
			continue
		}
		q := r
		if rowOf != nil {
			q = int(rowOf[r])
		}
		s, o := lin.Slope[i].Row(q), lin.Offset[i].Row(q)
		factor := gamma(3)
		if smooth {
			factor = gamma(2 * smoothUlps)
		}
		for u, x := range v.Row(r) {
			d[u] = factor * (math.Abs(s[u]*x) + math.Abs(o[u]))
			if s[u] == 0 {
				d[u] = 0
			}
		}
	}
}

// ErrorBound propagates local errors: a bound on the error of every output of
// the value channel under the fixed linearisation, a bound of |A_i| applied to
// the errors of the inputs, plus the node's own. It is cheap and pessimistic; see
// [Network.PullBack] for the exact propagation of few rows.
func (n *Network) ErrorBound(local []Matrix, lin *Linearization, rowOf []int32) Matrix {
	total := make([]Matrix, len(n.Nodes))
	zero := func(j int) Matrix { return NewMatrix(local[0].Rows, n.Dim(j)) }
	for i, node := range n.Nodes {
		e := NewMatrix(local[i].Rows, n.dims[i])
		total[i] = e
		switch op := node.Op.(type) {
		case magnitude:
			src := make([]Matrix, len(node.Inputs))
			for k, j := range node.Inputs {
				if j == Input {
					src[k] = zero(j)
				} else {
					src[k] = total[j]
				}
			}
			op.absBound(e, src, false, false)
		case Activation:
			in := zero(node.Inputs[0])
			if j := node.Inputs[0]; j != Input {
				in = total[j]
			}
			n.propagate(i, e, in, lin, rowOf)
		}
		for k, v := range local[i].Data {
			e.Data[k] = (e.Data[k] + v) * (1 + 4*unit)
		}
	}
	return total[len(total)-1]
}

// propagate multiplies errors by the slopes of activation node i: the given
// ones, or the steepest of the function.
func (n *Network) propagate(i int, dst, src Matrix, lin *Linearization, rowOf []int32) {
	steepest := 1.0
	if p, ok := n.Nodes[i].Op.(*Piecewise); ok {
		steepest = 0
		for _, s := range p.Slope {
			steepest = max(steepest, math.Abs(s))
		}
	}
	for r := range dst.Rows {
		d, e := dst.Row(r), src.Row(r)
		if lin == nil || lin.Slope[i].Rows == 0 {
			for u, v := range e {
				d[u] = steepest * v
			}
			continue
		}
		q := r
		if rowOf != nil {
			q = int(rowOf[r])
		}
		for u, s := range lin.Slope[i].Row(q) {
			d[u] = math.Abs(s) * e[u]
		}
	}
}
