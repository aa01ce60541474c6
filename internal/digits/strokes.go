package digits

// point is a place in the unit square, y downwards.
type point struct{ x, y float64 }

// strokes are the paths of the pen, by digit; curves pass through the points.
var strokes = [10][][]point{
	0: {{{0.5, 0.06}, {0.26, 0.26}, {0.24, 0.7}, {0.48, 0.94}, {0.74, 0.74}, {0.76, 0.28}, {0.5, 0.06}}},
	1: {{{0.36, 0.26}, {0.54, 0.08}, {0.54, 0.5}, {0.52, 0.94}}},
	2: {{{0.24, 0.3}, {0.36, 0.1}, {0.62, 0.1}, {0.72, 0.3}, {0.56, 0.56}, {0.24, 0.9}, {0.5, 0.88}, {0.78, 0.92}}},
	3: {{{0.26, 0.16}, {0.5, 0.07}, {0.7, 0.24}, {0.46, 0.46}, {0.72, 0.66}, {0.52, 0.93}, {0.24, 0.82}}},
	4: {{{0.42, 0.08}, {0.24, 0.54}, {0.5, 0.56}, {0.8, 0.54}}, {{0.64, 0.3}, {0.62, 0.6}, {0.58, 0.94}}},
	5: {{{0.74, 0.08}, {0.52, 0.1}, {0.34, 0.1}, {0.3, 0.44}, {0.54, 0.4}, {0.74, 0.64}, {0.56, 0.92}, {0.24, 0.86}}},
	6: {{{0.66, 0.07}, {0.4, 0.32}, {0.28, 0.68}, {0.46, 0.93}, {0.7, 0.76}, {0.56, 0.54}, {0.32, 0.66}}},
	7: {{{0.24, 0.12}, {0.5, 0.12}, {0.76, 0.1}, {0.56, 0.48}, {0.44, 0.94}}},
	8: {{{0.52, 0.48}, {0.3, 0.28}, {0.5, 0.07}, {0.7, 0.26}, {0.5, 0.48}, {0.27, 0.72}, {0.5, 0.93}, {0.73, 0.72}, {0.52, 0.48}}},
	9: {{{0.7, 0.3}, {0.52, 0.08}, {0.29, 0.26}, {0.42, 0.5}, {0.7, 0.32}, {0.68, 0.6}, {0.58, 0.94}}},
}

// curveSteps is the number of straight pieces between two points of a stroke:
// enough that no corner is seen at the size of the images.
const curveSteps = 5

// curve is a Catmull-Rom spline through the points as a polygonal path.
func curve(path []point) []point {
	at := func(i int) point { return path[max(0, min(len(path)-1, i))] }
	var fine []point
	for i := range len(path) - 1 {
		a, b, c, d := at(i-1), at(i), at(i+1), at(i+2)
		for k := range curveSteps {
			t := float64(k) / curveSteps
			fine = append(fine, point{spline(a.x, b.x, c.x, d.x, t), spline(a.y, b.y, c.y, d.y, t)})
		}
	}
	return append(fine, path[len(path)-1])
}

func spline(a, b, c, d, t float64) float64 {
	return b + float64(t/2*(c-a+float64(t*(float64(2*a)-float64(5*b)+float64(4*c)-d+float64(t*(float64(3*(b-c))+d-a))))))
}
