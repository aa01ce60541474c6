package main

import (
	"fmt"
	"strings"
)

// span is an interval of one coordinate: a list of two numbers.
type span [2]float64

// boxSide is one of the two ways of Figure 6.
type boxSide struct {
	Count   int     `json:"count"`
	Bounds  []span  `json:"bounds"`
	Seconds float64 `json:"median_seconds"`
}

// inverseFigures are the fields of bench inverse-figures that the table shows.
type inverseFigures struct {
	Example4 struct {
		Steps []struct {
			Node  string `json:"node"`
			Count int    `json:"count"`
		} `json:"steps"`
		Areas []float64 `json:"areas"`
	} `json:"figures_2_3"`
	Parabola struct {
		Intervals []span `json:"inputs_with_output_in_100_105"`
		Never     bool   `json:"never_negative"`
	} `json:"figure_5"`
	Boxes struct {
		Exact      boxSide `json:"exact"`
		Boxes      boxSide `json:"boxes"`
		Coarseness float64 `json:"coarseness"`
		Faster     float64 `json:"times_faster"`
		Runs       int     `json:"runs"`
	} `json:"figure_6"`
	XOR []struct {
		Scenario   string `json:"scenario"`
		Outcome    string `json:"outcome"`
		Iterations int    `json:"iterations"`
		Inputs     []span `json:"inputs"`
		Outputs    []span `json:"outputs"`
	} `json:"figure_8"`
}

// inverse is the first paper's figures.
func inverse(r *runner) (string, error) {
	var f inverseFigures
	if _, err := r.ask(&f, "bench", "inverse-figures"); err != nil {
		return "", err
	}
	var b strings.Builder
	b.WriteString("| figure | quantity | netmend | reference |\n|---|---|---|---|\n")
	var steps, areas []string
	for _, s := range f.Example4.Steps {
		steps = append(steps, fmt.Sprintf("%s: %d", s.Node, s.Count))
	}
	total := 0.0
	for _, a := range f.Example4.Areas {
		areas = append(areas, fmt.Sprintf("%.9f", a))
		total += a
	}
	row := func(figure, quantity, value, reference string) {
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", figure, quantity, value, reference)
	}
	row("2, 3", "polyhedra after each backward step", strings.Join(steps, "; "), "1, 4, 4, 8, 8; 2 in the domain")
	row("2, 3", "areas of the preimage in the domain", strings.Join(areas, " and ")+fmt.Sprintf(", total %.9f", total), "0.211569086 and 0.220144478, total 0.431713564")
	row("5", "inputs with an output in [100, 105]", spans(f.Parabola.Intervals, " and "), "[-80.882324, -77.352833] and [68.467988, 71.481954]")
	row("5", "no negative output", fmt.Sprintf("proven: %v", f.Parabola.Never), "proven")
	e, x := f.Boxes.Exact, f.Boxes.Boxes
	row("6", "exact preimage under leaky ReLUs", fmt.Sprintf("%d polygons within %s", e.Count, spans(e.Bounds, " x ")), "4 polygons within [-1248.449, 382.243] x [-180.342, 701.349]")
	row("6", "the same by interval approximation", fmt.Sprintf("within %s, area %.0f times as large, %.1f times as fast (median of %d runs, %.3g ms against %.3g ms)",
		spans(x.Bounds, " x "), f.Boxes.Coarseness, f.Boxes.Faster, f.Boxes.Runs, 1e3*x.Seconds, 1e3*e.Seconds), "within [-1445.583, 470.011] x [-339.172, 854.955]")
	for i, s := range f.XOR {
		value := fmt.Sprintf("%s after %d iterations: inputs %s, output %s", s.Outcome, s.Iterations, spans(s.Inputs, " x "), spans(s.Outputs, ""))
		if len(s.Inputs) == 0 {
			value = s.Outcome
		}
		row("8", s.Scenario, value, xorReference[min(i, len(xorReference)-1)])
	}
	return b.String(), nil
}

// xorReference says what the paper states of each experiment of Figure 8.
var xorReference = []string{
	"output above 0.5", "output below 0.5", "second input bounded above, output bounds tighter than by forward propagation",
	"refined likewise", "incompatible",
}

// spans prints intervals.
func spans(of []span, separator string) string {
	var parts []string
	for _, s := range of {
		parts = append(parts, fmt.Sprintf("[%.6g, %.6g]", s[0], s[1]))
	}
	return strings.Join(parts, separator)
}
