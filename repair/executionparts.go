package repair

import (
	"math"

	"github.com/netmend/netmend/internal/executor"
)

// part is the part of a cell on which a pattern may execute: its corners, by
// their weights of the cell's vertices.
type part struct {
	pattern string // the relevant pieces
	weights []float64
}

// clipPoint is a corner of a part: weights of the cell's vertices, and the inputs
// of the undecided units there.
type clipPoint struct{ weights, z []float64 }

// parts lists the patterns that may execute on cell i, hull g of the run, whose
// vertices start at row first: the cell's own on all of it, and others with other
// pieces of the undecided units.
func (e *execution) parts(i int, run *executor.Execution, g, first int) ([]part, error) {
	p := e.p
	c := &p.Cells[i]
	var choices []executor.Choice
	for _, o := range run.Choices(g) {
		if o.Unit >= p.Unit {
			choices = append(choices, o)
		}
	}
	corners := make([]clipPoint, len(c.Vertices))
	for v := range corners {
		corners[v] = clipPoint{weights: make([]float64, len(c.Vertices)), z: make([]float64, len(choices))}
		corners[v].weights[v] = 1
		for k, o := range choices {
			corners[v].z[k] = run.UnitInput(o.Unit, first+v)
		}
	}
	q := &partition{choices: choices, pattern: []byte(p.Pattern(c.Tail)), unit: p.Unit}
	if !q.divide(corners, 0) {
		return nil, &tooManyError{item: p.spec.Items[c.Item].Name}
	}
	return q.parts, nil
}

// whole is cell i with its own pattern.
func (e *execution) whole(i int) part {
	c := &e.p.Cells[i]
	n := len(c.Vertices)
	w := part{pattern: e.p.Pattern(c.Tail), weights: make([]float64, n*n)}
	for v := range n {
		w.weights[v*n+v] = 1
	}
	return w
}

// partition collects the parts of a cell.
type partition struct {
	choices []executor.Choice
	pattern []byte
	unit    int
	parts   []part
}

// divide adds the parts inside the polytope with the given corners in which the
// choices before next are made as in the pattern at hand. It reports whether there
// were not too many.
func (q *partition) divide(corners []clipPoint, next int) bool {
	if next == len(q.choices) {
		p := part{pattern: string(q.pattern)}
		for _, c := range corners {
			p.weights = append(p.weights, c.weights...)
		}
		q.parts = append(q.parts, p)
		return len(q.parts) <= maxCases
	}
	if !q.divide(corners, next+1) {
		return false
	}
	o := q.choices[next]
	inside := clip(clip(corners, next, o.Lo, 1), next, o.Hi, -1)
	if len(inside) == 0 {
		return true
	}
	// The further choices of the same unit are others than this one.
	rest := next + 1
	for rest < len(q.choices) && q.choices[rest].Unit == o.Unit {
		rest++
	}
	u := o.Unit - q.unit
	own := q.pattern[u]
	q.pattern[u] = o.Piece
	ok := q.divide(inside, rest)
	q.pattern[u] = own
	return ok
}

// clip keeps the part of a polygon, segment or point where sign z[k] >= sign at.
func clip(corners []clipPoint, k int, at, sign float64) []clipPoint {
	if math.IsInf(at, 0) || len(corners) == 0 {
		return corners
	}
	var kept []clipPoint
	for i, a := range corners {
		b := corners[(i+1)%len(corners)]
		da, db := float64(sign*(a.z[k]-at)), float64(sign*(b.z[k]-at))
		if da >= 0 {
			kept = append(kept, a)
		}
		// A segment has one edge, not two.
		if (da >= 0) != (db >= 0) && !(len(corners) == 2 && i == 1) {
			kept = append(kept, crossing(a, b, da/(da-db)))
		}
	}
	return kept
}

// crossing is the point a + t (b - a).
func crossing(a, b clipPoint, t float64) clipPoint {
	mix := func(x, y []float64) []float64 {
		m := make([]float64, len(x))
		for i := range m {
			m[i] = float64((1-t)*x[i]) + float64(t*y[i])
		}
		return m
	}
	return clipPoint{weights: mix(a.weights, b.weights), z: mix(a.z, b.z)}
}
