package layers

import (
	"fmt"
	"math"

	"github.com/netmend/netmend/nn"
)

// Network is a piecewise-affine network as affine maps: from the input to a first
// block, and from a block to the next or to the output. A block holds the input
// of an activation node with breakpoints (a stage) and every other earlier value
// that something later depends on.
type Network struct {
	Net       *nn.Network
	Decoupled bool
	Stages    []Stage
	// Entry maps the input to the first block, or to the output where there is
	// none, by channel.
	Entry [2]Affine
	// Dim is how many coordinates [Network.Restrict] left free.
	Dim int
	// Goal is the target, where [Network.Aim] set one.
	Goal *Goal

	reduced [2]*matrix // Entry on the free coordinates
}

// Stage is an activation node with breakpoints.
type Stage struct {
	Node   int
	Op     *nn.Piecewise
	Units  int // units of the node, which come first in a block
	Unit0  int // where they start in a pattern
	Breaks int // breakpoints a unit
	Width  int // numbers in a block
	// A threshold is one breakpoint of one unit: bit unit*Breaks + index among
	// the stage's.
	Thresholds, Words int
	// Next maps the block, with the function applied to the units, to the next
	// block or the output; by channel.
	Next [2]Affine

	carried []carry
}

// carry is a node's value in a block, from a column on.
type carry struct{ node, column int }

// Level is the breakpoint of a threshold.
func (s *Stage) Level(threshold int) float64 { return s.Op.Breaks[threshold%s.Breaks] }

// SignTolerance times the sum of the absolute values of the terms that a unit's
// value is summed from (typical for the domain) is the distance from a
// breakpoint up to which the value counts as on it: 2^13 roundings to float64.
// Values at vertices that lie on a breakpoint in truth, for instance where the
// boundaries of more units meet than there are dimensions, are off by some tens of
// roundings; a cell narrower than the tolerance is not worth telling from its
// neighbour.
const SignTolerance = 0x1p-40

// Tolerances are those of the stage's thresholds, for the sums of the absolute values of the terms
// that its units are summed from.
func (s *Stage) Tolerances(magnitudes []float64) []float64 {
	eps := make([]float64, s.Thresholds)
	for t := range eps {
		eps[t] = float64(SignTolerance * (magnitudes[t/s.Breaks] + math.Abs(s.Level(t))))
	}
	return eps
}

// Post applies the stage's function to the units of a block.
func (s *Stage) Post(dst, block []float64) {
	s.Op.Apply(dst[:s.Units], block[:s.Units])
	copy(dst[s.Units:], block[s.Units:])
}

// Linearized are the blocks of both channels after the function, whose pieces the
// activation channel chooses.
func (s *Stage) Linearized(blocks [2]nn.Matrix) (posts [2]nn.Matrix) {
	for ch := range posts {
		posts[ch] = nn.NewMatrix(blocks[ch].Rows, s.Width)
		for r := range blocks[ch].Rows {
			dst, src := posts[ch].Row(r), blocks[ch].Row(r)
			copy(dst, src)
			for i, z := range blocks[nn.ActivationChannel].Row(r)[:s.Units] {
				p := s.Op.Piece(z)
				dst[i] = float64(s.Op.Slope[p]*src[i]) + s.Op.Offset[p]
			}
		}
	}
	return posts
}

// Spread bounds by how much the block after the function changes where the one
// before it changes by no more than errs and, of a unit closer to a breakpoint than
// eps of that threshold, either piece may be taken. It is for a continuous function
// and one channel.
func (s *Stage) Spread(errs, eps []float64) []float64 {
	after := append([]float64(nil), errs...)
	steepest := 0.0
	for _, a := range s.Op.Slope {
		steepest = max(steepest, math.Abs(a))
	}
	for u := range s.Units {
		wrong := 0.0
		for b := range s.Breaks {
			// Either of two pieces that meet at the breakpoint.
			wrong = max(wrong, math.Abs(s.Op.Slope[b+1]-s.Op.Slope[b])*eps[u*s.Breaks+b])
		}
		after[u] = float64(steepest*errs[u]) + wrong
	}
	return after
}

// StageOf is the index of the stage that a unit of a pattern belongs to.
func (n *Network) StageOf(unit int) int {
	i := len(n.Stages) - 1
	for n.Stages[i].Unit0 > unit {
		i--
	}
	return i
}

// Prefix is the pattern of the stages before one.
func (n *Network) Prefix(pattern nn.Pattern, stage int) nn.Pattern {
	if stage == len(n.Stages) {
		return pattern
	}
	return pattern[:n.Stages[stage].Unit0]
}

// Overflow is the error where values of a stage are not finite.
func (n *Network) Overflow(stage int) error {
	i := n.Stages[stage].Node
	node := n.Net.Nodes[i]
	return fmt.Errorf("the input of node %d (%s %q) is not finite somewhere on the domain: the network overflows float64",
		i, node.Op.Kind(), node.Name)
}

// Restrict leaves some coordinates free (ascending), and fixes the others at the
// values of x.
func (n *Network) Restrict(free []int, x []float64) {
	n.Dim = len(free)
	for ch := range n.Entry {
		if nn.Channel(ch) == nn.ValueChannel && !n.Decoupled {
			n.reduced[ch] = n.reduced[nn.ActivationChannel]
			continue
		}
		n.reduced[ch] = n.Entry[ch].restrict(free, x)
	}
	if n.Goal != nil && len(n.Stages) == 0 {
		n.Goal.reduced = n.Goal.entry.restrict(free, x)
	}
}

// First are the blocks that the first stage gets, or the outputs where there is
// none, by channel, for rows of free coordinates.
func (n *Network) First(x nn.Matrix) (blocks [2]nn.Matrix) {
	for ch, m := range n.reduced {
		a := m.affine()
		blocks[ch] = a.Apply(x)
	}
	return blocks
}
