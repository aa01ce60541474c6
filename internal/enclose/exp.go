package enclose

import (
	"math"

	"github.com/netmend/netmend/set"
)

const (
	// ln2High is ln 2 without its last 21 bits: its product with an exponent of
	// float64 is exact.
	ln2High = 6.93147180369123816490e-01
	// ln2Low is the float64 nearest to ln 2 - ln2High.
	ln2Low = 1.90821492927058770002e-10

	// terms of the Taylor series: |r| < 0.35, so that the next one is below
	// 0.35^17 / 17! < 1e-22.
	terms = 16

	// tooLarge and tooSmall bound the arguments whose value is a normal number.
	tooLarge = 709.7
	tooSmall = -700
)

// inverses has enclosures of 1/n.
var inverses = func() (inv [terms + 1]set.Interval) {
	for n := 1; n <= terms; n++ {
		inv[n] = reciprocal(point(float64(n)))
	}
	return inv
}()

// exp encloses e^x: x = k ln 2 + r, and the Taylor series of e^r by Horner's
// rule in interval arithmetic.
func exp(x float64) set.Interval {
	switch {
	case x > tooLarge:
		return set.Interval{Lo: 1e308, Hi: math.Inf(1)} // e^709.7 = 1.6e308
	case x < tooSmall:
		return set.Interval{Lo: 0, Hi: 1e-304} // e^-700 = 0.99e-304
	}
	k := math.Round(x / math.Ln2)
	low := set.Interval{Lo: down(ln2Low), Hi: up(ln2Low)}
	r := point(x).Sub(point(float64(k * ln2High))).Sub(low.Scale(k))
	// The terms behind the last are r^n / n! times a number near 1.
	sum := set.Interval{Lo: 0.9, Hi: 1.1}
	for n := terms; n >= 1; n-- {
		sum = sum.Mul(r).Mul(inverses[n]).Add(point(1))
	}
	return set.Interval{Lo: math.Ldexp(sum.Lo, int(k)), Hi: math.Ldexp(sum.Hi, int(k))}
}
