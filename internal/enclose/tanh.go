package enclose

import (
	"github.com/netmend/netmend/internal/portable"
	"github.com/netmend/netmend/set"
)

// tanh is the hyperbolic tangent.
func tanh() *smooth {
	return &smooth{
		value: tanhAt,
		slope: func(z float64) set.Interval {
			// 1 - tanh² = 4 σ(2z) σ(-2z), computed without cancellation.
			return sigmoidAt(float64(2 * z)).Mul(sigmoidAt(float64(-2 * z))).Scale(4)
		},
		f: portable.Tanh,
		df: func(z float64) float64 {
			t := portable.Tanh(z)
			return 1 - float64(t*t)
		},
		d2f: func(z float64) float64 {
			t := portable.Tanh(z)
			return float64(-2 * t * (1 - float64(t*t)))
		},
		inverse: portable.Atanh,
		least:   -1,
		most:    1,
	}
}

// smallTanh is where the series of tanh takes over: its terms up to z⁵ are then
// better than 1e-16 relative, while the quotient loses digits to cancellation.
const smallTanh = 1e-3

func tanhAt(z float64) set.Interval {
	if z < 0 {
		return tanhAt(-z).Neg()
	}
	if z > smallTanh {
		// tanh z = 1 - 2 σ(-2z).
		return point(1).Sub(sigmoidAt(float64(-2 * z)).Scale(2))
	}
	// z - z³/3 <= tanh z <= z - z³/3 + 2 z⁵/15 for z >= 0.
	i := point(z)
	square := i.Mul(i)
	third := square.Mul(inverses[3])
	fifth := square.Mul(square).Mul(inverses[15]).Scale(2)
	low := point(1).Sub(third)
	return i.Mul(set.Interval{Lo: low.Lo, Hi: low.Add(fifth).Hi})
}
