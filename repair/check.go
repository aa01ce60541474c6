package repair

import (
	"context"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/spec"
)

// Check enumerates the linear regions of a network, repaired or not, on the specification
// again and evaluates the network as it is at every key point, faces included, in float64
// with a rounding bound. The margin is opt.Margin or the specification's; the only other
// options used are Workers and Progress. Items to keep must be bound already, to the network
// whose classes they keep.
//
// If a cell may have one of several classes, the one that the network itself prefers there
// must beat the disallowed ones.
func Check(ctx context.Context, net *nn.Network, s *spec.Spec, opt Options) (*CheckResult, error) {
	opt, err := opt.withDefaults()
	if err != nil {
		return nil, err
	}
	net, s, err = prepare(ctx, net, s, opt)
	if err != nil {
		return nil, err
	}
	if s.Shares() {
		return nil, errShares
	}
	if s.Polytopes() {
		net = net.LowerSelections()
	}
	p, err := newProblem(ctx, net, s, 0, opt)
	if err != nil {
		return nil, err
	}
	r, err := p.audit(ctx, net, p.margin, opt.Workers)
	if err != nil {
		return nil, err
	}
	if p.execution == nil {
		return &r, nil
	}
	bounds, err := p.execution.errors(ctx, net)
	if err != nil {
		return nil, err
	}
	x, _ := p.execution.margins(net, bounds, p.margin)
	r.Execution = &x
	return &r, nil
}
