package main

import (
	"cmp"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/netmend/netmend/tools/internal/report"
)

// preimageCase is one preimage to compute, and what is published of it.
type preimageCase struct {
	name, network, input, output string
	// reading are flags that say how the network is read.
	reading []string
	// approximate are flags that ask for a subset instead of the exact set.
	approximate []string
	// published are PREMAP's seconds and coverage, empty if there are none.
	publishedSeconds, publishedCoverage string
	long                                bool // run once
}

// Boxes and targets of several cases.
const (
	vcasBox   = "-0.5:0.5,-0.5:0.5,0.149:0.151,-0.5:0.5"
	prop2Box  = "0.6:0.679857769,-0.5:0.5,-0.5:0.5,0.45:0.5,-0.5:-0.45"
	firstOnly = "argmax == 0"
)

// preimageCases are PREMAP's tasks, and property 2 of ACAS Xu on the networks
// where its violation has the most polyhedra.
func preimageCases() []preimageCase {
	premap := func(parts ...string) string {
		return filepath.Join(append([]string{"preimage", "premap"}, parts...)...)
	}
	control := func(name string) string { return filepath.Join("vnncomp", "rl_benchmarks", "onnx", name+".onnx") }
	// The share asked for is above the published coverage, within the published
	// time.
	within := func(limit string) []string { return []string{"--approximate", "0.9", "--timeout", limit} }
	list := []preimageCase{
		{
			name: "autopark20", network: premap("auto_park", "model_auto_park_auto_park_model_20.onnx"),
			input: "-0.5:0.5,-0.5:0.5", output: firstOnly, reading: []string{"--onnx-slice"}, publishedSeconds: "1.6", publishedCoverage: "0.920",
		},
		{
			name: "vcas21", network: premap("vcas", "VCAS_21", "VertCAS_1.onnx"),
			input: vcasBox, output: firstOnly, publishedSeconds: "7.5", publishedCoverage: "0.914",
		},
		{
			name: "vcas128", network: premap("vcas", "VCAS_128", "VertCAS_1.onnx"),
			input: vcasBox, output: firstOnly,
		},
		{
			name: "cartpole", network: control("cartpole"),
			input: "-1:1,0:2,-0.2:0,-2:-1", output: firstOnly, publishedSeconds: "25.5", publishedCoverage: "0.752",
		},
		{
			name: "cartpole, second box", network: control("cartpole"),
			input: "-0.5:0.5,-1:1,-0.1:0.1,-1:1", output: firstOnly,
		},
		{
			name: "lunarlander (8-D)", network: control("lunarlander"),
			input: "-1:0,0:1,0:2,-2:0,-1:0,-0.1:0.1,0.9:1,0.9:1", output: "argmax == 1",
			approximate: within("64.9s"), publishedSeconds: "64.9", publishedCoverage: "0.751", long: true,
		},
		{
			name: "dubinsrejoin (8-D)", network: control("dubinsrejoin"),
			input:       "-0.2:0,0:0.5,-1:0,0:0.2,0.4:0.6,-0.1:0.1,0.2:0.5,-0.5:0.5",
			output:      "y0 >= y1 and y0 >= y2 and y0 >= y3 and y4 >= y5 and y4 >= y6 and y4 >= y7",
			approximate: within("348s"), publishedSeconds: "348", publishedCoverage: "0.751", long: true,
		},
	}
	for _, net := range []string{"2_2", "4_6", "3_6", "2_5"} {
		list = append(list, preimageCase{
			name: "ACAS Xu " + net + ", property 2 (5-D)", network: acasNetwork(net),
			input: prop2Box, output: firstOnly, long: true,
		})
	}
	return list
}

// acasNetwork is the file of a network of ACAS Xu, such as 1_1, in the data.
func acasNetwork(name string) string {
	return filepath.Join("acasxu", "onnx", "ACASXU_run2a_"+name+"_batch_2000.onnx")
}

// preimageFigures are the fields of a preimage's JSON object that are shown.
type preimageFigures struct {
	Count    *int     `json:"count"`
	Complete bool     `json:"complete"`
	Side     string   `json:"side"`
	Fraction *float64 `json:"volume_fraction"`
	Coverage *struct {
		Value float64 `json:"value"`
		Lower float64 `json:"lower"`
	} `json:"coverage"`
	Seconds struct {
		Solve float64 `json:"solve"`
	} `json:"seconds"`
	cpu float64
	// float64 is the same of the enumeration in float64 alone, 0 if there is none.
	float64 float64
}

// preimageTable computes every case's preimage.
func preimageTable(netmend, data string, runs int) (string, error) {
	var b strings.Builder
	fmt.Fprintf(&b, "Machine: %s. Median of %d runs, property 2 and the 8-D tasks one run. Seconds are those of the solution, without loading; CPU those of the whole process on all cores, in brackets without the proof that the preimage is complete.\n\n", report.Machine(), runs)
	b.WriteString("| task | result | polyhedra | fraction of the box | coverage | **seconds** | CPU | PREMAP: seconds | PREMAP: coverage |\n")
	b.WriteString("|---|---|--:|--:|--:|--:|--:|--:|--:|\n")
	for _, c := range preimageCases() {
		progress(c.name)
		repeat := runs
		if c.long {
			repeat = 1
		}
		f, err := medianPreimage(netmend, c.arguments(data), repeat)
		if err != nil {
			return "", fmt.Errorf("%s: %w", c.name, err)
		}
		if c.approximate == nil {
			fast, err := medianPreimage(netmend, append(c.arguments(data), "--arithmetic", "float64"), repeat)
			if err != nil {
				return "", fmt.Errorf("%s in float64: %w", c.name, err)
			}
			f.float64 = fast.cpu
		}
		b.WriteString(preimageRow(c, f))
	}
	return b.String(), nil
}

// arguments are those of the command, for the data in a folder.
func (c preimageCase) arguments(data string) []string {
	args := []string{
		"preimage", filepath.Join(data, "data", c.network),
		"--input=" + c.input, "--output", c.output, "--volume", "--json",
	}
	return slices.Concat(args, c.reading, c.approximate)
}

// medianPreimage returns the run with the median time.
func medianPreimage(netmend string, args []string, runs int) (preimageFigures, error) {
	all := make([]preimageFigures, runs)
	for i := range all {
		var err error
		if all[i].cpu, err = ask(netmend, nil, args, &all[i]); err != nil {
			return preimageFigures{}, err
		}
		if all[i].Count == nil {
			return preimageFigures{}, errors.New("the JSON object has no count")
		}
	}
	slices.SortFunc(all, func(a, b preimageFigures) int { return cmp.Compare(a.Seconds.Solve, b.Seconds.Solve) })
	return all[runs/2], nil
}

// preimageRow writes one line of the table. Coverage is the share of the
// preimage that the result holds: all of it where the result is exact and
// complete, an estimate with its lower confidence bound for a subset.
func preimageRow(c preimageCase, f preimageFigures) string {
	result, fraction, coverage := f.Side, "", ""
	switch {
	case f.Coverage != nil:
		result = "subset"
		coverage = fmt.Sprintf("%.3f (at least %.3f)", f.Coverage.Value, f.Coverage.Lower)
	case f.Complete && f.Side == "exact":
		coverage = "1"
	default:
		result += ", in part"
	}
	if f.Fraction != nil {
		fraction = fmt.Sprintf("%.7g", *f.Fraction)
	}
	cpu := seconds(f.cpu)
	if f.float64 > 0 {
		cpu += " (" + seconds(f.float64) + ")"
	}
	return fmt.Sprintf("| %s | %s | %d | %s | %s | **%s** | %s | %s | %s |\n", c.name, result, *f.Count, fraction, coverage,
		seconds(f.Seconds.Solve), cpu, orNone(c.publishedSeconds), orNone(c.publishedCoverage))
}

// seconds writes a time with three significant digits.
func seconds(s float64) string {
	switch {
	case s < 1:
		return fmt.Sprintf("%.2g", s)
	case s < 100:
		return fmt.Sprintf("%.3g", s)
	}
	return fmt.Sprintf("%.0f", s)
}

// orNone writes a figure that may not be published.
func orNone(figure string) string {
	if figure == "" {
		return "none"
	}
	return figure
}
