// Package row holds the coefficients of one constraint on the change of a layer.
package row

import (
	"math"

	"github.com/netmend/netmend/internal/blas"
)

// Row has the coefficients of a . x <= b for a layer with out x in parameters,
// row-major with the bias as last column. Either it has rank one, a = G H^T, as
// every row of a dense layer; or it is a list of blocks, as a row of a
// convolution, which is a sum over positions: the coefficients of output channel
// Channels[i] are Blocks[i*in : (i+1)*in], those of the other channels are 0.
type Row struct {
	G, H []float64

	Channels []int32 // ascending
	Blocks   []float64
}

// In is the number of parameters of one output channel, bias included.
func (r *Row) In() int {
	switch {
	case r.H != nil:
		return len(r.H)
	case len(r.Channels) == 0:
		return 0
	}
	return len(r.Blocks) / len(r.Channels)
}

// RankOne reports whether the row is G H^T.
func (r *Row) RankOne() bool { return r.H != nil }

// Each calls f with every output channel and its coefficients, which are scale
// times those in coef; channels without any may be left out.
func (r *Row) Each(f func(channel int, scale float64, coef []float64)) {
	if r.RankOne() {
		for j, g := range r.G {
			if g != 0 {
				f(j, g, r.H)
			}
		}
		return
	}
	in := r.In()
	for i, c := range r.Channels {
		f(int(c), 1, r.Blocks[i*in:(i+1)*in])
	}
}

// Dot is the product of two rows over the free parameters; free nil means all.
func Dot(a, b *Row, free []bool) float64 {
	if a.RankOne() && b.RankOne() {
		return rankOneDot(a, b, free)
	}
	in, sum := max(a.In(), b.In()), 0.0
	i := 0
	of := func(r *Row) (channels int, at func(i int) (int, float64, []float64)) {
		if r.RankOne() {
			return len(r.G), func(i int) (int, float64, []float64) { return i, r.G[i], r.H }
		}
		return len(r.Channels), func(i int) (int, float64, []float64) {
			return int(r.Channels[i]), 1, r.Blocks[i*in : (i+1)*in]
		}
	}
	na, atA := of(a)
	nb, atB := of(b)
	for j := 0; i < na && j < nb; {
		ca, fa, va := atA(i)
		cb, fb, vb := atB(j)
		switch {
		case ca < cb:
			i++
		case cb < ca:
			j++
		default:
			if fa != 0 && fb != 0 {
				sum += float64(fa * fb * maskedDot(va, vb, free, ca*in))
			}
			i++
			j++
		}
	}
	return sum
}

func rankOneDot(a, b *Row, free []bool) float64 {
	if free == nil {
		return float64(blas.Dot(a.G, b.G) * blas.Dot(a.H, b.H))
	}
	sum := 0.0
	for j, g := range a.G {
		if g != 0 && b.G[j] != 0 {
			sum += float64(g * b.G[j] * maskedDot(a.H, b.H, free, j*len(a.H)))
		}
	}
	return sum
}

// maskedDot is the product of two blocks whose first parameter is from.
func maskedDot(a, b []float64, free []bool, from int) float64 {
	if free == nil {
		return blas.Dot(a, b)
	}
	sum := 0.0
	for i, is := range free[from : from+len(a)] {
		if is {
			sum += float64(a[i] * b[i])
		}
	}
	return sum
}

// AddTo adds f times the row to the layer's numbers x.
func (r *Row) AddTo(x []float64, f float64) {
	r.Each(func(c int, scale float64, coef []float64) {
		blas.Axpy(float64(f*scale), coef, x[c*len(coef):(c+1)*len(coef)])
	})
}

// AddSizes adds f times the row's absolute values to x, for f >= 0.
func (r *Row) AddSizes(x []float64, f float64) {
	r.Each(func(c int, scale float64, coef []float64) {
		s, d := float64(f*math.Abs(scale)), x[c*len(coef):(c+1)*len(coef)]
		for i, v := range coef {
			d[i] += float64(s * math.Abs(v))
		}
	})
}

// SumAbs is the sum of the absolute values.
func (r *Row) SumAbs() float64 {
	sum := 0.0
	r.Each(func(_ int, scale float64, coef []float64) {
		for _, v := range coef {
			sum += math.Abs(scale * v)
		}
	})
	return sum
}

// Size is the Euclidean length.
func (r *Row) Size() float64 { return math.Sqrt(Dot(r, r, nil)) }
