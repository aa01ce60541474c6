package contract

import (
	"math"

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
func (r *rows) addBox(m *affineMap, box, x set.Box) {
	image := x.Image(m.a, m.b)
	for i := range box.Lo {
		if image.Hi[i] > box.Hi[i] {
			r.a = append(r.a, m.a.Row(i)...)
			r.right = append(r.right, interval(box.Hi[i]).Sub(interval(m.b[i])).Hi)
		}
		if image.Lo[i] < box.Lo[i] {
			for _, v := range m.a.Row(i) {
				r.a = append(r.a, -v)
			}
			r.right = append(r.right, interval(m.b[i]).Sub(interval(box.Lo[i])).Hi)
		}
	}
}

func interval(x float64) set.Interval { return set.Interval{Lo: x, Hi: x} }

// pullBack adds {x : A x + b satisfies p}, relaxed by as much as rounding the
// coefficients of p A may change the rows in the box x lies in. A row for which
// that has no bound is left out.
func (r *rows) pullBack(p *rows, m *affineMap, x set.Box) {
	for i := range p.count() {
		right := interval(p.right[i])
		exact := make([]set.Interval, r.dim)
		for k, c := range p.row(i) {
			if c == 0 {
				continue
			}
			right = right.Sub(interval(m.b[k]).Scale(c))
			for j, v := range m.a.Row(k) {
				exact[j] = exact[j].Add(interval(v).Scale(c))
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
