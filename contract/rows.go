package contract

import (
	"math"

	"github.com/netmend/netmend/internal/affine"
	"github.com/netmend/netmend/set"
)

// rows are half-spaces a . x <= right, in the layout of package lp.
type rows struct {
	dim   int
	a     []float64
	right []float64
}

func newRows(dim int, hs []set.HalfSpace) *rows {
	r := &rows{dim: dim}
	r.add(hs)
	return r
}

func (r *rows) count() int { return len(r.right) }

func (r *rows) row(i int) []float64 { return r.a[i*r.dim : (i+1)*r.dim] }

// add adds half-spaces, or rather their closures.
func (r *rows) add(hs []set.HalfSpace) {
	for _, h := range hs {
		r.a, r.right = append(r.a, h.Normal...), append(r.right, h.Offset)
	}
}

// addBox adds what a box asks of A x + b, as far as the image of the box x lies
// in does not have it already.
func (r *rows) addBox(m *affine.Node, box, x set.Box) {
	image := imageOf(m, x)
	for i := range box.Lo {
		lost := interval(0) // what the rounding of coefficients may add
		if m.Rounded {
			for j, v := range m.Matrix.Row(i) {
				lost = lost.Add(interval(v).Sub(coefficient(m, v)).Mul(x.Interval(j)))
			}
		}
		if right := interval(box.Hi[i]).Sub(interval(m.Constant[i])).Add(lost).Hi; image.Hi[i] > box.Hi[i] && !math.IsInf(right, 1) {
			r.a, r.right = append(r.a, m.Matrix.Row(i)...), append(r.right, right)
		}
		if right := interval(m.Constant[i]).Sub(interval(box.Lo[i])).Sub(lost).Hi; image.Lo[i] < box.Lo[i] && !math.IsInf(right, 1) {
			for _, v := range m.Matrix.Row(i) {
				r.a = append(r.a, -v)
			}
			r.right = append(r.right, right)
		}
	}
}

// coefficient is what a coefficient of a node's matrix stands for.
func coefficient(m *affine.Node, v float64) set.Interval {
	if v == 0 || !m.Rounded {
		return interval(v)
	}
	return set.Interval{Lo: down(v), Hi: up(v)}
}

// imageOf is a box that contains the values of a node for inputs in a box.
func imageOf(m *affine.Node, x set.Box) set.Box {
	if !m.Rounded || x.Empty() {
		return x.Image(m.Matrix, m.Constant)
	}
	y := set.Box{Lo: make([]float64, m.Matrix.Rows), Hi: make([]float64, m.Matrix.Rows)}
	for i, b := range m.Constant {
		sum := interval(b)
		for j, v := range m.Matrix.Row(i) {
			sum = sum.Add(coefficient(m, v).Mul(x.Interval(j)))
		}
		y.Lo[i], y.Hi[i] = sum.Lo, sum.Hi
	}
	return y
}

func interval(x float64) set.Interval { return set.Interval{Lo: x, Hi: x} }

// pullBack adds {x : A x + b satisfies p}, relaxed by as much as rounding the
// coefficients of p A may change the rows in the box x lies in. A row for which
// that has no bound is left out.
func (r *rows) pullBack(p *rows, m *affine.Node, x set.Box) {
	for i := range p.count() {
		right := interval(p.right[i])
		exact := make([]set.Interval, r.dim)
		for k, c := range p.row(i) {
			if c == 0 {
				continue
			}
			right = right.Sub(interval(m.Constant[k]).Scale(c))
			for j, v := range m.Matrix.Row(k) {
				exact[j] = exact[j].Add(coefficient(m, v).Scale(c))
			}
		}
		a, finite := make([]float64, r.dim), true
		for j, e := range exact {
			a[j] = e.Lo + float64((e.Hi-e.Lo)/2)
			finite = finite && !math.IsInf(e.Lo, 0) && !math.IsInf(e.Hi, 0)
			// a x <= e x + (a - e) x.
			if e.Lo != e.Hi {
				right = right.Add(interval(a[j]).Sub(e).Mul(x.Interval(j)))
			}
		}
		if finite && !math.IsInf(right.Hi, 1) {
			r.a, r.right = append(r.a, a...), append(r.right, right.Hi)
		}
	}
}
