package report

import "strings"

// Sizes in pixels of the SVG.
const (
	titleSize   = 14.0
	labelSize   = 12.0
	tickSize    = 11.0
	legendSize  = 12.0
	captionSize = 12.0

	edge       = 14.0 // free space around the figure
	panelGap   = 22.0
	tickLength = 4.0
	gap        = 6.0 // between a text and what it belongs to
	lineHeight = 1.4 // of texts, relative to their size
	stripWidth = 8.0 // of the intervals on the x axis

	// One tick every so many pixels, so that labels do not touch.
	pixelsPerTickX = 60
	pixelsPerTickY = 40
)

// layout is a figure with the place of everything in it.
type layout struct {
	width, height float64
	panels        []*panelLayout
	legend        []legendEntry
	caption       []string
	captionTop    float64
}

// panelLayout is a panel with its axes in pixels.
type panelLayout struct {
	*Panel
	x, y           axis
	xTicks, yTicks []tick
	// left is where the panel begins, plot the area of its data.
	left float64
	plot box
	// The colour of each element.
	lineColors, pointColors, bandColors, intervalColors, polygonColors []Color
}

func (f *Figure) layout() (*layout, error) {
	if err := f.check(); err != nil {
		return nil, err
	}
	plotWidth, plotHeight := f.PlotWidth, f.PlotHeight
	if plotWidth == 0 {
		plotWidth = defaultPlotWidth
	}
	if plotHeight == 0 {
		plotHeight = defaultPlotHeight
	}
	l := &layout{}
	xs, ys := f.ranges()
	colors := newColorChoice()
	top, x := edge, edge
	if f.anyPanel(func(p *Panel) bool { return p.Title != "" }) {
		top += titleSize*lineHeight + gap
	} else {
		top += tickSize / 2 // the uppermost tick's label
	}
	for i, p := range f.Panels {
		pl := &panelLayout{Panel: p, left: x}
		pl.xTicks = ticks(xs[i], int(max(2, plotWidth/pixelsPerTickX)))
		pl.yTicks = ticks(ys[i], int(max(2, plotHeight/pixelsPerTickY)))
		if p.YLabel != "" {
			x += labelSize*lineHeight + gap
		}
		x += widest(pl.yTicks) + gap + tickLength
		pl.plot = box{x, top, x + plotWidth, top + plotHeight}
		pl.x = axis{xs[i], pl.plot.x0, pl.plot.x1}
		pl.y = axis{ys[i], pl.plot.y1, pl.plot.y0}
		pl.chooseColors(colors)
		x += plotWidth + panelGap
		l.panels = append(l.panels, pl)
	}
	l.width = x - panelGap + edge
	y := top + plotHeight + tickLength + gap + tickSize
	if f.anyPanel(func(p *Panel) bool { return len(p.intervals) > 0 }) {
		y += stripWidth
	}
	if f.anyPanel(func(p *Panel) bool { return p.XLabel != "" }) {
		y += labelSize * lineHeight
	}
	y = l.placeLegend(y)
	if f.Caption != "" {
		l.captionTop = y + 2*gap
		l.caption = wrapped(f.Caption, l.width-2*edge, textStyle{size: captionSize})
		y = l.captionTop + float64(float64(len(l.caption))*captionSize*lineHeight)
	}
	l.height = y + edge
	return l, nil
}

func (f *Figure) anyPanel(has func(*Panel) bool) bool {
	for _, p := range f.Panels {
		if has(p) {
			return true
		}
	}
	return false
}

// widest is the width of the widest label.
func widest(ticks []tick) float64 {
	w := 0.0
	for _, t := range ticks {
		w = max(w, textWidth(t.label, textStyle{size: tickSize}))
	}
	return w
}

// wrapped breaks a text into lines of the given width; a longer word has a line
// of its own.
func wrapped(s string, width float64, style textStyle) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(s) {
		longer := word
		if line != "" {
			longer = line + " " + word
		}
		if line != "" && textWidth(longer, style) > width {
			lines = append(lines, line)
			longer = word
		}
		line = longer
	}
	return append(lines, line)
}

// colorChoice gives each label of lines one colour.
type colorChoice struct {
	byLabel map[string]Color
	next    int
}

func newColorChoice() *colorChoice { return &colorChoice{byLabel: map[string]Color{}} }

func (c *colorChoice) line(l Line) Color {
	if l.Color != 0 {
		return l.Color
	}
	if color, ok := c.byLabel[l.Label]; ok && l.Label != "" {
		return color
	}
	color := lineColors[c.next%len(lineColors)]
	c.next++
	c.byLabel[l.Label] = color
	return color
}

func (pl *panelLayout) chooseColors(c *colorChoice) {
	for _, l := range pl.lines {
		pl.lineColors = append(pl.lineColors, c.line(l))
	}
	for _, s := range pl.points {
		pl.pointColors = append(pl.pointColors, s.Color.or(Black))
	}
	for _, b := range pl.bands {
		pl.bandColors = append(pl.bandColors, b.Color.or(Orange))
	}
	for i, v := range pl.intervals {
		pl.intervalColors = append(pl.intervalColors, v.Color.or(RegionColor(i)))
	}
	for i, g := range pl.polygons {
		pl.polygonColors = append(pl.polygonColors, g.Color.or(RegionColor(i)))
	}
}
