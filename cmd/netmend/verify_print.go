package main

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/netmend/netmend/internal/atomicfile"
	"github.com/netmend/netmend/verify"
)

// witnessInfo is a witness in JSON objects.
type witnessInfo struct {
	Input  []float64 `json:"input"`
	Output []float64 `json:"output"`
	Case   int       `json:"case"`
	Place  string    `json:"place,omitempty"`
	// Exact tells that the exact checker accepted the witness.
	Exact bool `json:"exact"`
	// Weights of the corners of a segment, or of a triangle of a polygon's fan, where the
	// witness is, exactly: Input is that point, rounded.
	Weights []string `json:"weights,omitempty"`
}

// verifySeconds is the time of a run of verify.
type verifySeconds struct {
	Load  float64 `json:"load"`
	Total float64 `json:"total"`
}

func (o *verifyOutcome) printJSON(inv *invocation) error {
	r := o.result
	v := struct {
		header
		Network       networkInfo      `json:"network"`
		Property      string           `json:"property"`
		Verdict       string           `json:"verdict"`
		DecidedBy     string           `json:"decided_by,omitempty"`
		Found         string           `json:"found,omitempty"`
		Reason        string           `json:"reason,omitempty"`
		UpToRounding  bool             `json:"up_to_rounding"`
		Witness       *witnessInfo     `json:"witness"`
		Margin        *finite          `json:"margin"`
		RoundingBound *finite          `json:"rounding_bound"`
		Complete      bool             `json:"complete"`
		Cases         int              `json:"cases"`
		Cells         int              `json:"cells"`
		Certificate   *certificateInfo `json:"certificate,omitempty"`
		Seconds       verifySeconds    `json:"seconds"`
	}{
		header: inv.header(), Network: describe(o.job.path, o.net), Property: specName(o.job.against),
		Verdict: r.Verdict.String(), DecidedBy: r.By.String(), Reason: r.Reason, UpToRounding: r.UpToRounding, Complete: r.Complete,
		Cases: r.Cases, Cells: r.Cells, Certificate: o.certificate.describe(),
		Seconds: verifySeconds{o.loaded, inv.total().Total},
	}
	if r.Verdict == verify.Unproven {
		v.Found, v.DecidedBy = r.Found.String(), verify.Engine.String()
	}
	if w := r.Witness; w != nil {
		v.Witness = &witnessInfo{w.Input, w.Output, w.Case, o.place, w.Exact, o.weights()}
		v.Margin, v.RoundingBound = number(w.Margin), number(w.RoundingBound)
	}
	return inv.writeJSON(v)
}

func (o *verifyOutcome) print(inv *invocation) {
	r := o.result
	switch r.Verdict {
	case verify.Holds:
		how := "proven"
		if r.By == verify.Outward {
			how = "by outward rounding"
		}
		inv.printf("holds, %s: no input of %s violates the property\n", how, count(r.Cases, "set"))
		if r.Reason != "" {
			inv.printf("  %s\n", r.Reason)
		}
	case verify.Violated:
		inv.printf("violated\n")
		o.printWitness(inv)
	case verify.Unproven:
		upTo := ""
		if r.UpToRounding {
			upTo = " up to rounding"
		}
		inv.printf("found in float64, not proven: %s%s\n", r.Found, upTo)
		if r.Reason != "" {
			inv.printf("  %s\n", r.Reason)
		}
		if r.Witness != nil {
			o.printWitness(inv)
		}
	default:
		inv.printf("unknown: %s\n", r.Reason)
	}
	o.certificate.print(inv)
	inv.printf("  %s, %.3g s\n", cellsText(o.job.against, r.Cells), inv.total().Total)
}

// printWitness says where and how the property is violated.
func (o *verifyOutcome) printWitness(inv *invocation) {
	w := o.result.Witness
	if o.place != "" {
		inv.printf("  where   %s\n", o.place)
	}
	inv.printf("  input   %s%s\n", fullPoint(w.Input), inUnits(o.net))
	if w.Place != nil && !w.Place.Executed {
		inv.printf("          the points of a linear region close to it violate\n")
	}
	inv.printf("  output  %s\n", fullPoint(w.Output))
	inv.printf("  margin  %s inside the violation, ", short(w.Margin))
	if w.Exact {
		inv.printf("evaluated without rounding\n")
	} else {
		inv.printf("rounding errors at most %.2g\n", w.RoundingBound)
	}
}

// weights of a witness's corners, exactly.
func (o *verifyOutcome) weights() []string {
	var texts []string
	if p := o.result.Witness.Place; p != nil {
		for _, w := range p.Weights {
			text := rationalText(w)
			if text == "" {
				v, _ := w.Float64()
				text = "about " + short(v)
			}
			texts = append(texts, text)
		}
	}
	return texts
}

// fullPoint is a point to all digits; long ones are cut.
func fullPoint(x []float64) string {
	const most = 20
	words := make([]string, min(len(x), most))
	for i := range words {
		words[i] = strconv.FormatFloat(x[i], 'g', -1, 64)
	}
	if len(x) > most {
		words = append(words, fmt.Sprintf("... %d numbers, all with --json", len(x)))
	}
	return "(" + strings.Join(words, ", ") + ")"
}

// write writes the result file of the verification competitions.
func (o *verifyOutcome) write(path string) error {
	if path == "" {
		return nil
	}
	var b strings.Builder
	switch o.result.Verdict {
	case verify.Holds:
		b.WriteString("unsat\n")
	case verify.Violated:
		b.WriteString("sat\n")
		separator := "("
		list := func(name string, v []float64) {
			for i, x := range v {
				fmt.Fprintf(&b, "%s(%s_%d %s)", separator, name, i, strconv.FormatFloat(x, 'g', -1, 64))
				separator = "\n"
			}
		}
		list("X", o.result.Witness.Input)
		list("Y", o.result.Witness.Output)
		b.WriteString(")\n")
	default:
		b.WriteString("unknown\n")
	}
	return atomicfile.WriteBytes(path, []byte(b.String()))
}
