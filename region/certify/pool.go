package certify

// pool holds points of the current cell, by variable: those that linear programs found,
// up to the solver's tolerances. What a point shows, that the cell reaches so far, needs
// no other program. It guides the search alone.
type pool struct{ points [][]float64 }

// maxPoints is the number of points that a pool holds; the oldest are dropped.
const maxPoints = 32

func (p *pool) add(x []float64) {
	if len(p.points) == maxPoints {
		p.points = p.points[:copy(p.points, p.points[1:])]
	}
	p.points = append(p.points, x)
}

// below reports whether a form is below a value at some point.
func (p *pool) below(form []float64, value float64) bool {
	for _, x := range p.points {
		if valueAt(form, x) < value {
			return true
		}
	}
	return false
}

// beyond reports whether variable k is above a value (sign 1) or below it (sign -1) at some
// point.
func (p *pool) beyond(k int, sign, value float64) bool {
	for _, x := range p.points {
		if float64(sign*x[k]) > float64(sign*value) {
			return true
		}
	}
	return false
}

// split takes the points apart: those where a form is below a value, and the others.
func (p *pool) split(form []float64, value float64) (below, above pool) {
	for _, x := range p.points {
		if valueAt(form, x) < value {
			below.points = append(below.points, x)
		} else {
			above.points = append(above.points, x)
		}
	}
	return below, above
}
