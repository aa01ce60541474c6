package final

import (
	"math/big"

	"github.com/netmend/netmend/internal/interval"
)

// field is the precision of what is compared with e^x.
var field = interval.Field{Bits: 256}

// quantity is a positive number that is known within an interval.
type quantity struct{ interval.Interval }

func rational(r *big.Rat) quantity { return quantity{field.Rat(r)} }

// times is q n / m.
func (q quantity) times(n, m int64) quantity {
	f := field.Rat(big.NewRat(n, m))
	return quantity{interval.Interval{
		Lo: new(big.Float).SetPrec(field.Bits).SetMode(big.ToNegativeInf).Mul(q.Lo, f.Lo),
		Hi: new(big.Float).SetPrec(field.Bits).SetMode(big.ToPositiveInf).Mul(q.Hi, f.Hi),
	}}
}

// log is a float64 at most (up false) or at least (up true) the logarithm.
func (q quantity) log(up bool) float64 { return field.Log64(q.Interval, up) }
