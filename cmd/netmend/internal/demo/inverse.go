package demo

import (
	"fmt"
	"path/filepath"

	"github.com/spf13/pflag"

	"github.com/netmend/netmend/cmd/netmend/internal/answer"
	"github.com/netmend/netmend/cmd/netmend/internal/cli"
	"github.com/netmend/netmend/contract"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/preimage"
	"github.com/netmend/netmend/report"
	"github.com/netmend/netmend/set"
	"github.com/netmend/netmend/set/solve"
	"github.com/netmend/netmend/spec/expr"
)

// InverseCommand is netmend demo inverse.
var InverseCommand = &cli.Command{
	Name:    "demo inverse",
	Summary: "answer the inverse problem for three small networks, and draw it",
	Usage:   "[DIR] [flags]",
	Detail: `
Runs the examples of Forets and Schilling, "The inverse problem for neural networks"
(2023): Example 4 step by step (Figures 2 and 3), the parabola of Figure 5 and the
contraction of the XOR network in Figure 8. Needs no files; writes the pictures into
the folder DIR, by default demo, and the networks, so that you can ask your own
questions about them.`,
	Example: "netmend demo inverse demo",
	Writes:  true,
	Setup: func(inv *cli.Invocation, _ *pflag.FlagSet) func([]string) (int, error) {
		return inFolder(inv, func(folder string) error { return (&inverseDemo{inv: inv, folder: folder}).run() })
	},
}

// inverseDemo is one run of the demonstration, with what it found.
type inverseDemo struct {
	inv                *cli.Invocation
	folder             string // "" to keep neither networks nor pictures
	networks, pictures []string
	InverseAnswers
}

// InverseAnswers are the answers to the questions of [InverseCommand].
type InverseAnswers struct {
	Steps     []BackwardStep
	Areas     []float64    // of the polyhedra of the preimage
	Intervals [][2]float64 // inputs with parabola in [100, 105]
	Never     bool         // the parabola is never negative
	XOR       []XOROutcome
}

// Inverse finds the answers, without pictures and files.
func Inverse(inv *cli.Invocation) (*InverseAnswers, error) {
	d := &inverseDemo{inv: inv}
	return &d.InverseAnswers, d.find()
}

// find answers the questions, one network after the other.
func (d *inverseDemo) find() error {
	for _, part := range []func() error{d.example4, d.parabola, d.contractXOR} {
		if err := part(); err != nil {
			return err
		}
	}
	return nil
}

func (d *inverseDemo) run() error {
	if err := d.find(); err != nil {
		return err
	}
	if err := d.inv.Commit(); err != nil {
		return err
	}
	if d.inv.JSON {
		return d.printJSON()
	}
	d.print()
	return nil
}

// keep writes a network, for more questions about it; without a folder it does
// nothing.
func (d *inverseDemo) keep(net *nn.Network, name string) error {
	if d.folder == "" {
		return nil
	}
	path := filepath.Join(d.folder, name+".onnx")
	d.networks = append(d.networks, path)
	_, err := answer.StageNetwork(d.inv, path, net, nn.Float64)
	return err
}

// save writes a picture as SVG and PNG; without a folder it does nothing.
func (d *inverseDemo) save(f *report.Figure, name string) error {
	if d.folder == "" {
		return nil
	}
	for _, ext := range []string{".svg", ".png"} {
		path := filepath.Join(d.folder, name+ext)
		if err := answer.StageFigure(d.inv, f, path); err != nil {
			return err
		}
		d.pictures = append(d.pictures, path)
	}
	return nil
}

// example4 computes the preimage of "class 2", y1 <= y2, backwards.
func (d *inverseDemo) example4() error {
	net, err := Example4(nn.ReLU(), nn.ReLU())
	if err != nil {
		return err
	}
	if err := d.keep(net, "example4"); err != nil {
		return err
	}
	target, err := expr.Parse("y0 <= y1", "target", 2)
	if err != nil {
		return err
	}
	box := set.Box{Lo: []float64{0, 0}, Hi: []float64{1, 1}}
	domain := box.Polyhedron()
	var steps []preimage.Snapshot
	r, err := preimage.Backward(d.inv.Ctx, net, target, preimage.BackwardOptions{Domain: &domain, Snapshot: func(s preimage.Snapshot) error {
		steps = append(steps, s)
		return nil
	}})
	if err != nil {
		return err
	}
	names := []string{"target", "affine, layer 3", "ReLU, layer 2", "affine, layer 2", "ReLU, layer 1", "affine, layer 1", "in the domain"}
	for i, s := range steps {
		d.Steps = append(d.Steps, BackwardStep{string(s.Kind), names[i], len(s.Sets)})
	}
	for _, p := range r.Sets {
		area, err := solve.Volume(p)
		if err != nil {
			return err
		}
		if area > 0 {
			d.Areas = append(d.Areas, area)
		}
	}
	if err := d.drawDomain(net, box, r.Sets); err != nil {
		return err
	}
	return d.drawSteps(steps, names)
}

// parabola asks for the inputs of given outputs.
func (d *inverseDemo) parabola() error {
	net, err := parabolaNetwork()
	if err != nil {
		return err
	}
	if err := d.keep(net, "parabola"); err != nil {
		return err
	}
	const far = 1000 // from 0; beyond, the network only grows
	domain := set.Box{Lo: []float64{-far}, Hi: []float64{far}}.Polyhedron()
	ask := func(text string) ([][2]float64, error) {
		target, err := expr.Parse(text, text, 1)
		if err != nil {
			return nil, err
		}
		r, err := preimage.Regions(d.inv.Ctx, net, domain, target, preimage.RegionsOptions{})
		if err != nil {
			return nil, err
		}
		var found [][2]float64
		for _, p := range r.Pieces {
			lo, hi := p.Vertices[0][0], p.Vertices[0][0]
			for _, v := range p.Vertices {
				lo, hi = min(lo, v[0]), max(hi, v[0])
			}
			found = append(found, [2]float64{lo, hi})
		}
		return found, nil
	}
	if d.Intervals, err = ask("y0 in [100, 105]"); err != nil {
		return err
	}
	negative, err := ask("y0 <= 0")
	if err != nil {
		return err
	}
	d.Never = len(negative) == 0
	return d.drawParabola(net, ask)
}

// BackwardStep is a step of the backward computation in JSON.
type BackwardStep struct {
	Kind  string `json:"kind"`
	Node  string `json:"node"`
	Count int    `json:"count"`
}

// xorScenario is a row of Figure 8.
type xorScenario struct {
	name          string
	input, output set.Box
}

// XOROutcome is what its contraction found.
type XOROutcome struct {
	Scenario   string         `json:"scenario"`
	Outcome    string         `json:"outcome"`
	Iterations int            `json:"iterations"`
	Inputs     []answer.Range `json:"inputs"`
	Outputs    []answer.Range `json:"outputs"`
}

// contractXOR narrows the XOR network's boxes in five scenarios.
func (d *inverseDemo) contractXOR() error {
	net, err := xorNetwork()
	if err != nil {
		return err
	}
	if err := d.keep(net, "xor"); err != nil {
		return err
	}
	box := func(bounds ...float64) set.Box {
		var b set.Box
		for i := 0; i < len(bounds); i += 2 {
			b.Lo, b.Hi = append(b.Lo, bounds[i]), append(b.Hi, bounds[i+1])
		}
		return b
	}
	scenarios := []xorScenario{
		{"x1 in [0, 0.2], x2 in [0.8, 1]", box(0, 0.2, 0.8, 1), box(0, 1)},
		{"x1 in [0, 0.2], x2 in [0, 0.2]", box(0, 0.2, 0, 0.2), box(0, 1)},
		{"x1 in [0.8, 1], y in [0.5, 1]", box(0.8, 1, 0, 1), box(0.5, 1)},
		{"x1 in [0.8, 1], y in [0, 0.5]", box(0.8, 1, 0, 1), box(0, 0.5)},
		{"x1, x2 in [0.8, 1], y in [0.5, 1]", box(0.8, 1, 0.8, 1), box(0.5, 1)},
	}
	for i, s := range scenarios {
		r, err := contract.Run(d.inv.Ctx, net, contract.Set{Box: s.input}, contract.Set{Box: s.output}, contract.Options{})
		if err != nil {
			return err
		}
		o := XOROutcome{Scenario: s.name, Outcome: r.Outcome.String(), Iterations: len(r.States) - 1}
		if r.Outcome != contract.Incompatible {
			last := r.Last()
			for _, k := range []int{0, 1} {
				o.Inputs = append(o.Inputs, answer.Range{cli.Finite(last.Input.Lo[k]), cli.Finite(last.Input.Hi[k])})
			}
			y := last.Nodes[len(net.Nodes)-1]
			o.Outputs = []answer.Range{{cli.Finite(y.Lo[0]), cli.Finite(y.Hi[0])}}
		}
		d.XOR = append(d.XOR, o)
		if err := d.drawXOR(i, s, r); err != nil {
			return err
		}
	}
	return nil
}

func (d *inverseDemo) printJSON() error {
	return d.inv.WriteJSON(struct {
		cli.Header
		Folder    string         `json:"folder"`
		Networks  []string       `json:"networks"`
		Pictures  []string       `json:"pictures"`
		Steps     []BackwardStep `json:"steps"`
		Areas     []float64      `json:"areas"`
		Intervals [][2]float64   `json:"parabola_100_105"`
		Never     bool           `json:"parabola_never_negative"`
		XOR       []XOROutcome   `json:"xor"`
		Seconds   cli.Total      `json:"seconds"`
	}{d.inv.Header(), d.folder, d.networks, d.pictures, d.Steps, d.Areas, d.Intervals, d.Never, d.XOR, d.inv.Total()})
}

func (d *inverseDemo) print() {
	p := d.inv.Printf
	p("Example 4: which inputs have class 2 (y1 <= y2)? Backwards, layer by layer:\n")
	for _, s := range d.Steps {
		p("  %-16s  %s\n", s.Node, answer.Polyhedra(s.Count))
	}
	sum := 0.0
	for _, a := range d.Areas {
		sum += a
	}
	p("  area in the domain [0, 1] x [0, 1]: %s\n", cli.Short(sum))
	p("\nParabola: where is the output in [100, 105]?\n")
	for _, i := range d.Intervals {
		p("  x in [%s, %s]\n", cli.Short(i[0]), cli.Short(i[1]))
	}
	if d.Never {
		p("  and it is never negative on [-1000, 1000]: that preimage is empty\n")
	}
	p("\nXOR, contraction forwards and backwards:\n")
	for _, o := range d.XOR {
		if o.Inputs == nil {
			p("  %s: incompatible, by outward rounding\n", o.Scenario)
			continue
		}
		p("  %s: x1 in [%s, %s], x2 in [%s, %s], y in [%s, %s]\n", o.Scenario,
			cli.Short(float64(o.Inputs[0][0])), cli.Short(float64(o.Inputs[0][1])), cli.Short(float64(o.Inputs[1][0])), cli.Short(float64(o.Inputs[1][1])),
			cli.Short(float64(o.Outputs[0][0])), cli.Short(float64(o.Outputs[0][1])))
	}
	p("\nnetworks and pictures\n")
	for _, f := range append(d.networks, d.pictures...) {
		p("  %s\n", f)
	}
}

// denseNetwork builds a network of dense layers, each followed by the activation
// given, nil for none.
func denseNetwork(layers []nn.Params, activations []nn.Activation) (*nn.Network, error) {
	var nodes []nn.Node
	last := nn.Input
	for i, p := range layers {
		nodes = append(nodes, nn.Node{Name: fmt.Sprintf("layer %d", i+1), Inputs: []int{last}, Op: &nn.Dense{Params: p}})
		last = len(nodes) - 1
		if activations[i] != nil {
			nodes = append(nodes, nn.Node{Name: fmt.Sprintf("activation %d", i+1), Inputs: []int{last}, Op: activations[i]})
			last = len(nodes) - 1
		}
	}
	return nn.New(nodes, []int{layers[0].Weight.Cols}, nn.Meta{})
}

// layer is a dense layer with the given number of inputs: for each output its weights, then its
// bias.
func layer(inputs int, numbers ...float64) nn.Params {
	outputs := len(numbers) / (inputs + 1)
	p := nn.Params{Weight: nn.NewMatrix(outputs, inputs), Bias: make([]float64, outputs)}
	for k := range outputs {
		row := numbers[k*(inputs+1) : (k+1)*(inputs+1)]
		copy(p.Weight.Row(k), row)
		p.Bias[k] = row[inputs]
	}
	return p
}

// Example4 is the network of Figure 1, with the activation functions
// given.
func Example4(first, second nn.Activation) (*nn.Network, error) {
	return denseNetwork([]nn.Params{
		layer(2, 0.3, 0.53, 0.43, 0.77, 0.42, -0.42),
		layer(2, 0.17, -0.07, -0.01, 0.71, -0.06, 0.49),
		layer(2, 0.35, 0.17, 0.03, -0.04, 0.08, 0.17),
	}, []nn.Activation{first, second, nil})
}

// parabolaNetwork is the network of Figure 4, trained on x²/20.
func parabolaNetwork() (*nn.Network, error) {
	return denseNetwork([]nn.Params{
		layer(1, 0.6323467493057251, 0.06393361836671829, 0.17108699679374695, -2.2501626014709473, -0.7978671789169312, -2.274787425994873),
		layer(3,
			0.7802020311355591, 2.174086570739746, 0.38730230927467346, -2.416353702545166,
			-0.7222397923469543, -0.7464914321899414, 1.0229864120483398, -1.228379726409912,
			-0.13510894775390625, -0.6387206315994263, -0.31919407844543457, 0),
		layer(3, 1.917153000831604, 1.0097975730895996, 0.8264592289924622, 0.33117377758026123),
	}, []nn.Activation{nn.ReLU(), nn.ReLU(), nil})
}

// xorNetwork is the network of Figure 7.
func xorNetwork() (*nn.Network, error) {
	return denseNetwork([]nn.Params{
		layer(2, -4.60248, 4.74295, 2.74108, -3.19378, 2.90011, -1.49695),
		layer(2, -4.57199, 4.64925, 2.10176),
	}, []nn.Activation{nn.Sigmoid(), nn.Sigmoid()})
}
