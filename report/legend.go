package report

// Sizes of the legend in pixels of the SVG.
const (
	swatchWidth  = 26.0
	swatchHeight = 11.0
	entryGap     = 22.0
	// An entry for several intervals or polygons shows that many colours.
	swatchColors = 4
)

// legendEntry is one label with a sample of what it names.
type legendEntry struct {
	label string
	at    vec // the sample's left end, half-way up
	// sample draws it.
	sample func(c canvas, at vec)
}

// placeLegend makes the entries, each label once, and places them in rows below
// y. It returns the lower end.
func (l *layout) placeLegend(y float64) float64 {
	var entries []legendEntry
	seen := map[string]bool{}
	for _, pl := range l.panels {
		for _, e := range pl.samples() {
			if e.label != "" && !seen[e.label] {
				seen[e.label] = true
				entries = append(entries, e)
			}
		}
	}
	if len(entries) == 0 {
		return y
	}
	const rowHeight = legendSize * lineHeight
	y += 2*gap + rowHeight/2
	left, right := l.panels[0].plot.x0, l.width-edge
	x := left
	for i := range entries {
		width := swatchWidth + gap + textWidth(entries[i].label, textStyle{size: legendSize})
		if x > left && x+width > right {
			x = left
			y += rowHeight
		}
		entries[i].at = vec{x, y}
		x += width + entryGap
	}
	l.legend = entries
	return y + rowHeight/2
}

// samples are the panel's entries in the order in which a reader meets them:
// lines, points, areas, the axis.
func (pl *panelLayout) samples() []legendEntry {
	var entries []legendEntry
	add := func(label string, sample func(canvas, vec)) {
		entries = append(entries, legendEntry{label: label, sample: sample})
	}
	for i, l := range pl.lines {
		s := lineStroke(l, pl.lineColors[i])
		add(l.Label, func(c canvas, at vec) {
			c.polyline([]vec{at, {at.x + swatchWidth, at.y}}, s)
		})
	}
	for i, p := range pl.points {
		add(p.Label, func(c canvas, at vec) {
			drawPoint(c, vec{at.x + swatchWidth/2, at.y}, pl.pointColors[i], p.Hollow)
		})
	}
	for i, b := range pl.bands {
		add(b.Label, func(c canvas, at vec) {
			sample := box{at.x, at.y - swatchHeight/2, at.x + swatchWidth, at.y + swatchHeight/2}
			shade(c, sample, pl.bandColors[i])
			drawLimit(c, sample.x0, sample.x1, sample.y0, pl.bandColors[i])
			drawLimit(c, sample.x0, sample.x1, sample.y1, pl.bandColors[i])
		})
	}
	var polygonLabels, intervalLabels []string
	for _, g := range pl.polygons {
		polygonLabels = append(polygonLabels, g.Label)
	}
	for _, v := range pl.intervals {
		intervalLabels = append(intervalLabels, v.Label)
	}
	addSwatches(add, polygonLabels, pl.polygonColors, paint{opacity: polygonOpacity}, swatchHeight)
	addSwatches(add, intervalLabels, pl.intervalColors, paint{opacity: 1}, stripWidth)
	return entries
}

// addSwatches adds, for each label, its first few colours side by side.
func addSwatches(add func(string, func(canvas, vec)), labels []string, colors []Color, p paint, height float64) {
	byLabel := map[string][]Color{}
	for i, label := range labels {
		if len(byLabel[label]) < swatchColors {
			byLabel[label] = append(byLabel[label], colors[i])
		}
	}
	for _, label := range labels {
		shown := byLabel[label]
		add(label, func(c canvas, at vec) {
			each := swatchWidth / float64(len(shown))
			for i, color := range shown {
				x := at.x + float64(float64(i)*each)
				p.color = color
				c.polygon(rectangle(x, at.y-float64(height/2), x+each-1, at.y+float64(height/2)), p)
			}
		})
	}
}
