// Package interval computes with intervals of numbers of any precision, rounded
// outward: every result contains the real number that is meant. Elementary
// functions are sums of series with proven bounds of what is left out; no
// function of package math is trusted.
package interval

import "math/big"

// Interval is the set of real numbers from Lo to Hi, where -Inf and +Inf mean that
// no bound is known. Its numbers are never changed.
type Interval struct{ Lo, Hi *big.Float }

// Field is the precision, in bits, with which to compute.
type Field struct{ Bits uint }

func (f Field) down() *big.Float {
	return new(big.Float).SetPrec(f.Bits).SetMode(big.ToNegativeInf)
}

func (f Field) up() *big.Float {
	return new(big.Float).SetPrec(f.Bits).SetMode(big.ToPositiveInf)
}

// Float is v exactly, where the precision is 53 bits or more.
func (f Field) Float(v float64) Interval {
	return Interval{f.down().SetFloat64(v), f.up().SetFloat64(v)}
}

// Rat is the narrowest interval around a rational.
func (f Field) Rat(r *big.Rat) Interval { return Interval{f.down().SetRat(r), f.up().SetRat(r)} }

// Int is n.
func (f Field) Int(n int64) Interval {
	return Interval{f.down().SetInt64(n), f.up().SetInt64(n)}
}

// Add is x + y.
func (f Field) Add(x, y Interval) Interval {
	return Interval{f.down().Add(x.Lo, y.Lo), f.up().Add(x.Hi, y.Hi)}
}

// Sub is x - y.
func (f Field) Sub(x, y Interval) Interval {
	return Interval{f.down().Sub(x.Lo, y.Hi), f.up().Sub(x.Hi, y.Lo)}
}

// Neg is -x.
func (f Field) Neg(x Interval) Interval {
	return Interval{f.down().Neg(x.Hi), f.up().Neg(x.Lo)}
}

// Mul is x y.
func (f Field) Mul(x, y Interval) Interval {
	if x.Lo.Sign() >= 0 && y.Lo.Sign() >= 0 {
		return Interval{product(f.down(), x.Lo, y.Lo), product(f.up(), x.Hi, y.Hi)}
	}
	var out Interval
	for _, a := range []*big.Float{x.Lo, x.Hi} {
		for _, b := range []*big.Float{y.Lo, y.Hi} {
			lo, hi := product(f.down(), a, b), product(f.up(), a, b)
			if out.Lo == nil || lo.Cmp(out.Lo) < 0 {
				out.Lo = lo
			}
			if out.Hi == nil || hi.Cmp(out.Hi) > 0 {
				out.Hi = hi
			}
		}
	}
	return out
}

// MulFloat is v x, for a precision of 53 bits or more.
func (f Field) MulFloat(v float64, x Interval) Interval {
	lo, hi := x.Lo, x.Hi
	if v < 0 {
		lo, hi = hi, lo
	}
	w := new(big.Float).SetFloat64(v)
	return Interval{product(f.down(), w, lo), product(f.up(), w, hi)}
}

// product sets z to a b. An infinite end stands for real numbers, so that its
// product with 0 is 0.
func product(z, a, b *big.Float) *big.Float {
	if a.Sign() == 0 || b.Sign() == 0 {
		return z
	}
	return z.Mul(a, b)
}

// Quo is x / y for y > 0.
func (f Field) Quo(x, y Interval) Interval {
	lo, hi := y.Hi, y.Lo // divisors of a positive lower and upper end
	if x.Lo.Sign() < 0 {
		lo = y.Lo
	}
	if x.Hi.Sign() < 0 {
		hi = y.Hi
	}
	return Interval{f.down().Quo(x.Lo, lo), f.up().Quo(x.Hi, hi)}
}

// Scale is x 2^n.
func (f Field) Scale(x Interval, n int) Interval {
	return Interval{f.down().SetMantExp(x.Lo, n), f.up().SetMantExp(x.Hi, n)}
}

// Abs is |x|.
func (f Field) Abs(x Interval) Interval {
	switch {
	case x.Lo.Sign() >= 0:
		return x
	case x.Hi.Sign() <= 0:
		return f.Neg(x)
	}
	n := f.Neg(x)
	hi := x.Hi
	if n.Hi.Cmp(hi) > 0 {
		hi = n.Hi
	}
	return Interval{f.down(), hi}
}

// Hull is the smallest interval that contains both.
func Hull(x, y Interval) Interval {
	if y.Lo.Cmp(x.Lo) < 0 {
		x.Lo = y.Lo
	}
	if y.Hi.Cmp(x.Hi) > 0 {
		x.Hi = y.Hi
	}
	return x
}

// widened is x with e >= 0 added above and, where both, subtracted below.
func (f Field) widened(x Interval, e *big.Float, both bool) Interval {
	out := Interval{x.Lo, f.up().Add(x.Hi, e)}
	if both {
		out.Lo = f.down().Sub(x.Lo, e)
	}
	return out
}

// Exact reports whether the interval is a single number.
func (x Interval) Exact() bool { return x.Lo.Cmp(x.Hi) == 0 }
