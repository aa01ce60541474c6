// Package affine has the affine nodes of a network as maps y = A x + b: as a matrix, or, where that
// would be far larger than the node's parameters, as the operation itself with its parts by sign.
package affine

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/netmend/netmend/internal/rounding"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/set"
)

// Node is an affine node y = A x + b in a channel, where x are the values of its inputs one after
// the other.
type Node struct {
	Constant []float64 // b
	// Matrix is A. It has no rows where the node is implicit.
	Matrix nn.Matrix
	// Rounded reports whether the coefficients of Matrix that belong to means may be off by up to one place.
	Rounded bool
	// Of an implicit node, x -> |A| x + |b| in both channels, and how many products are summed
	// forward and backward.
	Absolute          nn.Affine
	Forward, Backward int

	op   nn.Affine
	ch   nn.Channel
	dims []int // of the inputs
	// Of an implicit node: x -> P x and N x (nil for 0), with A = P + N by sign.
	positive, negative nn.Affine
}

// SmallMatrix is how many entries a matrix may have that the network does not have itself, in a
// network without convolutions: 8 MiB of them.
const SmallMatrix = 1 << 20

// Of is the affine node i of a network in a channel. A dense layer is its matrix, and so is, in a
// network without convolutions, a small node of any other kind but means, whose coefficients are
// rounded. The others are implicit: the operations themselves, so that their room is that of the
// values.
func Of(net *nn.Network, i int, ch nn.Channel) *Node {
	o, width := newNode(net, i, ch)
	rows := net.Dim(i)
	_, dense := o.op.(*nn.Dense)
	if dense || !rounding.HasAbsolute(o.op) || !Convolves(o.op) && width <= SmallMatrix/max(1, rows) && !Convolutional(net) {
		o.expand(context.Background(), net, i)
		return o
	}
	o.positive, o.negative, _ = rounding.SignParts(o.op, ch)
	o.Absolute, _ = rounding.Absolute(o.op, ch)
	o.Forward, o.Backward = rounding.Terms(o.op, rows)
	return o
}

// maxCoefficients bounds a matrix, 512 MiB: that of a convolution is far larger than its
// parameters.
const maxCoefficients = 1 << 26

// Expanded is [Of] as a matrix, whatever the node. It fails for large ones that are not dense
// layers, and with the cause of ctx.
func Expanded(ctx context.Context, net *nn.Network, i int, ch nn.Channel) (*Node, error) {
	o, width := newNode(net, i, ch)
	rows := net.Dim(i)
	if _, dense := o.op.(*nn.Dense); !dense && width > maxCoefficients/max(1, rows) {
		return nil, fmt.Errorf("its matrix has %d x %d coefficients, want at most %d", rows, width, maxCoefficients)
	}
	return o, o.expand(ctx, net, i)
}

// newNode is a node without its coefficients, and the number of its inputs' values.
func newNode(net *nn.Network, i int, ch nn.Channel) (o *Node, width int) {
	node := net.Nodes[i]
	o = &Node{op: node.Op.(nn.Affine), ch: ch, Constant: Constant(net, i, ch)}
	for _, j := range node.Inputs {
		o.dims = append(o.dims, net.Dim(j))
		width += net.Dim(j)
	}
	return o, width
}

// expand makes the node a matrix.
func (o *Node) expand(ctx context.Context, net *nn.Network, i int) (err error) {
	o.Matrix, err = Matrix(ctx, net, i, o.ch)
	switch o.op.(type) {
	case *nn.AveragePool, *nn.Reduce:
		o.Rounded = slices.ContainsFunc(o.Matrix.Data, isNoPower)
	}
	return err
}

// isNoPower reports whether a coefficient is not a power of two: that of a mean is rounded then.
func isNoPower(a float64) bool {
	fraction, _ := math.Frexp(a)
	return a != 0 && fraction != 0.5
}

// Convolves reports whether an operation is a convolution, or a mean, which is one: its matrix is
// far larger than its parameters.
func Convolves(op nn.Affine) bool {
	switch op.(type) {
	case *nn.AveragePool, *nn.Reduce:
		return true
	}
	return shares(op)
}

// shares reports whether an operation is a layer whose outputs share parameters.
func shares(op nn.Op) bool {
	_, dense := op.(*nn.Dense)
	_, layer := op.(nn.Layer)
	return layer && !dense
}

// Convolutional reports whether a network has a convolution.
func Convolutional(net *nn.Network) bool {
	return slices.ContainsFunc(net.Nodes, func(n nn.Node) bool { return shares(n.Op) })
}

// Implicit reports whether the node is not a matrix.
func (o *Node) Implicit() bool { return o.Matrix.Rows == 0 }

// apply computes f of rows of the inputs one after the other. The result means nothing where ctx
// has ended.
func (o *Node) apply(ctx context.Context, f nn.Affine, x nn.Matrix, bias bool) nn.Matrix {
	y := nn.NewMatrix(x.Rows, len(o.Constant))
	const numbers = 1 << 20 // of a part of the batch
	step := max(1, numbers/(x.Cols+y.Cols+1))
	for from := 0; from < x.Rows && ctx.Err() == nil; from += step {
		to := min(from+step, x.Rows)
		f.Forward(y.Slice(from, to), o.parts(x.Slice(from, to)), o.ch, bias, 1)
	}
	return y
}

// parts are the columns of each input.
func (o *Node) parts(x nn.Matrix) []nn.Matrix {
	parts, at := make([]nn.Matrix, len(o.dims)), 0
	for k, d := range o.dims {
		parts[k] = x.Columns(at, d)
		at += d
	}
	return parts
}

// BoxImage is a box that contains {A x + b : x in the box}, rounded outward, and
// bounds of |A| |x| + |b| as far as the bounds of x are finite. The node must be
// implicit, and the box not empty.
func (o *Node) BoxImage(in set.Box) (out set.Box, sizes []float64) {
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
	up := o.apply(context.Background(), o.positive, p.Slice(0, rows), false)
	down := nn.NewMatrix(rows, len(o.Constant))
	if o.negative != nil {
		down = o.apply(context.Background(), o.negative, q.Slice(0, rows), false)
	}
	out = set.Box{Lo: make([]float64, len(o.Constant)), Hi: make([]float64, len(o.Constant))}
	sizes = make([]float64, len(o.Constant))
	for r, b := range o.Constant {
		sizes[r] = float64((up.Row(2)[r] + down.Row(2)[r] + math.Abs(b)) * (1 + Roundoff(2*o.Forward)))
		e := 0.0 // of a copy
		if o.Forward > 0 {
			e = float64(Roundoff(2*o.Forward)*sizes[r]) + float64(float64(2*o.Forward+1)*math.SmallestNonzeroFloat64)
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

// SizesAt is |A| v + |b| for v >= 0, up to rounding.
func (o *Node) SizesAt(v []float64) []float64 {
	if o.Implicit() {
		return o.apply(context.Background(), o.Absolute, nn.RowMatrix(v), true).Row(0)
	}
	sizes := make([]float64, len(o.Constant))
	for u, b := range o.Constant {
		sizes[u] = math.Abs(b) + DotAbsolute(o.Matrix.Row(u), v)
	}
	return sizes
}

// ZonotopeImage is a zonotope that contains {A x + b : x in z}; see [set.Zonotope.Image]. It means
// nothing where ctx has ended.
func (o *Node) ZonotopeImage(ctx context.Context, z set.Zonotope) set.Zonotope {
	if !o.Implicit() {
		return z.Image(o.Matrix, o.Constant)
	}
	n := len(z.Center)
	r := set.Zonotope{
		Center:     o.apply(ctx, o.op, nn.RowMatrix(z.Center), true).Row(0),
		Generators: o.apply(ctx, o.op, z.Generators, false),
		Radius:     make([]float64, len(o.Constant)),
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
	size, carried := o.apply(ctx, o.Absolute, extent, true).Row(0), o.apply(ctx, o.Absolute, radius, false).Row(0)
	// Each sum of that many products, and that of the sizes, is off by a share of the
	// size; the factor 3 has room for both.
	unit := float64(float64(3*o.Forward+z.Generators.Rows+8) * 0x1p-53)
	up := func(x float64) float64 { return math.Nextafter(x, math.Inf(1)) }
	for i := range r.Radius {
		r.Radius[i] = up(up(float64(carried[i]*(1+unit))) + up(float64(unit*size[i])) + float64(float64(o.Forward+1)*math.SmallestNonzeroFloat64))
	}
	return r
}

// Spread is |A| x for rows x >= 0, up to rounding. The node must be implicit.
func (o *Node) Spread(x nn.Matrix) nn.Matrix {
	return o.apply(context.Background(), o.Absolute, x, false)
}

// Matrix is the A of the affine node i, y = A x + b, in a channel: Dim(i) rows,
// and the columns of its inputs one after the other. It is read off
// vector-Jacobian products with unit vectors, whose sums have one term that is
// not zero and are therefore exact, but for means. It fails with the cause of ctx.
func Matrix(ctx context.Context, net *nn.Network, i int, ch nn.Channel) (nn.Matrix, error) {
	node := net.Nodes[i]
	if d, ok := node.Op.(*nn.Dense); ok {
		return d.Channel(ch).Weight, nil
	}
	width := 0
	for _, j := range node.Inputs {
		width += net.Dim(j)
	}
	a := nn.NewMatrix(net.Dim(i), width)
	for from := 0; from < a.Rows; from += unitRows {
		if ctx.Err() != nil {
			return a, context.Cause(ctx)
		}
		to := min(from+unitRows, a.Rows)
		units := nn.NewMatrix(to-from, a.Rows)
		for r := range units.Rows {
			units.Row(r)[from+r] = 1
		}
		rows := a.Slice(from, to)
		parts, at := make([]nn.Matrix, len(node.Inputs)), 0
		for k, j := range node.Inputs {
			parts[k] = rows.Columns(at, net.Dim(j))
			at += net.Dim(j)
		}
		node.Op.(nn.Affine).Backward(parts, units, ch, 1)
	}
	return a, nil
}

// unitRows is how many unit vectors are pulled back at a time: enough to use the
// batch, few enough to need little room beside the matrix.
const unitRows = 64

// Constant is the b of the affine node i, y = A x + b, in a channel.
func Constant(net *nn.Network, i int, ch nn.Channel) []float64 {
	node := net.Nodes[i]
	zeros := make([]nn.Matrix, len(node.Inputs))
	for k, j := range node.Inputs {
		zeros[k] = nn.NewMatrix(1, net.Dim(j))
	}
	y := nn.NewMatrix(1, net.Dim(i))
	node.Op.(nn.Affine).Forward(y, zeros, ch, true, 1)
	return y.Row(0)
}

// Roundoff bounds the relative error of a sum of n products.
func Roundoff(n int) float64 { return float64(float64(n+4) * 0x1p-53 * (1 + 0x1p-20)) }

// DotAbsolute is the sum of |a| v, in which 0 times infinity is 0.
func DotAbsolute(a, v []float64) float64 {
	sum := 0.0
	for j, x := range a {
		if x != 0 {
			sum += float64(math.Abs(x) * v[j])
		}
	}
	return sum
}
