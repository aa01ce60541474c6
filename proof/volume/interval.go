package volume

import (
	"math"
	"math/big"
)

// Interval contains a number.
type Interval struct{ Lo, Hi float64 }

// Around is the smallest interval around a number that is not negative; the largest float64
// stands for what is larger.
func Around(x *big.Rat) Interval {
	v, exact := x.Float64()
	if exact {
		return Interval{v, v}
	}
	if math.IsInf(v, 1) {
		return Interval{math.MaxFloat64, v}
	}
	if new(big.Rat).SetFloat64(v).Cmp(x) > 0 {
		return Interval{down(v), v}
	}
	return Interval{v, up(v)}
}

// Plus is the interval of sums of numbers that are not negative.
func (i Interval) Plus(j Interval) Interval {
	if j == (Interval{}) {
		return i
	}
	if i == (Interval{}) {
		return j
	}
	return Interval{max(0, down(i.Lo+j.Lo)), up(i.Hi + j.Hi)}
}

// Minus is the interval of differences that are not negative, of numbers that are not.
func (i Interval) Minus(j Interval) Interval {
	least, most := i.Lo-j.Hi, i.Hi-j.Lo
	if least > 0 { // a difference that is 0 is exact
		least = down(least)
	}
	if most > 0 {
		most = up(most)
	}
	return Interval{max(0, least), max(0, most)}
}

// Over is the interval of quotients of numbers, of which those in i are no larger than those
// in j, and not negative, and those in j are positive.
func (i Interval) Over(j Interval) Interval {
	if i.Hi == 0 {
		return Interval{}
	}
	return Interval{min(1, max(0, down(i.Lo/j.Hi))), min(1, up(i.Hi/j.Lo))}
}

// Times is the interval of products of numbers that are not negative.
func (i Interval) Times(j Interval) Interval {
	switch {
	case i.Hi == 0 || j.Hi == 0:
		return Interval{}
	case i == Interval{1, 1}:
		return j
	case j == Interval{1, 1}:
		return i
	}
	return Interval{max(0, down(float64(i.Lo*j.Lo))), up(float64(i.Hi * j.Hi))}
}

func down(x float64) float64 { return math.Nextafter(x, math.Inf(-1)) }
func up(x float64) float64   { return math.Nextafter(x, math.Inf(1)) }
