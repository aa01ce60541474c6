package contract

import "github.com/netmend/netmend/set"

// Result is a contraction with all its iterations.
type Result struct {
	Outcome Outcome
	// States has the boxes at the start and after every iteration. An iteration
	// that ended in an empty box has none.
	States []State
	// Conflict is the node whose box became empty, [nn.Input] for the input; it has a meaning
	// only for Incompatible.
	Conflict int
	// Weak lists the affine nodes that were too large for linear programs, so
	// that their rows narrowed the box before them one by one.
	Weak []int
}

// State is a box for the input and for every node. They are closed, and contain
// the values of every input in the set of inputs whose output lies in the set of
// outputs.
type State struct {
	Input set.Box
	// Nodes has the boxes of the nodes' outputs; the last is the network's.
	Nodes []set.Box
}

// Last is the state reached.
func (r *Result) Last() State { return r.States[len(r.States)-1] }

// Outcome says how a contraction ended.
type Outcome uint8

// The ways a contraction ends.
const (
	// FixedPoint: another iteration would not move a bound by Progress.
	FixedPoint Outcome = iota
	// LimitReached: MaxIterations were done.
	LimitReached
	// Interrupted: the context ended. The last state is that of the last
	// complete iteration.
	Interrupted
	// Incompatible: it is proven that no input of the input set has its output in the output
	// set.
	Incompatible
)

func (o Outcome) String() string {
	switch o {
	case FixedPoint:
		return "fixed point"
	case LimitReached:
		return "limit reached"
	case Interrupted:
		return "interrupted"
	case Incompatible:
		return "incompatible"
	}
	return "unknown outcome"
}

func (s State) clone() State {
	c := State{Input: s.Input.Clone(), Nodes: make([]set.Box, len(s.Nodes))}
	for i, b := range s.Nodes {
		c.Nodes[i] = b.Clone()
	}
	return c
}
