package repair

import (
	"context"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/spec"
)

// Auto repairs every layer, each for itself, and returns the repair with the
// smallest objective beside the results of all layers in order. best is the
// first unknown, else the first infeasible result, where no layer was repaired.
// Objectives of Mix divide by each layer's own number of parameters.
func Auto(ctx context.Context, net *nn.Network, s *spec.Spec, opt Options) (best *Result, all []*Result, err error) {
	opt, err = opt.withDefaults()
	if err != nil {
		return nil, nil, err
	}
	net, s, err = prepare(net, s, opt)
	if err != nil {
		return nil, nil, err
	}
	for k := range net.Layers() {
		opt.Layer = k + 1
		r, err := run(ctx, net, s, opt)
		if err != nil {
			return nil, all, err
		}
		all = append(all, r)
		if best == nil || better(r, best) {
			best = r
		}
	}
	return best, all, nil
}

// better orders results: repaired by objective, then unknown, then infeasible.
func better(a, b *Result) bool {
	if ra, rb := rank(a.Status), rank(b.Status); ra != rb {
		return ra < rb
	}
	return rank(a.Status) == 0 && a.Objective < b.Objective
}

func rank(s Status) int {
	switch s {
	case Repaired, RepairedUpToRounding:
		return 0
	case Unknown:
		return 1
	}
	return 2
}
