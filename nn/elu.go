package nn

import (
	"fmt"
	"math"

	"github.com/netmend/netmend/internal/portable"
)

// ELU is z for z >= 0 and alpha (exp(z) - 1) below. It fails unless alpha is
// positive and finite. Its derivative jumps at 0 unless alpha is 1.
func ELU(alpha float64) (*Smooth, error) {
	return exponentialLinear(KindELU, 1, alpha, 1, alpha)
}

// CELU is z for z >= 0 and alpha (exp(z / alpha) - 1) below, whose derivative is
// continuous. It fails unless alpha is positive and finite.
func CELU(alpha float64) (*Smooth, error) {
	return exponentialLinear(KindCELU, 1, alpha, alpha, alpha)
}

// SELU is gamma z for z >= 0 and gamma alpha (exp(z) - 1) below. It fails unless
// both are positive and finite.
func SELU(alpha, gamma float64) (*Smooth, error) {
	return exponentialLinear(KindSELU, gamma, alpha, 1, alpha, gamma)
}

// exponentialLinear is gamma z for z >= 0 and gamma alpha (exp(z / beta) - 1)
// below.
func exponentialLinear(kind string, gamma, alpha, beta float64, parameters ...float64) (*Smooth, error) {
	for _, p := range parameters {
		if !(p > 0) || math.IsInf(p, 1) {
			return nil, fmt.Errorf("%s with the parameters %v, want positive numbers", kind, parameters)
		}
	}
	low := gamma * alpha / beta // the slope at 0 from the left
	s := &Smooth{
		kind: kind, parameters: parameters, steepest: float64(max(gamma, low) * (1 + 4*unit)),
		turn: float64(low / beta * (1 + 4*unit)), jump: float64(math.Abs(gamma-low) * (1 + 4*unit)), kinks: []float64{0},
		f: func(z float64) float64 {
			if z >= 0 {
				return float64(gamma * z)
			}
			return float64(gamma * alpha * portable.Expm1(z/beta))
		},
		df: func(z float64) float64 {
			if z >= 0 {
				return gamma
			}
			return float64(low * portable.Exp(z/beta))
		},
	}
	if s.jump == 0 {
		s.kinks = nil
	}
	return s, nil
}
