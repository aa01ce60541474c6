package region

import (
	"fmt"
	"math"
	"slices"

	"github.com/netmend/netmend/nn"
)

// plan is what all workers of an enumeration share: the domains, and the
// network's activation channel, laid out for evaluation from one activation node
// with breakpoints (a stage) to the next.
type plan struct {
	net      *nn.Network
	domainOf func(i int) *domain
	// entry are the nodes between the input and stage 0.
	entry  []step
	stages []stage
}

// stage is an activation node with breakpoints. What a vertex carries at a
// stage, its block, is the input of the node and every other earlier value that
// a later stage depends on.
type stage struct {
	index  int
	node   int
	op     *nn.Piecewise
	units  int // units of the node
	unit0  int // where they start in a pattern
	breaks int // breakpoints a unit
	// A threshold is one breakpoint of one unit: bit unit*breaks + index among
	// the stage's, and first more than that among all.
	first, thresholds, words int
	width                    int   // numbers in a block; the node's input comes first
	carry                    []int // the nodes in a block, few; the stage's input first
	offsets                  []int // where they lie in it
	// steps are the nodes between this stage and the next.
	steps []step
}

// step evaluates one node.
type step struct {
	node   int
	inputs []int
	op     nn.Op
	// Of a dense layer: the transposed weights, which suit batches of a few
	// rows, and their absolute values.
	weight, abs nn.Matrix
	bias        []float64
}

// newPlan fails where the network is not piecewise affine.
func newPlan(net *nn.Network) (*plan, error) {
	if i := net.SmoothNode(); i >= 0 {
		n := net.Nodes[i]
		return nil, fmt.Errorf("node %d (%s %q) is not piecewise affine, so the network has no linear regions; "+
			"repair at points works for it", i, n.Op.Kind(), n.Name)
	}
	if i := net.DiscontinuousNode(); i >= 0 {
		n := net.Nodes[i]
		return nil, fmt.Errorf("node %d (%s %q) is not continuous: its linear regions are not enumerated", i, n.Op.Kind(), n.Name)
	}
	p := &plan{net: net}
	for i, node := range net.Nodes {
		op, ok := node.Op.(*nn.Piecewise)
		if !ok || len(op.Breaks) == 0 {
			continue
		}
		from, to := net.Units(i)
		s := stage{index: len(p.stages), node: i, op: op, units: to - from, unit0: from, breaks: len(op.Breaks)}
		s.thresholds = s.units * s.breaks
		s.words = (s.thresholds + 63) / 64
		if n := len(p.stages); n > 0 {
			s.first = p.stages[n-1].first + p.stages[n-1].thresholds
		}
		if s.first > math.MaxInt32-s.thresholds {
			return nil, fmt.Errorf("the network has more than 2^31 breakpoints")
		}
		p.stages = append(p.stages, s)
	}
	p.layOut()
	return p, nil
}

// layOut finds what each stage carries and which nodes lie between the stages.
func (p *plan) layOut() {
	need := make([]bool, len(p.net.Nodes)) // some stage depends on the node
	isStage := make([]bool, len(p.net.Nodes))
	for _, s := range p.stages {
		isStage[s.node] = true
	}
	lastUse := make([]int, len(p.net.Nodes)+1)
	for j := len(p.net.Nodes) - 1; j >= 0; j-- {
		if !need[j] && !isStage[j] {
			continue
		}
		for _, k := range p.net.Nodes[j].Inputs {
			lastUse[k+1] = max(lastUse[k+1], j)
			if k != nn.Input {
				need[k] = true
			}
		}
	}
	var live []int // nodes before the stage on which something from it on depends
	next := nn.Input
	for i := range p.stages {
		s := &p.stages[i]
		for ; next < s.node; next++ {
			live = append(live, next)
		}
		live = slices.DeleteFunc(live, func(j int) bool { return lastUse[j+1] < s.node })
		input := p.net.Nodes[s.node].Inputs[0]
		s.add(input, p.net.Dim(input))
		for _, j := range live {
			if j != input && lastUse[j+1] > s.node {
				s.add(j, p.net.Dim(j))
			}
		}
		from := -1
		if i > 0 {
			from = p.stages[i-1].node
		}
		steps := p.steps(from+1, s.node, need)
		if i == 0 {
			p.entry = steps
		} else {
			p.stages[i-1].steps = steps
		}
	}
}

func (s *stage) add(node, dim int) {
	s.carry = append(s.carry, node)
	s.offsets = append(s.offsets, s.width)
	s.width += dim
}

// offset is where a node lies in a block, or -1.
func (s *stage) offset(node int) int {
	if k := slices.Index(s.carry, node); k >= 0 {
		return s.offsets[k]
	}
	return -1
}

// steps are the needed nodes of [from, to).
func (p *plan) steps(from, to int, need []bool) []step {
	var steps []step
	for j := from; j < to; j++ {
		if !need[j] {
			continue
		}
		node := p.net.Nodes[j]
		st := step{node: j, inputs: node.Inputs, op: node.Op}
		if d, ok := node.Op.(*nn.Dense); ok {
			c := d.Channel(nn.ActivationChannel)
			st.bias = c.Bias
			st.weight, st.abs = transpose(c.Weight)
		}
		steps = append(steps, st)
	}
	return steps
}

// transpose returns the transpose of w and that of |w|.
func transpose(w nn.Matrix) (t, abs nn.Matrix) {
	t, abs = nn.NewMatrix(w.Cols, w.Rows), nn.NewMatrix(w.Cols, w.Rows)
	for i := range w.Rows {
		for j, v := range w.Row(i) {
			t.Data[j*t.Stride+i], abs.Data[j*t.Stride+i] = v, math.Abs(v)
		}
	}
	return t, abs
}
