package master

import (
	"math"

	"github.com/netmend/netmend/internal/blas"
)

// rows stores rank-one rows g h^T, row-major for products over many rows and
// transposed for columns of the tableau.
type rows struct {
	out, in int
	n       int
	g, h    blas.Mat // capacity x out, capacity x in
	gt, ht  blas.Mat // out x capacity, in x capacity
	b       []float64

	gs, hs blas.Mat // scaled rows of the last product
	ax     blas.Mat
}

func (r *rows) init(out, in int) {
	r.out, r.in = out, in
	r.reserve(64)
}

func (r *rows) reserve(capacity int) {
	grow := func(m blas.Mat, rows, cols int) blas.Mat {
		c := blas.NewMat(rows, cols)
		for i := range m.Rows {
			copy(c.Row(i), m.Row(i))
		}
		return c
	}
	r.g, r.h = grow(r.g, capacity, r.out), grow(r.h, capacity, r.in)
	r.gt, r.ht = grow(r.gt, r.out, capacity), grow(r.ht, r.in, capacity)
	r.gs, r.hs = blas.NewMat(capacity, r.out), blas.NewMat(capacity, r.in)
	r.ax = blas.NewMat(capacity, r.in)
}

func (r *rows) add(g, h []float64, b float64) {
	if r.n == r.g.Rows {
		r.reserve(2 * r.n)
	}
	r.b = append(r.b, b)
	r.set(r.n, g, h)
	r.n++
}

func (r *rows) set(k int, g, h []float64) {
	copy(r.g.Row(k), g)
	copy(r.h.Row(k), h)
	for j, v := range g {
		r.gt.Row(j)[k] = v
	}
	for i, v := range h {
		r.ht.Row(i)[k] = v
	}
}

func (r *rows) remove(remove []bool) {
	left := 0
	for k := range r.n {
		if remove[k] {
			continue
		}
		if left != k {
			r.set(left, r.g.Row(k), r.h.Row(k))
			r.b[left] = r.b[k]
		}
		left++
	}
	r.n, r.b = left, r.b[:left]
}

// at is coefficient i of row k.
func (r *rows) at(k, i int) float64 { return float64(r.g.Row(k)[i/r.in] * r.h.Row(k)[i%r.in]) }

// addColumn adds f times column i to dst, one number per row.
func (r *rows) addColumn(dst []float64, f float64, i int) {
	g, h := r.gt.Row(i / r.in)[:r.n], r.ht.Row(i % r.in)[:r.n]
	dst = dst[:len(g)]
	h = h[:len(g)]
	for k, v := range g {
		dst[k] += float64(f * v * h[k])
	}
}

// transposed computes dst = A^T y, the product of the scaled g with the h of
// the rows where y is not 0.
func (r *rows) transposed(dst, y []float64, workers int) {
	m := 0
	for k, v := range y {
		if v == 0 {
			continue
		}
		s := r.gs.Row(m)
		for j, g := range r.g.Row(k) {
			s[j] = float64(v * g)
		}
		copy(r.hs.Row(m), r.h.Row(k))
		m++
	}
	if m == 0 {
		clear(dst)
		return
	}
	c := blas.Mat{Rows: r.out, Cols: r.in, Stride: r.in, Data: dst}
	blas.MulTN(c, r.gs.Slice(0, m), r.hs.Slice(0, m), false, workers)
}

// magnitudes computes dst = |A|^T y for y >= 0: how large the terms are that
// transposed sums.
func (r *rows) magnitudes(dst, y []float64, workers int) {
	m := 0
	for k, v := range y {
		if v == 0 {
			continue
		}
		s, h := r.gs.Row(m), r.hs.Row(m)
		for j, g := range r.g.Row(k) {
			s[j] = float64(v * math.Abs(g))
		}
		for i, x := range r.h.Row(k) {
			h[i] = math.Abs(x)
		}
		m++
	}
	if m == 0 {
		clear(dst)
		return
	}
	c := blas.Mat{Rows: r.out, Cols: r.in, Stride: r.in, Data: dst}
	blas.MulTN(c, r.gs.Slice(0, m), r.hs.Slice(0, m), false, workers)
}

// times computes dst = A x: row k is g_k^T X h_k.
func (r *rows) times(dst, x []float64, workers int) {
	xm := blas.Mat{Rows: r.out, Cols: r.in, Stride: r.in, Data: x}
	blas.MulNN(r.ax.Slice(0, r.n), r.g.Slice(0, r.n), xm, false, workers)
	for k := range r.n {
		dst[k] = blas.Dot(r.ax.Row(k), r.h.Row(k))
	}
}
