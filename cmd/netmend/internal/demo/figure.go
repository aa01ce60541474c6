package demo

import (
	"math"

	"github.com/netmend/netmend/cmd/netmend/internal/answer"
	"github.com/netmend/netmend/cmd/netmend/internal/cli"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/region"
	"github.com/netmend/netmend/report"
	"github.com/netmend/netmend/set"
	"github.com/netmend/netmend/spec"
)

// piece is a linear region of a network of one input, with the outputs that its
// affine map has at the ends.
type piece struct {
	from, to   float64
	yFrom, yTo float64
}

// pieces are the linear regions of a network on the part of the input axis that
// is drawn.
func pieces(inv *cli.Invocation, net *nn.Network) ([]piece, error) {
	axis := set.Segment{From: []float64{axisFrom}, To: []float64{axisTo}}
	var all []piece
	_, err := region.OnSegment(inv.Ctx, net, axis, region.Options{}, func(c *region.Cell) error {
		m := c.Affine().Row(0)
		t0, t1 := c.Vertices[0].Param[0], c.Vertices[1].Param[0]
		all = append(all, piece{axis.At(t0)[0], axis.At(t1)[0], float64(m[0]*t0) + m[1], float64(m[0]*t1) + m[1]})
		return nil
	})
	return all, err
}

// draw draws the network before and after as in Figures 3 and 5 of the paper.
func (d *demo) draw() error {
	figure := report.Figure{
		SameAxes: true, PlotWidth: 260, PlotHeight: 240,
		Caption: "Network N1 of Sotoudeh and Thakur (PLDI 2021), Figure 3, and its smallest repairs, Figure 5. " +
			"Bars on the axis are the linear regions, which a repair keeps. A repaired network may jump where they meet.",
	}
	before, err := pieces(d.inv, d.net)
	if err != nil {
		return err
	}
	panel := d.panel(&figure, "N1", before)
	if err := addPieces(panel, d.net, before, report.Line{Label: "before", Color: report.Gray}); err != nil {
		return err
	}
	for _, r := range d.repairs {
		panel := d.panel(&figure, r.title, before)
		for i := range r.spec.Items {
			addRequirement(panel, &r.spec.Items[i])
		}
		if err := addPieces(panel, d.net, before, report.Line{Label: "before", Color: report.Gray, Dashed: true}); err != nil {
			return err
		}
		after, err := pieces(d.inv, r.repaired)
		if err != nil {
			return err
		}
		if err := addPieces(panel, r.repaired, after, report.Line{Label: "repaired", Color: report.Blue}); err != nil {
			return err
		}
	}
	for _, ext := range []string{".svg", ".png"} {
		if err := answer.StageFigure(d.inv, &figure, d.path("n1"+ext)); err != nil {
			return err
		}
	}
	return nil
}

// panel adds a panel with the linear regions on its axis.
func (d *demo) panel(f *report.Figure, title string, regions []piece) *report.Panel {
	p := f.AddPanel(title)
	p.XLabel, p.YLabel = "x", "y"
	p.X = report.Range{From: axisFrom, To: axisTo}
	borders := []float64{regions[0].from}
	for _, r := range regions {
		borders = append(borders, r.to)
	}
	p.AddIntervals("linear regions", borders...)
	return p
}

// addPieces draws a network piece by piece, with markers at jumps: filled where
// the network has the value, hollow where it does not.
func addPieces(p *report.Panel, net *nn.Network, all []piece, style report.Line) error {
	// jump is far below what can be seen, far above rounding.
	const jump = 1e-9
	for i, q := range all {
		line := style
		line.X, line.Y = []float64{q.from, q.to}, []float64{q.yFrom, q.yTo}
		end := func(x, here, there float64) (report.End, error) {
			if math.Abs(here-there) < jump {
				return report.Plain, nil
			}
			y, err := net.EvalPoint([]float64{x})
			if err == nil && math.Abs(y[0]-here) < jump {
				return report.Closed, nil
			}
			return report.Open, err
		}
		var err error
		if i > 0 {
			if line.Start, err = end(q.from, q.yFrom, all[i-1].yTo); err != nil {
				return err
			}
		}
		if i+1 < len(all) {
			if line.End, err = end(q.to, q.yTo, all[i+1].yFrom); err != nil {
				return err
			}
		}
		p.Add(line)
	}
	return nil
}

// addRequirement shades what a requirement of bounds on one output allows.
func addRequirement(p *report.Panel, it *spec.Item) {
	x := report.Range{}
	if it.Segment != nil {
		x.From, x.To = it.Segment.From[0], it.Segment.To[0]
	} else {
		x.From, x.To = it.Point[0], it.Point[0]
	}
	for _, b := range it.Output.Bounds {
		p.AddBand("required", x, report.Range{From: b.Lower, To: b.Upper})
	}
}
