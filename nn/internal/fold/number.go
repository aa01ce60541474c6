package fold

import (
	"math"
	"math/big"
)

// number is a real number and the float64 next to it. exact is nil if they are the
// same.
type number struct {
	rounded float64
	exact   *big.Float
}

// precision is enough for chains of dozens of scalings. A number takes no more than
// it needs; what would need more is refused.
const precision = 1 << 13

// smallestNormal is below which float64 loses bits.
const smallestNormal = 0x1p-1022

// fits reports whether the float64 is off by a relative 2^-53 at the most.
func (x number) fits() bool {
	return x.exact == nil || !math.IsInf(x.rounded, 0) && math.Abs(x.rounded) >= smallestNormal
}

func (x number) big() *big.Float {
	if x.exact != nil {
		return x.exact
	}
	return new(big.Float).SetFloat64(x.rounded)
}

func fromBig(z *big.Float) (number, bool) {
	v, off := z.Float64()
	if off == big.Exact {
		return number{rounded: v}, z.Acc() == big.Exact
	}
	return number{v, z}, z.Acc() == big.Exact
}

// times is the product; not ok where it is beyond the precision.
func (x number) times(y number) (z number, ok bool) {
	if x.exact == nil && y.exact == nil {
		const small = 0x1p-960 // the error of a larger product is a float64
		p := float64(x.rounded * y.rounded)
		exact := math.Abs(p) >= small && math.FMA(x.rounded, y.rounded, -p) == 0
		if x.rounded == 0 || y.rounded == 0 || exact && !math.IsInf(p, 0) {
			return number{rounded: p}, true
		}
	}
	return fromBig(new(big.Float).SetPrec(precision).Mul(x.big(), y.big()))
}

// plus is the sum, like times.
func (x number) plus(y number) (z number, ok bool) {
	if x.exact == nil && y.exact == nil {
		a, b := x.rounded, y.rounded
		s := a + b
		t := s - a
		if (a-(s-t))+(b-t) == 0 && !math.IsInf(s, 0) { // Knuth's error of the sum
			return number{rounded: s}, true
		}
	}
	return fromBig(new(big.Float).SetPrec(precision).Add(x.big(), y.big()))
}

func (x number) equals(y number) bool {
	return x.rounded == y.rounded && (x.exact == nil && y.exact == nil || x.big().Cmp(y.big()) == 0)
}
