package interval

import "math/big"

// Sigmoid is 1 / (1 + e^-x).
func (f Field) Sigmoid(x Interval) Interval {
	one := f.Int(1)
	return f.positiveQuo(one, f.Add(one, f.Exp(f.Neg(x))))
}

// positiveQuo is x / y for positive numbers, where y may be infinite.
func (f Field) positiveQuo(x, y Interval) Interval {
	out := Interval{f.down(), f.up().Quo(x.Hi, y.Lo)}
	if !y.Hi.IsInf() {
		out.Lo = f.down().Quo(x.Lo, y.Hi)
	}
	return out
}

// Tanh is tanh x = 1 - 2 / (1 + e^(2x)).
func (f Field) Tanh(x Interval) Interval {
	one := f.Int(1)
	return f.Sub(one, f.positiveQuo(f.Int(2), f.Add(one, f.Exp(f.Scale(x, 1)))))
}

// Density is e^(-x²/2) / sqrt(2π), that of the standard normal distribution.
func (f Field) Density(x Interval) Interval {
	g := Field{f.Bits + guard}
	square := g.Mul(g.Abs(x), g.Abs(x))
	return f.Quo(g.Exp(g.Neg(g.Scale(square, -1))), g.rootTwoPi())
}

// Normal is Φ(x), the standard normal distribution: (1 + erf(x / sqrt 2)) / 2.
func (f Field) Normal(x Interval) Interval {
	lo := f.normalAt(x.Lo)
	if w, narrow := f.width(x); narrow { // the slope is at most 1/sqrt(2π) < 1/2
		return Interval{lo.Lo, f.up().Add(lo.Hi, w.SetMantExp(w, -1))}
	}
	return Interval{lo.Lo, f.normalAt(x.Hi).Hi}
}

// far is where Φ is taken from e^(-x²/2) >= 1 - Φ(x) for x >= 0 alone.
const far = 64

// normalAt encloses Φ(x) = 1/2 + φ(x) Σ x^(2k+1) / (1 3 5 ... (2k+1)), all of
// whose terms have the sign of x. From a term on that is less than half of the
// one before, what follows it is less than that term.
func (f Field) normalAt(x *big.Float) Interval {
	if x.Sign() < 0 {
		v := f.Sub(f.Int(1), f.normalAt(new(big.Float).Neg(x)))
		if v.Lo.Sign() < 0 {
			v.Lo = f.down()
		}
		return v
	}
	g := Field{f.Bits + 2*guard}
	v := Interval{g.down().Set(x), g.up().Set(x)}
	square := g.Mul(v, v)
	if x.Cmp(big.NewFloat(far)) > 0 {
		tail := g.Exp(g.Neg(g.Scale(square, -1)))
		return Interval{f.down().Sub(big.NewFloat(1), tail.Hi), f.up().SetInt64(1)}
	}
	term, sum := v, v
	for k := int64(1); ; k++ {
		n := g.Int(2*k + 1)
		term = g.Quo(g.Mul(term, square), n)
		sum = g.Add(sum, term)
		halved := g.Scale(square, 1).Hi.Cmp(n.Lo) < 0
		if halved && (term.Hi.Sign() == 0 || term.Hi.MantExp(nil) < -int(g.Bits)-16) {
			sum = g.widened(sum, term.Hi, false)
			break
		}
	}
	half := g.Scale(g.Int(1), -1)
	y := g.Add(half, g.Mul(g.Density(v), sum))
	return Interval{f.down().Set(y.Lo), f.up().Set(y.Hi)}
}
