package polytope

import (
	"context"
	"fmt"

	"github.com/netmend/netmend/nn"
)

// Enumerate calls visit for every linear region of the network on the domain, in
// order (see the package documentation); with [Options.Target], for the parts of
// the target's preimage. visit is called by the calling goroutine; what it is
// given is valid only until it returns. It may be nil if only the counts and
// the volume are wanted.
//
// For a decoupled network the regions are those of the activation channel, and
// the output is that of the value channel.
//
// A domain that has no interior in the free coordinates is searched as a layer a
// few tolerances thick, which contains it.
//
// A limit that is reached, and [ErrEnough] from visit, are not errors: see
// [Result.Stopped]. It fails, before any search, where the network is not
// piecewise affine or domain or target do not fit it; with any other error of
// visit; with ctx.Err(); and where the network's values overflow. With an error
// from the search there is a result as well.
func Enumerate(ctx context.Context, net *nn.Network, domain Domain, opt Options, visit func(*Cell) error) (*Result, error) {
	net = net.LowerSelections()
	if err := domain.check(net.InDim()); err != nil {
		return nil, err
	}
	for i, term := range opt.Target {
		if err := checkHalfSpaces(term.Rows, net.OutDim(), fmt.Sprintf("term %d of the target: half-space", i)); err != nil {
			return nil, err
		}
	}
	s, err := newSetting(net, domain, opt)
	if err != nil {
		return nil, err
	}
	return s.enumerate(ctx, visit)
}

// OnBox is [Enumerate] for the box lo <= x <= hi.
func OnBox(ctx context.Context, net *nn.Network, lo, hi []float64, opt Options, visit func(*Cell) error) (*Result, error) {
	return Enumerate(ctx, net, Box(lo, hi), opt, visit)
}
