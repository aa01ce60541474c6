package report

// vec is a place on the picture in pixels of the SVG, y downwards.
type vec struct{ x, y float64 }

// paint is a colour and how much it covers, 0 to 1.
type paint struct {
	color   Color
	opacity float64
}

// stroke is how a line is drawn. dash has the lengths of strokes and gaps by
// turns; nil is a solid line.
type stroke struct {
	color Color
	width float64
	dash  []float64
}

// anchor is the end of a text that stands at its place.
type anchor uint8

const (
	anchorStart anchor = iota
	anchorMiddle
	anchorEnd
)

// textStyle is how a text is drawn; its place is on the base line.
type textStyle struct {
	size   float64
	bold   bool
	color  Color
	anchor anchor
	// upwards turns the text by 90 degrees counterclockwise.
	upwards bool
}

// canvas is what a figure is drawn on.
type canvas interface {
	polygon(corners []vec, fill paint)
	polyline(points []vec, s stroke)
	// circle is filled and has an edge.
	circle(center vec, radius float64, fill Color, edge stroke)
	text(at vec, s string, style textStyle)
}

func rectangle(x0, y0, x1, y1 float64) []vec {
	return []vec{{x0, y0}, {x1, y0}, {x1, y1}, {x0, y1}}
}
