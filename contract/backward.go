package contract

import (
	"context"
	"math"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/set"
)

// backward narrows the boxes from the output to the input. It ends early, with
// the boxes still valid, where the context ends.
func (c *contractor) backward(ctx context.Context) (conflict int, ok bool) {
	last := len(c.steps) - 1
	// pending has, for a node, half-spaces that its output satisfies beside
	// its box. They pass through affine nodes as they are.
	pending := map[int]*rows{last: newRows(c.net.OutDim(), c.output.HalfSpaces)}
	if !c.narrow.box(c.box(last), pending[last], c.lp(c.net.OutDim())) {
		return last, false
	}
	for i := last; i >= 0 && ctx.Err() == nil; i-- {
		switch {
		case c.steps[i].function != nil:
			conflict, ok = c.throughFunction(i)
		case c.steps[i].gate != nil:
			conflict, ok = c.throughGate(i)
		default:
			conflict, ok = c.throughAffine(i, pending)
		}
		if !ok {
			return conflict, false
		}
	}
	if len(c.input.HalfSpaces) > 0 && !c.narrow.box(&c.state.Input, newRows(c.net.InDim(), c.input.HalfSpaces), c.lp(c.net.InDim())) {
		return nn.Input, false
	}
	return 0, true
}

// lp reports whether linear programs are solved in that many variables.
func (c *contractor) lp(variables int) bool { return variables <= c.opt.MaxVariables }

// throughFunction narrows the box before an activation node. Where the inverse
// image is several intervals, the box keeps their hull.
func (c *contractor) throughFunction(i int) (conflict int, ok bool) {
	before := c.steps[i].inputs[0]
	in, out := c.box(before), c.box(i)
	for u := range out.Lo {
		hull := set.EmptyInterval()
		for _, part := range c.steps[i].function.Preimage(out.Interval(u), in.Interval(u)) {
			hull = hull.Hull(part)
		}
		if hull.Empty() {
			return before, false
		}
		in.Lo[u], in.Hi[u] = hull.Lo, hull.Hi
	}
	return 0, true
}

// throughAffine narrows the boxes before an affine node.
func (c *contractor) throughAffine(i int, pending map[int]*rows) (conflict int, ok bool) {
	m, inputs := c.steps[i].affine, c.steps[i].inputs
	joined := c.inputs(i)
	back := newRows(joined.Dim(), nil)
	if p := pending[i]; p != nil {
		back.pullBack(p, m, joined)
	}
	single := len(inputs) == 1
	if single && back.count() > 0 && inputs[0] != nn.Input && c.steps[inputs[0]].affine != nil {
		handed := *back
		pending[inputs[0]] = &handed
	}
	if single && inputs[0] == nn.Input {
		back.add(c.input.HalfSpaces)
	}
	back.addBox(m, *c.box(i), joined)
	ok = c.narrow.box(&joined, back, c.lp(joined.Dim()))
	offset := 0
	for _, j := range inputs {
		b := c.box(j)
		for u := range b.Lo {
			// An input may stand among the inputs twice.
			b.Lo[u], b.Hi[u] = math.Max(b.Lo[u], joined.Lo[offset+u]), math.Min(b.Hi[u], joined.Hi[offset+u])
		}
		offset += b.Dim()
		if b.Empty() {
			ok = false
		}
		if !ok {
			return j, false
		}
	}
	return 0, true
}
