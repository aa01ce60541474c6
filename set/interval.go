package set

import "math"

var posInf, negInf = math.Inf(1), math.Inf(-1)

// Interval is the set of real numbers Lo <= x <= Hi, empty if Lo > Hi. The ends may be
// infinite, which means no bound. The arithmetic here rounds outward: results contain every x
// op y with x and y in the operands, computed with real numbers. Operations on an empty
// interval give an empty interval.
type Interval struct {
	Lo, Hi float64
}

// EmptyInterval is the empty interval [+Inf, -Inf].
func EmptyInterval() Interval { return Interval{posInf, negInf} }

// Line is the interval of all numbers.
func Line() Interval { return Interval{negInf, posInf} }

// Empty reports whether no number is in i.
func (i Interval) Empty() bool { return !(i.Lo <= i.Hi) }

// Contains reports whether x is in i.
func (i Interval) Contains(x float64) bool { return i.Lo <= x && x <= i.Hi }

// Intersect is what i and j have in common.
func (i Interval) Intersect(j Interval) Interval {
	return Interval{max(i.Lo, j.Lo), min(i.Hi, j.Hi)}
}

// Hull is the smallest interval that contains i and j.
func (i Interval) Hull(j Interval) Interval {
	if i.Empty() {
		return j
	}
	if j.Empty() {
		return i
	}
	return Interval{min(i.Lo, j.Lo), max(i.Hi, j.Hi)}
}

// Width is Hi - Lo, rounded up; 0 for an empty interval.
func (i Interval) Width() float64 {
	if i.Empty() || i.Lo == i.Hi {
		return 0
	}
	return up(i.Hi - i.Lo)
}

// Add is {x + y}.
func (i Interval) Add(j Interval) Interval {
	if i.Empty() || j.Empty() {
		return EmptyInterval()
	}
	return Interval{addDown(i.Lo, j.Lo), -addDown(-i.Hi, -j.Hi)}
}

// Sub is {x - y}.
func (i Interval) Sub(j Interval) Interval { return i.Add(j.Neg()) }

// Neg is {-x}. It is exact.
func (i Interval) Neg() Interval {
	if i.Empty() {
		return EmptyInterval()
	}
	return Interval{-i.Hi, -i.Lo}
}

// Scale is {a x} for a finite number a.
func (i Interval) Scale(a float64) Interval { return i.Mul(Interval{a, a}) }

// Mul is {x y}.
func (i Interval) Mul(j Interval) Interval {
	if i.Empty() || j.Empty() {
		return EmptyInterval()
	}
	r := EmptyInterval()
	for _, x := range [2]float64{i.Lo, i.Hi} {
		for _, y := range [2]float64{j.Lo, j.Hi} {
			lo, hi := mulOutward(x, y)
			r.Lo, r.Hi = min(r.Lo, lo), max(r.Hi, hi)
		}
	}
	return r
}

// addDown is a + b rounded down, for lower bounds a and b.
func addDown(a, b float64) float64 {
	s := a + b
	if math.IsNaN(s) {
		return negInf // bounds -Inf and +Inf: no bound
	}
	t := s - a
	if (a-(s-t))+(b-t) >= 0 { // Knuth's sum of the rounding error
		return s
	}
	return down(s)
}

// mulOutward encloses the product x y, where 0 times infinity is 0: the product
// of a zero with numbers that have no bound.
func mulOutward(x, y float64) (lo, hi float64) {
	if x == 0 || y == 0 {
		return 0, 0
	}
	p := float64(x * y)
	if math.IsInf(x, 0) || math.IsInf(y, 0) {
		return p, p
	}
	// The rounding error is exact unless it underflows, which it may where the
	// product is below 2^-960, or the product overflows.
	switch rest := math.FMA(x, y, -p); {
	case !(math.Abs(p) > 0x1p-960) || math.IsInf(p, 0):
		return down(p), up(p)
	case rest < 0:
		return down(p), p
	case rest > 0:
		return p, up(p)
	}
	return p, p
}

// down is the next float64 below x; up the next above. Bounds that are infinite
// on their own side stay; the others, overflows, become the largest number.
func down(x float64) float64 { return math.Nextafter(x, negInf) }

func up(x float64) float64 { return math.Nextafter(x, posInf) }
