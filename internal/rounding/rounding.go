// Package rounding bounds the rounding errors of float64 evaluations of networks.
package rounding

import (
	"math"

	"github.com/netmend/netmend/internal/choice"
	"github.com/netmend/netmend/nn"
)

// Unit is the unit roundoff of float64, 2^-53.
const Unit = 0x1p-53

const unit = Unit

// gamma bounds the relative error of a sum of n products in float64, in any
// order, with or without fused multiply-add: n u / (1 - n u).
func gamma(n int) float64 { return float64(n) * unit / (1 - float64(float64(n)*unit)) }

// smoothUlps is the error assumed of the functions of package portable and the
// few operations around them, in units of roundoff: that package tests theirs
// against proven enclosures, at most 2 units in the last place, which are 4.
const smoothUlps = 8

// magnitude is an affine operation y = A x + b whose rounding errors can be bounded.
type magnitude interface {
	// terms is the largest number of products summed for one output; exactTerms where
	// outputs are copies.
	terms() int
	// absBound bounds dst = |A| |src|, plus |b| where bias is set, from above;
	// where tight is set by that sum itself.
	absBound(dst nn.Matrix, src []nn.Matrix, ch nn.Channel, bias, tight bool)
	// absBackward adds |A|^T grad to dsrc for grad >= 0, in the value channel.
	absBackward(dsrc []nn.Matrix, grad nn.Matrix)
}

// exactTerms makes the error bound of an operation that copies zero.
const exactTerms = -1

// magnitudeOf is false for operations whose rounding errors are not known.
func magnitudeOf(op nn.Op) (magnitude, bool) {
	switch op := op.(type) {
	case *nn.Dense:
		return dense{op}, true
	case *nn.Conv:
		return conv{op}, true
	case *nn.ConvTranspose:
		return convTranspose{op}, true
	case *nn.Scale:
		return scale{op}, true
	case *nn.Sum:
		return sum{op}, true
	case *nn.AveragePool:
		return averagePool{op}, true
	case *nn.Reduce:
		return reduce{op}, true
	case *nn.Concat:
		return concat{op}, true
	case *nn.Take:
		return take{op}, true
	}
	return nil, false
}

// The affine operations of package nn.
type (
	dense       struct{ *nn.Dense }
	conv        struct{ *nn.Conv }
	scale       struct{ *nn.Scale }
	sum         struct{ *nn.Sum }
	averagePool struct{ *nn.AveragePool }
	reduce      struct{ *nn.Reduce }
	concat      struct{ *nn.Concat }
	take        struct{ *nn.Take }
)

// AbsForward computes dst = |A| |src| + |b| of an affine operation y = A src + b, or
// a little more: how large the terms are that y is summed from. It is false, and
// dst untouched, for operations that this package does not know.
func AbsForward(op nn.Affine, dst nn.Matrix, src []nn.Matrix, ch nn.Channel) bool {
	m, ok := magnitudeOf(op)
	if ok {
		m.absBound(dst, src, ch, true, true)
	}
	return ok
}

// Bounds are bounds of the rounding errors of a trace.
type Bounds struct {
	// Local is, for every node, the error that the node itself adds to each of
	// its outputs, given its computed inputs.
	Local []nn.Matrix
	// Total is, for every node, the error of each of its outputs, those of its
	// inputs propagated by absolute values: cheap and pessimistic. See
	// [GradientBounds] for better.
	Total []nn.Matrix
}

// Of bounds the rounding errors of a trace, in real arithmetic on the
// stored parameters and inputs. lin is the linearisation the trace was made
// with, row rowOf[r] for row r; nil, or where it does not cover an activation,
// the function itself was applied. tight asks for sums of absolute values in
// place of quick bounds of them: a few times smaller, and more expensive than the
// evaluation itself.
//
// For smooth functions the bound trusts the Go library to be within 8 units of
// roundoff; the rounding of the activation channel, on which their
// linearisation depends, is bounded from activation, its own [Bounds] and
// trace, which may be nil for piecewise-affine networks.
func Of(n *nn.Network, t *nn.Trace, ch nn.Channel, lin *nn.Linearization, rowOf []int32, tight bool, activation *Centre) *Bounds {
	return From(n, 0, t, ch, lin, rowOf, tight, activation)
}

// From is [Of] for the nodes from..end alone, given the
// values of the nodes before as they were computed: matrices of those have no rows.
func From(n *nn.Network, from int, t *nn.Trace, ch nn.Channel, lin *nn.Linearization, rowOf []int32, tight bool, activation *Centre) *Bounds {
	rows := t.Of(nn.Input).Rows
	b := &Bounds{Local: make([]nn.Matrix, len(n.Nodes)), Total: make([]nn.Matrix, len(n.Nodes))}
	given := map[int]nn.Matrix{} // exact
	errorOf := func(j int) nn.Matrix {
		if j >= from {
			return b.Total[j]
		}
		m, ok := given[j]
		if !ok {
			m = nn.NewMatrix(rows, n.Dim(j))
			given[j] = m
		}
		return m
	}
	for i, node := range n.Nodes {
		if i < from {
			continue
		}
		local, total := nn.NewMatrix(rows, n.Dim(i)), nn.NewMatrix(rows, n.Dim(i))
		b.Local[i], b.Total[i] = local, total
		switch op := node.Op.(type) {
		case nn.Affine:
			m, ok := magnitudeOf(op)
			if !ok {
				panic("rounding: no rounding errors are known of a " + op.Kind())
			}
			src, errs := make([]nn.Matrix, len(node.Inputs)), make([]nn.Matrix, len(node.Inputs))
			for k, j := range node.Inputs {
				src[k], errs[k] = t.Of(j), errorOf(j)
			}
			m.absBound(local, src, ch, true, tight)
			g := gamma(m.terms() + 1)
			for k := range local.Data {
				local.Data[k] = float64(local.Data[k] * g)
			}
			m.absBound(total, errs, ch, false, tight)
		case nn.Activation:
			activationError(n, i, local, errorOf(node.Inputs[0]), t, lin, rowOf, activation)
			propagate(n, i, total, errorOf(node.Inputs[0]), lin, rowOf)
		case nn.Selection:
			// A copy is exact. The maximum of numbers that err is off by no more than
			// the largest of their errors.
			errs := make([]nn.Matrix, len(node.Inputs))
			for k, j := range node.Inputs {
				errs[k] = errorOf(j)
			}
			for r := range rows {
				x := choice.Rows(nil, errs, r)
				if lin.Covers(i) {
					choice.Gather(total.Row(r), x, lin.ChoiceAt(i, r, rowOf))
				} else {
					op.Apply(total.Row(r), x)
				}
			}
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
	Trace  *nn.Trace
	Bounds *Bounds
}

// activationError bounds slope v + offset, two operations, and for a smooth
// function the errors of slope and offset themselves; errs are those of v.
func activationError(n *nn.Network, i int, e, errs nn.Matrix, t *nn.Trace, lin *nn.Linearization, rowOf []int32, c *Centre) {
	f, smooth := n.Nodes[i].Op.(*nn.Smooth)
	in := n.Nodes[i].Inputs[0]
	v, out := t.Of(in), t.Of(i)
	for r := range e.Rows {
		d := e.Row(r)
		if lin == nil || lin.Slope[i].Rows == 0 {
			for u, y := range out.Row(r) {
				d[u] = float64(2 * unit * math.Abs(y))
				if smooth {
					d[u] = float64(2 * smoothUlps * unit * f.Scale(v.Row(r)[u]))
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
				d[u] = float64(gamma(2*smoothUlps) * (float64((f.Steepest()+math.Abs(s[u]))*math.Abs(x)) + math.Abs(o[u]) + float64(2*f.Scale(0))))
				if c == nil {
					continue
				}
				z, e := c.Trace.Of(in).Row(r)[u], 0.0
				if in != nn.Input {
					e = c.Bounds.Total[in].Row(r)[u]
					d[u] += float64(f.SlopeChange(z, e) * (math.Abs(x-z) + e + errs.Row(r)[u]))
				}
				d[u] += float64(gamma(2*smoothUlps) * (f.Scale(z) + float64(f.Steepest()*errs.Row(r)[u])))
			case s[u] != 0:
				d[u] = float64(gamma(3) * (math.Abs(s[u]*x) + math.Abs(o[u])))
			}
		}
	}
}

// propagate multiplies errors by the slopes of activation node i: the given
// ones, or the steepest of the function.
func propagate(n *nn.Network, i int, dst, src nn.Matrix, lin *nn.Linearization, rowOf []int32) {
	steepest := 0.0
	switch f := n.Nodes[i].Op.(type) {
	case *nn.Piecewise:
		for _, s := range f.Slope {
			steepest = max(steepest, math.Abs(s))
		}
	case *nn.Smooth:
		steepest = f.Steepest()
	default:
		panic("rounding: no slopes are known of a " + f.Kind())
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
