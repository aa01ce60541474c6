package report_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"image"
	"image/color"
	"image/png"
	"io"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"github.com/netmend/netmend/internal/golden"
	"github.com/netmend/netmend/report"
)

// geometryFigure has what the figure of N1 has not: polygons, limits cut off,
// an infinite band, several legend rows, large and small numbers, characters
// that XML escapes.
func geometryFigure() *report.Figure {
	f := &report.Figure{
		PlotWidth: 260, PlotHeight: 220,
		Caption: "Polygons, a line that leaves the plot, <escapes> & a caption that is long enough to be broken into two lines, as it does not fit into the figure's width.",
	}
	plane := f.AddPanel("Regions & slices")
	plane.AddPolygon("regions", []float64{0, 1e4, 1e4, 0}, []float64{0, 0, 2e-3, 1e-3})
	plane.AddPolygon("regions", []float64{0, 1e4, 0}, []float64{1e-3, 2e-3, 3e-3})
	plane.AddPolygon("cut off", []float64{-5e4, 0, 0, -5e4}, []float64{0, 0, 3e-3, 3e-3})
	plane.X = report.Range{From: -1000, To: 12000}
	plane.XLabel, plane.YLabel = "bearing", "distance"
	lines := f.AddPanel("")
	var xs, ys, zs []float64
	for i := range 100 {
		x := float64(i) / 10
		xs, ys, zs = append(xs, x), append(ys, x*x*x/100-3), append(zs, 3-float64(x/2))
	}
	lines.AddLine("cubic", xs, ys)
	lines.Add(report.Line{Label: "falling", X: xs, Y: zs, Dashed: true, Start: report.Open, End: report.Closed})
	lines.Y = report.Range{From: -5, To: 5}
	lines.AddBand("half-plane", report.Range{From: 2, To: math.Inf(1)}, report.Range{From: math.Inf(-1), To: -2})
	lines.AddIntervals("regions on the axis", 0, 1.5, 1.6, 4.7, 20)
	lines.AddPoints("points inside and outside", []float64{1, 3}, []float64{1, 1000})
	return f
}

func writeSVG(t *testing.T, f *report.Figure) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := f.WriteSVG(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestSVGGolden(t *testing.T) {
	for name, figure := range map[string]func() *report.Figure{"n1.svg": n1Figure, "geometry.svg": geometryFigure} {
		golden.Compare(t, filepath.Join("testdata", name), writeSVG(t, figure()))
	}
}

// TestSVGIsXML: the file is well formed and holds the texts as they are.
func TestSVGIsXML(t *testing.T) {
	d := xml.NewDecoder(bytes.NewReader(writeSVG(t, geometryFigure())))
	text := ""
	for {
		token, err := d.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if data, ok := token.(xml.CharData); ok {
			text += string(data)
		}
	}
	for _, want := range []string{"Regions & slices", "<escapes> & a caption", "regions on the axis"} {
		if !strings.Contains(text, want) {
			t.Errorf("no text %q", want)
		}
	}
	if strings.Count(text, "half-plane") != 1 {
		t.Error("the legend does not name half-plane exactly once")
	}
}

func decodePNG(t *testing.T, f *report.Figure, scale float64) image.Image {
	t.Helper()
	var b bytes.Buffer
	if err := f.WritePNG(&b, scale); err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(&b)
	if err != nil {
		t.Fatal(err)
	}
	return img
}

// TestPNG: the picture has the SVG's size times the scale, and shows the colour
// of each shape where the shape is.
func TestPNG(t *testing.T) {
	f := &report.Figure{PlotWidth: 200, PlotHeight: 100}
	p := f.AddPanel("")
	p.X, p.Y = report.Range{From: 0, To: 4}, report.Range{From: 0, To: 2}
	p.AddIntervals("", 0, 1, 4)
	p.Add(
		report.Line{X: []float64{0, 4}, Y: []float64{1, 1}, Color: report.Green},
		report.Points{X: []float64{2}, Y: []float64{1}, Color: report.Purple},
		report.Polygon{X: []float64{3, 4, 4, 3}, Y: []float64{0, 0, 0.5, 0.5}, Color: report.Black},
	)
	const scale = 3
	img := decodePNG(t, f, scale)
	var size struct {
		Width  float64 `xml:"width,attr"`
		Height float64 `xml:"height,attr"`
	}
	if err := xml.Unmarshal(writeSVG(t, f), &size); err != nil {
		t.Fatal(err)
	}
	if w, h := math.Ceil(scale*size.Width), math.Ceil(scale*size.Height); img.Bounds() != image.Rect(0, 0, int(w), int(h)) {
		t.Errorf("picture of %v, want %v x %v", img.Bounds(), w, h)
	}
	// The plot's right edge lies a margin of 14 off the picture's.
	right := size.Width - 14
	top := 14 + 11.0/2
	at := func(x, y float64) vec { return vec{right - 200 + float64(50*x), top + 100 - float64(50*y)} }
	below := func(x float64) vec { v := at(x, 0); v.y += 4; return v }
	tests := []struct {
		what string
		at   vec
		want report.Color
	}{
		{"background", vec{1, 1}, 0xFFFFFF},
		{"plot", at(0.5, 1.7), 0xFFFFFF},
		{"line", at(1, 1), report.Green},
		{"point", at(2, 1), report.Purple},
		{"first interval", below(0.5), report.Vermilion},
		{"second interval", below(3), report.Blue},
		{"polygon, a quarter of the background shining through", at(3.5, 0.25), 0x404040},
	}
	for _, test := range tests {
		got := color.RGBAModel.Convert(img.At(int(test.at.x*scale), int(test.at.y*scale))).(color.RGBA)
		const tolerance = 2
		for i, v := range []uint8{got.R, got.G, got.B} {
			want := uint8(test.want >> (16 - 8*i))
			if math.Abs(float64(v)-float64(want)) > tolerance {
				t.Errorf("%s: colour %v, want %v", test.what, got, test.want)
				break
			}
		}
	}
}

type vec struct{ x, y float64 }

// TestPNGSameBytes: the same figure gives the same file.
func TestPNGSameBytes(t *testing.T) {
	var a, b bytes.Buffer
	if err := errors.Join(geometryFigure().WritePNG(&a, 1), geometryFigure().WritePNG(&b, 1)); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(a.Bytes(), b.Bytes()) {
		t.Error("two writes of one figure differ")
	}
}

func TestErrors(t *testing.T) {
	panel := func(e ...report.Element) *report.Figure {
		f := &report.Figure{}
		f.AddPanel("p").Add(e...)
		return f
	}
	ranged := panel()
	ranged.Panels[0].Y = report.Range{From: 1, To: 1}
	tests := []struct {
		f    *report.Figure
		want string
	}{
		{&report.Figure{}, "without panels"},
		{&report.Figure{Panels: []*report.Panel{{}}, PlotWidth: math.NaN()}, "plot of NaN"},
		{ranged, "range {1 1} of the y axis"},
		{panel(report.Line{Label: "a", X: []float64{1}, Y: []float64{2}}), `line "a": 1 x and 1 y coordinates, want as many, and at least 2`},
		{panel(report.Line{Label: "a", X: []float64{1, 2}, Y: []float64{2, math.NaN()}}), `line "a": point 1 is (2, NaN)`},
		{panel(report.Points{Label: "a", X: []float64{1, 2}, Y: []float64{2}}), `points "a": 2 x and 1 y`},
		{panel(report.Points{Label: "a", X: []float64{math.Inf(1)}, Y: []float64{2}}), `points "a": point 0 is (+Inf, 2)`},
		{panel(report.Polygon{Label: "a", X: []float64{1, 2}, Y: []float64{1, 2}}), `polygon "a": 2 x`},
		{panel(report.Interval{Label: "a", Range: report.Range{From: 2, To: 1}}), `interval "a" from 2 to 1`},
		{panel(report.Band{Label: "a", Y: report.Range{From: math.NaN()}}), `band "a" from NaN to 0`},
	}
	for _, test := range tests {
		for _, err := range []error{test.f.WriteSVG(io.Discard), test.f.WritePNG(io.Discard, 1)} {
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want ... %s", err, test.want)
			}
		}
	}
	for _, scale := range []float64{0, -1, math.NaN(), math.Inf(1), 1e-6, 1e6} {
		if err := panel().WritePNG(io.Discard, scale); err == nil {
			t.Errorf("scale %v: no error", scale)
		}
	}
}

// TestHugeNumbers: ranges at the ends of float64 are drawn without NaN.
func TestHugeNumbers(t *testing.T) {
	for _, v := range []float64{math.MaxFloat64, 1e300, 1e-300, math.SmallestNonzeroFloat64} {
		f := &report.Figure{}
		p := f.AddPanel("")
		p.AddLine("", []float64{-v, v}, []float64{v, -v})
		p.AddBand("", report.Range{From: -v, To: 0}, report.Range{From: 0, To: v})
		zoom := f.AddPanel("")
		zoom.X, zoom.Y = report.Range{From: 0, To: 1e-290}, report.Range{From: -1, To: 1}
		zoom.Add(report.Line{X: []float64{-v, v}, Y: []float64{v, -v}, Dashed: true})
		if text := string(writeSVG(t, f)); strings.Contains(text, "NaN") || strings.Contains(text, "Inf") {
			t.Errorf("%v: the SVG has coordinates that are no numbers", v)
		}
		decodePNG(t, f, 1)
	}
}
