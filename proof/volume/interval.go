package volume

import (
	"math"
	"math/big"

	"github.com/netmend/netmend/internal/portable"
)

// Interval contains a number.
type Interval struct{ Lo, Hi float64 }

// Around is the smallest interval around a number that is not negative; the largest float64
// stands for what is larger.
func Around(x *big.Rat) Interval {
	v, exact := portable.Float64(x)
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
	lo, _ := plus(i.Lo, j.Lo)
	_, hi := plus(i.Hi, j.Hi)
	return Interval{lo, hi}
}

// Minus is the interval of differences that are not negative, of numbers that are not.
func (i Interval) Minus(j Interval) Interval {
	lo, _ := plus(i.Lo, -j.Hi)
	_, hi := plus(i.Hi, -j.Lo)
	return Interval{max(0, lo), max(0, hi)}
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
	lo, _ := times(i.Lo, j.Lo)
	_, hi := times(i.Hi, j.Hi)
	return Interval{max(0, lo), hi}
}

// plus is a + b rounded down and up: what rounding to the nearest takes away is computed
// without error (D. E. Knuth).
func plus(a, b float64) (lo, hi float64) {
	sum := a + b
	back := sum - a
	return round(sum, (a-(sum-back))+(b-back))
}

// times is a b rounded down and up.
func times(a, b float64) (lo, hi float64) {
	p := float64(a * b)
	if math.Abs(p) < 0x1p-900 { // what is lost may be too small for a float64
		return down(p), up(p)
	}
	return round(p, math.FMA(a, b, -p))
}

// round is v + rest rounded down and up, where v is that rounded to the nearest.
func round(v, rest float64) (lo, hi float64) {
	lo, hi = v, v
	if !(rest >= 0) {
		lo = down(v)
	}
	if !(rest <= 0) {
		hi = up(v)
	}
	return lo, hi
}

func down(x float64) float64 { return math.Nextafter(x, math.Inf(-1)) }
func up(x float64) float64   { return math.Nextafter(x, math.Inf(1)) }
