package dataset

import (
	"fmt"
	"math"
)

// Points is a list of points of one dimension, with class labels if there are
// any. All coordinates are finite.
type Points struct {
	// Rows is the number of points, Dim the number of coordinates of each.
	Rows, Dim int
	// Data holds the points one after another: coordinate j of point i is
	// Data[i*Dim+j].
	Data []float64
	// Labels holds the class of each point, counted from 0, or is nil.
	Labels []int

	layout Layout
}

// Layout says how points were stored.
func (p *Points) Layout() Layout { return p.layout }

// Row returns point i, sharing memory with p.
func (p *Points) Row(i int) []float64 { return p.Data[i*p.Dim : (i+1)*p.Dim : (i+1)*p.Dim] }

// pointsOf arranges an array as points of dimension dim; with dim 0 the first
// axis counts the points and the others make up the dimension.
func pointsOf(a *Array, dim int) (*Points, error) {
	if len(a.Data) == 0 {
		return nil, fmt.Errorf("shape %s has no points", shapeString(a.Shape))
	}
	rows, ok := splitShape(a.Shape, dim)
	if !ok {
		if dim == 0 {
			return nil, fmt.Errorf("shape %s: a list of numbers is one point or many of dimension 1: say the dimension", shapeString(a.Shape))
		}
		return nil, fmt.Errorf("shape %s cannot be read as points of dimension %d", shapeString(a.Shape), dim)
	}
	p := &Points{Rows: rows, Dim: len(a.Data) / rows, Data: a.Data, layout: Layout{axes: a.Shape}}
	return p, p.checkFinite()
}

// splitShape returns how many points of dimension dim an array holds: the
// trailing axes must multiply to dim, the leading ones count. Of a single list,
// either the whole is one point or each number is.
func splitShape(shape []int, dim int) (rows int, ok bool) {
	total := 1
	for _, length := range shape {
		total *= length
	}
	if len(shape) < 2 {
		switch dim {
		case 0:
			return 0, false
		case total:
			return 1, true
		}
		return total, dim == 1
	}
	if dim == 0 {
		return shape[0], true
	}
	trailing := 1
	for axis := len(shape) - 1; axis >= 0; axis-- {
		if trailing *= shape[axis]; trailing == dim {
			return total / dim, true
		}
	}
	return 0, false
}

// checkFinite reports the first coordinate that is NaN or infinite.
func (p *Points) checkFinite() error {
	for i, v := range p.Data {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return fmt.Errorf("row %d, column %d (counted from 1): %v is not finite", i/p.Dim+1, i%p.Dim+1, v)
		}
	}
	return nil
}

// divide divides every coordinate by d.
func (p *Points) divide(d float64) error {
	for i := range p.Data {
		p.Data[i] /= d
	}
	return p.checkFinite()
}

// setLabels takes the labels of p from an array with one element per point, of
// whatever shape.
func (p *Points) setLabels(a *Array) error {
	if len(a.Data) != p.Rows {
		return fmt.Errorf("shape %s has %d labels, want one for each of %d points", shapeString(a.Shape), len(a.Data), p.Rows)
	}
	labels := make([]int, p.Rows)
	for i, v := range a.Data {
		label, err := classOf(v)
		if err != nil {
			return fmt.Errorf("label %d (counted from 1): %w", i+1, err)
		}
		labels[i] = label
	}
	p.Labels = labels
	return nil
}

// classOf converts a number to a class index.
func classOf(v float64) (int, error) {
	if !(v >= 0 && v <= math.MaxInt32) || v != math.Trunc(v) {
		return 0, fmt.Errorf("%v is no class: want an integer from 0", v)
	}
	return int(v), nil
}
