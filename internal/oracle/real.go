package oracle

import (
	"math"
	"math/big"
)

// Real is a number with 768 bits. What is computed here is right to far better than
// 2^-[Certain] for arguments of the size that tests have (below 1e4), so that numbers
// that differ by more are told apart with certainty.
type Real = *big.Float

// Certain is the number of binary places that count.
const Certain = 200

const precision = 768

func real(x float64) Real { return new(big.Float).SetPrec(precision).SetFloat64(x) }

// RealOf is a rational, rounded.
func RealOf(x Rat) Real { return new(big.Float).SetPrec(precision).SetRat(x) }

func plus(x, y Real) Real  { return real(0).Add(x, y) }
func less(x, y Real) Real  { return real(0).Sub(x, y) }
func times(x, y Real) Real { return real(0).Mul(x, y) }
func over(x, y Real) Real  { return real(0).Quo(x, y) }

// exp is the exponential function: the Taylor series of x / 2^k, squared k times.
func exp(x Real) Real {
	k := max(0, x.MantExp(nil)) + 8
	x = real(0).SetMantExp(x, -k)
	sum, term := real(1), real(1)
	for n := 1.0; term.Sign() != 0 && term.MantExp(nil) > -precision; n++ {
		term = over(times(term, x), real(n))
		sum = plus(sum, term)
	}
	for range k {
		sum = times(sum, sum)
	}
	return sum
}

// log1p is log(1 + x) for 0 <= x <= 1, by 2 artanh(x / (2 + x)).
func log1p(x Real) Real {
	z := over(x, plus(x, real(2)))
	sum, power := real(0), z
	for n := 1.0; power.Sign() != 0 && power.MantExp(nil) > -precision; n += 2 {
		sum = plus(sum, over(power, real(n)))
		power = times(power, times(z, z))
	}
	return times(sum, real(2))
}

// erf is the error function, by its Taylor series.
func erf(x Real) Real {
	if f, _ := x.Float64(); math.Abs(f) > 14 {
		return real(math.Copysign(1, f)) // within exp(-196)
	}
	square := times(x, x)
	sum, term := real(0), x
	for n := 0.0; term.Sign() != 0 && term.MantExp(nil) > -precision+20; n++ {
		sum = plus(sum, over(term, real(float64(2*n)+1)))
		term = over(times(real(0).Neg(term), square), real(n+1))
	}
	return times(sum, over(real(2), real(0).Sqrt(pi())))
}

// pi is Machin's formula, 16 arctan(1/5) - 4 arctan(1/239).
func pi() Real {
	arctan := func(n float64) Real {
		sum, power := real(0), over(real(1), real(n))
		for k := 1.0; power.MantExp(nil) > -precision; k += 2 {
			sum = plus(sum, over(power, real(k)))
			power = over(power, real(float64(-n*n)))
		}
		return sum
	}
	return less(times(real(16), arctan(5)), times(real(4), arctan(239)))
}
