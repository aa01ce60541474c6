package report

// Widths, radii and opacities.
const (
	frameWidth     = 1.0
	curveWidth     = 2.2
	pointRadius    = 3.8
	endRadius      = 3.2
	bandOpacity    = 0.28
	bandEdge       = 1.2
	barWidth       = 10.0 // of a band at a single input
	polygonOpacity = 0.75
)

// draw draws the whole figure.
func (l *layout) draw(c canvas) {
	for _, pl := range l.panels {
		pl.draw(c)
	}
	for _, e := range l.legend {
		e.sample(c, e.at)
		c.text(vec{e.at.x + swatchWidth + gap, e.at.y + legendSize*0.35}, e.label, textStyle{size: legendSize, color: ink})
	}
	for i, line := range l.caption {
		y := l.captionTop + captionSize + float64(float64(i)*captionSize*lineHeight)
		c.text(vec{edge, y}, line, textStyle{size: captionSize, color: ink})
	}
}

func (pl *panelLayout) draw(c canvas) {
	pl.drawGrid(c)
	for i, g := range pl.polygons {
		corners := pl.plot.clipPolygon(pl.pixels(g.X, g.Y))
		if len(corners) > 2 {
			c.polygon(corners, paint{pl.polygonColors[i], polygonOpacity})
			c.polyline(append(corners, corners[0]), stroke{color: background, width: frameWidth})
		}
	}
	for i, b := range pl.bands {
		pl.drawBand(c, b, pl.bandColors[i])
	}
	pl.drawAxes(c)
	for i, l := range pl.lines {
		pl.drawLine(c, l, pl.lineColors[i])
	}
	// Markers of ends lie above all lines.
	for i, l := range pl.lines {
		last := len(l.X) - 1
		pl.drawEnd(c, l.Start, l.X[0], l.Y[0], pl.lineColors[i])
		pl.drawEnd(c, l.End, l.X[last], l.Y[last], pl.lineColors[i])
	}
	for i, s := range pl.points {
		for _, v := range pl.pixels(s.X, s.Y) {
			if pl.plot.holds(v) {
				drawPoint(c, v, pl.pointColors[i], s.Hollow)
			}
		}
	}
}

func (pl *panelLayout) pixels(xs, ys []float64) []vec {
	out := make([]vec, len(xs))
	for i := range xs {
		out[i] = vec{pl.x.pixel(xs[i]), pl.y.pixel(ys[i])}
	}
	return out
}

// drawGrid draws faint lines at the ticks of y and the borders of intervals.
func (pl *panelLayout) drawGrid(c canvas) {
	thin := stroke{color: faint, width: frameWidth}
	for _, t := range pl.yTicks {
		y := pl.y.pixel(t.value)
		c.polyline([]vec{{pl.plot.x0, y}, {pl.plot.x1, y}}, thin)
	}
	// Only borders between two intervals: the outermost say nothing.
	var all extent
	for _, v := range pl.intervals {
		all.add(v.From, v.To)
	}
	dotted := stroke{color: Gray, width: frameWidth, dash: []float64{1.5, 3}}
	drawn := map[float64]bool{all.From: true, all.To: true}
	for _, v := range pl.intervals {
		for _, border := range []float64{v.From, v.To} {
			x := pl.x.pixel(border)
			if inside := x > pl.plot.x0 && x < pl.plot.x1; inside && !drawn[border] {
				drawn[border] = true
				c.polyline([]vec{{x, pl.plot.y0}, {x, pl.plot.y1}}, dotted)
			}
		}
	}
}

// drawAxes draws the axes' lines, ticks, labels, the title and the intervals.
func (pl *panelLayout) drawAxes(c canvas) {
	line := stroke{color: ink, width: frameWidth}
	b := pl.plot
	bottom := b.y1
	if len(pl.intervals) > 0 {
		pl.drawIntervals(c)
		bottom += stripWidth
	}
	c.polyline([]vec{{b.x0, b.y0}, {b.x0, bottom}, {b.x1, bottom}}, line)
	small := textStyle{size: tickSize, color: ink, anchor: anchorMiddle}
	for _, t := range pl.xTicks {
		x := pl.x.pixel(t.value)
		c.polyline([]vec{{x, bottom}, {x, bottom + tickLength}}, line)
		c.text(vec{x, bottom + tickLength + gap/2 + tickSize}, t.label, small)
	}
	small.anchor = anchorEnd
	for _, t := range pl.yTicks {
		y := pl.y.pixel(t.value)
		c.polyline([]vec{{b.x0 - tickLength, y}, {b.x0, y}}, line)
		c.text(vec{b.x0 - tickLength - gap/2, y + tickSize*0.35}, t.label, small)
	}
	label := textStyle{size: labelSize, color: ink, anchor: anchorMiddle}
	if pl.XLabel != "" {
		y := bottom + tickLength + gap/2 + tickSize + labelSize*lineHeight
		c.text(vec{float64((b.x0 + b.x1) / 2), y}, pl.XLabel, label)
	}
	if pl.YLabel != "" {
		label.upwards = true
		c.text(vec{pl.left + labelSize, float64((b.y0 + b.y1) / 2)}, pl.YLabel, label)
	}
	if pl.Title != "" {
		c.text(vec{b.x0, b.y0 - 2*gap}, pl.Title, textStyle{size: titleSize, bold: true, color: ink})
	}
}

// drawIntervals draws the bars below the plot, so that they hide no data.
func (pl *panelLayout) drawIntervals(c canvas) {
	const between = 1.0 // pixels that stay free
	for i, v := range pl.intervals {
		x0, x1 := max(pl.x.pixel(v.From), pl.plot.x0), min(pl.x.pixel(v.To), pl.plot.x1)
		if x0 > x1 {
			continue
		}
		if x1-x0 > 3*between {
			x0, x1 = x0+between/2, x1-between/2
		}
		c.polygon(rectangle(x0, pl.plot.y1+1, x1, pl.plot.y1+stripWidth-0.5), paint{pl.intervalColors[i], 1})
	}
}

func lineStroke(l Line, color Color) stroke {
	s := stroke{color: color, width: curveWidth}
	if l.Dashed {
		s.dash = []float64{6, 4}
	}
	return s
}

func (pl *panelLayout) drawLine(c canvas, l Line, color Color) {
	for _, part := range pl.plot.clipLine(pl.pixels(l.X, l.Y)) {
		c.polyline(part, lineStroke(l, color))
	}
}

func (pl *panelLayout) drawEnd(c canvas, end End, x, y float64, color Color) {
	at := vec{pl.x.pixel(x), pl.y.pixel(y)}
	if end == Plain || !pl.plot.holds(at) {
		return
	}
	fill := color
	if end == Open {
		fill = background
	}
	c.circle(at, endRadius, fill, stroke{color: color, width: 1.6})
}

func drawPoint(c canvas, at vec, color Color, hollow bool) {
	fill, around := color, stroke{color: background, width: 1}
	if hollow {
		fill, around = background, stroke{color: color, width: 1.6}
	}
	c.circle(at, pointRadius, fill, around)
}

func (pl *panelLayout) drawBand(c canvas, b Band, color Color) {
	limits := func(a axis, r Range, lower, upper float64) (float64, float64) {
		from, to := a.pixel(max(r.From, a.data.From)), a.pixel(min(r.To, a.data.To))
		return max(lower, min(from, to)), min(upper, max(from, to))
	}
	if b.X.From > pl.x.data.To || b.X.To < pl.x.data.From || b.Y.From > pl.y.data.To || b.Y.To < pl.y.data.From {
		return
	}
	x0, x1 := limits(pl.x, b.X, pl.plot.x0, pl.plot.x1)
	y0, y1 := limits(pl.y, b.Y, pl.plot.y0, pl.plot.y1)
	if b.X.From == b.X.To {
		x0, x1 = x0-barWidth/2, x1+barWidth/2
	}
	shade(c, box{x0, y0, x1, y1}, color)
	if b.Y.To <= pl.y.data.To {
		drawLimit(c, x0, x1, y0, color)
	}
	if b.Y.From >= pl.y.data.From {
		drawLimit(c, x0, x1, y1, color)
	}
}

func shade(c canvas, b box, color Color) {
	c.polygon(rectangle(b.x0, b.y0, b.x1, b.y1), paint{color, bandOpacity})
}

// drawLimit draws the upper or lower limit of a band.
func drawLimit(c canvas, x0, x1, y float64, color Color) {
	c.polyline([]vec{{x0, y}, {x1, y}}, stroke{color: color, width: bandEdge})
}
