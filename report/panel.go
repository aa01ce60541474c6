package report

// Panel is one plot. Its zero value is an empty one; the coordinates of all its elements are
// data units, and must be finite unless stated otherwise.
type Panel struct {
	Title, XLabel, YLabel string
	// X and Y are the ranges shown; what lies outside is cut off. The zero
	// value takes the range of the elements, with some room above and below.
	X, Y Range

	bands     []Band
	intervals []Interval
	polygons  []Polygon
	lines     []Line
	points    []Points
}

// Range is From <= v <= To.
type Range struct{ From, To float64 }

// End says how a line ends.
type End uint8

const (
	// Plain: without a marker.
	Plain End = iota
	// Closed: a filled marker, the end belongs to the line.
	Closed
	// Open: a hollow marker, the end does not.
	Open
)

// Line is a polyline. A function with jumps is drawn as several lines, one for each
// continuous piece, with the same label and colour; elements with the same label share one
// entry of the legend.
type Line struct {
	Label string
	X, Y  []float64
	// Color is by default the next of the palette, the same for one label.
	Color      Color
	Dashed     bool
	Start, End End
}

// Band is a required region of the plane, shaded. Infinite limits reach to the plot's edge. A
// band with X.From == X.To is drawn as a bar: the outputs required at a single input.
type Band struct {
	Label string
	X, Y  Range
	Color Color // by default Orange
}

// Interval is a bar on the x axis: a linear region of a function of one input.
type Interval struct {
	Range
	Label string
	Color Color // by default RegionColor of its index
}

// Points are marked points.
type Points struct {
	Label string
	X, Y  []float64
	Color Color // by default Black
	// Hollow points are drawn as circles.
	Hollow bool
}

// Polygon is a filled polygon, such as a linear region of a function of two
// inputs.
type Polygon struct {
	Label string
	X, Y  []float64
	Color Color // by default RegionColor of its index
}

// AddLine adds a solid line through the points (xs[i], ys[i]).
func (p *Panel) AddLine(label string, xs, ys []float64) { p.Add(Line{Label: label, X: xs, Y: ys}) }

// AddBand shades x × y.
func (p *Panel) AddBand(label string, x, y Range) { p.Add(Band{Label: label, X: x, Y: y}) }

// AddIntervals draws bars on the x axis between neighbouring borders, which
// ascend.
func (p *Panel) AddIntervals(label string, borders ...float64) {
	for i := 1; i < len(borders); i++ {
		p.Add(Interval{Range: Range{borders[i-1], borders[i]}, Label: label})
	}
}

// AddPoints marks the points (xs[i], ys[i]).
func (p *Panel) AddPoints(label string, xs, ys []float64) {
	p.Add(Points{Label: label, X: xs, Y: ys})
}

// AddPolygon fills the polygon with the corners (xs[i], ys[i]).
func (p *Panel) AddPolygon(label string, xs, ys []float64) {
	p.Add(Polygon{Label: label, X: xs, Y: ys})
}

// An Element is a [Line], [Band], [Interval], [Points] or [Polygon].
type Element interface{ addTo(*Panel) }

// Add adds elements. Bands and polygons lie behind lines, points on top; the
// elements of one kind are drawn in the order in which they were added.
func (p *Panel) Add(elements ...Element) {
	for _, e := range elements {
		e.addTo(p)
	}
}

func (l Line) addTo(p *Panel)     { p.lines = append(p.lines, l) }
func (b Band) addTo(p *Panel)     { p.bands = append(p.bands, b) }
func (v Interval) addTo(p *Panel) { p.intervals = append(p.intervals, v) }
func (s Points) addTo(p *Panel)   { p.points = append(p.points, s) }
func (g Polygon) addTo(p *Panel)  { p.polygons = append(p.polygons, g) }
