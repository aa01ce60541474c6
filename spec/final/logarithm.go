package final

import (
	"math"
	"math/big"

	"github.com/netmend/netmend/internal/portable"
	"github.com/netmend/netmend/proof/enclose"
)

// field is the precision of what is compared with e^x.
var field = enclose.Field{Bits: 256}

// quantity is a positive number that is known within an interval.
type quantity struct{ enclose.Interval }

func rational(r *big.Rat) quantity { return quantity{field.Rat(r)} }

// times is q n / m.
func (q quantity) times(n, m int64) quantity {
	f := field.Rat(big.NewRat(n, m))
	return quantity{enclose.Interval{
		Lo: new(big.Float).SetPrec(field.Bits).SetMode(big.ToNegativeInf).Mul(q.Lo, f.Lo),
		Hi: new(big.Float).SetPrec(field.Bits).SetMode(big.ToPositiveInf).Mul(q.Hi, f.Hi),
	}}
}

// isOne tells whether the number is 1, whose logarithm is 0.
func (q quantity) isOne() bool {
	one := big.NewFloat(1)
	return q.Lo.Cmp(one) == 0 && q.Hi.Cmp(one) == 0
}

// log is a float64 at most (up false) or at least (up true) the logarithm, next to it or
// nearly so. The number is positive.
func (q quantity) log(up bool) float64 {
	if q.isOne() {
		return 0
	}
	c := logarithm(q.Lo)
	for step := float64(math.Abs(c)*0x1p-52) + 0x1p-1000; ; step = float64(step * 2) {
		if up && field.Exp(field.Float(c)).Lo.Cmp(q.Hi) >= 0 || !up && field.Exp(field.Float(c)).Hi.Cmp(q.Lo) <= 0 {
			return c
		}
		if up {
			c += step
		} else {
			c -= step
		}
	}
}

// logarithm is near log x, for x of any size.
func logarithm(x *big.Float) float64 {
	m := new(big.Float)
	e := x.MantExp(m)
	f, _ := m.Float64()
	return portable.Log(f) + float64(float64(e)*math.Ln2)
}
