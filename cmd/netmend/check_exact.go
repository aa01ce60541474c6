package main

import (
	"math/big"

	"github.com/netmend/netmend/proof"
	"github.com/netmend/netmend/repair"
)

// checkExactly decides the requirement in exact arithmetic, of the networks as
// the files hold them.
func (j *checkJob) checkExactly(inv *invocation, o *checkOutcome) error {
	bound, unknown, err := proof.Bind(inv.ctx, o.original, o.spec)
	if err != nil {
		return err
	}
	if unknown != "" {
		o.exact = &proof.Result{Status: proof.StatusUnknown, Reason: unknown, Margin: o.margin}
		return nil
	}
	o.exact, err = proof.Check(inv.ctx, o.repaired, bound, proof.Options{
		Margin: j.margin.value, Workers: j.workers,
		Progress: func(pieces int) { inv.progress.report("exact check: %s", count(pieces, "piece")) },
	})
	inv.progress.clear()
	return err
}

// exactFigures is the exact check in JSON objects.
type exactFigures struct {
	Status        string           `json:"status"`
	Reason        string           `json:"reason,omitempty"`
	Margin        float64          `json:"margin"`
	MarginReached *finite          `json:"margin_reached"`
	Rational      string           `json:"margin_reached_exactly,omitempty"`
	Worst         *exactPlace      `json:"worst,omitempty"`
	Count         int              `json:"violations"`
	Violations    []exactViolation `json:"places,omitempty"`
	Pieces        int              `json:"pieces"`
	Faces         int              `json:"faces"`
	Rows          int              `json:"rows"`
	Signs         int              `json:"signs"`
	Exact         int              `json:"signs_exact"`
}

// exactPlace is a vertex of a piece and a half-space there.
type exactPlace struct {
	Item      string    `json:"item"`
	Point     []float64 `json:"point"`
	Weights   []string  `json:"weights"`
	Pattern   string    `json:"pattern"`
	Executed  bool      `json:"executed"`
	HalfSpace int       `json:"half_space"`
	Class     *int      `json:"class,omitempty"`
}

// exactViolation is a place and by how much it misses the margin.
type exactViolation struct {
	exactPlace
	Amount   float64 `json:"amount"`
	Rational string  `json:"amount_exactly,omitempty"`
}

// longestRational is how many characters of a rational are worth printing: those
// of deep networks have thousands.
const longestRational = 2000

func rationalText(r *big.Rat) string {
	if s := r.RatString(); len(s) <= longestRational {
		return s
	}
	return ""
}

func (o *checkOutcome) exactPlace(p *proof.Place) *exactPlace {
	e := &exactPlace{
		Item: o.spec.Items[p.Item].Name, Point: p.Point, Executed: p.Executed, HalfSpace: p.HalfSpace,
	}
	for _, w := range p.Weights {
		text := rationalText(w)
		if text == "" {
			v, _ := w.Float64()
			text = "about " + short(v)
		}
		e.Weights = append(e.Weights, text)
	}
	pattern := make([]byte, len(p.Pattern))
	for i, piece := range p.Pattern {
		pattern[i] = '0' + piece
	}
	e.Pattern = string(pattern)
	if p.Class >= 0 {
		e.Class = &p.Class
	}
	return e
}

// placeOf names a place as other checks do.
func (o *checkOutcome) placeOf(p *proof.Place) repair.Place {
	return repair.Place{Item: o.spec.Items[p.Item].Name, Point: p.Point}
}

// exactFigures describes the exact check; nil where none was asked for.
func (o *checkOutcome) exactFigures() *exactFigures {
	x := o.exact
	if x == nil {
		return nil
	}
	f := &exactFigures{
		Status: string(x.Status), Reason: x.Reason, Margin: x.Margin, Count: x.Count,
		Pieces: x.Size.Pieces, Faces: x.Size.Faces, Rows: x.Size.Rows, Signs: x.Size.Signs, Exact: x.Size.Exact,
	}
	if m := x.MarginReached(); m != nil {
		v, _ := m.Float64()
		f.MarginReached, f.Rational, f.Worst = number(v), rationalText(m), o.exactPlace(x.Worst)
	}
	for i := range x.Violations {
		p := &x.Violations[i]
		amount := x.Violated(p)
		v, _ := amount.Float64()
		f.Violations = append(f.Violations, exactViolation{*o.exactPlace(p), v, rationalText(amount)})
	}
	return f
}

// fewViolations are listed in the text; all with --json.
const fewViolations = 10

func (o *checkOutcome) printExact(inv *invocation) {
	x := o.exact
	if x.Status == proof.StatusUnknown {
		inv.line("exact", "unknown: %s", x.Reason)
		return
	}
	reached, _ := x.MarginReached().Float64()
	inv.line("exact", "margin %s asked, %s reached, without rounding", short(x.Margin), short(reached))
	inv.line("", "%s, %s of them faces; %s, %s of them needed more than float64",
		count(x.Size.Pieces, "piece"), thousands(x.Size.Faces), count(x.Size.Signs, "sign"), thousands(x.Size.Exact))
	for i := range x.Violations[:min(len(x.Violations), fewViolations)] {
		p := &x.Violations[i]
		amount, _ := x.Violated(p).Float64()
		inv.line("", "violated by %s at %s", short(amount), placeText(o.placeOf(p)))
	}
	if x.Count > fewViolations {
		inv.line("", "and at %s more (up to %d with --json)", thousands(x.Count-fewViolations), proof.DefaultViolations)
	}
}
