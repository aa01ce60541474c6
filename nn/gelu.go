package nn

import (
	"math"

	"github.com/netmend/netmend/internal/portable"
)

// GELU is z Φ(z) = z (1 + erf(z / sqrt 2)) / 2, Φ the standard normal
// distribution (D. Hendrycks and K. Gimpel, "Gaussian error linear units",
// 2016). It falls up to -0.7518 and grows from there.
func GELU() *Smooth {
	return &Smooth{
		kind: KindGELU, steepest: 1.13, turn: 0.8,
		f: func(z float64) float64 {
			if z < -geluZero { // also -Inf
				return 0
			}
			return float64(z * normal(z))
		},
		df: func(z float64) float64 {
			if math.Abs(z) > geluZero {
				return normal(z)
			}
			return normal(z) + z*portable.Exp(float64(-z*z/2))/sqrtTau
		},
	}
}

const (
	// sqrtTau is the square root of 2 π.
	sqrtTau = 2.50662827463100050241576528481104525
	// geluZero is where z Φ(z) and the density at z are 0 in float64.
	geluZero = 40
)

// normal is Φ(z), computed without cancellation.
func normal(z float64) float64 { return float64(portable.Erfc(-z/math.Sqrt2) / 2) }

// Constants of [GELUTanh]: tanh(geluRate (z + geluCube z³)).
const (
	geluRate = 0.79788456080286535587989211986876 // sqrt(2 / π)
	geluCube = 0.044715
)

// GELUTanh is z (1 + tanh(sqrt(2/π) (z + 0.044715 z³))) / 2, the usual
// approximation of [GELU], within 5e-4 of it.
func GELUTanh() *Smooth {
	return &Smooth{
		kind: KindGELUTanh, steepest: 1.13, turn: 0.8,
		f: func(z float64) float64 {
			if math.Abs(z) > geluZero {
				return max(z, 0)
			}
			// (1 + tanh u) / 2 = 1 / (1 + exp(-2 u)), without cancellation.
			return float64(z * sigmoid(float64(2*geluRate*(z+float64(geluCube*z*z*z)))))
		},
		df: func(z float64) float64 {
			if math.Abs(z) > geluZero {
				return max(0, math.Copysign(1, z))
			}
			u := float64(2 * geluRate * (z + float64(geluCube*z*z*z)))
			s := sigmoid(u)
			// 1 - s without cancellation: its factor grows as z³.
			return s + float64(z*s*sigmoid(-u)*(2*geluRate)*(1+float64(3*geluCube*z*z)))
		},
	}
}
