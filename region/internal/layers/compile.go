package layers

import (
	"fmt"
	"math"

	"github.com/netmend/netmend/nn"
)

// maxEntries limits the entries of a matrix between two activation nodes: 0.5
// GiB of float64.
const maxEntries = 1 << 26

// New fails where the network is not piecewise affine, or too large for dense
// matrices.
func New(net *nn.Network) (*Network, error) {
	if i := net.DiscontinuousNode(); i >= 0 {
		n := net.Nodes[i]
		return nil, fmt.Errorf("node %d (%s %q) is not continuous: its linear regions are not enumerated", i, n.Op.Kind(), n.Name)
	}
	if i := net.SmoothNode(); i >= 0 {
		n := net.Nodes[i]
		return nil, fmt.Errorf("node %d (%s %q) is not piecewise affine, so the network has no linear regions", i, n.Op.Kind(), n.Name)
	}
	c := &compiler{net: net}
	l := &Network{Net: net, Decoupled: net.Decoupled()}
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

// compiler turns the nodes between two stages into one matrix.
type compiler struct {
	net     *nn.Network
	need    []bool // some stage or the output depends on the node
	lastUse []int  // lastUse[j+1] is the last node that node j is an input of
}

// uses finds what depends on what.
func (c *compiler) uses(stages []Stage) {
	n := len(c.net.Nodes)
	c.need, c.lastUse = make([]bool, n), make([]int, n+1)
	c.need[n-1], c.lastUse[n] = true, n
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
// the block of the next stage, or to the output for nil. It sends a basis
// through the nodes between: the images are the rows of the matrix.
func (c *compiler) segment(from, to *Stage, ch nn.Channel) (Affine, error) {
	basis, first := c.net.InDim(), 0
	if from != nil {
		basis, first = from.Width, from.Node+1
	}
	last, width := len(c.net.Nodes), c.net.OutDim()
	if to != nil {
		last, width = to.Node, to.Width
	}
	if width > maxEntries/(basis+1) {
		return Affine{}, fmt.Errorf("the network is too large for this search: a dense matrix of %d x %d would be needed", basis, width)
	}
	vals := make([]nn.Matrix, len(c.net.Nodes)+1) // row basis: the image of 0
	unit := func(node, column int) {
		m := nn.NewMatrix(basis+1, c.net.Dim(node))
		for k := range m.Cols {
			m.Row(column + k)[k] = 1
		}
		vals[node+1] = m
	}
	if from == nil {
		unit(nn.Input, 0)
	} else {
		for _, x := range from.carried {
			unit(x.node, x.column)
		}
		unit(from.Node, 0)
	}
	for j := first; j < last; j++ {
		if !c.need[j] {
			continue
		}
		if c.net.Dim(j) > maxEntries/(basis+1) {
			return Affine{}, fmt.Errorf("node %d (%s %q) is too large for this search: a dense matrix of %d x %d would be needed",
				j, c.net.Nodes[j].Op.Kind(), c.net.Nodes[j].Name, basis, c.net.Dim(j))
		}
		vals[j+1] = c.images(j, vals, basis, ch)
	}
	w, bias := nn.NewMatrix(basis, width), make([]float64, width)
	put := func(node, column int) {
		for r := range basis {
			copy(w.Row(r)[column:], vals[node+1].Row(r))
		}
		copy(bias[column:], vals[node+1].Row(basis))
	}
	if to == nil {
		put(last-1, 0)
	} else {
		put(c.net.Nodes[to.Node].Inputs[0], 0)
		for _, x := range to.carried {
			put(x.node, x.column)
		}
	}
	return newAffine(w, bias), nil
}

// images are the values of an affine node at the basis.
func (c *compiler) images(j int, vals []nn.Matrix, basis int, ch nn.Channel) nn.Matrix {
	node := c.net.Nodes[j]
	dst := nn.NewMatrix(basis+1, c.net.Dim(j))
	switch op := node.Op.(type) {
	case nn.Affine:
		var src, zero []nn.Matrix
		for _, k := range node.Inputs {
			src, zero = append(src, vals[k+1].Slice(0, basis)), append(zero, vals[k+1].Slice(basis, basis+1))
		}
		op.Forward(dst.Slice(0, basis), src, ch, false, 1)
		op.Forward(dst.Slice(basis, basis+1), zero, ch, true, 1)
	case *nn.Piecewise: // of one piece
		for r := range dst.Rows {
			for k, v := range vals[node.Inputs[0]+1].Row(r) {
				dst.Row(r)[k] = op.Slope[0] * v
				if r == basis {
					dst.Row(r)[k] += op.Offset[0]
				}
			}
		}
	}
	return dst
}
