package interior

import (
	"math"

	"github.com/netmend/netmend/internal/blas"
	"github.com/netmend/netmend/internal/parallel"
)

// each calls f for every slot, on several goroutines.
func (p *Program) each(f func(slot int, c *channel)) {
	parallel.Each(len(p.channels), p.workers, func(slot int) { f(slot, p.channels[slot]) })
}

// transposed computes dst = A^T v, numbers by slot.
func (p *Program) transposed(dst, v []float64) {
	p.each(func(s int, c *channel) {
		d := dst[s*p.in : (s+1)*p.in]
		clear(d)
		for i, k := range c.rows {
			if f := v[k]; f != 0 {
				blas.Axpy(f, c.coef[i*p.in:(i+1)*p.in], d)
			}
		}
	})
}

// magnitudes computes dst = |A|^T v for v >= 0, numbers by slot.
func (p *Program) magnitudes(dst, v []float64) {
	p.each(func(s int, c *channel) {
		d := dst[s*p.in : (s+1)*p.in]
		clear(d)
		for i, k := range c.rows {
			if f := v[k]; f != 0 {
				for j, a := range c.coef[i*p.in : (i+1)*p.in] {
					d[j] += float64(f * math.Abs(a))
				}
			}
		}
	})
}

// times computes dst = A x for numbers x by slot.
func (p *Program) times(dst, x []float64) {
	parts := make([][]float64, len(p.channels))
	p.each(func(s int, c *channel) {
		parts[s] = make([]float64, len(c.rows))
		blas.MulVec(parts[s], c.mat(p.in), x[s*p.in:(s+1)*p.in])
	})
	clear(dst)
	for s, c := range p.channels {
		for i, k := range c.rows {
			dst[k] += parts[s][i]
		}
	}
}

const (
	// atOnce is how many channels' products are held before they are added up.
	atOnce = 16
	// panel is the height of the strips of a symmetric product.
	panel = 96
)

// gram computes the lower triangle of dst = A diag(h) A^T, with h by slot. The
// order of summation does not depend on the number of workers.
func (p *Program) gram(dst blas.Mat, h []float64) {
	for i := range dst.Rows {
		clear(dst.Row(i)[:dst.Cols])
	}
	n := len(p.channels)
	for from := 0; from < n; from += atOnce {
		group := p.channels[from:min(n, from+atOnce)]
		products := make([]blas.Mat, len(group))
		parallel.Each(len(group), p.workers, func(i int) {
			slot := from + i
			products[i] = p.channelGram(group[i], h[slot*p.in:(slot+1)*p.in])
		})
		for i, c := range group {
			for r, k := range c.rows {
				to, prod := dst.Row(int(k)), products[i].Row(r)
				for s, l := range c.rows[:r+1] {
					to[l] += prod[s]
				}
			}
		}
	}
}

// channelGram is one channel's part of the product, its lower triangle and a bit
// more.
func (p *Program) channelGram(c *channel, h []float64) blas.Mat {
	m := len(c.rows)
	prod, a := blas.NewMat(m, m), c.mat(p.in)
	scaled := blas.NewMat(min(m, panel), p.in)
	for from := 0; from < m; from += panel {
		to := min(m, from+panel)
		part := scaled.Slice(0, to-from)
		for i := range part.Rows {
			d := part.Row(i)
			for j, v := range a.Row(from + i) {
				d[j] = float64(v * h[j])
			}
		}
		strip := prod.Slice(from, to)
		strip.Cols = to
		blas.MulNT(strip, part, a.Slice(0, to), false, 1)
	}
	return prod
}
