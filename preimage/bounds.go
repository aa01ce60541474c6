package preimage

import (
	"context"
	"fmt"

	"github.com/netmend/netmend/internal/affine"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/set"
)

// propagate bounds every value of the network over a box of inputs, by interval
// arithmetic with outward rounding: the input first, then each node, in the
// value channel.
func propagate(ctx context.Context, net *nn.Network, box set.Box) ([]set.Box, error) {
	active, err := propagateChannel(ctx, net, box, nn.ActivationChannel, nil)
	if err != nil || !net.Decoupled() {
		return active, err
	}
	return propagateChannel(ctx, net, box, nn.ValueChannel, active)
}

// propagateChannel bounds the values of one channel; around has the bounds of
// the activation channel for the value channel of a decoupled network.
func propagateChannel(ctx context.Context, net *nn.Network, box set.Box, ch nn.Channel, around []set.Box) ([]set.Box, error) {
	bounds := make([]set.Box, 1, len(net.Nodes)+1)
	bounds[0] = box
	for i, node := range net.Nodes {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		var in set.Box
		for _, j := range node.Inputs {
			in.Lo, in.Hi = append(in.Lo, bounds[j+1].Lo...), append(in.Hi, bounds[j+1].Hi...)
		}
		f, ok := node.Op.(nn.Activation)
		if !ok {
			if o := affine.Of(net, i, ch); o.Implicit() {
				image, _ := o.BoxImage(in)
				bounds = append(bounds, image)
			} else {
				bounds = append(bounds, in.Image(o.Matrix, o.Constant))
			}
			continue
		}
		out := set.Box{Lo: make([]float64, in.Dim()), Hi: make([]float64, in.Dim())}
		for u := range out.Lo {
			y, err := unitRange(f, u, in, around, node.Inputs[0])
			if err != nil {
				return nil, fmt.Errorf("node %d (%s %q): %w", i, node.Op.Kind(), node.Name, err)
			}
			out.Lo[u], out.Hi[u] = y.Lo, y.Hi
		}
		bounds = append(bounds, out)
	}
	return bounds, nil
}

// unitRange bounds the value of unit u of an activation node whose input is that
// of node source.
func unitRange(f nn.Activation, u int, in set.Box, around []set.Box, source int) (set.Interval, error) {
	v := in.Interval(u)
	if around == nil {
		return rangeOf(f, v)
	}
	z := around[source+1].Interval(u)
	if p, ok := f.(*nn.Piecewise); ok {
		y := set.EmptyInterval()
		for k := range p.Pieces() {
			if !pieceDomain(p, k).Intersect(z).Empty() {
				y = y.Hull(pieceAt(p, k, v))
			}
		}
		return y, nil
	}
	r, err := relax(f, z, &v)
	if err != nil {
		return set.Interval{}, err
	}
	return r.rest.Add(v.Scale(r.slope)), nil
}
