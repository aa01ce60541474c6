package interval

import (
	"math"
	"math/big"

	"github.com/netmend/netmend/internal/portable"
)

// Log64 is a float64 at most (up false) or at least (up true) the logarithm of every
// number of x, next to it or nearly so: guessed, and then shown by [Field.Exp]. x is above
// 0; the logarithm of 1 is 0, and infinite are those out of the reach of [Field.Exp].
func (f Field) Log64(x Interval, up bool) float64 {
	if one := big.NewFloat(1); x.Lo.Cmp(one) == 0 && x.Hi.Cmp(one) == 0 {
		return 0
	}
	end := x.Lo
	if up {
		end = x.Hi
	}
	c := log(end)
	for step := float64(math.Abs(c)*0x1p-52) + 0x1p-1000; !math.IsInf(c, 0); step = float64(step * 2) {
		e := f.Exp(f.Float(c))
		if up && e.Lo.Cmp(end) >= 0 || !up && e.Hi.Cmp(end) <= 0 {
			return c
		}
		if up {
			c += step
		} else {
			c -= step
		}
	}
	return c
}

// log is near the logarithm, for x of any size.
func log(x *big.Float) float64 {
	if x.IsInf() {
		return math.Inf(1)
	}
	if x.Sign() <= 0 {
		return math.Inf(-1)
	}
	m := new(big.Float)
	e := x.MantExp(m)
	v, _ := m.Float64()
	return portable.Log(v) + float64(float64(e)*math.Ln2)
}
