package report

// box is a rectangle of the picture.
type box struct{ x0, y0, x1, y1 float64 }

func (b box) holds(p vec) bool {
	// Rounding must not lose a point on the edge.
	const slack = 1e-6
	return p.x >= b.x0-slack && p.x <= b.x1+slack && p.y >= b.y0-slack && p.y <= b.y1+slack
}

// edges are the box's sides as functions that are negative outside.
func (b box) edges() [4]func(vec) float64 {
	return [4]func(vec) float64{
		func(p vec) float64 { return p.x - b.x0 },
		func(p vec) float64 { return b.x1 - p.x },
		func(p vec) float64 { return p.y - b.y0 },
		func(p vec) float64 { return b.y1 - p.y },
	}
}

// clipLine returns the parts of a polyline inside the box (Liang and Barsky's
// method on each segment).
func (b box) clipLine(points []vec) [][]vec {
	var parts [][]vec
	var part []vec
	for i := 1; i < len(points); i++ {
		p, q := points[i-1], points[i]
		from, to := 0.0, 1.0
		for _, edge := range b.edges() {
			u, v := edge(p), edge(q)
			switch {
			case u < 0 && v < 0:
				from, to = 1, 0
			case u < 0:
				from = max(from, u/(u-v))
			case v < 0:
				to = min(to, u/(u-v))
			}
		}
		if from > to {
			continue
		}
		if from > 0 || part == nil {
			if part != nil {
				parts = append(parts, part)
			}
			part = []vec{between(p, q, from)}
		}
		part = append(part, between(p, q, to))
		if to < 1 {
			parts, part = append(parts, part), nil
		}
	}
	if part != nil {
		parts = append(parts, part)
	}
	return parts
}

// clipPolygon returns the part of a polygon inside the box (Sutherland and
// Hodgman's method).
func (b box) clipPolygon(corners []vec) []vec {
	for _, edge := range b.edges() {
		var kept []vec
		for i, q := range corners {
			p := corners[(i+len(corners)-1)%len(corners)]
			u, v := edge(p), edge(q)
			if (u < 0) != (v < 0) {
				kept = append(kept, between(p, q, u/(u-v)))
			}
			if v >= 0 {
				kept = append(kept, q)
			}
		}
		corners = kept
	}
	return corners
}

// between is p + t (q - p), and q itself at 1.
func between(p, q vec, t float64) vec {
	if t == 1 {
		return q
	}
	return vec{p.x + float64(t*(q.x-p.x)), p.y + float64(t*(q.y-p.y))}
}
