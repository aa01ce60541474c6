package face

import (
	"math"
	"math/big"
	"math/bits"
)

// values are those of a node's units at the corners of a frame, exactly: unit u at corner k
// has the index k n + u. They are float64 numbers in f, or, if f is nil, m 2^e.
type values struct {
	n, corners int
	f          []float64
	m          []big.Int
	e          int
}

// inputValues are the coordinates of the corners.
func inputValues(corners [][]float64) values {
	v := values{n: len(corners[0]), corners: len(corners)}
	for _, c := range corners {
		v.f = append(v.f, c...)
	}
	return v
}

// noExponent is the exponent of nothing but zeros.
const noExponent = 1 << 20

// integers are numbers as multiples of one power of two.
func integers(f []float64) (m []big.Int, e int) {
	e = noExponent
	for _, x := range f {
		if x != 0 {
			_, ex := split(x)
			e = min(e, ex)
		}
	}
	m = make([]big.Int, len(f))
	for i, x := range f {
		if x != 0 {
			k, ex := split(x)
			m[i].SetInt64(k)
			m[i].Lsh(&m[i], uint(ex-e))
		}
	}
	return m, e
}

// split is x = m 2^e with m odd; x is finite and not 0.
func split(x float64) (m int64, e int) {
	f, e := math.Frexp(x)
	m = int64(f * (1 << 53))
	z := bits.TrailingZeros64(uint64(m))
	return m >> z, e - 53 + z
}

// widen makes v numbers of any length.
func (v *values) widen() {
	if v.f != nil {
		v.m, v.e = integers(v.f)
		v.f = nil
	}
}

// row is unit u less a constant at the corners, times a power of two.
func (v *values) row(u int, at float64) []*big.Int {
	row := make([]*big.Int, v.corners)
	m, e := v.m, v.e
	if v.f != nil {
		f := make([]float64, 0, v.corners)
		for k := range v.corners {
			f = append(f, v.f[k*v.n+u])
		}
		m, e = integers(f)
	}
	low, minus := e, new(big.Int)
	if at != 0 {
		c, ec := split(at)
		low = min(e, ec)
		minus.Lsh(minus.SetInt64(c), uint(ec-low))
	}
	for k := range row {
		i := k*v.n + u
		if v.f != nil {
			i = k
		}
		row[k] = new(big.Int)
		if m[i].Sign() != 0 {
			row[k].Lsh(&m[i], uint(e-low))
		}
		row[k].Sub(row[k], minus)
	}
	return row
}

// smallest is a bound below which products may have errors that are not float64.
const smallest = 0x1p-900

// exactDot is Σ w x + b where no operation rounds; otherwise not ok.
func exactDot(w, x []float64, b float64) (sum float64, ok bool) {
	sum = b
	for i, a := range w {
		v := x[i]
		if a == 0 || v == 0 {
			continue
		}
		p := float64(a * v)
		if !(math.Abs(p) >= smallest) || math.FMA(a, v, -p) != 0 {
			return 0, false
		}
		s := sum + p
		d := s - sum
		if (sum-(s-d))+(p-d) != 0 {
			return 0, false
		}
		sum = s
	}
	return sum, !math.IsInf(sum, 0) && !math.IsNaN(sum)
}
