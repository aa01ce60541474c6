// Package demo is netmend demo: the examples of both papers, answered, written and drawn.
package demo

import (
	"bytes"
	"fmt"
	"math"
	"path/filepath"
	"strings"

	"github.com/spf13/pflag"

	"github.com/netmend/netmend/cmd/netmend/internal/answer"
	"github.com/netmend/netmend/cmd/netmend/internal/cli"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/proof"
	"github.com/netmend/netmend/repair"
	"github.com/netmend/netmend/spec"
)

// Command is netmend demo.
var Command = &cli.Command{
	Name:    "demo",
	Summary: "repair a small network, check it, and draw it before and after",
	Usage:   "[DIR] [flags]",
	Detail: `
Repairs network N1 of Figure 3 of Sotoudeh and Thakur, "Provable Repair of Deep Neural
Networks" (PLDI 2021), at two points (equation 2) and on a whole interval (equation
3). Needs no files; writes the networks, the requirements and the picture into the
folder DIR, by default demo.`,
	Example: "netmend demo demo",
	Writes:  true,
	Setup: func(inv *cli.Invocation, _ *pflag.FlagSet) func([]string) (int, error) {
		return inFolder(inv, func(folder string) error { return (&demo{inv: inv, folder: folder}).run() })
	},
}

// demo is one run of the demonstration.
type demo struct {
	inv     *cli.Invocation
	folder  string
	net     *nn.Network // N1, as read back from its file
	digest  string      // of its file
	repairs []*demoRepair
}

// demoRepair is the repair of one equation.
type demoRepair struct {
	Name    string    `json:"name"`
	title   string    // of the equation
	formula string    // the requirement in words
	text    []byte    // the requirement as a specification
	show    []float64 // inputs at which outputs are printed

	Spec   string `json:"spec"`
	Output string `json:"output"`
	answer.Figures
	Changes []answer.ParameterChange `json:"changes"`

	spec     *spec.Spec
	repaired *nn.Network // as read back from its file
	check    *proof.Result
}

func (d *demo) run() error {
	net, err := N1()
	if err != nil {
		return err
	}
	file, err := answer.StageNetwork(d.inv, d.path("n1.onnx"), net, nn.Float64)
	if err != nil {
		return err
	}
	d.net, d.digest = file.Net, file.Digest
	d.repairs = []*demoRepair{
		{
			Name: "eq2", title: "Equation (2), two points", formula: "-1 <= N(0.5) <= -0.8  and  -0.2 <= N(1.5) <= 0",
			text: equation2, show: []float64{0.5, 1.5},
		},
		{
			Name: "eq3", title: "Equation (3), an interval", formula: "-0.8 <= N(x) <= -0.4  for every x in [0.5, 1.5]",
			text: equation3, show: []float64{0.5, 1, 1.5},
		},
	}
	for _, r := range d.repairs {
		if err := d.repair(r); err != nil {
			return fmt.Errorf("%s: %w", r.title, err)
		}
	}
	if err := d.draw(); err != nil {
		return err
	}
	regions, err := pieces(d.inv, d.net)
	if err != nil {
		return err
	}
	if err := d.inv.Commit(); err != nil {
		return err
	}
	if d.inv.JSON {
		return d.printJSON()
	}
	return d.print(regions)
}

func (d *demo) path(name string) string { return filepath.Join(d.folder, name) }

// repair repairs N1 for one equation, writes both, reads the repaired network
// back and checks it.
func (d *demo) repair(r *demoRepair) error {
	r.Spec, r.Output = d.path(r.Name+".json"), d.path("n1-"+r.Name+".onnx")
	if err := d.inv.StageBytes(r.Spec, r.text); err != nil {
		return err
	}
	var err error
	if r.spec, err = spec.Read(bytes.NewReader(r.text), r.Spec, d.folder); err != nil {
		return err
	}
	free := repair.Free{Kind: repair.FreeList}
	for _, e := range edges {
		free.List = append(free.List, e.parameter)
	}
	margin := 0.0
	result, err := repair.Run(d.inv.Ctx, d.net, r.spec, repair.Options{
		Layer: 1, Norm: repair.L1, Margin: &margin, Free: free, DType: nn.Float64,
	})
	if err != nil {
		return err
	}
	if result.Network == nil {
		return fmt.Errorf("not repaired: %s", result.Status)
	}
	file, err := answer.StageNetwork(d.inv, r.Output, result.Network, nn.Float64, answer.ProvenanceOf(result.Network, d.digest, answer.BytesDigest(r.text))...)
	if err != nil {
		return err
	}
	r.repaired = file.Net
	check, err := repair.Recheck(d.inv.Ctx, d.net, r.repaired, r.spec, repair.RecheckOptions{Margin: &margin})
	if err != nil {
		return err
	}
	if diff := nn.ChoosingDifferences(d.net, r.repaired); check.Verdict != repair.RecheckHolds || len(diff) > 0 {
		return fmt.Errorf("%s failed its check: %s; %v", r.Output, check.Verdict, diff)
	}
	r.Figures, r.Changes, r.check = answer.FiguresOf(d.net, r.spec, result), answer.ParameterChanges(result), check.Exact
	return nil
}

func (d *demo) print(regions []piece) error {
	p := d.inv.Printf
	p("\n  Network N1: one input x, three hidden units, one output y\n\n")
	p("      h1 = ReLU(-x)    h2 = ReLU(x)    h3 = ReLU(x - 1)    y = -h1 - h2 + h3\n\n")
	words := make([]string, len(regions))
	for i, r := range regions {
		words[i] = fmt.Sprintf("[%s, %s]", tidy(r.from), tidy(r.to))
	}
	p("  On each of its linear regions %s it is one affine map.\n", cli.List(words))
	for _, r := range d.repairs {
		p("\n  %s. We want\n\n      %s\n\n", r.title, r.formula)
		before, err := outputsText(d.net, r.show)
		if err != nil {
			return err
		}
		after, err := outputsText(r.repaired, r.show)
		if err != nil {
			return err
		}
		p("    before    %s\n", before)
		p("    change    %s\n", strings.Join(edgeChanges(r.Changes), "    "))
		p("    after     %s\n", after)
		p("    smallest  the sum of |changes| is %s; no repair of this layer has less than %s\n",
			tidy(float64(*r.Objective)), tidy(float64(*r.LowerBound)))
		p("    checked   %s, read back: holds %s%s\n", r.Output, answer.SetsOf(r.spec).Where(), marginText(r.check))
	}
	return d.printFiles()
}

// marginText says how far the exact check found the requirement to hold.
func marginText(c *proof.Result) string {
	reached, _ := c.MarginReached().Float64()
	return fmt.Sprintf("\n              %s: margin %s%s, %s at the vertices of %s",
		answer.How(c), answer.AtLeast(c), tidy(reached), cli.Count(c.Size.Rows, "half-space"), cli.Count(c.Size.Pieces, "piece"))
}

// edgeChanges names the changes by the edges of Figure 3.
func edgeChanges(changes []answer.ParameterChange) []string {
	var words []string
	for _, c := range changes {
		name := c.Name
		for _, e := range edges {
			if e.parameter.String() == c.Name {
				name = e.name
			}
		}
		sign := "+"
		if c.Delta < 0 {
			sign = "-"
		}
		words = append(words, fmt.Sprintf("%s  %s%s", name, sign, tidy(math.Abs(c.Delta))))
	}
	return words
}

// outputsText is "N(0.5) = -0.5    N(1.5) = -1".
func outputsText(net *nn.Network, xs []float64) (string, error) {
	words := make([]string, len(xs))
	for i, x := range xs {
		y, err := net.EvalPoint([]float64{x})
		if err != nil {
			return "", err
		}
		words[i] = fmt.Sprintf("N(%s) = %s", tidy(x), tidy(y[0]))
	}
	return strings.Join(words, "    "), nil
}

// tidy prints a number with six significant digits, which hides rounding.
func tidy(v float64) string {
	if math.Abs(v) < 1e-9 {
		v = 0
	}
	return fmt.Sprintf("%.6g", v)
}

// printFiles names what was written and what to try next.
func (d *demo) printFiles() error {
	names := make([]string, len(edges))
	for i, e := range edges {
		names[i] = e.parameter.String()
	}
	p := d.inv.Printf
	p("\n  Picture: %s and .svg\n\n  The same by hand, with these files:\n\n", d.path("n1.png"))
	p("    netmend regions %s --segment %d:%d --sets\n", quoted(d.path("n1.onnx")), axisFrom, axisTo)
	for _, r := range d.repairs {
		p("    netmend repair %s --spec %s --layer 1 --objective l1 --free %q -o %s\n",
			quoted(d.path("n1.onnx")), quoted(r.Spec), strings.Join(names, ","), quoted(r.Output))
		p("    netmend check %s --original %s --spec %s\n", quoted(r.Output), quoted(d.path("n1.onnx")), quoted(r.Spec))
	}
	p("\n")
	return nil
}

// quoted is a path as a shell takes it.
func quoted(path string) string {
	if strings.ContainsAny(path, " '\"$&;()<>|*?`\\#~!{}[]") {
		return "'" + strings.ReplaceAll(path, "'", `'\''`) + "'"
	}
	return path
}

func (d *demo) printJSON() error {
	return d.inv.WriteJSON(struct {
		cli.Header
		Folder  string         `json:"folder"`
		Network answer.Network `json:"network"`
		Repairs []*demoRepair  `json:"repairs"`
		Picture []string       `json:"picture"`
		Seconds cli.Total      `json:"seconds"`
	}{d.inv.Header(), d.folder, answer.NetworkOf(d.path("n1.onnx"), d.net), d.repairs, []string{d.path("n1.png"), d.path("n1.svg")}, d.inv.Total()})
}

// inFolder makes the function that runs a demonstration in the folder that the
// operand names, by default demo, which is made where it is missing and goes again where nothing is written.
func inFolder(inv *cli.Invocation, run func(folder string) error) func(operands []string) (int, error) {
	return func(operands []string) (int, error) {
		if len(operands) == 0 {
			operands = []string{"demo"}
		}
		if err := cli.WantOperands(operands, "DIR"); err != nil {
			return 0, err
		}
		if err := inv.Files.Folder(operands[0]); err != nil {
			return 0, err
		}
		return cli.ExitYes, run(operands[0])
	}
}
