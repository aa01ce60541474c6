package enclose

import (
	"math"

	"github.com/netmend/netmend/set"
)

// inverseRootTau encloses 1 / sqrt(2 π).
var inverseRootTau = set.Interval{Lo: down(0.39894228040143267794), Hi: up(0.39894228040143267794)}

// expOver encloses {e^x : x in i}.
func expOver(i set.Interval) set.Interval {
	return set.Interval{Lo: exp(i.Lo).Lo, Hi: exp(i.Hi).Hi}
}

// density encloses that of the standard normal distribution, exp(-z²/2) / sqrt(2 π).
func density(z float64) set.Interval {
	return expOver(point(z).Mul(point(z)).Scale(-0.5)).Mul(inverseRootTau)
}

// mills is where the continued fraction takes over from the series.
const mills = 3

// distribution encloses Φ(z), the standard normal distribution, at a finite z.
func distribution(z float64) set.Interval {
	unit := set.Interval{Lo: 0, Hi: 1}
	switch {
	case z > mills:
		return point(1).Sub(upperTail(z)).Intersect(unit)
	case z >= 0:
		return point(0.5).Add(density(z).Mul(series(z))).Intersect(unit)
	case z >= -mills:
		return point(0.5).Sub(density(z).Mul(series(-z))).Intersect(unit)
	}
	return upperTail(-z).Intersect(unit)
}

// mostTerms ends the series where terms have become subnormal and, rounded up,
// no longer fall; at 3 it needs 60.
const mostTerms = 200

// series encloses (Φ(z) - 1/2) / φ(z) = z + z³/3 + z⁵/(3·5) + ..., 0 <= z <= 3.
func series(z float64) set.Interval {
	square := point(z).Mul(point(z))
	term := point(z)
	sum := term
	for n := 3.0; ; n += 2 {
		term = term.Mul(square).Mul(reciprocal(point(n)))
		sum = sum.Add(term)
		// From here on the terms fall by half or more: the others add up to no
		// more than this one.
		if square.Hi < n/2 && (term.Hi <= 1e-18*sum.Lo || n > mostTerms) {
			return sum.Add(set.Interval{Lo: 0, Hi: term.Hi})
		}
	}
}

// fractionTerms is how many terms of the continued fraction are taken at z: they
// determine it to some 1e-15, and are the fewer the larger z.
func fractionTerms(z float64) int { return 10 + int(800/(z*z)) }

// upperTail encloses 1 - Φ(z) = φ(z) / (z + 1/(z + 2/(z + 3/(z + ...)))) for
// z >= 3 (Laplace). All that lies beyond the terms taken is between z and what
// the next of them allows.
func upperTail(z float64) set.Interval {
	x := point(z)
	terms := fractionTerms(z)
	v := set.Interval{Lo: z, Hi: x.Add(point(float64(terms + 1)).Mul(reciprocal(x))).Hi}
	for k := terms; k >= 1; k-- {
		v = x.Add(point(float64(k)).Mul(reciprocal(v)))
	}
	r := density(z).Mul(reciprocal(v))
	return set.Interval{Lo: math.Max(0, r.Lo), Hi: r.Hi}
}
