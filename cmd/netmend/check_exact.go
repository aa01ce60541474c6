package main

import (
	"math/big"

	"github.com/netmend/netmend/cmd/netmend/internal/answer"
	"github.com/netmend/netmend/cmd/netmend/internal/cli"
	"github.com/netmend/netmend/proof"
	"github.com/netmend/netmend/repair"
)

// exactFigures is the exact check in JSON objects.
type exactFigures struct {
	Status        string           `json:"status"`
	Reason        string           `json:"reason,omitempty"`
	Margin        float64          `json:"margin"`
	MarginReached *cli.Finite      `json:"margin_reached"`
	Rational      string           `json:"margin_reached_exactly,omitempty"`
	Worst         *exactPlace      `json:"worst,omitempty"`
	Count         int              `json:"violations"`
	Ties          int              `json:"ties,omitempty"`
	Violations    []exactViolation `json:"places,omitempty"`
	Pieces        int              `json:"pieces"`
	Faces         int              `json:"faces"`
	Rows          int              `json:"rows"`
	Signs         int              `json:"signs"`
	Exact         int              `json:"signs_exact"`
	Enclosed      bool             `json:"enclosed"`
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
	Required string  `json:"required,omitempty"`
	Amount   float64 `json:"amount"`
	Rational string  `json:"amount_exactly,omitempty"`
	Tie      bool    `json:"tie,omitempty"`
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
			text = "about " + cli.Short(v)
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

// exactFigures describes the exact check; nil if there was none.
func (o *checkOutcome) exactFigures() *exactFigures {
	x := o.recheck.Exact
	if x == nil {
		return nil
	}
	f := &exactFigures{
		Status: string(x.Status), Reason: x.Reason, Margin: x.Margin, Count: x.Count, Ties: x.Ties,
		Pieces: x.Size.Pieces, Faces: x.Size.Faces, Rows: x.Size.Rows, Signs: x.Size.Signs, Exact: x.Size.Exact, Enclosed: x.Enclosed,
	}
	if m := x.MarginReached(); m != nil {
		v, _ := m.Float64()
		f.MarginReached, f.Rational, f.Worst = cli.Number(v), rationalText(m), o.exactPlace(x.Worst)
	}
	for i := range x.Violations {
		p := &x.Violations[i]
		amount := x.Violated(p)
		v, _ := amount.Float64()
		f.Violations = append(f.Violations, exactViolation{*o.exactPlace(p), o.required(x, p), v, rationalText(amount), amount.Sign() == 0})
	}
	return f
}

// fewViolations are listed in the text; all with --json.
const fewViolations = 10

// printExact says what the exact check found, where it decided.
func (o *checkOutcome) printExact(inv *cli.Invocation, x *proof.Result) {
	if m := x.MarginReached(); m != nil {
		reached, _ := m.Float64()
		inv.PrintLine("margin", "%s asked, %s reached, without rounding", cli.Short(x.Margin), answer.AtLeast(x)+cli.Short(reached))
		inv.PrintLine("", "smallest at %s", placeText(o.placeOf(x.Worst)))
	}
	for i := range x.Violations[:min(len(x.Violations), fewViolations)] {
		p := &x.Violations[i]
		inv.PrintLine("", "%s at %s", o.violationText(x, p), placeText(o.placeOf(p)))
	}
	if x.Count > fewViolations {
		inv.PrintLine("", "and at %s more (up to %d with --json)", cli.Thousands(x.Count-fewViolations), proof.DefaultViolations)
	}
	inv.PrintLine("checked", "%s, %s of them faces; %s, %s of them needed more than float64",
		cli.Count(x.Size.Pieces, "piece"), cli.Thousands(x.Size.Faces), cli.Count(x.Size.Signs, "sign"), cli.Thousands(x.Size.Exact))
}

// violationText says by how much a place violates what is required of it, or that it
// does so by equality.
func (o *checkOutcome) violationText(x *proof.Result, p *proof.Place) string {
	if amount := x.Violated(p); amount.Sign() != 0 {
		v, _ := amount.Float64()
		return "violated by " + cli.Short(v)
	}
	if required := o.required(x, p); required != "" {
		return "a tie, where " + required + " is required,"
	}
	return "a tie, at a point that must keep its class,"
}

// required is the half-space of a place in words; empty for an item to keep, which
// depends on the network.
func (o *checkOutcome) required(x *proof.Result, p *proof.Place) string {
	it := &o.spec.Items[p.Item]
	if it.Keep {
		return ""
	}
	return it.Output.Words(p.HalfSpace, p.Class, o.repaired.OutDim(), x.Margin)
}
