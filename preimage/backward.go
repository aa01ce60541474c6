package preimage

import (
	"context"
	"fmt"
	"time"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/set"
	"github.com/netmend/netmend/set/solve"
)

// BackwardOptions of [Backward]. The zero value is the algorithm as in the paper, without a
// domain and without limits.
type BackwardOptions struct {
	// Domain, if not nil, is the set of inputs that count: the result is cut
	// with it at the end.
	Domain *set.Polyhedron
	// Prune drops pieces on the way that no point of Domain can reach, by bounds
	// of every value over it. The sets of the snapshots are then larger or smaller
	// than the preimages, but agree with them on what Domain reaches; the result
	// is the same set.
	Prune bool
	// Simplify removes redundant half-spaces after every step, and avoids splits at a unit that
	// the set does not depend on.
	Simplify bool
	// MaxPolyhedra is how many polyhedra are kept after a step at most; 0 means no limit.
	MaxPolyhedra int
	// MaxTime is the time allowed; 0 means no limit.
	MaxTime time.Duration
	// Snapshot, if not nil, is told the sets after every step, the target and
	// the cut with Domain included. An error from it ends the computation.
	Snapshot func(Snapshot) error
}

// StepKind names the steps of [Backward].
type StepKind string

// The steps, in the order in which they come: the target; then, for each node
// backwards, the preimage under it; then the cut with the domain.
const (
	StepTarget     StepKind = "target"
	StepAffine     StepKind = "affine"
	StepActivation StepKind = "activation"
	StepDomain     StepKind = "domain"
)

// Snapshot is what [Backward] has after a step.
type Snapshot struct {
	Kind StepKind
	// Node is the node that was stepped over; len(Nodes) for StepTarget,
	// nn.Input for StepDomain.
	Node int
	// Values are the nodes (or nn.Input) whose values the sets describe, one after the other; a
	// single one in a network without branches.
	Values []int
	// Sets has no empty members. They must not be changed.
	Sets set.Union
}

// BackwardResult is what [Backward] found.
type BackwardResult struct {
	// Sets is the preimage, or a part of it. No member is empty; members overlap
	// where those of the target do, and on faces.
	Sets set.Union
	// Side is Exact, or Under if a limit was reached.
	Side Side
	// Limit says which limit was reached: nil, [ErrPolyhedra] or [ErrTime].
	Limit error
}

// Backward computes the preimage {x : net(x) in target} of a union of polyhedra under a
// piecewise-affine network, layer by layer from the output backwards: Algorithm 1 of the
// paper. Affine nodes follow equation (6), also where their matrix is singular or not square,
// activation nodes equations (8) to (10). Functions that are not continuous are handled as
// well: where two pieces differ at their breakpoint, the lower one holds on a strict
// half-space, so the result is the preimage and not its closure.
//
// A node of n units with k pieces each splits a polyhedron into up to k^n. They are searched
// unit by unit, and empty sets are dropped at once (all dead ends of the search are empty),
// so the time grows with the pieces that are not empty. Pieces come in a fixed order, upper
// pieces first, the last unit fastest.
//
// If a limit is reached, the result is part of the preimage: with MaxPolyhedra, what became
// of the polyhedra kept; with MaxTime, nothing, because no polyhedron reaches the input
// before all do. The snapshots show how far it went.
//
// It fails if the network is not piecewise affine or is decoupled, if target or domain do not
// have the dimension of the output or input, with the error of Snapshot, and with ctx.Err().
func Backward(ctx context.Context, net *nn.Network, target set.Union, opt BackwardOptions) (*BackwardResult, error) {
	if err := net.CheckEnd(); err != nil {
		return nil, err
	}
	net, err := net.LowerSelectionsContext(ctx)
	if err != nil {
		return nil, err
	}
	ctx, stop := withLimit(ctx, opt.MaxTime)
	defer stop()
	r := &BackwardResult{}
	b, err := newBackward(ctx, net, target, &opt)
	if err == nil {
		r.Sets, err = b.run(target)
		r.Limit = b.limit
	}
	if err == nil {
		err = context.Cause(ctx)
	}
	if r.Limit == nil && err != nil && context.Cause(ctx) == ErrTime {
		r.Limit, r.Sets, err = ErrTime, nil, nil
	}
	if err != nil {
		return nil, err
	}
	if r.Limit != nil {
		r.Side = Under
	}
	return r, nil
}

// backward is a run of [Backward].
type backward struct {
	ctx     context.Context
	net     *nn.Network
	opt     *BackwardOptions
	layouts []*layout
	// bounds has, with Prune, an interval for every value: of the input first,
	// then of each node.
	bounds []set.Box
	// activate takes sets over an activation node, linear over an affine one.
	activate func(node int, sets set.Union) (set.Union, error)
	linear   func(node int, sets set.Union) set.Union
	limit    error
}

func newBackward(ctx context.Context, net *nn.Network, target set.Union, opt *BackwardOptions) (*backward, error) {
	if err := checkPiecewise(net); err != nil {
		return nil, err
	}
	if net.Decoupled() {
		return nil, fmt.Errorf("the network is decoupled (layers %v have value parameters of their own): "+
			"a set of one layer's values does not say which pieces the other channel chooses, so its preimages are not computed "+
			"layer by layer, but region by region (Regions; netmend preimage without --snapshots)", net.RepairedLayers())
	}
	if err := checkTarget(net, target); err != nil {
		return nil, err
	}
	b := &backward{ctx: ctx, net: net, opt: opt, layouts: layouts(net)}
	b.activate, b.linear = b.activation, b.affine
	if opt.Domain == nil {
		return b, nil
	}
	if err := checkDomain(net, *opt.Domain); err != nil {
		return nil, err
	}
	if opt.Prune {
		box, err := solve.Within(ctx).BoundingBox(*opt.Domain)
		if err != nil {
			return nil, err
		}
		b.bounds, err = propagate(ctx, net, box)
		return b, err
	}
	return b, nil
}

// run goes from the target to the input.
func (b *backward) run(target set.Union) (set.Union, error) {
	sets, err := b.dropEmpty(target, len(b.net.Nodes))
	if err != nil {
		return nil, err
	}
	if err := b.snapshot(StepTarget, len(b.net.Nodes), sets); err != nil {
		return nil, err
	}
	for i := len(b.net.Nodes) - 1; i >= 0 && len(sets) > 0; i-- {
		kind := StepAffine
		switch {
		case !b.layouts[i+1].has(i): // nothing reads the node
			sets = b.moved(i, sets)
			continue
		case b.isActivation(i):
			kind = StepActivation
			sets, err = b.activate(i, sets)
		default:
			sets, err = b.dropEmpty(b.linear(i, sets), i)
		}
		if err != nil {
			return nil, err
		}
		if err := b.snapshot(kind, i, sets); err != nil {
			return nil, err
		}
	}
	if b.opt.Domain == nil || len(sets) == 0 {
		return sets, nil
	}
	if sets, err = b.dropEmpty(sets.Intersect(*b.opt.Domain), 0); err != nil {
		return nil, err
	}
	return sets, b.snapshot(StepDomain, nn.Input, sets)
}

func (b *backward) isActivation(i int) bool {
	_, ok := b.net.Nodes[i].Op.(nn.Activation)
	return ok
}

func (b *backward) snapshot(kind StepKind, node int, sets set.Union) error {
	if b.opt.Snapshot == nil {
		return nil
	}
	at := max(node, 0)
	return b.opt.Snapshot(Snapshot{Kind: kind, Node: node, Values: b.layouts[at].nodes, Sets: sets})
}

// dropEmpty keeps the members that are not empty, in the layout before node at,
// and no more than the limit.
func (b *backward) dropEmpty(sets set.Union, at int) (set.Union, error) {
	var kept set.Union
	box := b.box(at)
	for _, p := range sets {
		if err := context.Cause(b.ctx); err != nil {
			return nil, err
		}
		if isEmptyIn(solve.Within(b.ctx), p, box) {
			continue
		}
		if !b.room(len(kept)) {
			break
		}
		kept = append(kept, b.simplify(p))
	}
	return kept, nil
}

// room reports whether one more polyhedron may join n, and notes where not.
func (b *backward) room(n int) bool {
	if b.opt.MaxPolyhedra > 0 && n >= b.opt.MaxPolyhedra {
		b.limit = ErrPolyhedra
		return false
	}
	return true
}

func (b *backward) simplify(p set.Polyhedron) set.Polyhedron {
	if b.opt.Simplify {
		return irredundant(solve.Within(b.ctx), p)
	}
	return p
}

// box bounds the values of the layout before node at; without bounds it is nil.
func (b *backward) box(at int) *set.Box {
	if b.bounds == nil {
		return nil
	}
	var box set.Box
	for _, j := range b.layouts[at].nodes {
		box.Lo = append(box.Lo, b.bounds[j+1].Lo...)
		box.Hi = append(box.Hi, b.bounds[j+1].Hi...)
	}
	return &box
}
