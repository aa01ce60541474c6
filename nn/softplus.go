package nn

import (
	"math"

	"github.com/netmend/netmend/internal/portable"
)

// Softplus is log(1 + exp(z)).
func Softplus() *Smooth {
	return &Smooth{
		kind: KindSoftplus, steepest: 1, turn: 0.25,
		f:  func(z float64) float64 { return max(z, 0) + portable.Log1p(portable.Exp(-math.Abs(z))) },
		df: sigmoid,
	}
}

// Softsign is z / (1 + |z|).
func Softsign() *Smooth {
	return &Smooth{
		kind: KindSoftsign, steepest: 1, turn: 2,
		f: func(z float64) float64 {
			if math.IsInf(z, 0) {
				return math.Copysign(1, z)
			}
			return z / (1 + math.Abs(z))
		},
		df: func(z float64) float64 {
			d := 1 + math.Abs(z)
			return 1 / (d * d)
		},
	}
}
