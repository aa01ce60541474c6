package main

import (
	"fmt"
	"math/big"
	"strconv"
	"strings"

	"github.com/netmend/netmend/cmd/netmend/internal/answer"
	"github.com/netmend/netmend/cmd/netmend/internal/cli"
	"github.com/netmend/netmend/internal/portable"
	"github.com/netmend/netmend/proof"
	"github.com/netmend/netmend/verify"
)

// witnessInfo is a witness in JSON objects.
type witnessInfo struct {
	Input  []float64 `json:"input"`
	Output []float64 `json:"output"`
	Case   int       `json:"case"`
	Place  string    `json:"place,omitempty"`
	// Exact reports whether the exact checker accepted the witness, and Enclosed whether it did so by
	// enclosures of the output.
	Exact    bool `json:"exact"`
	Enclosed bool `json:"enclosed,omitempty"`
	// InputExactly is the witness itself, where it is not Input, and Weights are those of the
	// corners of a segment, or of a triangle of a polygon's fan, exactly.
	InputExactly []string `json:"input_exactly,omitempty"`
	Weights      []string `json:"weights,omitempty"`
}

// verifySeconds is the time of a run of verify.
type verifySeconds struct {
	Load  float64 `json:"load"`
	Total float64 `json:"total"`
}

func (o *verifyOutcome) printJSON(inv *cli.Invocation) error {
	r := o.result
	v := struct {
		cli.Header
		Network       answer.Network   `json:"network"`
		Property      string           `json:"property"`
		Verdict       string           `json:"verdict"`
		Arithmetic    string           `json:"arithmetic,omitempty"`
		Found         string           `json:"found,omitempty"`
		Reason        string           `json:"reason,omitempty"`
		Witness       *witnessInfo     `json:"witness"`
		Margin        *cli.Finite      `json:"margin"`
		RoundingBound *cli.Finite      `json:"rounding_bound"`
		Complete      bool             `json:"complete"`
		Cases         int              `json:"cases"`
		Cells         int              `json:"cells"`
		Certificate   *certificateInfo `json:"certificate,omitempty"`
		Seconds       verifySeconds    `json:"seconds"`
	}{
		Header: inv.Header(), Network: answer.NetworkOf(o.job.path, o.net), Property: specName(o.job.against),
		Verdict: r.Verdict.String(), Arithmetic: r.By.String(), Reason: r.Reason, Complete: r.Complete,
		Cases: r.Cases, Cells: r.Cells, Certificate: o.certificate.describe(),
		Seconds: verifySeconds{o.loaded, inv.Total().Total},
	}
	if r.By == verify.Proof {
		v.Arithmetic = cli.ProvenBy(proof.Encloses(o.net))
	}
	if r.Verdict == verify.Unproven {
		v.Found, v.Arithmetic = r.Found.String(), verify.Engine.String()
	}
	if w := r.Witness; w != nil {
		v.Witness = &witnessInfo{w.Input, atEnd(o.net, w.Output), w.Case, o.place, w.Exact, w.Exact && proof.Encloses(o.net), nil, exactTexts(w.Weights)}
		if !representable(w.ExactInput) {
			v.Witness.InputExactly = exactTexts(w.ExactInput)
		}
		v.Margin, v.RoundingBound = cli.Number(w.Margin), cli.Number(w.RoundingBound)
	}
	return inv.WriteJSON(v)
}

func (o *verifyOutcome) print(inv *cli.Invocation) {
	r := o.result
	switch r.Verdict {
	case verify.Holds:
		how := "proven"
		if r.By == verify.Outward {
			how = "by outward rounding"
		}
		inv.Printf("holds, %s: no input of %s violates the property\n", how, cli.Count(r.Cases, "set"))
		if r.Reason != "" {
			inv.Printf("  %s\n", r.Reason)
		}
	case verify.Violated:
		inv.Printf("violated\n")
		o.printWitness(inv)
	case verify.Unproven:
		inv.Printf("%s: %s\n", r.Verdict, r.Found)
		if r.Reason != "" {
			inv.Printf("  %s\n", r.Reason)
		}
		if r.Witness != nil {
			o.printWitness(inv)
		}
	default:
		inv.Printf("unknown: %s\n", r.Reason)
	}
	o.certificate.print(inv)
	inv.Printf("  %s, %.3g s\n", cellsText(o.job.against, r.Cells), inv.Total().Total)
}

// printWitness says where and how the property is violated.
func (o *verifyOutcome) printWitness(inv *cli.Invocation) {
	w := o.result.Witness
	if o.place != "" {
		inv.Printf("  where   %s\n", o.place)
	}
	inv.Printf("  input   %s%s\n", fullPoint(w.Input), answer.InUnits(o.net))
	if !representable(w.ExactInput) {
		inv.Printf("          (rounded; the exact numbers are in --json)\n")
	}
	inv.Printf("  output  %s\n", fullPoint(atEnd(o.net, w.Output)))
	switch {
	case !w.Exact:
		inv.Printf("  margin  %s inside the violation, rounding errors at most %.2g\n", cli.Short(w.Margin), w.RoundingBound)
	case proof.Encloses(o.net):
		inv.Printf("  margin  at least %s inside the violation, by enclosures of all rounding errors\n", cli.Short(w.Margin))
	default:
		inv.Printf("  margin  %s inside the violation, evaluated without rounding\n", cli.Short(w.Margin))
	}
}

// exactTexts are rational numbers as text.
func exactTexts(vs []*big.Rat) []string {
	var texts []string
	for _, v := range vs {
		text := rationalText(v)
		if text == "" {
			f, _ := v.Float64()
			text = "about " + cli.Short(f)
		}
		texts = append(texts, text)
	}
	return texts
}

// representable reports whether all numbers are float64 numbers.
func representable(vs []*big.Rat) bool {
	for _, v := range vs {
		if _, exact := portable.Float64(v); !exact {
			return false
		}
	}
	return true
}

// decimals are the numbers of a witness for a result file: exact where they have an end,
// else to more digits than any tolerance asks for.
func decimals(w *verify.Witness) []string {
	const digits = 60
	var texts []string
	for i, x := range w.Input {
		text := strconv.FormatFloat(x, 'g', -1, 64)
		if w.ExactInput != nil {
			if _, exact := portable.Float64(w.ExactInput[i]); !exact {
				n, ends := w.ExactInput[i].FloatPrec()
				if !ends {
					n = digits
				}
				text = w.ExactInput[i].FloatString(n)
			}
		}
		texts = append(texts, text)
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

// unknownResult is the result file where neither was shown.
func unknownResult(timedOut bool) string {
	if timedOut {
		return "timeout\n"
	}
	return "unknown\n"
}

// write writes the result file of the verification competitions.
func (o *verifyOutcome) write(inv *cli.Invocation, path string) error {
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
		list := func(name string, v []string) {
			for i, x := range v {
				fmt.Fprintf(&b, "%s(%s_%d %s)", separator, name, i, x)
				separator = "\n"
			}
		}
		list("X", decimals(o.result.Witness))
		list("Y", decimals(&verify.Witness{Input: atEnd(o.net, o.result.Witness.Output)}))
		b.WriteString(")\n")
	default:
		b.WriteString(unknownResult(o.result.TimedOut))
	}
	return inv.StageBytes(path, []byte(b.String()))
}
