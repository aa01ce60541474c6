package verify

import (
	"math"
	"slices"

	"github.com/netmend/netmend/internal/numbering"
	"github.com/netmend/netmend/internal/rounding"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/region/face"
)

// maxClose is the number of close calls per case that are evaluated without
// rounding.
const maxClose = 64

// maxTries is the number of candidates of a cell that are looked at closely where
// the network jumps.
const maxTries = 8

// judge looks for a witness among candidates.
type judge struct {
	c       *checker
	net     *nn.Network
	t       *task
	workers int
	jumps   bool       // the network is discontinuous
	rule    *face.Rule // made when first needed
	close   int        // close calls decided so far
	closest doubt      // of the candidates since the last enumeration began
}

// try evaluates the rows of x, moved into the box, and returns a witness if one
// of them is; the one deepest in the violation is looked at first. Candidates
// outside the input set are skipped.
func (j *judge) try(x nn.Matrix) (*Witness, error) {
	kept := x.Rows
	rows := make([][]float64, 0, kept)
	for r := range x.Rows {
		row := append([]float64(nil), x.Row(r)...)
		j.t.clamp(row)
		if j.t.contains(row) {
			rows = append(rows, row)
		}
	}
	if len(rows) == 0 {
		return nil, nil
	}
	m, err := nn.MatrixOf(rows)
	if err != nil {
		return nil, err
	}
	y, err := j.net.EvalContext(j.c.ctx, m, j.workers)
	if err != nil {
		return nil, err
	}
	type candidate struct {
		row, term int
		slack     float64
	}
	var all []candidate
	for r := range y.Rows {
		if j.c.over() != nil { // of many terms
			break
		}
		best := candidate{r, -1, math.Inf(-1)}
		for k, term := range j.t.terms {
			if s := slack(term, y.Row(r)); s > best.slack {
				best.term, best.slack = k, s
			}
		}
		if best.term >= 0 {
			all = append(all, best)
		}
	}
	slices.SortStableFunc(all, func(a, b candidate) int { return compare(b.slack, a.slack) })
	// Where the deepest one is not a witness, another may be: of a network that jumps
	// the deepest is likely to lie on a face, on which another pattern may execute.
	tries := 1
	if j.jumps {
		tries = maxTries
	}
	if len(all) > 0 {
		j.closest.consider(rows[all[0].row], all[0].slack)
	}
	for _, c := range all[:min(tries, len(all))] {
		if w := j.settle(rows[c.row], y.Row(c.row), c.term); w != nil {
			return w, nil
		}
	}
	return nil, nil
}

// settle decides whether x, with the output y, certainly violates by a term.
func (j *judge) settle(x, y []float64, term int) *Witness {
	for _, v := range y {
		if !isFinite(v) {
			return nil
		}
	}
	c := j.t.terms[term]
	margin := slack(c, y)
	bound := slackError(c, y, j.rounding(x))
	certain := margin > bound && isFinite(bound)
	if !certain && (margin < -bound || j.close >= maxClose) {
		return nil
	}
	found := &Witness{Input: x, Output: append([]float64(nil), y...), Case: j.t.index, Term: term, Margin: margin, RoundingBound: bound}
	if math.IsInf(margin, 1) {
		found.Margin = 0 // a term without half-spaces: every output is in it
	}
	if j.c.opt.Arithmetic == Float64 {
		if certain {
			return found
		}
		return nil
	}
	if !certain {
		j.close++
	}
	w, err := j.accepted(x, y, term)
	if w == nil && certain && j.c.unproven == nil {
		found.doubt = err.Error()
		j.c.unproven = found
	}
	return w
}

// rounding bounds the rounding error of each output at x. For a network that
// jumps it is infinite where rounding could choose another piece.
func (j *judge) rounding(x []float64) []float64 {
	row := nn.RowMatrix(x)
	activation := j.net.RunActivation(row, 1)
	own := rounding.Of(j.net, activation, nn.ActivationChannel, nil, nil, true, nil)
	last := len(j.net.Nodes) - 1
	if !j.net.Decoupled() && !j.jumps {
		return own.Total[last].Row(0)
	}
	lin := j.net.LinearizeAt(row, 1)
	value := j.net.Run(row, 1)
	errs := rounding.Of(j.net, value, nn.ValueChannel, lin, nil, true, &rounding.Centre{Trace: activation, Bounds: own}).Total[last].Row(0)
	if j.jumps && j.undecided(row, activation, own) {
		for i := range errs {
			errs[i] = math.Inf(1)
		}
	}
	return errs
}

// undecided reports whether some unit is so close to a breakpoint that rounding
// could decide its piece, what decides it is not known, and it matters which it is.
func (j *judge) undecided(x nn.Matrix, activation *nn.Trace, own *rounding.Bounds) bool {
	type near struct {
		node, unit int
		upper      uint8
	}
	var close []near
	computed := make(nn.Pattern, j.net.PatternLen())
	pieces := make([]uint8, len(computed))
	for i, node := range j.net.Nodes {
		f, ok := node.Op.(*nn.Piecewise)
		if !ok {
			continue
		}
		from, _ := j.net.Units(i)
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
	if j.net.SelectionNode() < 0 && j.net.SmoothNode() < 0 {
		if j.rule == nil {
			j.rule = face.New(j.net, 0)
		}
		if executed, ok := j.rule.At(activation, own.Total); ok {
			return !slices.Equal(executed, computed)
		}
	}
	d := numbering.New(j.net)
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
