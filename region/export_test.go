package region

import (
	"context"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/set"
)

// Exactly are the linear regions on a segment or polygon by exact arithmetic alone.
func Exactly(ctx context.Context, net *nn.Network, s []set.Segment, p []*set.Polygon) ([]*Cell, error) {
	return (&prover{ctx: ctx, net: net.LowerSelections(), segments: s, polygons: p}).exactly()
}
