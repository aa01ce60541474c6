package report

import (
	"math"

	"github.com/netmend/netmend/internal/portable"
)

// strokeOutlines are closed outlines that together cover a polyline of the
// given width with round joins: a rectangle a segment and a disc a corner. All
// turn the same way, so that overlaps stay covered.
func strokeOutlines(points []vec, width float64) [][]vec {
	var outlines [][]vec
	for i := 1; i < len(points); i++ {
		a, b := points[i-1], points[i]
		dx, dy := b.x-a.x, b.y-a.y
		length := portable.Hypot(dx, dy)
		if length == 0 {
			continue
		}
		nx, ny := float64(-dy/length*width/2), float64(dx/length*width/2)
		outlines = append(outlines, []vec{
			{a.x - nx, a.y - ny}, {b.x - nx, b.y - ny}, {b.x + nx, b.y + ny}, {a.x + nx, a.y + ny},
		})
		if i > 1 {
			outlines = append(outlines, disc(a, float64(width/2)))
		}
	}
	return outlines
}

// disc is a circle as a polygon of enough corners to look round; it turns as
// the rectangles of strokeOutlines do.
func disc(center vec, radius float64) []vec {
	n := 12 + int(4*math.Sqrt(max(0, radius)))
	corners := make([]vec, n)
	for i := range corners {
		sin, cos := portable.Sincos(2 * math.Pi * float64(i) / float64(n))
		corners[i] = vec{center.x + float64(radius*cos), center.y + float64(radius*sin)}
	}
	return corners
}

// dashes cuts a polyline into strokes of the pattern's lengths, as SVG's
// stroke-dasharray does.
func dashes(points []vec, pattern []float64) [][]vec {
	if len(pattern) == 0 || len(points) < 2 {
		return [][]vec{points}
	}
	var pieces [][]vec
	piece := []vec{points[0]}
	on, entry, left := true, 0, pattern[0]
	for i := 1; i < len(points); i++ {
		a, b := points[i-1], points[i]
		length := portable.Hypot(b.x-a.x, b.y-a.y)
		done := 0.0
		for length-done > left {
			done += left
			t := done / length
			at := vec{a.x + float64(t*(b.x-a.x)), a.y + float64(t*(b.y-a.y))}
			if on {
				pieces = append(pieces, append(piece, at))
			}
			piece, on = []vec{at}, !on
			entry = (entry + 1) % len(pattern)
			left = pattern[entry]
		}
		left -= length - done
		piece = append(piece, b)
	}
	if on {
		pieces = append(pieces, piece)
	}
	return pieces
}
