package region

import (
	"context"
	"fmt"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/set"
)

// groupDomains is the number of domains whose vertices are evaluated in one
// batch: enough rows for a matrix product to run at full speed.
const groupDomains = 16

// OnSegments calls visit for every linear region of the network on each of the
// segments, in order (see the package documentation). visit is called by the
// calling goroutine; what it is given is valid only until it returns.
//
// For a decoupled network the regions are those of the activation channel.
//
// It fails, before any search, if the network is not piecewise affine or a segment is not one
// ([set.NewSegment]) or has another dimension than the input; with the error of visit, which
// ends the enumeration; with ctx.Err(); with [ErrMaxCells]; and if the network's values
// overflow.
func OnSegments(ctx context.Context, net *nn.Network, segments []set.Segment, opt Options, visit func(*Cell) error) (*Result, error) {
	for i, s := range segments {
		if _, err := set.NewSegment(s.From, s.To); err != nil {
			return nil, fmt.Errorf("segment %d: %w", i, err)
		}
		if s.Dim() != net.InDim() {
			return nil, fmt.Errorf("segment %d has points of %d numbers, the network has %d inputs", i, s.Dim(), net.InDim())
		}
	}
	return enumerate(ctx, net, len(segments), opt, visit, func(i int) *domain { return segmentDomain(i, segments[i]) })
}

// OnPolygons is [OnSegments] for convex polygons. They must come from
// [set.NewPolygon].
func OnPolygons(ctx context.Context, net *nn.Network, polygons []*set.Polygon, opt Options, visit func(*Cell) error) (*Result, error) {
	for i, p := range polygons {
		if d := p.Dim(); d != net.InDim() {
			return nil, fmt.Errorf("polygon %d has points of %d numbers, the network has %d inputs", i, d, net.InDim())
		}
	}
	return enumerate(ctx, net, len(polygons), opt, visit, func(i int) *domain { return polygonDomain(i, polygons[i]) })
}

// OnSegment is [OnSegments] for one segment.
func OnSegment(ctx context.Context, net *nn.Network, s set.Segment, opt Options, visit func(*Cell) error) (*Result, error) {
	return OnSegments(ctx, net, []set.Segment{s}, opt, visit)
}

// OnPolygon is [OnPolygons] for one polygon.
func OnPolygon(ctx context.Context, net *nn.Network, p *set.Polygon, opt Options, visit func(*Cell) error) (*Result, error) {
	return OnPolygons(ctx, net, []*set.Polygon{p}, opt, visit)
}

// enumerate enumerates n domains.
func enumerate(ctx context.Context, net *nn.Network, n int, opt Options, visit func(*Cell) error, domainOf func(int) *domain) (*Result, error) {
	net, err := net.LowerSelectionsContext(ctx)
	if err != nil {
		return nil, err
	}
	p, err := newPlan(net)
	if err != nil {
		return nil, err
	}
	p.domainOf = domainOf
	var groups []span
	for i := 0; i < n; i += groupDomains {
		groups = append(groups, span{i, min(i+groupDomains, n)})
	}
	v := newVisitor(ctx, p, n, opt, visit)
	if workers := opt.workers(); workers > 1 {
		err = runParallel(ctx, p, groups, workers, batchesPerWorker*workers, v)
	} else {
		err = runSerial(ctx, p, groups, v)
	}
	return v.finish(), err
}
