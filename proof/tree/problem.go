package tree

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync/atomic"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/set"
)

// Problem is the claim that no input of a set gives an output in the target.
//
// The numbers of half-spaces may have been rounded to the nearest float64: they are
// taken as no more certain than that.
type Problem struct {
	// Net is piecewise affine. Steps count the units of Net.LowerSelections(): those of
	// its maxima are pairs of ReLUs.
	Net *nn.Network
	// Lo and Hi are a bounded box that contains the set of inputs, which Cuts cut
	// further, each as Normal . x <= Offset. Strict half-spaces are taken as closed.
	Lo, Hi []float64
	Cuts   []set.HalfSpace
	// Terms are the target, a union of intersections of half-spaces of the outputs.
	// A term without half-spaces is the whole space.
	Terms [][]set.HalfSpace
	// Exact are the numbers that are meant, for exact steps; nil if they are not known.
	Exact *Exact
}

// compiled is a problem made ready.
type compiled struct {
	watch     *watch
	problem   *Problem
	net       *nn.Network
	decoupled bool
	// continuous: the pieces of no function jump, but for what the value channel does.
	continuous bool
	// vars are the inputs that are variables of forms: those that vary by more than
	// rounding.
	vars   []int
	lo, hi []float64 // of the variables
	input  *band
	sizes  *sizes
	// ops are by channel and node; nil for activation nodes.
	ops [2][]*affine
	// goal gives normal . output - offset of all half-spaces of the target, those
	// of term t from first[t] to first[t+1].
	goal   *affine
	first  []int
	nodeOf []int // of a unit of the pattern

	exact   *Exact
	inexact bool // some map was rounded
	chain   bool // see isChain
	numbers int  // of all nodes' values
	cuts    int

	// cells counts those of the tree that were not left done, by all states.
	cells *atomic.Int64
}

// thin is the width of an input, in units of its size, up to which it is a constant
// that is known not quite: a number that was rounded outward.
const thin = 8 * roundoff

func compile(ctx context.Context, p *Problem) (*compiled, error) {
	c := &compiled{watch: &watch{ctx: ctx}, problem: p, net: p.Net.LowerSelections(), decoupled: p.Net.Decoupled(), exact: p.Exact, cuts: len(p.Cuts), cells: new(atomic.Int64)}
	c.cells.Store(1)
	if err := c.watch.after(watchEvery); err != nil {
		return nil, err
	}
	if len(p.Lo) != p.Net.InDim() || len(p.Hi) != p.Net.InDim() {
		return nil, fmt.Errorf("the box has %d and %d bounds, the network %d inputs", len(p.Lo), len(p.Hi), p.Net.InDim())
	}
	for j, lo := range p.Lo {
		hi := p.Hi[j]
		switch {
		case !(math.Abs(lo) < math.MaxFloat64 && math.Abs(hi) < math.MaxFloat64):
			return nil, fmt.Errorf("input %d is unbounded: bound every input", j)
		case hi-lo > thin*max(math.Abs(lo), math.Abs(hi)):
			c.vars = append(c.vars, j)
			c.lo, c.hi = append(c.lo, lo), append(c.hi, hi)
		}
	}
	c.sizes = newSizes(c.lo, c.hi)
	c.input = newBand(1+len(c.vars), len(p.Lo))
	v := 0
	for j, lo := range p.Lo {
		if v < len(c.vars) && c.vars[v] == j {
			c.input.centre.Row(1 + v)[j] = 1
			v++
			continue
		}
		// An empty range (lo > hi) may be enclosed by anything.
		c.input.centre.Row(0)[j] = lo
		c.input.radius.Row(0)[j] = max(0, (p.Hi[j]-lo)*(1+2*roundoff))
	}
	c.continuous = c.net.DiscontinuousNode() < 0
	if err := c.nodes(); err != nil {
		return nil, err
	}
	if err := c.aim(p.Terms); err != nil {
		return nil, err
	}
	if c.chain = c.isChain(); c.chain {
		c.numbers = len(p.Lo) + len(c.goal.bias)
		for i := range c.net.Nodes {
			c.numbers += c.net.Dim(i) + 1
		}
		c.turn()
	}
	return c, nil
}

// nodes makes the maps of the affine nodes.
func (c *compiled) nodes() error {
	entries := 0
	for i, node := range c.net.Nodes {
		for ch := range c.ops {
			c.ops[ch] = append(c.ops[ch], nil)
		}
		switch op := node.Op.(type) {
		case *nn.Piecewise:
			if !allFinite(op.Breaks) || !allFinite(op.Slope) || !allFinite(op.Offset) {
				return fmt.Errorf("node %d (%s %q): a parameter is not finite", i, op.Kind(), node.Name)
			}
			if from, to := c.net.Units(i); to > from {
				for range to - from {
					c.nodeOf = append(c.nodeOf, i)
				}
			}
		case nn.Affine:
			for ch := range c.ops {
				if nn.Channel(ch) == nn.ValueChannel && !op.Decoupled() {
					c.ops[ch][i] = c.ops[0][i]
					continue
				}
				p, roundings, err := parameters(c.watch, c.net, i, nn.Channel(ch))
				if err != nil {
					return err
				}
				if entries += len(p.Weight.Data); entries > maxEntries {
					return errors.New("the network is too large for a certificate of a split tree: dense matrices would exceed 0.5 GiB")
				}
				a, err := newAffine(node.Inputs, p)
				if err != nil {
					return fmt.Errorf("node %d (%s %q): %w", i, op.Kind(), node.Name, err)
				}
				c.inexact = c.inexact || roundings > 0
				a.error += float64(2 * float64(roundings) * roundoff)
				c.ops[ch][i] = a
			}
		default:
			return unsupported(c.net, i)
		}
	}
	return nil
}

// aim makes the goal: the target's half-spaces after the network's last affine
// nodes.
func (c *compiled) aim(terms [][]set.HalfSpace) error {
	var p nn.Params
	c.first = []int{0}
	n := 0
	for _, t := range terms {
		n += len(t)
		c.first = append(c.first, n)
	}
	p.Weight = nn.NewMatrix(n, c.net.OutDim())
	for _, t := range terms {
		for _, h := range t {
			if len(h.Normal) != c.net.OutDim() {
				return fmt.Errorf("a half-space of the target has %d numbers, the network %d outputs", len(h.Normal), c.net.OutDim())
			}
			copy(p.Weight.Row(len(p.Bias)), h.Normal)
			p.Bias = append(p.Bias, -h.Offset)
		}
	}
	last := len(c.net.Nodes) - 1
	var err error
	if c.goal, err = newAffine([]int{last}, &p); err != nil {
		return fmt.Errorf("the target: %w", err)
	}
	// What was rounded to 0, or nearly, is off by more than its share.
	c.goal.size = nn.NewMatrix(c.goal.abs.Rows, c.goal.abs.Cols)
	for j := range c.goal.size.Rows {
		for i, v := range c.goal.abs.Row(j) {
			c.goal.size.Row(j)[i] = max(v, negligible)
		}
	}
	for i, v := range c.goal.biasSize {
		c.goal.biasSize[i] = max(v, negligible)
	}
	ops := c.ops[nn.ValueChannel]
	for c.goal.in[0] != nn.Input && ops[c.goal.in[0]] != nil && len(c.goal.in) == 1 {
		further, err := c.goal.after(c.watch, ops[c.goal.in[0]])
		if err != nil {
			return err
		}
		if further == nil {
			break // node by node its bounds may not overflow
		}
		c.goal = further
	}
	return nil
}
