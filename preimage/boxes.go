package preimage

import (
	"context"
	"fmt"
	"math"

	"github.com/netmend/netmend/internal/affine"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/set"
	"github.com/netmend/netmend/set/solve"
)

// BoxesOptions of [Boxes]. The zero value is ready to use.
type BoxesOptions struct {
	// Domain, if not nil, is the set of inputs that count. Its image bounds
	// all values on the way, and the result is cut with it.
	Domain *set.Polyhedron
	// Snapshot, if not nil, is told the sets after every step. An error from
	// it ends the computation.
	Snapshot func(Snapshot) error
}

// Boxes computes a superset of the preimage {x : net(x) in target} layer by layer backwards,
// with a box instead of the exact inverse of every activation node (section 3.2 of the
// paper): equation (6) for affine nodes, whose result stays a polyhedron, and for an
// activation node the bounding box of that polyhedron and the interval inverse of each unit's
// function, rounded outward. Each member of the target gives at most one polyhedron; empty
// ones are dropped, so an empty result is a proof.
//
// It handles smooth activation functions (tanh, sigmoid) as well. The result is useful if it
// is bounded: with a Domain, or with activation functions that are injective and layers that
// do not lose dimensions. Bounding boxes are those of [solve.OuterBox]: with a Domain
// outward, otherwise within its tolerance.
//
// It fails for a decoupled network, if dimensions do not agree, for an activation function
// whose inverse is not known, with the error of Snapshot, and with ctx.Err().
func Boxes(ctx context.Context, net *nn.Network, target set.Union, opt BoxesOptions) (*BackwardResult, error) {
	if err := net.CheckEnd(); err != nil {
		return nil, err
	}
	net, err := net.LowerSelectionsContext(ctx)
	if err != nil {
		return nil, err
	}
	if net.Decoupled() {
		return nil, fmt.Errorf("the network is decoupled (layers %v have value parameters of their own): "+
			"its preimages are not computed layer by layer, but region by region (Regions)", net.RepairedLayers())
	}
	if err := checkTarget(net, target); err != nil {
		return nil, err
	}
	r := &boxer{
		backward: backward{
			ctx: ctx, net: net, layouts: layouts(net),
			opt: &BackwardOptions{Domain: opt.Domain, Snapshot: opt.Snapshot},
		},
	}
	box := set.WholeBox(net.InDim())
	if opt.Domain != nil {
		err := checkDomain(net, *opt.Domain)
		if err == nil {
			box, err = solve.Within(ctx).BoundingBox(*opt.Domain)
		}
		if err != nil {
			return nil, err
		}
	}
	if box.Empty() {
		return &BackwardResult{Side: Over}, nil
	}
	if r.bounds, err = propagate(ctx, net, box); err != nil {
		return nil, err
	}
	r.activate, r.linear = r.boxes, r.outward
	sets, err := r.run(target)
	if err != nil {
		return nil, err
	}
	return &BackwardResult{Sets: sets, Side: Over}, nil
}

// boxer is a run of [Boxes]: that of [Backward] with another step over
// activations.
type boxer struct{ backward }

// outward is equation (6) for node i with offsets that make up for its rounding, on the
// box of all values there: a sum of n products in any order is off by n 2^-53 of the sum of
// their absolute values. Rows of which that is not known, where values have no bounds, are
// left out with a domain; without one nothing is made up for.
func (r *boxer) outward(i int, sets set.Union) set.Union {
	moved := r.affine(i, sets)
	if r.opt.Domain == nil {
		return moved
	}
	before, after := r.layouts[i], r.layouts[i+1]
	largest := absolutes(*r.box(i))
	o := affine.Of(r.net, i, nn.ValueChannel)
	sizes := o.SizesAt(r.inputsOf(i, before, largest))
	from, width := after.offset[i], r.net.Dim(i)
	unit := affine.Roundoff(width + max(o.Forward, o.Backward) + len(r.net.Nodes[i].Inputs))
	for k, p := range sets {
		var kept []set.HalfSpace
		for row, h := range p.Rows {
			q := moved[k].Rows[row]
			e := math.Abs(h.Offset) + affine.DotAbsolute(h.Normal[from:from+width], sizes)
			rest := affine.DotAbsolute(q.Normal, largest)
			// The factors have room for the rounding of these sums, and of the last one.
			q.Offset += float64(1.01*unit*e) + float64(0x1p-50*rest) + float64(0x1p-51*math.Abs(q.Offset)) +
				float64(float64(width+2)*math.SmallestNonzeroFloat64)
			if !math.IsNaN(q.Offset) && !math.IsInf(q.Offset, 0) {
				kept = append(kept, q)
			}
		}
		moved[k].Rows = kept
	}
	return moved
}

// inputsOf are the numbers of a layout before node i that the node reads.
func (r *boxer) inputsOf(i int, before *layout, values []float64) []float64 {
	var in []float64
	for _, j := range r.net.Nodes[i].Inputs {
		at := before.offset[j]
		in = append(in, values[at:at+r.net.Dim(j)]...)
	}
	return in
}

// absolutes are the largest absolute values in a box.
func absolutes(b set.Box) []float64 {
	largest := make([]float64, len(b.Lo))
	for j := range largest {
		largest[j] = max(math.Abs(b.Lo[j]), math.Abs(b.Hi[j]))
	}
	return largest
}

// boxes takes each member over the activation node i.
func (r *boxer) boxes(i int, sets set.Union) (set.Union, error) {
	var kept set.Union
	for _, p := range sets {
		q, err := r.boxBack(i, p)
		if err == nil {
			err = context.Cause(r.ctx)
		}
		if err != nil {
			return nil, err
		}
		if !q.Empty() {
			kept = append(kept, q.Polyhedron())
		}
	}
	return kept, nil
}

// boxBack is a box, in the layout before node i, around the values that node i
// takes into p.
func (r *boxer) boxBack(i int, p set.Polyhedron) (set.Box, error) {
	before, after := r.layouts[i], r.layouts[i+1]
	hull := solve.Within(r.ctx).OuterBox(p, *r.box(i + 1))
	if hull.Empty() {
		return hull, nil
	}
	out := *r.box(i)
	narrow := func(at int, to set.Interval) {
		to = to.Intersect(out.Interval(at))
		out.Lo[at], out.Hi[at] = to.Lo, to.Hi
	}
	for _, j := range after.nodes {
		if j != i {
			for u := range r.net.Dim(j) {
				narrow(before.offset[j]+u, hull.Interval(after.offset[j]+u))
			}
		}
	}
	node := r.net.Nodes[i]
	z := before.offset[node.Inputs[0]]
	for u := range r.net.Dim(i) {
		in, err := inverse(node.Op.(nn.Activation), hull.Interval(after.offset[i]+u), out.Interval(z+u))
		if err != nil {
			return set.Box{}, fmt.Errorf("node %d (%s %q): %w", i, node.Op.Kind(), node.Name, err)
		}
		narrow(z+u, in)
	}
	return out, nil
}
