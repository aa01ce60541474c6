package verify

import (
	"math"
	"slices"

	"github.com/netmend/netmend/internal/vector"
	"github.com/netmend/netmend/nn"
)

// maxClose is the number of close calls per case that are evaluated without
// rounding.
const maxClose = 64

// maxTries is the number of candidates of a cell that are looked at closely where
// the network jumps.
const maxTries = 8

// try evaluates the rows of x, moved into the box, and returns a witness if one
// of them is; the one deepest in the violation is looked at first. Candidates
// outside the input set are skipped.
func (c *propertyRun) try(t *task, x nn.Matrix) (*Witness, error) {
	kept := x.Rows
	rows := make([][]float64, 0, kept)
	for r := range x.Rows {
		row := append([]float64(nil), x.Row(r)...)
		t.clamp(row)
		if t.contains(row) {
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
	y, err := c.net.EvalContext(c.ctx, m, c.opt.Workers)
	if err != nil {
		return nil, err
	}
	type candidate struct {
		row, term int
		slack     float64
	}
	var all []candidate
	for r := range y.Rows {
		if c.over() != nil { // of many terms
			break
		}
		best := candidate{r, -1, math.Inf(-1)}
		for k, term := range t.terms {
			if s := term.slack(y.Row(r)); s > best.slack {
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
	if c.jumps {
		tries = maxTries
	}
	if len(all) > 0 {
		t.closest.consider(rows[all[0].row], all[0].slack)
	}
	for _, x := range all[:min(tries, len(all))] {
		if w := c.settle(t, rows[x.row], y.Row(x.row), x.term); w != nil {
			return w, nil
		}
	}
	return nil, nil
}

// settle decides whether x, with the output y, certainly violates by a term.
func (c *propertyRun) settle(t *task, x, y []float64, term int) *Witness {
	for _, v := range y {
		if !vector.IsFinite(v) {
			return nil
		}
	}
	found, certain := c.violates(x, append([]float64(nil), y...), t.terms, t.index, term)
	if !certain && (found.Margin < -found.RoundingBound || t.close >= maxClose) {
		return nil
	}
	if math.IsInf(found.Margin, 1) {
		found.Margin = 0 // a term without half-spaces: every output is in it
	}
	if c.opt.Arithmetic == Float64 {
		if certain {
			return found
		}
		return nil
	}
	if !certain {
		t.close++
	}
	w, err := c.accepted(t, x, y, term)
	if w == nil && certain && c.unproven == nil {
		found.doubt = err.Error()
		c.unproven = found
	}
	return w
}
