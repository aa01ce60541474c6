package repair

import (
	"context"
	"errors"
	"sync"

	"github.com/netmend/netmend/internal/parallel"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/spec"
)

// Auto repairs every layer, each by itself and several at a time, within opt.MaxBytes in all,
// and returns the repair that opt.Rank prefers, along with the results of all layers in
// order. With [Exact] arithmetic that repair is proven, or the next best where it cannot be;
// those of the other layers stay [Found]. Where no layer was repaired, best is the first
// unknown, otherwise the first infeasible result. A layer to which a list of free parameters
// does not apply is Unknown. Objectives of Mix divide by each layer's own number of
// parameters.
func Auto(ctx context.Context, net *nn.Network, s *spec.Spec, opt Options) (best *Result, all []*Result, err error) {
	opt, err = opt.withDefaults()
	if err != nil {
		return nil, nil, err
	}
	original := net
	net, s, err = prepare(ctx, net, s, opt)
	if late(ctx, err) {
		for k := range original.Layers() {
			all = append(all, opt.result(nil, k+1).unknown(stopReason(ctx)))
		}
		return all[0], all, nil
	}
	if err != nil {
		return nil, nil, err
	}
	var telling sync.Mutex
	progress := opt.Progress
	opt.Progress = func(p Progress) {
		telling.Lock()
		defer telling.Unlock()
		progress(p)
	}
	if s.Shares() {
		besides := map[*Result][]*Result{}
		best, implied, err := withShares(ctx, net, s, opt, func(ctx context.Context, s *spec.Spec) (r *Result, err error) {
			r, all, err = auto(ctx, net, s, opt)
			besides[r] = all
			return r, err
		})
		if of := besides[best]; of != nil {
			all = of
		}
		if implied {
			for _, r := range all {
				r.withoutBounds()
			}
		}
		return best, all, err
	}
	best, all, err = auto(ctx, net, s, opt)
	if err != nil || best.Network != nil || opt.DType == nn.Float64 || ctx.Err() != nil {
		return best, all, err
	}
	for _, r := range all {
		if !r.unstored {
			continue
		}
		asked := opt.DType
		opt.DType = nn.Float64
		other, others, err := auto(ctx, net, s, opt)
		if err != nil {
			return nil, nil, err
		}
		if r.orWider(other, asked, opt.Wider) == other {
			return other, others, nil
		}
		return r, all, nil
	}
	return best, all, nil
}

// auto is Auto on prepared input.
func auto(ctx context.Context, net *nn.Network, s *spec.Spec, opt Options) (best *Result, all []*Result, err error) {
	c := &contest{net: net, spec: s, opt: opt}
	if err := c.all(ctx); err != nil {
		return nil, nil, err
	}
	if opt.Arithmetic == Exact {
		if err := c.proveBest(ctx); err != nil {
			return nil, nil, err
		}
	}
	k := c.best()
	return c.results[k], c.results, nil
}

// contest is the repair of all layers.
type contest struct {
	net  *nn.Network
	spec *spec.Spec
	opt  Options

	mu      sync.Mutex
	results []*Result
	leader  *attempt // of the best repair so far, to be proven
}

// all repairs every layer in float64; what is infeasible is proven to be.
func (c *contest) all(ctx context.Context) error {
	layers := len(c.net.Layers())
	c.results = make([]*Result, layers)
	errs := make([]error, layers)
	// A worker takes whole layers: they need no waiting for one another.
	workers := min(c.opt.Workers, layers)
	opt := c.opt
	opt.Workers = max(1, opt.Workers/max(1, workers))
	opt.MaxBytes /= int64(max(1, workers))
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	parallel.Each(layers, workers, func(k int) {
		if errs[k] = c.one(ctx, opt, k+1); errs[k] != nil {
			cancel()
		}
	})
	return firstCause(errs)
}

// one repairs layer k; one that the free parameters do not fit is Unknown.
func (c *contest) one(ctx context.Context, opt Options, k int) error {
	opt.Layer = k
	_, layer, err := c.net.Layer(k)
	if err != nil {
		return err
	}
	if _, err := opt.Free.Mask(layer.Channel(nn.ValueChannel)); err != nil && opt.Free.Kind == FreeList {
		c.results[k-1] = opt.result(c.spec, k).unknown(err.Error())
		return nil
	}
	a, r, err := newAttempt(ctx, c.net, c.spec, opt)
	if a != nil && err == nil {
		a.prover.deferred = true
		r, err = a.repair()
	}
	if err == nil {
		err = c.measure(r)
	}
	if err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.results[k-1] = r
	if r.Network != nil && (c.leader == nil || c.opt.Rank.better(r, c.leader.res)) {
		c.leader = a
	}
	return nil
}

// measure sets the drawdown of a repaired network.
func (c *contest) measure(r *Result) error {
	if r.Network == nil || c.opt.Drawdown == nil {
		return nil
	}
	drawdown, err := c.opt.Drawdown(r.Network)
	r.Drawdown = &drawdown
	return err
}

// best is the layer that is best, from 0.
func (c *contest) best() int {
	best := 0
	for k, r := range c.results {
		if c.opt.Rank.better(r, c.results[best]) {
			best = k
		}
	}
	return best
}

// proveBest proves the best repair, or else the next one.
func (c *contest) proveBest(ctx context.Context) error {
	tried := map[int]bool{}
	for {
		k := c.best()
		if r := c.results[k]; r.Status == Repaired || r.Network == nil || tried[k] {
			return nil
		}
		tried[k] = true
		var r *Result
		var err error
		if a := c.leader; a != nil && a.res.Layer == k+1 {
			a.prover.deferred, a.opt.Workers, a.prover.x.opt.Workers = false, c.opt.Workers, c.opt.Workers
			r, err = a.again(ctx)
		} else {
			opt := c.opt
			opt.Layer = k + 1
			r, err = repairLayer(ctx, c.net, c.spec, opt)
		}
		c.leader = nil
		if err == nil {
			err = c.measure(r)
		}
		if err != nil {
			return err
		}
		c.results[k] = r
	}
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
