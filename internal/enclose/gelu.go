package enclose

import (
	"math"
	"sync"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/set"
)

// gated completes a function f(z) = z g(z) with g(-z) = 1 - g(z), so that
// f(z) - z = f(-z): GELU in both forms, SiLU, and hard-swish.
func gated(f *nn.Smooth, c curved) *curved {
	c.f, c.df, c.kinks = valueOf(f), f.Derivative, f.Kinks()
	c.rise = 1
	whole := &c
	c.rest = func(i set.Interval) set.Interval { return whole.Image(i.Neg()) }
	return whole
}

func valueOf(f *nn.Smooth) func(float64) float64 {
	return func(z float64) float64 {
		y := []float64{z}
		f.Apply(y, y)
		return y[0]
	}
}

// gelu is z Φ(z). Its derivative Φ + z φ falls from 0 at -Inf to -sqrt 2 and
// grows to sqrt 2: it is 0 once.
var gelu = sync.OnceValue(func() *curved {
	slopes := func(i set.Interval) set.Interval {
		phi := density(i.Lo).Hull(density(i.Hi))
		if i.Contains(0) {
			phi = phi.Hull(density(0))
		}
		return set.Interval{Lo: distribution(i.Lo).Lo, Hi: distribution(i.Hi).Hi}.Add(i.Mul(phi))
	}
	return gated(nn.GELU(), curved{
		value:  func(z float64) set.Interval { return point(z).Mul(distribution(z)) },
		slopes: slopes,
		turn:   turningPoint(nn.GELU().Derivative, slopes, -1, -0.5),
	})
})

// sigmoidOver encloses {1 / (1 + e^-x) : x in i}.
func sigmoidOver(i set.Interval) set.Interval {
	return set.Interval{Lo: sigmoidAt(i.Lo).Lo, Hi: sigmoidAt(i.Hi).Hi}
}

// Twice sqrt(2/π), and the constant of the cubic term, as [nn.GELUTanh] has it.
var (
	geluRate = set.Interval{Lo: down(1.5957691216057307117597), Hi: up(1.5957691216057307117597)}
	geluCube = set.Interval{Lo: down(0.044715), Hi: up(0.044715)}
)

// geluTanh is z σ(2u), u = sqrt(2/π) (z + 0.044715 z³). With w = -z its
// derivative is 0 where 2 w u'(w) σ(2u(w)) = 1: once, since all factors grow.
var geluTanh = sync.OnceValue(func() *curved {
	twice := func(z float64) set.Interval { // 2u, which grows
		x := point(z)
		return x.Add(x.Mul(x).Mul(x).Mul(geluCube)).Mul(geluRate)
	}
	slopes := func(i set.Interval) set.Interval {
		u := set.Interval{Lo: twice(i.Lo).Lo, Hi: twice(i.Hi).Hi}
		square := set.Interval{Hi: max(i.Lo*i.Lo, i.Hi*i.Hi)}
		if !i.Contains(0) {
			square.Lo = min(i.Lo*i.Lo, i.Hi*i.Hi)
		}
		square = set.Interval{Lo: math.Max(0, down(square.Lo)), Hi: up(square.Hi)}
		rate := geluRate.Mul(point(1).Add(square.Mul(geluCube).Scale(3)))
		s, rest := sigmoidOver(u), sigmoidOver(u.Neg())
		return s.Add(i.Mul(s).Mul(rest).Mul(rate))
	}
	return gated(nn.GELUTanh(), curved{
		value:  func(z float64) set.Interval { return point(z).Mul(sigmoidOver(twice(z))) },
		slopes: slopes,
		turn:   turningPoint(nn.GELUTanh().Derivative, slopes, -1, -0.5),
	})
})

// silu is z σ(z). With w = -z its derivative is 0 where w σ(w) = 1: once.
var silu = sync.OnceValue(func() *curved {
	slopes := func(i set.Interval) set.Interval {
		s := sigmoidOver(i)
		return s.Add(i.Mul(s).Mul(sigmoidOver(i.Neg())))
	}
	return gated(nn.SiLU(), curved{
		value:  func(z float64) set.Interval { return point(z).Mul(sigmoidAt(z)) },
		slopes: slopes,
		turn:   turningPoint(nn.SiLU().Derivative, slopes, -2, -1),
	})
})

// hardSwish is z min(6, max(0, z + 3)) / 6, which turns at -1.5.
var hardSwish = sync.OnceValue(func() *curved {
	return gated(nn.HardSwish(), curved{
		value: func(z float64) set.Interval {
			switch {
			case z <= -3:
				return point(0)
			case z >= 3:
				return point(z)
			}
			return quotient(point(z).Mul(point(z).Add(point(3))), 6)
		},
		slopes: func(i set.Interval) set.Interval {
			s := set.EmptyInterval()
			if i.Lo <= -3 {
				s = s.Hull(point(0))
			}
			if i.Hi >= 3 {
				s = s.Hull(point(1))
			}
			if j := i.Intersect(set.Interval{Lo: -3, Hi: 3}); !j.Empty() {
				s = s.Hull(quotient(j.Scale(2).Add(point(3)), 6))
			}
			return s
		},
		turn: point(-1.5),
	})
})
