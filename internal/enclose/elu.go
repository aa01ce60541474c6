package enclose

import (
	"math"

	"github.com/netmend/netmend/internal/portable"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/set"
)

// exponentialLinear is gamma z for z >= 0 and gamma alpha (exp(z/beta) - 1)
// below.
func exponentialLinear(f *nn.Smooth, gamma, alpha, beta float64) *curved {
	height := point(gamma).Mul(point(alpha))
	c := &curved{f: valueOf(f), df: f.Derivative, kinks: f.Kinks(), turn: grows, low: -height.Hi, rise: gamma}
	c.value = func(z float64) set.Interval {
		if z >= 0 {
			return point(z).Scale(gamma)
		}
		return height.Mul(expMinusOne(quotient(point(z), beta)))
	}
	c.slopes = func(i set.Interval) set.Interval {
		s := set.EmptyInterval()
		if i.Hi >= 0 {
			s = point(gamma)
		}
		if i.Lo <= 0 {
			below := expOver(quotient(set.Interval{Lo: i.Lo, Hi: min(i.Hi, 0)}, beta))
			s = s.Hull(quotient(height.Mul(below), beta))
		}
		return s
	}
	c.rest = func(i set.Interval) set.Interval {
		if i.Lo >= 0 {
			return point(0)
		}
		return c.offsets(gamma, set.Interval{Lo: i.Lo, Hi: 0}).Hull(point(0))
	}
	return c
}

// smallExp is where the series of e^x - 1 takes over: there the difference loses
// digits to cancellation.
const smallExp = 1e-4

// expMinusOne encloses {e^x - 1 : x in i} for x <= 0.
func expMinusOne(i set.Interval) set.Interval {
	return set.Interval{Lo: expMinusOneAt(i.Lo).Lo, Hi: min(0, expMinusOneAt(i.Hi).Hi)}
}

func expMinusOneAt(x float64) set.Interval {
	if x < -smallExp {
		return exp(x).Sub(point(1)).Intersect(set.Interval{Lo: -1, Hi: 0})
	}
	// x + x²/2 + x³/6 <= e^x - 1 <= x + x²/2 + x³/6 + x⁴/24 for x <= 0.
	i := point(x)
	square := i.Mul(i)
	low := i.Add(square.Scale(0.5)).Add(quotient(square.Mul(i), 6))
	return set.Interval{Lo: low.Lo, Hi: low.Add(quotient(square.Mul(square), 24)).Hi}
}

// softplus is log(1 + e^z).
func softplus() *curved {
	f := nn.Softplus()
	c := &curved{f: valueOf(f), df: f.Derivative, turn: grows, rise: 1}
	c.value = func(z float64) set.Interval {
		// max(z, 0) + log(1 + e^-|z|)
		return point(max(z, 0)).Add(logOnePlus(exp(-math.Abs(z))))
	}
	c.slopes = sigmoidOver
	c.rest = func(i set.Interval) set.Interval { return c.Image(i.Neg()) } // f(z) - z = f(-z)
	return c
}

// logOnePlus encloses {log(1 + u) : u in i} for 0 <= u <= 1 or a little more.
func logOnePlus(i set.Interval) set.Interval {
	return set.Interval{Lo: logOnePlusAt(i.Lo).Lo, Hi: logOnePlusAt(i.Hi).Hi}
}

// smallLog is where the series of log(1 + u) takes over.
const smallLog = 1e-4

func logOnePlusAt(u float64) set.Interval {
	x := point(u)
	if u < smallLog {
		// u - u²/2 + u³/3 - u⁴/4 <= log(1 + u) <= u - u²/2 + u³/3 for u >= 0.
		square := x.Mul(x)
		high := x.Sub(square.Scale(0.5)).Add(square.Mul(x).Mul(inverses[3]))
		low := high.Sub(square.Mul(square).Scale(0.25))
		return set.Interval{Lo: max(0, low.Lo), Hi: min(u, high.Hi)}
	}
	// The exponential function confirms an approximation on both sides.
	y, sum := portable.Log1p(u), point(1).Add(x)
	for e := float64(y * 0x1p-52); e < 1; e = float64(e * 2) {
		if exp(y-e).Hi <= sum.Lo && exp(y+e).Lo >= sum.Hi {
			return set.Interval{Lo: y - e, Hi: y + e}
		}
	}
	return set.Interval{Lo: 0, Hi: u}
}

// softsign is z / (1 + |z|).
func softsign() *curved {
	f := nn.Softsign()
	c := &curved{f: valueOf(f), df: f.Derivative, turn: grows, low: -1, high: 1}
	c.value = func(z float64) set.Interval {
		return point(z).Mul(reciprocal(point(1).Add(point(math.Abs(z))))).Intersect(set.Interval{Lo: -1, Hi: 1})
	}
	c.slopes = func(i set.Interval) set.Interval {
		size := set.Interval{Hi: max(math.Abs(i.Lo), math.Abs(i.Hi))}
		if !i.Contains(0) {
			size.Lo = min(math.Abs(i.Lo), math.Abs(i.Hi))
		}
		r := reciprocal(size.Add(point(1)))
		return r.Mul(r)
	}
	c.rest = c.Image
	return c
}
