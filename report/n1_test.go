package report_test

import (
	"math"

	"github.com/netmend/netmend/report"
)

// n1 is the value channel of N1, Figure 3(a) of the paper, as a function of
// the changes of the three weights out of x and of the bias of h3; the regions
// stay those of N1: [-1, 0], [0, 1] and [1, 2].
func n1(region int, x float64, change [4]float64) float64 {
	h1, h2, h3 := float64((change[0]-1)*x), float64((1+change[1])*x), float64((1+change[2])*x)-1+change[3]
	return [...]float64{-h1, -h2, -h2 + h3}[region]
}

// addN1 draws one line per region, with a filled marker where the function jumps
// and the point belongs to the line.
func addN1(p *report.Panel, label string, change [4]float64, style report.Line) {
	for region := range 3 {
		from := float64(region - 1)
		l := style
		l.Label = label
		l.X = []float64{from, from + 1}
		l.Y = []float64{n1(region, from, change), n1(region, from+1, change)}
		const jump = 1e-12
		if region > 0 && math.Abs(n1(region-1, from, change)-l.Y[0]) > jump {
			l.Start = report.Closed
		}
		if region < 2 && math.Abs(n1(region+1, from+1, change)-l.Y[1]) > jump {
			l.End = report.Open
		}
		p.Add(l)
	}
}

// n1Figure shows the repairs of section 3: equation (2) at two points, equation
// (3) on a segment, with the smallest changes printed there.
func n1Figure() *report.Figure {
	f := &report.Figure{
		SameAxes: true,
		Caption: "Network N1 before and after its smallest repair. The colours on the x axis are the linear regions, " +
			"which a repair of the value channel leaves where they are.",
	}
	before := report.Line{Color: report.Gray, Dashed: true}
	after := report.Line{Color: report.Blue}

	points := f.AddPanel("Repaired at two points")
	points.AddBand("required", report.Range{From: 0.5, To: 0.5}, report.Range{From: -1, To: -0.8})
	points.AddBand("required", report.Range{From: 1.5, To: 1.5}, report.Range{From: -0.2, To: 0})
	addN1(points, "before", [4]float64{}, before)
	change := [4]float64{0, 0.6, 1.7 / 1.5, 0}
	addN1(points, "after", change, after)
	points.AddPoints("points of the specification", []float64{0.5, 1.5}, []float64{n1(1, 0.5, change), n1(2, 1.5, change)})

	segment := f.AddPanel("Repaired on all of [0.5, 1.5]")
	segment.AddBand("required", report.Range{From: 0.5, To: 1.5}, report.Range{From: -0.8, To: -0.4})
	addN1(segment, "before", [4]float64{}, before)
	change = [4]float64{0, -0.2, 0, 0}
	addN1(segment, "after", change, after)
	segment.Add(report.Points{
		Label: "key points", Hollow: true, X: []float64{0.5, 1, 1.5},
		Y: []float64{n1(1, 0.5, change), n1(1, 1, change), n1(2, 1.5, change)},
	})
	for _, p := range f.Panels {
		p.XLabel, p.YLabel = "input x", "output y"
		p.AddIntervals("linear regions", -1, 0, 1, 2)
	}
	return f
}
