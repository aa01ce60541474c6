package set

import (
	"math"
	"math/big"
)

// slackSign is the sign of b - a . x, computed exactly for finite numbers. A
// floating-point sum decides unless it lies within its own error bound. A point that is
// not finite lies in no half-space.
func slackSign(a []float64, b float64, x []float64) int {
	if len(a) != len(x) {
		panic(dimensionMismatch("point", len(x), len(a)))
	}
	s, size := b, math.Abs(b)
	for i, c := range a {
		t := float64(c * x[i])
		s -= t
		size += math.Abs(t)
	}
	// n products and n subtractions, each with a relative error of 2^-53 of
	// something no larger than size, which itself may be too small by as much;
	// the last term covers products that underflow.
	bound := float64(float64(2*len(a)+4)*0x1p-53*size) + float64(float64(len(a))*math.SmallestNonzeroFloat64)
	if s > bound {
		return 1
	}
	if s < -bound {
		return -1
	}
	return exactSlackSign(a, b, x)
}

// sumPrecision is enough bits for any sum of products of two float64 to be
// exact: the products' exponents span 2^-2148 to 2^2048, and 64 bits are left
// for carries.
const sumPrecision = 2148 + 2048 + 64

func exactSlackSign(a []float64, b float64, x []float64) int {
	for _, v := range x {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return -1
		}
	}
	sum := new(big.Float).SetPrec(sumPrecision).SetFloat64(b)
	p, q := new(big.Float), new(big.Float)
	t := new(big.Float).SetPrec(2 * 53)
	for i, c := range a {
		if c == 0 || x[i] == 0 {
			continue
		}
		t.Mul(p.SetFloat64(c), q.SetFloat64(x[i]))
		sum.Sub(sum, t)
	}
	return sum.Sign()
}
