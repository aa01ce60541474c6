package contract

import (
	"context"
	"math"
	"slices"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/set"
)

// Run narrows the boxes of a network's nodes for inputs in the set input with
// outputs in the set output, which may have infinite bounds.
//
// The boxes of a decoupled network are those of its value channel; the activation
// channel is narrowed along with it. It fails for a network with operations that it
// does not know, and for sets of other dimensions. Contradictory sets are not an error:
// they are [Incompatible].
func Run(ctx context.Context, net *nn.Network, input, output Set, opt Options) (*Result, error) {
	if err := net.CheckEnd(); err != nil {
		return nil, err
	}
	net, err := net.LowerSelectionsContext(ctx)
	if err != nil {
		return nil, err
	}
	if err := check(net, input, output); err != nil {
		return nil, err
	}
	all, outputs, err := steps(ctx, net)
	if err != nil {
		return nil, err
	}
	c := &contractor{
		net: net, steps: all, outputs: outputs, opt: opt.withDefaults(), input: input, output: output,
		narrow: narrower{solvers: solvers{}},
	}
	r := &Result{}
	for _, s := range all {
		if s.affine != nil && s.affine.Matrix.Cols > c.opt.MaxVariables && !slices.Contains(r.Weak, s.node) {
			r.Weak = append(r.Weak, s.node)
		}
	}
	c.iterate(ctx, r)
	if r.Outcome == Incompatible && r.Conflict != nn.Input {
		r.Conflict = all[r.Conflict].node
	}
	return r, nil
}

// contractor runs one contraction.
type contractor struct {
	net           *nn.Network
	steps         []step
	outputs       []int // steps that give the nodes' values
	opt           Options
	input, output Set
	narrow        narrower
	state         State // by steps
}

// iterate runs iterations until the end and fills in the result.
func (c *contractor) iterate(ctx context.Context, r *Result) {
	conflict, ok := c.start()
	r.States = append(r.States, c.snapshot())
	for ok {
		if len(r.States) > c.opt.MaxIterations {
			r.Outcome = LimitReached
			return
		}
		before := c.state.clone()
		if conflict, ok = c.forward(ctx); ok && ctx.Err() == nil {
			conflict, ok = c.backward(ctx)
		}
		if !ok {
			break
		}
		if ctx.Err() != nil {
			r.Outcome = Interrupted
			return
		}
		r.States = append(r.States, c.snapshot())
		if !c.moved(before) {
			r.Outcome = FixedPoint
			return
		}
	}
	r.Outcome, r.Conflict = Incompatible, conflict
}

// start sets the boxes before the first iteration: the sets, the ranges of the
// activation functions, and no bounds elsewhere.
func (c *contractor) start() (conflict int, ok bool) {
	c.state = State{Input: c.input.Box.Clone(), Nodes: make([]set.Box, len(c.steps))}
	for i, op := range c.steps {
		b := set.WholeBox(op.dim)
		if op.function != nil {
			r := op.function.Image(set.Line())
			for u := range b.Lo {
				b.Lo[u], b.Hi[u] = r.Lo, r.Hi
			}
		}
		c.state.Nodes[i] = b
	}
	last := len(c.steps) - 1
	c.state.Nodes[last] = c.state.Nodes[last].Intersect(c.output.Box)
	if c.state.Input.Empty() {
		return nn.Input, false
	}
	return last, !c.state.Nodes[last].Empty()
}

// box is the box of a step or of the input.
func (c *contractor) box(i int) *set.Box {
	if i == nn.Input {
		return &c.state.Input
	}
	return &c.state.Nodes[i]
}

// forward intersects every box with the image of those before it.
func (c *contractor) forward(ctx context.Context) (conflict int, ok bool) {
	for i, s := range c.steps {
		if ctx.Err() != nil {
			return 0, true // the caller looks at it, too
		}
		b := c.box(i)
		if s.affine != nil {
			*b = b.Intersect(imageOf(s.affine, c.inputs(i)))
		} else {
			in := c.box(s.inputs[0])
			for u := range b.Lo {
				var image set.Interval
				if s.gate != nil {
					image = s.gate.Image(in.Interval(u), c.box(s.inputs[1]).Interval(u))
				} else {
					image = s.function.Image(in.Interval(u))
				}
				image = image.Intersect(b.Interval(u))
				b.Lo[u], b.Hi[u] = image.Lo, image.Hi
			}
		}
		if b.Empty() {
			return i, false
		}
	}
	return 0, true
}

// inputs joins the boxes of a step's inputs.
func (c *contractor) inputs(i int) set.Box {
	var joined set.Box
	for _, j := range c.steps[i].inputs {
		b := c.box(j)
		joined.Lo, joined.Hi = append(joined.Lo, b.Lo...), append(joined.Hi, b.Hi...)
	}
	return joined
}

// moved reports whether a bound moved by more than Progress.
func (c *contractor) moved(before State) bool {
	far := func(old, now []float64) bool {
		for k, v := range now {
			if v != old[k] && !(math.Abs(v-old[k]) <= c.opt.Progress*max(1, math.Abs(v))) {
				return true
			}
		}
		return false
	}
	if far(before.Input.Lo, c.state.Input.Lo) || far(before.Input.Hi, c.state.Input.Hi) {
		return true
	}
	for i, b := range c.state.Nodes {
		if far(before.Nodes[i].Lo, b.Lo) || far(before.Nodes[i].Hi, b.Hi) {
			return true
		}
	}
	return false
}
