package preimage

import (
	"context"
	"math"
	"slices"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/set"
)

// operator is an affine node y = A x + b in a channel, for bounds. A dense layer is
// its matrix, and so is, in a network without convolutions, a small node of any other
// kind but means, whose coefficients are rounded. The others are the operations themselves, so that
// their room is that of the values.
type operator struct {
	op   nn.Affine
	ch   nn.Channel
	dims []int     // of the inputs
	b    []float64 // A 0 + b
	// ctx, where not nil, ends the work: then results mean nothing.
	ctx context.Context
	// The matrix has no rows where the node is implicit.
	matrix nn.Matrix
	// Of an implicit node: x -> P x, N x (nil for 0) and |A| x + |b|, with A = P + N
	// by sign, and how many products are summed forward and backward.
	positive, negative, absolute nn.Affine
	forward, backward            int
}

// smallMatrix is how many entries the matrix of a node may have that is neither a
// dense layer nor a convolution or mean, in a network without convolutions: 8 MiB of
// them.
const smallMatrix = 1 << 20

// operatorOf is the affine node i in a channel.
func operatorOf(net *nn.Network, i int, ch nn.Channel) *operator {
	node := net.Nodes[i]
	o := &operator{op: node.Op.(nn.Affine), ch: ch, b: constantOf(net, i, ch)}
	width, rows := 0, net.Dim(i)
	for _, j := range node.Inputs {
		o.dims = append(o.dims, net.Dim(j))
		width += net.Dim(j)
	}
	switch op := o.op.(type) {
	case *nn.Dense:
		o.matrix = op.Channel(ch).Weight
		return o
	case *nn.Conv, *nn.AveragePool, *nn.Reduce:
	default:
		if !nn.HasAbsolute(op) || width <= smallMatrix/max(1, rows) && !slices.ContainsFunc(net.Nodes, isConvolution) {
			o.matrix = matrixOf(net, i, ch)
			return o
		}
	}
	o.positive, o.negative, _ = nn.SignParts(o.op, ch)
	o.absolute, _ = nn.Absolute(o.op, ch)
	o.forward, o.backward = nn.Terms(o.op, rows)
	return o
}

func isConvolution(n nn.Node) bool { _, ok := n.Op.(*nn.Conv); return ok }

// implicit reports whether the node is no matrix.
func (o *operator) implicit() bool { return o.matrix.Rows == 0 }

// apply computes f of rows of the inputs one after the other, in channel o.ch.
func (o *operator) apply(f nn.Affine, x nn.Matrix, bias bool) nn.Matrix {
	y := nn.NewMatrix(x.Rows, len(o.b))
	const numbers = 1 << 20 // of a part of the batch
	step := max(1, numbers/(x.Cols+y.Cols+1))
	for from := 0; from < x.Rows && (o.ctx == nil || o.ctx.Err() == nil); from += step {
		to := min(from+step, x.Rows)
		f.Forward(y.Slice(from, to), o.parts(x.Slice(from, to)), o.ch, bias, 1)
	}
	return y
}

// parts are the columns of each input.
func (o *operator) parts(x nn.Matrix) []nn.Matrix {
	parts, at := make([]nn.Matrix, len(o.dims)), 0
	for k, d := range o.dims {
		parts[k] = columns(x, at, d)
		at += d
	}
	return parts
}

// boxImage is a box that contains {A x + b : x in the box}, rounded outward, and
// bounds of |A| |x| + |b| as far as the bounds of x are finite. The node must be
// implicit, and the box not empty.
func (o *operator) boxImage(in set.Box) (out set.Box, sizes []float64) {
	n := len(in.Lo)
	// Rows for P and N: they give the lower limits, the upper ones, and sizes, with
	// infinite limits taken as 0, and then what has infinite limits of either kind.
	p, q := nn.NewMatrix(5, n), nn.NewMatrix(5, n)
	infinite := false
	for k := range n {
		lo, hi := in.Lo[k], in.Hi[k]
		if math.IsInf(lo, 0) {
			lo, p.Row(3)[k], q.Row(4)[k], infinite = 0, 1, 1, true
		}
		if math.IsInf(hi, 0) {
			hi, p.Row(4)[k], q.Row(3)[k], infinite = 0, 1, 1, true
		}
		size := max(math.Abs(lo), math.Abs(hi))
		p.Row(0)[k], p.Row(1)[k], p.Row(2)[k] = lo, hi, size
		q.Row(0)[k], q.Row(1)[k], q.Row(2)[k] = hi, lo, -size
	}
	rows := 5
	if !infinite {
		rows = 3
	}
	up := o.apply(o.positive, p.Slice(0, rows), false)
	down := nn.NewMatrix(rows, len(o.b))
	if o.negative != nil {
		down = o.apply(o.negative, q.Slice(0, rows), false)
	}
	out = set.Box{Lo: make([]float64, len(o.b)), Hi: make([]float64, len(o.b))}
	sizes = make([]float64, len(o.b))
	for r, b := range o.b {
		sizes[r] = float64((up.Row(2)[r] + down.Row(2)[r] + math.Abs(b)) * (1 + roundoff(2*o.forward)))
		e := 0.0 // of a copy
		if o.forward > 0 {
			e = float64(roundoff(2*o.forward)*sizes[r]) + float64(float64(2*o.forward+1)*math.SmallestNonzeroFloat64)
		}
		out.Lo[r] = up.Row(0)[r] + down.Row(0)[r] + b - e
		out.Hi[r] = up.Row(1)[r] + down.Row(1)[r] + b + e
		// Not a number where sums overflow both ways.
		if infinite && (up.Row(3)[r] > 0 || down.Row(3)[r] < 0) || math.IsNaN(out.Lo[r]) {
			out.Lo[r] = math.Inf(-1)
		}
		if infinite && (up.Row(4)[r] > 0 || down.Row(4)[r] < 0) || math.IsNaN(out.Hi[r]) {
			out.Hi[r] = math.Inf(1)
		}
	}
	return out, sizes
}

// sizesAt is |A| v + |b| for v >= 0, up to rounding.
func (o *operator) sizesAt(v []float64) []float64 {
	if o.implicit() {
		return o.apply(o.absolute, nn.RowMatrix(v), true).Row(0)
	}
	sizes := make([]float64, len(o.b))
	for u, b := range o.b {
		sizes[u] = math.Abs(b) + dotAbsolute(o.matrix.Row(u), v)
	}
	return sizes
}

// zonotopeImage is a zonotope that contains {A x + b : x in z}; see
// [set.Zonotope.Image].
func (o *operator) zonotopeImage(z set.Zonotope) set.Zonotope {
	if !o.implicit() {
		return z.Image(o.matrix, o.b)
	}
	n := len(z.Center)
	r := set.Zonotope{
		Center:     o.apply(o.op, nn.RowMatrix(z.Center), true).Row(0),
		Generators: o.apply(o.op, z.Generators, false),
		Radius:     make([]float64, len(o.b)),
	}
	extent, radius := nn.NewMatrix(1, n), nn.NewMatrix(1, n)
	for k := range z.Generators.Rows {
		for j, g := range z.Generators.Row(k) {
			extent.Data[j] += math.Abs(g)
		}
	}
	for j, c := range z.Center {
		extent.Data[j] += math.Abs(c)
	}
	copy(radius.Data, z.Radius)
	size, carried := o.apply(o.absolute, extent, true).Row(0), o.apply(o.absolute, radius, false).Row(0)
	// Each sum of that many products, and that of the sizes, is off by a share of the
	// size; the factor 3 has room for both.
	unit := float64(float64(3*o.forward+z.Generators.Rows+8) * 0x1p-53)
	up := func(x float64) float64 { return math.Nextafter(x, math.Inf(1)) }
	for i := range r.Radius {
		r.Radius[i] = up(up(float64(carried[i]*(1+unit))) + up(float64(unit*size[i])) + float64(float64(o.forward+1)*math.SmallestNonzeroFloat64))
	}
	return r
}

// matrixOf is the A of the affine node i, y = A x + b, in a channel: Dim(i) rows,
// and the columns of its inputs one after the other. It is read off
// vector-Jacobian products with unit vectors, whose sums have one term that is
// not zero and are therefore exact, but for means.
func matrixOf(net *nn.Network, i int, ch nn.Channel) nn.Matrix {
	node := net.Nodes[i]
	if d, ok := node.Op.(*nn.Dense); ok {
		return d.Channel(ch).Weight
	}
	width := 0
	for _, j := range node.Inputs {
		width += net.Dim(j)
	}
	a := nn.NewMatrix(net.Dim(i), width)
	for from := 0; from < a.Rows; from += unitRows {
		to := min(from+unitRows, a.Rows)
		units := nn.NewMatrix(to-from, a.Rows)
		for r := range units.Rows {
			units.Row(r)[from+r] = 1
		}
		rows := a.Slice(from, to)
		parts, at := make([]nn.Matrix, len(node.Inputs)), 0
		for k, j := range node.Inputs {
			parts[k] = columns(rows, at, net.Dim(j))
			at += net.Dim(j)
		}
		node.Op.(nn.Affine).Backward(parts, units, ch, 1)
	}
	return a
}

// unitRows is how many unit vectors are pulled back at a time: enough to use the
// batch, few enough to need little room beside the matrix.
const unitRows = 64

// constantOf is the b of the affine node i, y = A x + b, in a channel.
func constantOf(net *nn.Network, i int, ch nn.Channel) []float64 {
	node := net.Nodes[i]
	zeros := make([]nn.Matrix, len(node.Inputs))
	for k, j := range node.Inputs {
		zeros[k] = nn.NewMatrix(1, net.Dim(j))
	}
	y := nn.NewMatrix(1, net.Dim(i))
	node.Op.(nn.Affine).Forward(y, zeros, ch, true, 1)
	return y.Row(0)
}
