package nn

import "math"

// SiLU is z / (1 + exp(-z)), also called Swish. It falls up to -1.2785 and grows
// from there.
func SiLU() *Smooth {
	return &Smooth{
		kind: KindSiLU, steepest: 1.1, turn: 0.5,
		f: func(z float64) float64 {
			if z < -siluZero {
				return 0
			}
			return float64(z * sigmoid(z))
		},
		df: func(z float64) float64 {
			if math.Abs(z) > siluZero {
				return sigmoid(z)
			}
			s := sigmoid(z)
			return s + float64(z*s*(1-s))
		},
	}
}

// siluZero is where z / (1 + exp(-z)) is 0 or z in float64.
const siluZero = 745
