package proof

import (
	"sync/atomic"

	"github.com/netmend/netmend/nn"
)

// state is the values of one node, as affine functions on a simplex given by
// their values at its corners, for the pieces chosen so far; those of earlier
// nodes are reached through parent. Exact values are computed when they are
// asked for and kept: several goroutines may do so.
type state struct {
	parent     *state
	index      int // node, or nn.Input
	act, value *values
	pattern    []uint8 // pieces of an activation

	exactAct, exactValue atomic.Pointer[exactValues]
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
		for i, c := range x {
			v.c[i*len(corners)+k] = c
		}
	}
	return &state{index: nn.Input, act: v, value: v}
}

// inputsOf are the values that a node is applied to, the last of its inputs
// being computed by s or before.
func (s *state) inputsOf(d *node) (act, value *values) {
	if len(d.inputs) == 1 {
		in := s.at(d.inputs[0])
		return in.act, in.value
	}
	acts, parts := make([]*values, len(d.inputs)), make([]*values, len(d.inputs))
	same, known := true, true
	for k, j := range d.inputs {
		in := s.at(j)
		acts[k], parts[k] = in.act, in.value
		same = same && in.act == in.value
		known = known && in.act != nil
	}
	value = joined(parts)
	switch {
	case same:
		return value, value
	case known:
		return joined(acts), value
	}
	return nil, value // no activation needs it
}

// affineState adds the affine node after s.
func (n *network) affineState(s *state, i int) *state {
	n.obey()
	d := &n.nodes[i]
	act, value := s.inputsOf(d)
	next := &state{parent: s, index: i}
	same := act == value && d.act == d.value
	if d.needed && !same {
		next.act = d.act.apply(act)
	}
	next.value = d.value.apply(value)
	if same {
		next.act = next.value
	}
	return next
}

// activationState adds the activation node after s, with the pieces given, which it
// keeps.
func (n *network) activationState(s *state, i int, pattern []uint8) *state {
	d := &n.nodes[i]
	in := s.at(d.inputs[0])
	next := &state{parent: s, index: i, pattern: pattern}
	next.value = d.pieces.apply(in.value, pattern)
	switch {
	case in.act == in.value:
		next.act = next.value
	case d.needed:
		next.act = d.pieces.apply(in.act, pattern)
	}
	return next
}

// follow goes through the network on a simplex with the pieces given.
func (n *network) follow(corners [][]float64, pattern nn.Pattern) *state {
	s := inputState(corners)
	for i := range n.nodes {
		if d := &n.nodes[i]; d.pieces == nil {
			s = n.affineState(s, i)
		} else {
			s = n.activationState(s, i, pattern[d.from:d.to])
		}
	}
	return s
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
	if v := kept.Load(); v != nil {
		return v
	}
	v := n.computeExact(s, ch)
	kept.Store(v)
	return v
}

func (n *network) computeExact(s *state, ch nn.Channel) *exactValues {
	if s.index == nn.Input {
		x := s.value
		byCorner := make([]float64, len(x.c))
		for i, c := range x.c {
			byCorner[i%x.corners*x.n+i/x.corners] = c
		}
		v := exactOf(byCorner)
		return &v
	}
	d := &n.nodes[s.index]
	in := n.exactInputs(s, d, ch)
	switch {
	case d.pieces != nil:
		return d.pieces.applyExact(in, s.pattern)
	case ch == nn.ActivationChannel:
		return d.act.applyExact(in, n.obey)
	}
	return d.value.applyExact(in, n.obey)
}

// exactInputs are the exact values that a node after s, or s itself, is applied
// to.
func (n *network) exactInputs(s *state, d *node, ch nn.Channel) *exactValues {
	parts, lengths := make([]*exactValues, len(d.inputs)), make([]int, len(d.inputs))
	for k, j := range d.inputs {
		in := s.at(j)
		parts[k], lengths[k] = n.exact(in, ch), in.value.n
	}
	return joinExact(parts, lengths)
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
