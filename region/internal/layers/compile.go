package layers

import (
	"fmt"
	"math"

	"github.com/netmend/netmend/internal/affine"
	"github.com/netmend/netmend/internal/rounding"
	"github.com/netmend/netmend/nn"
)

const (
	// wasteful is how many times as many entries a larger one may have as the dense
	// layers that it is made of.
	wasteful = 4
	// maxEntries limits it where there is no other way than a matrix: 0.5 GiB.
	maxEntries = 1 << 26
)

// New fails if the network is not piecewise affine, and where a large node is of
// a kind that package nn does not know.
func New(net *nn.Network) (*Network, error) { return compile(net, false) }

// Patterns is [New] for the activation patterns alone: nothing beyond the last stage, and the
// activation channel. Its affine maps add up what the network's nodes do, one after the other. It
// is for a few rows at a time, and for networks with any number of inputs.
func Patterns(net *nn.Network) (*Network, error) { return compile(net, true) }

func compile(net *nn.Network, patterns bool) (*Network, error) {
	if i := net.DiscontinuousNode(); i >= 0 {
		n := net.Nodes[i]
		return nil, fmt.Errorf("node %d (%s %q) is not continuous: its linear regions are not enumerated", i, n.Op.Kind(), n.Name)
	}
	if i := net.SmoothNode(); i >= 0 {
		n := net.Nodes[i]
		return nil, fmt.Errorf("node %d (%s %q) is not piecewise affine, so the network has no linear regions", i, n.Op.Kind(), n.Name)
	}
	c := &compiler{net: net, patterns: patterns}
	l := &Network{Net: net, Decoupled: net.Decoupled() && !patterns}
	for i, node := range net.Nodes {
		op, ok := node.Op.(*nn.Piecewise)
		if !ok || len(op.Breaks) == 0 {
			continue
		}
		from, to := net.Units(i)
		s := Stage{Node: i, Op: op, Units: to - from, Unit0: from, Breaks: len(op.Breaks)}
		s.Thresholds = s.Units * s.Breaks
		if s.Thresholds > math.MaxInt32/2 {
			return nil, fmt.Errorf("node %d (%s %q) has more than 2^30 breakpoints", i, op.Kind(), node.Name)
		}
		s.Words = (s.Thresholds + 63) / 64
		l.Stages = append(l.Stages, s)
	}
	c.uses(l.Stages)
	for i := range l.Stages {
		c.layOut(&l.Stages[i])
	}
	for i := -1; i < len(l.Stages); i++ {
		at := &l.Entry
		var from, to *Stage
		if i >= 0 {
			from = &l.Stages[i]
			at = &from.Next
		}
		if i+1 < len(l.Stages) {
			to = &l.Stages[i+1]
		} else if patterns {
			break
		}
		for ch := range at {
			if nn.Channel(ch) == nn.ValueChannel && !l.Decoupled {
				at[ch] = at[nn.ActivationChannel]
				continue
			}
			a, err := c.segment(from, to, nn.Channel(ch))
			if err != nil {
				return nil, err
			}
			at[ch] = a
		}
	}
	return l, nil
}

// compiler turns the nodes between two stages into one affine map.
type compiler struct {
	net      *nn.Network
	patterns bool
	need     []bool // some stage, or the output where it counts, depends on the node
	lastUse  []int  // lastUse[j+1] is the last node that node j is an input of
}

// uses finds what depends on what.
func (c *compiler) uses(stages []Stage) {
	n := len(c.net.Nodes)
	c.need, c.lastUse = make([]bool, n), make([]int, n+1)
	if !c.patterns {
		c.need[n-1], c.lastUse[n] = true, n
	}
	for _, s := range stages {
		c.need[s.Node] = true
	}
	for j := n - 1; j >= 0; j-- {
		if !c.need[j] {
			continue
		}
		for _, k := range c.net.Nodes[j].Inputs {
			c.lastUse[k+1] = max(c.lastUse[k+1], j)
			if k != nn.Input {
				c.need[k] = true
			}
		}
	}
}

// layOut finds what a stage's block holds.
func (c *compiler) layOut(s *Stage) {
	s.Width = s.Units
	for j := nn.Input; j < s.Node; j++ {
		if c.lastUse[j+1] > s.Node {
			s.carried = append(s.carried, carry{j, s.Width})
			s.Width += c.net.Dim(j)
		}
	}
}

// segment is the map from the block of a stage, or from the input for nil, to
// the block of the next stage, or to the output for nil.
func (c *compiler) segment(from, to *Stage, ch nn.Channel) (Affine, error) {
	chain, known := c.chain(from, to, ch)
	if d := chain.single(); d != nil {
		return transposed(d.Channel(ch)).affine(), nil
	}
	weights, convolved := 0, false
	for i := range chain.links {
		convolved = convolved || affine.Convolves(chain.links[i].op)
		if d, ok := chain.links[i].op.(*nn.Dense); ok {
			weights += d.Weight.Rows * d.Weight.Cols
		}
	}
	small := affine.SmallMatrix
	if affine.Convolutional(c.net) {
		small = 0
	}
	entries := maxEntries + 1
	if chain.length <= maxEntries/(chain.width+1) {
		entries = (chain.width + 1) * chain.length
	}
	switch {
	case known && (c.patterns || convolved || entries > max(small, wasteful*weights)):
		for i := range chain.links {
			l := &chain.links[i]
			if d, ok := l.op.(*nn.Dense); ok && c.patterns {
				l.dense = transposed(d.Channel(ch))
			} else {
				l.abs, _ = rounding.Absolute(l.op, ch)
			}
		}
		return Affine{chain, chain.length}, nil
	case entries > maxEntries:
		return Affine{}, fmt.Errorf("the network is too large for this search: a matrix of %d x %d would be needed", chain.width, chain.length)
	}
	return chain.matrix().affine(), nil
}

// chain are the nodes between two stages one after the other, and whether the
// absolute values of all are known, which are left out.
func (c *compiler) chain(from, to *Stage, ch nn.Channel) (*chain, bool) {
	first, last := 0, len(c.net.Nodes)
	s := &chain{dims: make([]int, last+1), width: c.net.InDim(), length: c.net.OutDim()}
	for j := range s.dims {
		s.dims[j] = c.net.Dim(j - 1)
	}
	if from == nil {
		s.in = []carry{{nn.Input, 0}}
	} else {
		s.in = append([]carry{{from.Node, 0}}, from.carried...)
		s.width, first = from.Width, from.Node+1
	}
	if to == nil {
		s.out = []carry{{last - 1, 0}}
	} else {
		s.out = append([]carry{{c.net.Nodes[to.Node].Inputs[0], 0}}, to.carried...)
		s.length, last = to.Width, to.Node
	}
	known := true
	for j := first; j < last; j++ {
		if !c.need[j] {
			continue
		}
		l := link{node: j, inputs: c.net.Nodes[j].Inputs, ch: ch}
		switch op := c.net.Nodes[j].Op.(type) {
		case nn.Affine:
			l.op = op
		case *nn.Piecewise: // of one piece
			l.op = scaling(op, c.net.Dim(j))
		default:
			panic("layers: a " + op.Kind() + " lies between affine nodes")
		}
		known = known && rounding.HasAbsolute(l.op)
		s.links = append(s.links, l)
		s.total += c.net.Dim(j)
	}
	return s, known
}

// single is the dense layer that the chain is; nil if it is more.
func (c *chain) single() *nn.Dense {
	if len(c.links) != 1 || len(c.in) != 1 || len(c.out) != 1 || c.out[0].node != c.links[0].node {
		return nil
	}
	d, _ := c.links[0].op.(*nn.Dense)
	return d
}

// scaling is an activation function of one piece, on that many units.
func scaling(f *nn.Piecewise, units int) *nn.Scale {
	s := &nn.Scale{Factor: make([]float64, units), Shift: make([]float64, units)}
	for u := range units {
		s.Factor[u], s.Shift[u] = f.Slope[0], f.Offset[0]
	}
	return s
}

// matrix is the matrix of the chain: the images of a basis, or where that is fewer
// rows, and as exact for one dense layer and copies, the outputs pulled back.
func (c *chain) matrix() *matrix {
	sums := 0
	for i := range c.links {
		switch c.links[i].op.(type) {
		case *nn.Take, *nn.Concat:
		case *nn.Dense:
			sums++
		default:
			sums += 2
		}
	}
	all := make([]int, max(c.width, c.length))
	for k := range all {
		all[k] = k
	}
	if sums > 1 || c.width <= c.length {
		return c.restrict(all[:c.width], nil)
	}
	units := nn.NewMatrix(c.length, c.length)
	for k := range units.Rows {
		units.Row(k)[k] = 1
	}
	return c.after(units, make([]float64, c.length))
}
