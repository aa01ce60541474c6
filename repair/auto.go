package repair

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/spec"
)

// Auto repairs every layer, each for itself and several at a time, within
// opt.Memory together, and returns the repair that opt.Rank prefers beside the
// results of all layers in order. Where no layer was repaired, best is the first unknown, else the first
// infeasible result. A layer that a list of free parameters does not fit is
// Unknown. Objectives of Mix divide by each layer's own number of parameters.
func Auto(ctx context.Context, net *nn.Network, s *spec.Spec, opt Options) (best *Result, all []*Result, err error) {
	opt, err = opt.withDefaults()
	if err != nil {
		return nil, nil, err
	}
	net, s, err = prepare(net, s, opt)
	if err != nil {
		return nil, nil, err
	}
	layers := len(net.Layers())
	all, errs := make([]*Result, layers), make([]error, layers)
	var telling sync.Mutex
	progress := opt.Progress
	opt.Progress = func(p Progress) {
		telling.Lock()
		defer telling.Unlock()
		progress(p)
	}
	// A worker takes whole layers: they need no waiting for one another.
	workers := min(opt.Workers, layers)
	opt.Workers = max(1, opt.Workers/max(1, workers))
	opt.Memory /= int64(max(1, workers))
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var next atomic.Int64
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			for {
				k := int(next.Add(1)) - 1
				if k >= layers {
					return
				}
				if all[k], errs[k] = oneOfAll(ctx, net, s, opt, k+1); errs[k] != nil {
					cancel()
				}
			}
		})
	}
	wg.Wait()
	if err := firstCause(errs); err != nil {
		return nil, nil, err
	}
	for _, r := range all {
		if best == nil || opt.Rank.better(r, best) {
			best = r
		}
	}
	return best, all, nil
}

// oneOfAll repairs layer k; one that the free parameters do not fit is Unknown.
func oneOfAll(ctx context.Context, net *nn.Network, s *spec.Spec, opt Options, k int) (*Result, error) {
	opt.Layer = k
	_, dense, err := net.Layer(k)
	if err != nil {
		return nil, err
	}
	if _, err := opt.Free.Mask(dense.Channel(nn.ValueChannel)); err != nil && opt.Free.Kind == FreeList {
		r := &Result{Layer: k, Norm: opt.Norm, Bound: opt.Bound, DType: opt.DType, Margin: s.Margin}
		return r.unknown(err.Error()), nil
	}
	r, err := run(ctx, net, s, opt)
	if err != nil || r.Network == nil || opt.Drawdown == nil {
		return r, err
	}
	drawdown, err := opt.Drawdown(r.Network)
	r.Drawdown = &drawdown
	return r, err
}

// firstCause is the first error that did not come from cancelling the others.
func firstCause(errs []error) error {
	var first error
	for _, err := range errs {
		if err != nil && (first == nil || errors.Is(first, context.Canceled)) {
			first = err
		}
	}
	return first
}
