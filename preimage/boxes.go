package preimage

import (
	"context"
	"fmt"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/set"
	"github.com/netmend/netmend/set/solve"
)

// BoxesOptions of [Boxes]. The zero value is ready to use.
type BoxesOptions struct {
	// Domain, where not nil, is the set of inputs that count. Its image bounds
	// all values on the way, and the result is cut with it.
	Domain *set.Polyhedron
	// Snapshot, where not nil, is told the sets after every step. An error from
	// it ends the computation.
	Snapshot func(Snapshot) error
}

// Boxes computes a superset of the preimage {x : net(x) in target} layer by
// layer backwards, with a box in place of the exact inverse of every activation
// node (section 3.2 of the paper): equation (6) for affine nodes, whose result
// stays a polyhedron, and for an activation node the bounding box of that
// polyhedron and the interval inverse of each unit's function, rounded outward.
// Each member of the target gives at most one polyhedron; what becomes empty is
// dropped, so that an empty result is a proof.
//
// It takes smooth activation functions (tanh, sigmoid) as well. The result is
// useful where it is bounded: with a Domain, or with activation functions that
// are injective and layers that do not lose dimensions. Bounding boxes are those
// of [solve.OuterBox]: with a Domain outward, else within its tolerance.
//
// It fails for a decoupled network, where dimensions do not agree, for an
// activation function whose inverse is not known, with the error of Snapshot,
// and with ctx.Err().
func Boxes(ctx context.Context, net *nn.Network, target set.Union, opt BoxesOptions) (*BackwardResult, error) {
	if err := net.CheckEnd(); err != nil {
		return nil, err
	}
	net = net.LowerSelections()
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
	var err error
	if r.bounds, err = propagate(ctx, net, box); err != nil {
		return nil, err
	}
	r.activate = r.boxes
	sets, err := r.run(target)
	if err != nil {
		return nil, err
	}
	return &BackwardResult{Sets: sets, Side: Over}, nil
}

// boxer is a run of [Boxes]: that of [Backward] with another step over
// activations.
type boxer struct{ backward }

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
