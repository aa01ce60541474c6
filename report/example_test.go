package report_test

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/netmend/netmend/report"
)

// A function that jumps at 1, where its right piece holds, on two linear
// regions.
func ExampleFigure() {
	f := &report.Figure{Caption: "A decoupled network may jump where linear regions meet."}
	p := f.AddPanel("After repair")
	p.XLabel, p.YLabel = "input x", "output y"
	p.Add(
		report.Line{Label: "after", X: []float64{0, 1}, Y: []float64{0, -1.6}, End: report.Open},
		report.Line{Label: "after", X: []float64{1, 2}, Y: []float64{-0.5, 0.1}, Start: report.Closed},
	)
	p.AddIntervals("linear regions", 0, 1, 2)
	p.AddBand("required", report.Range{From: 1.2, To: 1.8}, report.Range{From: -0.5, To: 0})

	var svg, png bytes.Buffer
	if err := f.WriteSVG(&svg); err != nil {
		fmt.Println(err)
		return
	}
	if err := f.WritePNG(&png, 2); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(strings.Count(svg.String(), "<circle"), "markers in the SVG")
	fmt.Printf("PNG: %v\n", strings.HasPrefix(png.String(), "\x89PNG"))
	// Output:
	// 2 markers in the SVG
	// PNG: true
}
