package verify

import (
	"context"
	"math"
	"slices"

	"github.com/netmend/netmend/internal/numbering"
	"github.com/netmend/netmend/internal/rounding"
	"github.com/netmend/netmend/internal/vector"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/region/face"
)

// run is what runs of [Property] and of [Spec] in float64 have in common.
type run struct {
	ctx    context.Context
	net    *nn.Network // without maxima
	opt    Options
	jumps  bool       // the network is discontinuous
	rule   *face.Rule // made when first needed; see ties
	result Result
	doubt  doubt
}

func newRun(ctx context.Context, net *nn.Network, opt Options, cases int) run {
	return run{ctx: ctx, net: net, opt: opt, jumps: jumps(net), result: Result{Cases: cases}}
}

// ties is the rule for what executes at breakpoints.
func (c *run) ties() *face.Rule {
	if c.rule == nil {
		c.rule = face.New(c.net, 0)
	}
	return c.rule
}

// violates is the witness that x, with the output y, is for a term of the violation of a
// case; certain tells that it is one whatever rounding did.
func (c *run) violates(x, y []float64, v violation, of, term int) (w *Witness, certain bool) {
	w = &Witness{Input: x, Output: y, Case: of, Term: term, Margin: v[term].slack(y), RoundingBound: v[term].error(y, c.rounding(x))}
	return w, w.Margin > w.RoundingBound && vector.IsFinite(w.RoundingBound)
}

// rounding bounds the rounding error of each output at x. For a network that
// jumps it is infinite where rounding could choose another piece.
func (c *run) rounding(x []float64) []float64 {
	row := nn.RowMatrix(x)
	activation := c.net.RunActivation(row, 1)
	own := rounding.Of(c.net, activation, nn.ActivationChannel, nil, nil, true, nil)
	last := len(c.net.Nodes) - 1
	if !c.net.Decoupled() && !c.jumps {
		return own.Total[last].Row(0)
	}
	lin := c.net.LinearizeAt(row, 1)
	value := c.net.Run(row, 1)
	errs := rounding.Of(c.net, value, nn.ValueChannel, lin, nil, true, &rounding.Centre{Trace: activation, Bounds: own}).Total[last].Row(0)
	if c.jumps && c.undecided(row, activation, own) {
		for i := range errs {
			errs[i] = math.Inf(1)
		}
	}
	return errs
}

// undecided reports whether some unit is so close to a breakpoint that rounding
// could decide its piece, what decides it is not known, and it matters which it is.
func (c *run) undecided(x nn.Matrix, activation *nn.Trace, own *rounding.Bounds) bool {
	type near struct {
		node, unit int
		upper      uint8
	}
	var close []near
	computed := make(nn.Pattern, c.net.PatternLen())
	pieces := make([]uint8, len(computed))
	for i, node := range c.net.Nodes {
		f, ok := node.Op.(*nn.Piecewise)
		if !ok {
			continue
		}
		from, _ := c.net.Units(i)
		for u, z := range activation.Of(node.Inputs[0]).Row(0) {
			computed[from+u] = uint8(f.Piece(z))
			pieces[from+u] = computed[from+u]
			if node.Inputs[0] == nn.Input {
				continue // inputs are exact
			}
			for k, b := range f.Breaks {
				if math.Abs(z-b) <= own.Total[node.Inputs[0]].Row(0)[u] {
					pieces[from+u] = numbering.UnknownPiece
					close = append(close, near{i, u, uint8(k + 1)})
				}
			}
		}
	}
	if len(close) == 0 {
		return false
	}
	if c.net.SelectionNode() < 0 && c.net.SmoothNode() < 0 {
		if executed, ok := c.ties().At(activation, own.Total); ok {
			return !slices.Equal(executed, computed)
		}
	}
	d := numbering.New(c.net)
	if d == nil {
		return true
	}
	d.Find(x, pieces)
	return slices.ContainsFunc(close, func(n near) bool { return !d.Idle(n.node, n.unit, n.upper) })
}

// jumps reports whether the network's output may jump between linear regions.
func jumps(net *nn.Network) bool {
	if net.DiscontinuousNode() >= 0 {
		return true
	}
	for i, node := range net.Nodes {
		if a, ok := node.Op.(nn.Affine); ok && a.Decoupled() && net.ActivationAfter(i) {
			return true
		}
	}
	return false
}
