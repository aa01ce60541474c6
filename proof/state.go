package proof

import "github.com/netmend/netmend/nn"

// state is the values of one node, as affine functions on a simplex given by
// their values at its corners, for the pieces chosen so far; those of earlier
// nodes are reached through parent. Exact values are computed when they are
// asked for and kept.
type state struct {
	parent     *state
	index      int // node, or nn.Input
	act, value *values
	pattern    []uint8 // pieces of an activation
	exactAct   *exactValues
	exactValue *exactValues
}

// at is the state of node i, which is this one's or precedes it.
func (s *state) at(i int) *state {
	for s.index != i {
		s = s.parent
	}
	return s
}

// inputState is the state of the network's input on the simplex with the given
// corners.
func inputState(corners [][]float64) *state {
	n := len(corners[0])
	v := newValues(n, len(corners))
	for k, x := range corners {
		copy(v.c[k*n:], x)
	}
	return &state{index: nn.Input, act: v, value: v}
}

// affineState adds the affine node after s.
func (n *network) affineState(s *state, i int) *state {
	d := &n.nodes[i]
	in := s.at(d.input)
	next := &state{parent: s, index: i}
	same := in.act == in.value && d.act == d.value
	if d.needed && !same {
		next.act = d.act.apply(in.act)
	}
	next.value = d.value.apply(in.value)
	if same {
		next.act = next.value
	}
	return next
}

// activationState adds the activation node after s, with the pieces given.
func (n *network) activationState(s *state, i int, pattern []uint8) *state {
	d := &n.nodes[i]
	in := s.at(d.input)
	next := &state{parent: s, index: i, pattern: append([]uint8(nil), pattern...)}
	next.value = d.pieces.apply(in.value, pattern)
	switch {
	case in.act == in.value:
		next.act = next.value
	case d.needed:
		next.act = d.pieces.apply(in.act, pattern)
	}
	return next
}

// exact computes the state's exact values in a channel.
func (n *network) exact(s *state, ch nn.Channel) *exactValues {
	if s.act == s.value {
		ch = nn.ValueChannel
	}
	kept := &s.exactValue
	if ch == nn.ActivationChannel {
		kept = &s.exactAct
	}
	if *kept != nil {
		return *kept
	}
	if s.index == nn.Input {
		v := exactOf(s.value.c)
		*kept = &v
		return *kept
	}
	d := &n.nodes[s.index]
	in := n.exact(s.at(d.input), ch)
	switch {
	case d.pieces != nil:
		*kept = d.pieces.applyExact(in, s.pattern)
	case ch == nn.ActivationChannel:
		*kept = d.act.applyExact(in)
	default:
		*kept = d.value.applyExact(in)
	}
	return *kept
}

// patternOf is the pattern of all activation units that s has behind it.
func (n *network) patternOf(s *state) nn.Pattern {
	p := make(nn.Pattern, n.net.PatternLen())
	for ; s != nil; s = s.parent {
		if s.pattern != nil {
			copy(p[n.nodes[s.index].from:], s.pattern)
		}
	}
	return p
}
