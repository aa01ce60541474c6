package preimage

import (
	"context"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/set"
)

// ImageBox returns a box that contains {net(x) : x in box}, by interval arithmetic: an
// over-approximation for every activation function, decoupled networks included, with outward
// rounding. The box may have infinite bounds; the image of an empty box is empty.
//
// It fails if the box does not have the dimension of the input, for an activation function
// whose bounds are not known, and with the cause of ctx.
func ImageBox(ctx context.Context, net *nn.Network, box set.Box) (set.Box, error) {
	if err := net.CheckEnd(); err != nil {
		return set.Box{}, err
	}
	net, err := net.LowerSelectionsContext(ctx)
	if err != nil {
		return set.Box{}, err
	}
	if err := checkBox(net, box); err != nil {
		return set.Box{}, err
	}
	if box.Empty() {
		return set.EmptyBox(net.OutDim()), nil
	}
	bounds, err := propagate(ctx, net, box)
	if err != nil {
		return set.Box{}, err
	}
	return bounds[len(bounds)-1], nil
}
