package enclose

import (
	"github.com/netmend/netmend/internal/portable"
	"github.com/netmend/netmend/set"
)

// sigmoid is 1 / (1 + e^-z).
func sigmoid() *smooth {
	f := func(z float64) float64 { return 1 / (1 + portable.Exp(-z)) }
	return &smooth{
		value: sigmoidAt,
		slope: func(z float64) set.Interval {
			// Both factors are computed without cancellation.
			return sigmoidAt(z).Mul(sigmoidAt(-z))
		},
		f:       f,
		df:      func(z float64) float64 { return float64(f(z) * f(-z)) },
		d2f:     func(z float64) float64 { return float64(f(z) * f(-z) * (f(-z) - f(z))) },
		inverse: func(y float64) float64 { return portable.Log(y) - portable.Log1p(-y) },
		least:   0,
		most:    1,
	}
}

func sigmoidAt(z float64) set.Interval { return reciprocal(exp(-z).Add(point(1))) }
