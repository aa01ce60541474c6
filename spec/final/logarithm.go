package final

import (
	"math/big"

	"github.com/netmend/netmend/internal/interval"
)

// field is the precision of what is compared with e^x.
var field = interval.Field{Bits: 256}

// quantity is a positive number that is known within an interval, or exactly.
type quantity struct {
	interval.Interval
	exact *big.Rat // nil if it is not known
}

func rational(r *big.Rat) quantity { return quantity{field.Rat(r), r} }

// times is q n / m.
func (q quantity) times(n, m int64) quantity {
	r := big.NewRat(n, m)
	if q.exact != nil {
		return rational(r.Mul(r, q.exact))
	}
	f := field.Rat(r)
	return quantity{interval.Interval{
		Lo: new(big.Float).SetPrec(field.Bits).SetMode(big.ToNegativeInf).Mul(q.Lo, f.Lo),
		Hi: new(big.Float).SetPrec(field.Bits).SetMode(big.ToPositiveInf).Mul(q.Hi, f.Hi),
	}, nil}
}

// log is a float64 at most (up false) or at least (up true) the logarithm.
func (q quantity) log(up bool) float64 { return field.Log64(q.Interval, up) }
