package enclose

import (
	"math"

	"github.com/netmend/netmend/set"
)

// down is the next float64 below x, up the next above.
func down(x float64) float64 { return math.Nextafter(x, math.Inf(-1)) }

func up(x float64) float64 { return math.Nextafter(x, math.Inf(1)) }

// quotient encloses {x / d : x in i} for a finite d other than 0.
func quotient(i set.Interval, d float64) set.Interval {
	if i.Empty() {
		return i
	}
	lo, _ := divide(i.Lo, d)
	_, hi := divide(i.Hi, d)
	if d < 0 {
		lo, _ = divide(i.Hi, d)
		_, hi = divide(i.Lo, d)
	}
	return set.Interval{Lo: lo, Hi: hi}
}

// divide encloses x / d; an exact quotient is enclosed by itself.
func divide(x, d float64) (lo, hi float64) {
	q := x / d
	// The test is exact unless the product underflows.
	if x == 0 || math.IsInf(x, 0) || math.Abs(x) > 0x1p-960 && math.FMA(q, d, -x) == 0 {
		return q, q
	}
	return down(q), up(q)
}

// reciprocal encloses 1 / d for d in i, all positive.
func reciprocal(i set.Interval) set.Interval {
	lo, _ := divide(1, i.Hi)
	_, hi := divide(1, i.Lo)
	return set.Interval{Lo: max(0, lo), Hi: hi}
}
