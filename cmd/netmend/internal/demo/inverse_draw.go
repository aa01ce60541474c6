package demo

import (
	"fmt"
	"math/rand/v2"

	"github.com/netmend/netmend/cmd/netmend/internal/answer"
	"github.com/netmend/netmend/contract"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/preimage"
	"github.com/netmend/netmend/report"
	"github.com/netmend/netmend/set"
	"github.com/netmend/netmend/set/solve"
)

const paper = `Forets and Schilling, "The inverse problem for neural networks" (2023)`

// addUnion draws sets in the plane, cut with what is shown.
func addUnion(p *report.Panel, u set.Union, view set.Box, label string) error {
	for i, s := range u {
		corners, err := solve.Polygon(s.Intersect(view.Polyhedron()))
		if err != nil {
			return err
		}
		if len(corners) < 3 {
			continue
		}
		polygon := report.Polygon{Label: label, Color: answer.ClassColor(i)}
		for _, c := range corners {
			polygon.X, polygon.Y = append(polygon.X, c[0]), append(polygon.Y, c[1])
		}
		p.Add(polygon)
	}
	return nil
}

// outline draws the border of a box.
func outline(p *report.Panel, b set.Box, label string) {
	p.Add(report.Line{
		Label: label, Color: report.Vermilion,
		X: []float64{b.Lo[0], b.Hi[0], b.Hi[0], b.Lo[0], b.Lo[0]},
		Y: []float64{b.Lo[1], b.Lo[1], b.Hi[1], b.Hi[1], b.Lo[1]},
	})
}

// drawDomain draws samples, image and preimage (Figures 2 and 3 (f)).
func (d *inverseDemo) drawDomain(net *nn.Network, box set.Box, sets set.Union) error {
	f := &report.Figure{
		PlotWidth: 240, PlotHeight: 240,
		Caption: "Example 4 of " + paper + ": samples of the domain with their class, the image of the domain, and the preimage of class 2 in the domain.",
	}
	const samples = 300
	random := rand.New(rand.NewPCG(1, 4))
	x := nn.NewMatrix(samples, 2)
	for i := range x.Data {
		x.Data[i] = random.Float64()
	}
	y, err := net.Eval(x, 1)
	if err != nil {
		return err
	}
	var classes [2]report.Points
	var outputs [2]report.Points
	for i := range samples {
		k := 0
		if y.Row(i)[0] <= y.Row(i)[1] {
			k = 1
		}
		classes[k].X, classes[k].Y = append(classes[k].X, x.Row(i)[0]), append(classes[k].Y, x.Row(i)[1])
		outputs[k].X, outputs[k].Y = append(outputs[k].X, y.Row(i)[0]), append(outputs[k].Y, y.Row(i)[1])
	}
	style := func(p *report.Points, k int) report.Points {
		p.Label, p.Color = fmt.Sprintf("class %d", k+1), []report.Color{report.Orange, report.Blue}[k]
		return *p
	}
	unit := report.Range{From: 0, To: 1}
	p := f.AddPanel("samples")
	p.XLabel, p.YLabel, p.X, p.Y = "x1", "x2", unit, unit
	for k := range classes {
		p.Add(style(&classes[k], k))
	}
	p = f.AddPanel("image")
	p.XLabel, p.YLabel = "y1", "y2"
	image, err := preimage.Image(d.inv.Ctx, net, box.Polyhedron(), preimage.ImageOptions{})
	if err != nil {
		return err
	}
	for i, piece := range image.Pieces {
		corners, err := solve.Polygon(piece.Set)
		if err != nil {
			return err
		}
		if len(corners) < 3 {
			continue
		}
		polygon := report.Polygon{Label: "image", Color: []report.Color{report.SkyBlue, report.Green}[i%2]}
		for _, c := range corners {
			polygon.X, polygon.Y = append(polygon.X, c[0]), append(polygon.Y, c[1])
		}
		p.Add(polygon)
	}
	lo, hi := y.Data[0], y.Data[0]
	for _, v := range y.Data {
		lo, hi = min(lo, v), max(hi, v)
	}
	p.X, p.Y = report.Range{From: lo - 0.01, To: hi + 0.01}, report.Range{From: lo - 0.01, To: hi + 0.01}
	p.Add(report.Line{Label: "y1 = y2", Color: report.Black, X: []float64{p.X.From, p.X.To}, Y: []float64{p.X.From, p.X.To}})
	p = f.AddPanel("preimage of class 2")
	p.XLabel, p.YLabel, p.X, p.Y = "x1", "x2", unit, unit
	if err := addUnion(p, sets, box, "preimage"); err != nil {
		return err
	}
	return d.save(f, "example4")
}

// drawSteps draws the sets after each step backwards (Figure 3 (a) to (e)).
func (d *inverseDemo) drawSteps(steps []preimage.Snapshot, names []string) error {
	f := &report.Figure{
		PlotWidth: 190, PlotHeight: 190,
		Caption: "Example 4, backwards: the set of values that lead to class 2, after the inverse of each step, as far as it lies in the part of the plane shown; each colour is one polyhedron.",
	}
	windows := []float64{2, 2, 8, 2, 3} // half the width of what is shown
	for i, s := range steps[1 : len(steps)-1] {
		w := windows[i]
		view := set.Box{Lo: []float64{-w, -w}, Hi: []float64{w, w}}
		p := f.AddPanel(fmt.Sprintf("(%c) %s", 'a'+i, names[i+1]))
		p.X, p.Y = report.Range{From: -w, To: w}, report.Range{From: -w, To: w}
		if err := addUnion(p, s.Sets, view, "preimage"); err != nil {
			return err
		}
		if i == len(windows)-1 {
			outline(p, set.Box{Lo: []float64{0, 0}, Hi: []float64{1, 1}}, "domain")
		}
	}
	return d.save(f, "example4-steps")
}

// drawParabola draws the function, the network, and the preimages of 20 intervals
// of outputs (Figure 5).
func (d *inverseDemo) drawParabola(net *nn.Network, ask func(string) ([][2]float64, error)) error {
	const limit, intervals = 20, 20
	f := &report.Figure{
		PlotWidth: 420, PlotHeight: 320,
		Caption: "A network trained on the parabola x²/20, and the preimages of the unit intervals of outputs (Figure 5 of " + paper + ").",
	}
	p := f.AddPanel("parabola")
	p.XLabel, p.YLabel = "x", "y"
	p.X, p.Y = report.Range{From: -limit, To: limit}, report.Range{From: -0.5, To: limit + 0.5}
	for k := range intervals {
		found, err := ask(fmt.Sprintf("y0 in [%d, %d]", k, k+1))
		if err != nil {
			return err
		}
		for _, i := range found {
			p.Add(report.Band{Label: "preimages", Color: report.Yellow, X: report.Range{From: i[0], To: i[1]}, Y: report.Range{From: float64(k), To: float64(k + 1)}})
		}
	}
	var truth, output report.Points
	for x := -limit; x <= limit; x++ {
		y, err := net.EvalPoint([]float64{float64(x)})
		if err != nil {
			return err
		}
		truth.X, truth.Y = append(truth.X, float64(x)), append(truth.Y, float64(x*x)/20)
		output.X, output.Y = append(output.X, float64(x)), append(output.Y, y[0])
	}
	truth.Label, truth.Color, truth.Hollow = "x²/20", report.Vermilion, true
	output.Label, output.Color = "network", report.Blue
	p.Add(truth, output)
	return d.save(f, "parabola")
}

// drawXOR draws the ranges of all neurons after each iteration (a row of Figure 8).
func (d *inverseDemo) drawXOR(number int, s xorScenario, r *contract.Result) error {
	const shown = 4 // iterations, beside the start
	f := &report.Figure{
		PlotWidth: 130, PlotHeight: 130,
		Caption: fmt.Sprintf("XOR network, scenario %d: %s. Ranges of the neurons after each iteration; 0 is the start (Figure 8 of %s).", number+1, s.name, paper),
	}
	if r.Outcome == contract.Incompatible {
		f.Caption += " The sets become empty: proof that the constraints are incompatible."
	}
	neurons := []struct {
		name string
		of   func(contract.State) set.Interval
	}{
		{"input 1", func(t contract.State) set.Interval { return t.Input.Interval(0) }},
		{"input 2", func(t contract.State) set.Interval { return t.Input.Interval(1) }},
		{"hidden 1", func(t contract.State) set.Interval { return t.Nodes[1].Interval(0) }},
		{"hidden 2", func(t contract.State) set.Interval { return t.Nodes[1].Interval(1) }},
		{"output", func(t contract.State) set.Interval { return t.Nodes[3].Interval(0) }},
	}
	for k, n := range neurons {
		p := f.AddPanel(n.name)
		p.XLabel = "iteration"
		p.X, p.Y = report.Range{From: -0.5, To: shown + 0.5}, report.Range{From: -0.05, To: 1.05}
		for i, state := range r.States[:min(len(r.States), shown+1)] {
			v := n.of(state)
			p.Add(report.Band{Label: "range", Color: answer.ClassColor(k), X: report.Range{From: float64(i) - 0.35, To: float64(i) + 0.35}, Y: report.Range{From: v.Lo, To: v.Hi}})
		}
	}
	return d.save(f, fmt.Sprintf("xor-%d", number+1))
}
