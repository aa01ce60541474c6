package preimage

import (
	"context"
	"fmt"
	"math"

	"github.com/netmend/netmend/internal/affine"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/set"
)

// bounder bounds a network's outputs on boxes by affine functions of the input:
// every activation unit is put between two lines, and half-spaces are pulled
// back through the network, taking of each unit the line that its sign asks for
// (H. Zhang et al., "Efficient neural network robustness certification with
// general activation functions", NeurIPS 2018; G. Singh et al., "An abstract
// domain for certifying neural networks", POPL 2019). The inputs of activation
// nodes are bounded in the same way, layer by layer.
//
// The outputs of a decoupled network are those of its value channel. There a unit is
// bounded by all pieces that the activation channel, which is bounded first as a
// network of its own, may choose.
//
// All bounds account for rounding: of every matrix product for the sum of the
// absolute values of its terms. A bounder is not safe for concurrent use; see
// fork.
type bounder struct {
	*bounderPlan
	channel *bounder // of the activation channel, where the network is decoupled
	// Of the current box: bounds of every value, the input first; the bands of
	// the units of activation nodes; and, for affine nodes, |A| |x| + |b|.
	values []set.Box
	bands  [][]band
	sizes  [][]float64
	// slopes has, for affine nodes that activation nodes read, how fast each unit's
	// upper bound changes with each input, as absolute values, where the unit is
	// not affine and there is room for it; blame what each input has done to the
	// width of the bounds of the outputs; see pullOutputs.
	slopes  []nn.Matrix
	blame   []float64
	blaming bool
	// Two buffers for the rows on their way through the layers.
	buffer [2][]float64
	// ctx ends the work on a box: bounds computed after its end mean nothing.
	ctx context.Context
}

// bounderPlan is what does not depend on the box.
type bounderPlan struct {
	net     *nn.Network
	layouts []*layout
	// Of affine nodes; and the absolute values of the matrix of those that have one.
	operators []*affine.Node
	abs       []nn.Matrix
	// refined are the affine nodes whose values an activation node reads.
	refined []bool
	// differs are the nodes whose two channels differ.
	differs []bool
}

// newBounder fails with the cause of ctx if that is over before it is ready.
func newBounder(ctx context.Context, net *nn.Network) (*bounder, error) {
	n := len(net.Nodes)
	p := &bounderPlan{
		net: net, layouts: layouts(net), operators: make([]*affine.Node, n), abs: make([]nn.Matrix, n),
		refined: make([]bool, n), differs: make([]bool, n),
	}
	root := &bounder{bounderPlan: p}
	if net.Decoupled() {
		own, err := activationChannel(net)
		if err != nil {
			return nil, err
		}
		if root.channel, err = newBounder(ctx, own); err != nil {
			return nil, err
		}
	}
	for i, node := range net.Nodes {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		if a, ok := node.Op.(nn.Affine); ok && a.Decoupled() {
			p.differs[i] = true
		}
		for _, j := range node.Inputs {
			p.differs[i] = p.differs[i] || j != nn.Input && p.differs[j]
		}
		if f, ok := node.Op.(nn.Activation); ok {
			if _, err := bandOf(f, set.Interval{Lo: -1, Hi: 1}); err != nil {
				return nil, fmt.Errorf("node %d (%s %q): %w", i, node.Op.Kind(), node.Name, err)
			}
			if j := node.Inputs[0]; j != nn.Input {
				p.refined[j] = true
			}
			continue
		}
		o := affine.Of(net, i, nn.ValueChannel)
		p.operators[i], p.abs[i] = o, nn.NewMatrix(o.Matrix.Rows, o.Matrix.Cols)
		for r := range p.abs[i].Rows {
			for c, v := range o.Matrix.Row(r) {
				p.abs[i].Row(r)[c] = math.Abs(v)
			}
		}
	}
	return root.fork(), nil
}

// fork returns a bounder for another goroutine.
func (b *bounder) fork() *bounder {
	n := len(b.net.Nodes)
	f := &bounder{
		bounderPlan: b.bounderPlan,
		values:      make([]set.Box, n+1), bands: make([][]band, n), sizes: make([][]float64, n),
		slopes: make([]nn.Matrix, n), blame: make([]float64, b.net.InDim()),
	}
	if b.channel != nil {
		f.channel = b.channel.fork()
	}
	room := maxSlopes
	for i := range b.net.Nodes {
		d := b.net.Dim(i)
		f.values[i+1] = set.Box{Lo: make([]float64, d), Hi: make([]float64, d)}
		f.bands[i], f.sizes[i] = make([]band, d), make([]float64, d)
		switch {
		case b.refined[i] && b.first(i):
			f.slopes[i] = b.abs[i]
		case b.refined[i] && d <= room/b.net.InDim():
			f.slopes[i] = nn.NewMatrix(d, b.net.InDim())
			room -= d * b.net.InDim()
		}
	}
	return f
}

// maxSlopes is how many slopes a bounder keeps, 256 MiB of them, those of the first
// nodes. They do no more than choose where to halve a box, and a box with that many
// inputs that vary is rarely halved with success.
const maxSlopes = 1 << 25

// affineBounds are affine functions that bound rows of half-spaces from above:
// row r of the set's image is at most slope_r . x + offset_r on the box.
type affineBounds struct {
	slope  nn.Matrix
	offset []float64
}

// on bounds all values on a bounded box that is not empty; it fails with the cause of
// ctx if that is over.
func (b *bounder) on(ctx context.Context, box set.Box) error {
	b.ctx = ctx
	if b.channel != nil {
		if err := b.channel.on(ctx, box); err != nil {
			return err
		}
	}
	b.values[0] = box
	for i, node := range b.net.Nodes {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if f, ok := node.Op.(nn.Activation); ok {
			if err := b.activate(i, f); err != nil {
				return err
			}
			continue
		}
		b.interval(i)
		if b.refined[i] && !b.first(i) {
			b.refine(i)
		}
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return nil
}

// first reports whether node i reads the input alone, so that interval arithmetic
// is as good as it gets.
func (b *bounder) first(i int) bool {
	in := b.net.Nodes[i].Inputs
	return len(in) == 1 && in[0] == nn.Input
}

// interval bounds the affine node i by interval arithmetic: centre and radius,
// with the rounding errors in the radius.
func (b *bounder) interval(i int) {
	o := b.operators[i]
	if o.Implicit() {
		b.values[i+1], b.sizes[i] = o.BoxImage(b.inputs(i))
		return
	}
	out, sizes := b.values[i+1], b.sizes[i]
	for r := range sizes {
		c := o.Constant[r]
		lo, hi, size, inexact := c, c, math.Abs(c), false
		row, at := o.Matrix.Row(r), 0
		for _, j := range b.net.Nodes[i].Inputs {
			in := b.values[j+1]
			for k, l := range in.Lo {
				a, h := row[at+k], in.Hi[k]
				if a >= 0 {
					lo, hi = lo+float64(a*l), hi+float64(a*h)
				} else {
					lo, hi = lo+float64(a*h), hi+float64(a*l)
				}
				size += float64(math.Abs(a) * max(math.Abs(l), math.Abs(h)))
				inexact = inexact || a != 0 && (l != 0 || h != 0)
			}
			at += len(in.Lo)
		}
		if !inexact { // a constant: nothing was added to it
			out.Lo[r], out.Hi[r], sizes[r] = c, c, size
			continue
		}
		sizes[r] = float64(size * (1 + affine.Roundoff(len(row))))
		e := float64(affine.Roundoff(2*len(row))*sizes[r]) + float64(float64(len(row)+1)*math.SmallestNonzeroFloat64)
		out.Lo[r], out.Hi[r] = lo-e, hi+e
	}
}

// inputs are the bounds of the inputs of node i, one after the other.
func (b *bounder) inputs(i int) set.Box {
	var in set.Box
	for _, j := range b.net.Nodes[i].Inputs {
		in.Lo, in.Hi = append(in.Lo, b.values[j+1].Lo...), append(in.Hi, b.values[j+1].Hi...)
	}
	return in
}

// activate finds the bands of node i and bounds its values.
func (b *bounder) activate(i int, f nn.Activation) error {
	source := b.net.Nodes[i].Inputs[0]
	in, out := b.values[source+1], b.values[i+1]
	var around []set.Box
	if b.differs[i] {
		around = b.channel.values
	}
	for u := range out.Lo {
		y, err := unitRange(f, u, in, around, source)
		switch {
		case err == nil && around == nil:
			b.bands[i][u], err = bandOf(f, in.Interval(u))
		case err == nil:
			b.bands[i][u], err = bandAround(f, around[source+1].Interval(u), in.Interval(u))
		}
		if err != nil {
			return fmt.Errorf("node %d (%s %q): %w", i, b.net.Nodes[i].Op.Kind(), b.net.Nodes[i].Name, err)
		}
		out.Lo[u], out.Hi[u] = y.Lo, y.Hi
	}
	return nil
}

// refine tightens the bounds of the affine node i where the units that read it
// are not affine on them.
func (b *bounder) refine(i int) {
	out := b.values[i+1]
	var open []int
	for u := range out.Lo {
		if out.Lo[u] < out.Hi[u] && b.bends(i, out.Interval(u)) {
			open = append(open, u)
		}
	}
	if len(open) == 0 {
		return
	}
	for len(open) > 0 && b.ctx.Err() == nil {
		units := open[:min(len(open), b.batch(i))]
		open = open[len(units):]
		bounds := b.pullUnits(i, units)
		for k, u := range units {
			if b.slopes[i].Rows > 0 {
				for j, v := range bounds.slope.Row(2 * k) {
					b.slopes[i].Row(u)[j] = math.Abs(v)
				}
			}
			hi, lo := b.most(bounds, 2*k), -b.most(bounds, 2*k+1)
			if lo <= hi { // else rounding crossed bounds that are all but equal
				out.Lo[u], out.Hi[u] = max(out.Lo[u], lo), min(out.Hi[u], hi)
			}
		}
	}
}

// batch is how many units of node i to pull back at a time: about as many as give
// rows of 32 MiB.
func (b *bounder) batch(i int) int {
	widest := 1
	for _, l := range b.layouts[:i+2] {
		widest = max(widest, l.dim)
	}
	return max(1, (1<<22)/(2*widest))
}

// bends reports whether a function that reads node i may not be affine on z.
func (b *bounder) bends(i int, z set.Interval) bool {
	for _, node := range b.net.Nodes {
		f, ok := node.Op.(nn.Activation)
		if !ok || node.Inputs[0] != i {
			continue
		}
		p, ok := f.(*nn.Piecewise)
		if !ok {
			return true
		}
		if b.differs[i] {
			return true // by which piece is the activation channel's to say
		}
		for _, at := range p.Breaks {
			if z.Contains(at) {
				return true
			}
		}
	}
	return false
}
