package interval

import (
	"math/big"
	"sync"
)

const (
	// guard bits cover the errors of sums and squarings, which intervals track.
	guard = 64
	// halvings: exp(x) is exp(x / 2^halvings) squared so many times, for
	// |x| <= 2^reach.
	reach    = 20
	halvings = reach + 8
)

// Exp is e^x. Beyond |x| = 2^20 the end of 0 or of no number above serves: the
// interval may then be wide.
func (f Field) Exp(x Interval) Interval {
	lo := f.expAt(x.Lo)
	w, narrow := f.width(x)
	if !narrow {
		return Interval{lo.Lo, f.expAt(x.Hi).Hi}
	}
	// e^(x + w) <= e^x (1 + 2 w) for 0 <= w <= 1.
	growth := f.up().Add(big.NewFloat(1), w.SetMantExp(w, 1))
	return Interval{lo.Lo, f.up().Mul(lo.Hi, growth)}
}

// width is that of an interval, rounded up, and whether it is so small that a function
// need not be computed at both ends.
func (f Field) width(x Interval) (w *big.Float, narrow bool) {
	if x.Lo.IsInf() || x.Hi.IsInf() {
		return nil, false
	}
	w = f.up().Sub(x.Hi, x.Lo)
	return w, w.Sign() == 0 || w.MantExp(nil) < -20
}

// expAt encloses e^x. With r = x / 2^halvings, |r| <= 2^-8, the sum of r^k / k!
// up to k = n leaves out less than 2 |r|^(n+1) / (n+1)!.
func (f Field) expAt(x *big.Float) Interval {
	limit := new(big.Float).SetMantExp(big.NewFloat(1), reach)
	if x.Cmp(limit) > 0 {
		// e^x > 2^(2^20).
		return Interval{f.down().SetMantExp(big.NewFloat(1), 1<<reach), f.up().SetInf(false)}
	}
	if x.Cmp(limit.Neg(limit)) < 0 {
		return Interval{f.down(), f.up().SetMantExp(big.NewFloat(1), -1<<reach)}
	}
	g := Field{f.Bits + guard + halvings}
	r := g.Scale(Interval{g.down().Set(x), g.up().Set(x)}, -halvings)
	size := g.Abs(r)
	term, sum := g.Int(1), g.Int(1)
	left := g.Int(1) // |r|^k / k!
	for k := int64(1); ; k++ {
		n := g.Int(k)
		term = g.Quo(g.Mul(term, r), n)
		sum = g.Add(sum, term)
		left = g.Quo(g.Mul(left, size), n)
		if left.Hi.Sign() == 0 || left.Hi.MantExp(nil) < -int(g.Bits)-16 {
			break
		}
	}
	// left is |r|^n / n!, more than twice the next term.
	sum = g.widened(sum, left.Hi, true)
	for range halvings {
		sum = g.Mul(sum, sum)
	}
	return Interval{f.down().Set(sum.Lo), f.up().Set(sum.Hi)}
}

// Log1p is log(1 + x) for 0 <= x <= 1, as 2 atanh(y) = 2 Σ y^(2k+1) / (2k+1) with
// y = x / (2 + x) <= 1/3: what follows a term is less than a quarter of it.
func (f Field) Log1p(x Interval) Interval {
	lo := f.log1pAt(x.Lo)
	if w, narrow := f.width(x); narrow { // the slope is at most 1
		return Interval{lo.Lo, f.up().Add(lo.Hi, w)}
	}
	return Interval{lo.Lo, f.log1pAt(x.Hi).Hi}
}

func (f Field) log1pAt(x *big.Float) Interval {
	g := Field{f.Bits + guard}
	v := Interval{g.down().Set(x), g.up().Set(x)}
	y := g.Quo(v, g.Add(v, g.Int(2)))
	square := g.Mul(y, y)
	power, sum := y, y
	for k := int64(3); ; k += 2 {
		power = g.Mul(power, square)
		term := g.Quo(power, g.Int(k))
		sum = g.Add(sum, term)
		if term.Hi.Sign() == 0 || term.Hi.MantExp(nil) < -int(g.Bits)-16 {
			sum = g.widened(sum, term.Hi, false)
			break
		}
	}
	sum = g.Scale(sum, 1)
	return Interval{f.down().Set(sum.Lo), f.up().Set(sum.Hi)}
}

// Pi is π, by Machin's formula 16 atan(1/5) - 4 atan(1/239).
func (f Field) Pi() Interval {
	return known(&pis, f, func() Interval {
		g := Field{f.Bits + guard}
		return g.Sub(g.Scale(g.arctangent(5), 4), g.Scale(g.arctangent(239), 2))
	})
}

// rootTwoPi is sqrt(2π).
func (f Field) rootTwoPi() Interval {
	return known(&roots, f, func() Interval { return f.Sqrt(f.Scale(f.Pi(), 1)) })
}

// pis and roots are constants by precision. There are a few precisions only.
var pis, roots sync.Map

// known looks a constant up, or computes it.
func known(of *sync.Map, f Field, compute func() Interval) Interval {
	if v, ok := of.Load(f.Bits); ok {
		return v.(Interval)
	}
	v := compute()
	of.Store(f.Bits, v)
	return v
}

// arctangent is atan(1/n): an alternating series with falling terms, of which
// what is left out is less than the first term left out.
func (f Field) arctangent(n int64) Interval {
	square := f.Int(n * n)
	power := f.Quo(f.Int(1), f.Int(n))
	sum := power
	for k := int64(1); ; k++ {
		power = f.Quo(power, square)
		term := f.Quo(power, f.Int(2*k+1))
		if k%2 == 1 {
			sum = f.Sub(sum, term)
		} else {
			sum = f.Add(sum, term)
		}
		if term.Hi.MantExp(nil) < -int(f.Bits)-16 {
			return f.widened(sum, term.Hi, true)
		}
	}
}

// Sqrt is the square root of x >= 0.
func (f Field) Sqrt(x Interval) Interval {
	lo, hi := f.down().Sqrt(x.Lo), f.up().Sqrt(x.Hi)
	// Whatever way the root is rounded, it is off by no more than its last bit.
	last := func(v *big.Float) *big.Float {
		return new(big.Float).SetMantExp(big.NewFloat(1), v.MantExp(nil)-int(f.Bits)+1)
	}
	if lo.Sign() > 0 {
		lo = f.down().Sub(lo, last(lo))
	}
	if hi.Sign() > 0 {
		hi = f.up().Add(hi, last(hi))
	}
	return Interval{lo, hi}
}
