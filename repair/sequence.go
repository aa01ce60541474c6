package repair

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/spec"
)

// Step is the repair of one layer of a sequence.
type Step struct {
	*Result
	// LeftOut are the names of the items that this layer could not repair together
	// with the others, left to later layers.
	LeftOut []string
}

// Sequence repairs several layers one after the other, in the order given, as the paper's
// conclusion proposes: each repairs what it can, and the next one, starting from the network
// that results, what is left. Repaired layers stay as they are. It ends with the first layer
// that repairs everything. That layer's check covers everything: all items on the network as
// stored, with all changed layers. A layer that repairs nothing leaves the network as it was.
//
// If a layer other than the last is infeasible, items that its Farkas multipliers name are
// left out, the heaviest first, until the rest has a repair. Every change is only the
// smallest for what it repairs, and nothing is claimed about their sum.
func Sequence(ctx context.Context, net *nn.Network, s *spec.Spec, opt Options, layers []int) ([]Step, error) {
	opt, err := opt.withDefaults()
	switch {
	case err != nil:
		return nil, err
	case len(layers) == 0:
		return nil, errors.New("no layer to repair")
	case opt.Executed:
		return nil, errors.New("a repair of several layers as executed is not supported: repair them in exact arithmetic")
	}
	for i, k := range layers {
		if _, _, err := net.Layer(k); err != nil {
			return nil, err
		}
		if slices.Contains(layers[:i], k) {
			return nil, fmt.Errorf("layer %d is given twice: a second repair of a layer finds nothing that the first did not", k)
		}
	}
	if net, s, err = prepare(ctx, net, s, opt); err != nil {
		return nil, err
	}
	if s.Shares() {
		return nil, errShares
	}
	opt.Wider = false // all layers are stored in one type
	var steps []Step
	for i, k := range layers {
		opt.Layer = k
		step, err := sequenceStep(ctx, net, s, opt, i == len(layers)-1)
		if err != nil {
			return steps, err
		}
		steps = append(steps, *step)
		if step.Network == nil {
			continue
		}
		if net = step.Network; len(step.LeftOut) == 0 {
			break
		}
	}
	return steps, nil
}

// sequenceStep repairs a layer for all items, or, unless it is the last one, for
// those that it can.
func sequenceStep(ctx context.Context, net *nn.Network, s *spec.Spec, opt Options, last bool) (*Step, error) {
	rest, step := *s, &Step{}
	rest.Items = slices.Clone(s.Items)
	for drop := 1; ; drop *= 2 {
		r, err := repairLayer(ctx, net, &rest, opt)
		if err != nil {
			return nil, err
		}
		step.Result = r
		if r.Status != Infeasible || last {
			return step, nil
		}
		heaviest := heaviestItems(r, drop)
		for _, i := range heaviest {
			step.LeftOut = append(step.LeftOut, rest.Items[i].Name)
		}
		if len(heaviest) == 0 || len(heaviest) == len(rest.Items) {
			return step, nil
		}
		kept := rest.Items[:0]
		for i, it := range rest.Items {
			if !slices.Contains(heaviest, i) {
				kept = append(kept, it)
			}
		}
		rest.Items = kept
	}
}

// heaviestItems are the indices of up to n items that a proof of infeasibility
// leans on most: by their part of y^T b, or, where only exact rows are known, of the
// multipliers.
func heaviestItems(r *Result, n int) []int {
	weight := map[int]float64{}
	for i := range r.Farkas {
		weight[r.Farkas[i].Place.index] -= float64(r.Farkas[i].Multiplier * r.Farkas[i].RHS)
	}
	if len(weight) == 0 {
		for i := range r.Rows {
			weight[r.Rows[i].Item] += r.Rows[i].Multiplier.Float64()
		}
	}
	items := make([]int, 0, len(weight))
	for i := range weight {
		items = append(items, i)
	}
	slices.SortFunc(items, func(a, b int) int {
		switch {
		case weight[a] > weight[b]:
			return -1
		case weight[a] < weight[b]:
			return 1
		}
		return a - b
	})
	return items[:min(n, len(items))]
}
