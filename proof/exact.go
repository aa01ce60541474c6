package proof

import (
	"math"
	"math/big"
	"math/bits"
)

// exactValues are exact dyadic numbers m[i] 2^e, with one exponent for all: the
// values of a node at the corners of a simplex, corner by corner.
type exactValues struct {
	m []big.Int
	e int
}

// split is v = m 2^e with m odd, or 0, 0.
func split(v float64) (m int64, e int) {
	if v == 0 {
		return 0, 0
	}
	f, e := math.Frexp(v)
	m = int64(f * (1 << 53))
	e -= 53
	z := bits.TrailingZeros64(uint64(m))
	return m >> z, e + z
}

// noExponent is the exponent of nothing but zeros: larger than any other.
const noExponent = 1 << 20

// exactOf are float64 numbers exactly.
func exactOf(v []float64) exactValues {
	e := noExponent
	for _, x := range v {
		if x != 0 {
			_, ex := split(x)
			e = min(e, ex)
		}
	}
	out := exactValues{m: make([]big.Int, len(v)), e: e}
	for i, x := range v {
		if x != 0 {
			m, ex := split(x)
			out.m[i].SetInt64(m)
			out.m[i].Lsh(&out.m[i], uint(ex-e))
		}
	}
	return out
}

// addShifted is dst += m 2^shift.
func addShifted(dst, m *big.Int, shift int, scratch *big.Int) {
	if m.Sign() == 0 {
		return
	}
	if shift > 0 {
		m = scratch.Lsh(m, uint(shift))
	}
	dst.Add(dst, m)
}

// rational is m 2^e.
func rational(m *big.Int, e int) *big.Rat {
	r := new(big.Rat)
	switch {
	case m.Sign() == 0:
	case e >= 0:
		r.SetInt(new(big.Int).Lsh(m, uint(e)))
	default:
		r.SetFrac(m, new(big.Int).Lsh(big.NewInt(1), uint(-e)))
	}
	return r
}
