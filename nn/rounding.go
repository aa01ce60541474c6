package nn

import (
	"math"

	"github.com/netmend/netmend/internal/blas"
)

// unit is the unit roundoff of float64, 2^-53.
const unit = 0x1p-53

// gamma bounds the relative error of a sum of n products in float64, in any
// order, with or without fused multiply-add: n u / (1 - n u).
func gamma(n int) float64 { return float64(n) * unit / (1 - float64(float64(n)*unit)) }

// smoothUlps is the error assumed of the functions of package portable and the
// few operations around them, in units of roundoff: that package tests theirs
// against proven enclosures, at most 2 units in the last place, which are 4.
const smoothUlps = 8

// magnitude is an affine operation that can bound its own rounding errors.
type magnitude interface {
	// terms is the largest number of products summed for one output.
	terms() int
	// absBound bounds dst = |A| |src|, plus |b| where bias is set, from above;
	// where tight is set by that sum itself.
	absBound(dst Matrix, src []Matrix, ch Channel, bias, tight bool)
	// absBackward adds |A|^T grad to dsrc for grad >= 0, in the value channel.
	absBackward(dsrc []Matrix, grad Matrix)
}

// AbsForward computes dst = |A| |src| + |b| of an affine operation y = A src + b, or
// a little more: how large the terms are that y is summed from. It is false, and
// dst untouched, for operations that this package does not know.
func AbsForward(op Affine, dst Matrix, src []Matrix, ch Channel) bool {
	m, ok := op.(magnitude)
	if ok {
		m.absBound(dst, src, ch, true, true)
	}
	return ok
}

func (d *Dense) terms() int { return d.Weight.Cols + 1 }

// absBound uses Cauchy and Schwarz, |a|.|x| <= |a|_2 |x|_2: a few times larger
// than the sum itself, at the price of a norm instead of a product of matrices.
func (d *Dense) absBound(dst Matrix, src []Matrix, ch Channel, bias, tight bool) {
	p := d.Channel(ch)
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
			out[j] = float64(w * x)
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
			dst.Row(r)[j] = float64(sum * (1 + gamma(len(x)+4)))
		}
	}
}

func (d *Dense) absBackward(dsrc []Matrix, grad Matrix) {
	w := d.Channel(ValueChannel).Weight
	for r := range grad.Rows {
		dst := dsrc[0].Row(r)
		for j, g := range grad.Row(r) {
			if g == 0 {
				continue
			}
			for i, v := range w.Row(j) {
				dst[i] += float64(math.Abs(v) * g)
			}
		}
	}
}

// length is at least the Euclidean norm of x.
func length(x []float64) float64 {
	return float64(math.Sqrt(blas.Dot(x, x)) * (1 + gamma(len(x)+4)))
}

func (s *Scale) terms() int { return 2 }

func (s *Scale) absBound(dst Matrix, src []Matrix, _ Channel, bias, _ bool) {
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

func (s *Scale) absBackward(dsrc []Matrix, grad Matrix) {
	for i := range grad.Rows {
		d, g := dsrc[0].Row(i), grad.Row(i)
		for j, f := range s.Factor {
			d[j] += float64(math.Abs(f) * g[j])
		}
	}
}

// Rounding bounds the rounding errors of a trace.
type Rounding struct {
	// Local is, for every node, the error that the node itself adds to each of
	// its outputs, given its computed inputs.
	Local []Matrix
	// Total is, for every node, the error of each of its outputs, those of its
	// inputs propagated by absolute values: cheap and pessimistic. See
	// [Network.GradientBounds] for better.
	Total []Matrix
}

// RoundingOf bounds the rounding errors of a trace, in real arithmetic on the
// stored parameters and inputs. lin is the linearisation the trace was made
// with, row rowOf[r] for row r; nil, or where it does not cover an activation,
// the function itself was applied. tight asks for sums of absolute values in
// place of quick bounds of them: a few times smaller, and more expensive than the
// evaluation itself.
//
// For smooth functions the bound trusts the Go library to be within 8 units of
// roundoff; the rounding of the activation channel, on which their
// linearisation depends, is bounded from activation, its own [Rounding] and
// trace, which may be nil for piecewise-affine networks.
func (n *Network) RoundingOf(t *Trace, ch Channel, lin *Linearization, rowOf []int32, tight bool, activation *Centre) *Rounding {
	return n.RoundingFrom(0, t, ch, lin, rowOf, tight, activation)
}

// RoundingFrom is [Network.RoundingOf] for the nodes from..end alone, given the
// values of the nodes before as they were computed: matrices of those have no rows.
func (n *Network) RoundingFrom(from int, t *Trace, ch Channel, lin *Linearization, rowOf []int32, tight bool, activation *Centre) *Rounding {
	rows := t.x.Rows
	b := &Rounding{Local: make([]Matrix, len(n.Nodes)), Total: make([]Matrix, len(n.Nodes))}
	given := map[int]Matrix{} // exact
	errorOf := func(j int) Matrix {
		if j >= from {
			return b.Total[j]
		}
		m, ok := given[j]
		if !ok {
			m = NewMatrix(rows, n.Dim(j))
			given[j] = m
		}
		return m
	}
	for i, node := range n.Nodes {
		if i < from {
			continue
		}
		local, total := NewMatrix(rows, n.dims[i]), NewMatrix(rows, n.dims[i])
		b.Local[i], b.Total[i] = local, total
		switch op := node.Op.(type) {
		case magnitude:
			src, errs := make([]Matrix, len(node.Inputs)), make([]Matrix, len(node.Inputs))
			for k, j := range node.Inputs {
				src[k], errs[k] = t.of(j), errorOf(j)
			}
			op.absBound(local, src, ch, true, tight)
			g := gamma(op.terms() + 1)
			for k := range local.Data {
				local.Data[k] = float64(local.Data[k] * g)
			}
			op.absBound(total, errs, ch, false, tight)
		case Activation:
			n.activationError(i, local, errorOf(node.Inputs[0]), t, lin, rowOf, activation)
			n.propagate(i, total, errorOf(node.Inputs[0]), lin, rowOf)
		case Selection:
			// A copy is exact. The maximum of numbers that err is off by no more than
			// the largest of their errors.
			errs := make([]Matrix, len(node.Inputs))
			for k, j := range node.Inputs {
				errs[k] = errorOf(j)
			}
			for r := range rows {
				x := rowsOf(nil, errs, r)
				if lin.covers(i) {
					gather(total.Row(r), x, lin.at(rowOf, i, r))
				} else {
					op.Apply(total.Row(r), x)
				}
			}
		default:
			panic("nn: no rounding errors are known of a " + op.Kind())
		}
		for k, v := range local.Data {
			total.Data[k] = float64((total.Data[k] + v) * (1 + 4*unit))
		}
	}
	return b
}

// Centre is the activation channel's trace and its rounding errors, around
// which smooth functions are linearised.
type Centre struct {
	Trace    *Trace
	Rounding *Rounding
}

// activationError bounds slope v + offset, two operations, and for a smooth
// function the errors of slope and offset themselves; errs are those of v.
func (n *Network) activationError(i int, e, errs Matrix, t *Trace, lin *Linearization, rowOf []int32, c *Centre) {
	f, smooth := n.Nodes[i].Op.(*Smooth)
	in := n.Nodes[i].Inputs[0]
	v, out := t.of(in), t.of(i)
	for r := range e.Rows {
		d := e.Row(r)
		if lin == nil || lin.Slope[i].Rows == 0 {
			for u, y := range out.Row(r) {
				d[u] = float64(2 * unit * math.Abs(y))
				if smooth {
					d[u] = float64(2 * smoothUlps * unit * f.scale(v.Row(r)[u]))
				}
			}
			continue
		}
		q := r
		if rowOf != nil {
			q = int(rowOf[r])
		}
		s, o := lin.Slope[i].Row(q), lin.Offset[i].Row(q)
		for u, x := range v.Row(r) {
			switch {
			case smooth:
				// The errors of the slope are those of f, relative to its largest.
				d[u] = float64(gamma(2*smoothUlps) * (float64((f.steepest+math.Abs(s[u]))*math.Abs(x)) + math.Abs(o[u]) + float64(2*f.scale(0))))
				if c == nil {
					continue
				}
				z, e := c.Trace.of(in).Row(r)[u], 0.0
				if in != Input {
					e = c.Rounding.Total[in].Row(r)[u]
					d[u] += float64(f.slopeChange(z, e) * (math.Abs(x-z) + e + errs.Row(r)[u]))
				}
				d[u] += float64(gamma(2*smoothUlps) * (f.scale(z) + float64(f.steepest*errs.Row(r)[u])))
			case s[u] != 0:
				d[u] = float64(gamma(3) * (math.Abs(s[u]*x) + math.Abs(o[u])))
			}
		}
	}
}

// propagate multiplies errors by the slopes of activation node i: the given
// ones, or the steepest of the function.
func (n *Network) propagate(i int, dst, src Matrix, lin *Linearization, rowOf []int32) {
	steepest := 0.0
	switch f := n.Nodes[i].Op.(type) {
	case *Piecewise:
		for _, s := range f.Slope {
			steepest = max(steepest, math.Abs(s))
		}
	case *Smooth:
		steepest = f.steepest
	default:
		panic("nn: no slopes are known of a " + f.Kind())
	}
	for r := range dst.Rows {
		d, e := dst.Row(r), src.Row(r)
		if lin == nil || lin.Slope[i].Rows == 0 {
			for u, v := range e {
				d[u] = float64(steepest * v)
			}
			continue
		}
		q := r
		if rowOf != nil {
			q = int(rowOf[r])
		}
		for u, s := range lin.Slope[i].Row(q) {
			d[u] = float64(math.Abs(s) * e[u])
		}
	}
}
