package proof

import (
	"fmt"
	"math/big"

	"github.com/netmend/netmend/internal/interval"
	"github.com/netmend/netmend/nn"
)

// smoothValue encloses a smooth function and, if asked for, its derivative at the
// numbers of an interval.
func smoothValue(f interval.Field, s *nn.Smooth, z interval.Interval, derivative bool) (value, slope interval.Interval, err error) {
	one := f.Int(1)
	p := s.Parameters()
	switch s.Kind() {
	case nn.KindTanh:
		value = f.Tanh(z)
		square := f.Abs(value)
		return value, f.Sub(one, f.Mul(square, square)), nil
	case nn.KindSigmoid:
		value = f.Sigmoid(z)
		return value, f.Mul(value, f.Sub(one, value)), nil
	case nn.KindSiLU:
		t := f.Sigmoid(z)
		slope = f.Add(t, f.Mul(z, f.Mul(t, f.Sub(one, t))))
		return f.Mul(z, t), slope, nil
	case nn.KindGELU:
		t := f.Normal(z)
		if !derivative {
			return f.Mul(z, t), slope, nil
		}
		return f.Mul(z, t), f.Add(t, f.Mul(z, f.Density(z))), nil
	case nn.KindGELUTanh:
		// z σ(2 c (z + k z³)), c = sqrt(2 / π), k = 0.044715.
		c := f.Sqrt(f.Quo(f.Int(2), f.Pi()))
		k := f.Quo(f.Int(44715), f.Int(1_000_000))
		square := f.Mul(f.Abs(z), f.Abs(z))
		t := f.Sigmoid(f.Scale(f.Mul(c, f.Add(z, f.Mul(k, f.Mul(square, z)))), 1))
		inner := f.Scale(f.Mul(c, f.Add(one, f.Mul(f.Int(3), f.Mul(k, square)))), 1)
		return f.Mul(z, t), f.Add(t, f.Mul(z, f.Mul(f.Mul(t, f.Sub(one, t)), inner))), nil
	case nn.KindSoftplus:
		// max(z, 0) + log(1 + e^-|z|).
		rest := f.Log1p(f.Exp(f.Neg(f.Abs(z))))
		return f.Add(positivePart(f, z), rest), f.Sigmoid(z), nil
	case nn.KindSoftsign:
		d := f.Add(one, f.Abs(z))
		return f.Quo(z, d), f.Quo(one, f.Mul(d, d)), nil
	case nn.KindHardSwish:
		value, slope = byParts(f, z, []float64{-3, 3}, func(part int) (interval.Interval, interval.Interval) {
			switch part {
			case 0:
				return f.Int(0), f.Int(0)
			case 2:
				return z, one
			}
			six := f.Int(6)
			return f.Quo(f.Mul(z, f.Add(z, f.Int(3))), six), f.Quo(f.Add(f.Scale(z, 1), f.Int(3)), six)
		})
		return value, slope, nil
	case nn.KindELU:
		value, slope = exponential(f, z, 1, p[0], 1)
		return value, slope, nil
	case nn.KindCELU:
		value, slope = exponential(f, z, 1, p[0], p[0])
		return value, slope, nil
	case nn.KindSELU:
		value, slope = exponential(f, z, p[1], p[0], 1)
		return value, slope, nil
	}
	return value, slope, fmt.Errorf("%s is not supported by the exact check", s.Kind())
}

// exponential is gamma z for z >= 0 and gamma alpha (e^(z / beta) - 1) below, and
// its derivative.
func exponential(f interval.Field, z interval.Interval, gamma, alpha, beta float64) (value, slope interval.Interval) {
	g := f.Float(gamma)
	return byParts(f, z, []float64{0}, func(part int) (interval.Interval, interval.Interval) {
		if part == 1 {
			return f.Mul(g, z), g
		}
		e := f.Exp(f.Quo(z, f.Float(beta)))
		a := f.Mul(g, f.Float(alpha))
		return f.Mul(a, f.Sub(e, f.Int(1))), f.Quo(f.Mul(a, e), f.Float(beta))
	})
}

// byParts is the hull of the parts of a function that an interval meets; part k
// lies between the breaks k-1 and k, the latter excluded.
func byParts(f interval.Field, z interval.Interval, breaks []float64, part func(int) (interval.Interval, interval.Interval)) (value, slope interval.Interval) {
	first, last := partOf(z.Lo, breaks), partOf(z.Hi, breaks)
	value, slope = part(first)
	for k := first + 1; k <= last; k++ {
		v, s := part(k)
		value, slope = interval.Hull(value, v), interval.Hull(slope, s)
	}
	return value, slope
}

// partOf is the part that a number lies in: at a break the upper one.
func partOf(z *big.Float, breaks []float64) int {
	k := 0
	for k < len(breaks) && z.Cmp(big.NewFloat(breaks[k])) >= 0 {
		k++
	}
	return k
}

// positivePart is max(z, 0).
func positivePart(f interval.Field, z interval.Interval) interval.Interval {
	zero := f.Int(0)
	if z.Lo.Sign() < 0 {
		z.Lo = zero.Lo
	}
	if z.Hi.Sign() < 0 {
		z.Hi = zero.Hi
	}
	return z
}
