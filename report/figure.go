package report

import (
	"fmt"
	"io"
	"math"

	"github.com/netmend/netmend/internal/vector"
)

// Figure is a row of panels with a common legend and a caption below them.
type Figure struct {
	Panels []*Panel
	// Caption is wrapped to the figure's width. It is also the SVG's
	// description for those who do not see it.
	Caption string
	// SameAxes gives all panels whose ranges are automatic the same ones.
	SameAxes bool
	// PlotWidth and PlotHeight are the size of each panel's plot, without its
	// labels, in pixels of the SVG; by default 340 x 250.
	PlotWidth, PlotHeight float64
}

// The default size of a plot: two panels fill a page's width.
const (
	defaultPlotWidth  = 340
	defaultPlotHeight = 250
)

// maxPixels bounds a picture's pixels to 64 million, 256 MiB.
const maxPixels = 1 << 26

// AddPanel appends an empty panel and returns it.
func (f *Figure) AddPanel(title string) *Panel {
	p := &Panel{Title: title}
	f.Panels = append(f.Panels, p)
	return p
}

// WriteSVG writes the figure as an SVG file. It fails for a figure without panels, for
// coordinates that are not finite, lists of different lengths and ranges that are empty, and
// if w fails.
func (f *Figure) WriteSVG(w io.Writer) error {
	l, err := f.layout()
	if err != nil {
		return err
	}
	c := newSVG(l.width, l.height, f.name(), f.Caption)
	l.draw(c)
	return c.writeTo(w)
}

// WritePNG writes the figure as a PNG file with scale pixels for each of the
// SVG's: 2 is right for most screens. It fails as [Figure.WriteSVG] does, and
// for a scale that gives no pixel or more than 64 million.
func (f *Figure) WritePNG(w io.Writer, scale float64) error {
	l, err := f.layout()
	if err != nil {
		return err
	}
	if !(scale > 0) || scale*l.width < 1 || scale*l.height < 1 || scale*l.width*scale*l.height > maxPixels {
		return fmt.Errorf("figure of %.0f x %.0f pixels at scale %v: want 1 to %d pixels in all", l.width, l.height, scale, maxPixels)
	}
	c, err := newPNG(l.width, l.height, scale)
	if err != nil {
		return err
	}
	l.draw(c)
	return c.writeTo(w)
}

// name is a title for the whole figure: those of its panels.
func (f *Figure) name() string {
	name := ""
	for _, p := range f.Panels {
		if name != "" && p.Title != "" {
			name += "; "
		}
		name += p.Title
	}
	return name
}

// check reports data that cannot be drawn.
func (f *Figure) check() error {
	if len(f.Panels) == 0 {
		return fmt.Errorf("figure without panels")
	}
	for _, size := range []float64{f.PlotWidth, f.PlotHeight} {
		if !(size >= 0 && size <= maxPixels) {
			return fmt.Errorf("plot of %v x %v pixels", f.PlotWidth, f.PlotHeight)
		}
	}
	for i, p := range f.Panels {
		if err := p.check(); err != nil {
			return fmt.Errorf("panel %d (%s): %w", i+1, p.Title, err)
		}
	}
	return nil
}

func (p *Panel) check() error {
	for i, r := range []Range{p.X, p.Y} {
		if r != (Range{}) && (!vector.AllFinite(r.From, r.To) || r.To-r.From < narrowest) {
			return fmt.Errorf("range %v of the %c axis, want a finite one that ascends", r, "xy"[i])
		}
	}
	for _, l := range p.lines {
		if err := checkList("line", l.Label, l.X, l.Y, 2); err != nil {
			return err
		}
	}
	for _, s := range p.points {
		if err := checkList("points", s.Label, s.X, s.Y, 0); err != nil {
			return err
		}
	}
	for _, g := range p.polygons {
		if err := checkList("polygon", g.Label, g.X, g.Y, 3); err != nil {
			return err
		}
	}
	for _, v := range p.intervals {
		if !vector.AllFinite(v.From, v.To) || v.From > v.To {
			return fmt.Errorf("interval %q from %v to %v, want finite ends that ascend", v.Label, v.From, v.To)
		}
	}
	for _, b := range p.bands {
		for _, r := range []Range{b.X, b.Y} {
			if !(r.From <= r.To) || math.IsInf(r.From, 1) || math.IsInf(r.To, -1) {
				return fmt.Errorf("band %q from %v to %v, want limits that ascend", b.Label, r.From, r.To)
			}
		}
	}
	return nil
}

func checkList(kind, label string, xs, ys []float64, least int) error {
	if len(xs) != len(ys) || len(xs) < least {
		return fmt.Errorf("%s %q: %d x and %d y coordinates, want as many, and at least %d", kind, label, len(xs), len(ys), least)
	}
	for i := range xs {
		if !vector.AllFinite(xs[i], ys[i]) {
			return fmt.Errorf("%s %q: point %d is (%v, %v), want finite numbers", kind, label, i, xs[i], ys[i])
		}
	}
	return nil
}
