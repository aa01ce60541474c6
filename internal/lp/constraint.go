package lp

import "math"

// constraint names a row or a bound: row i is i, the upper bound of variable j
// is -1-2j, the lower bound -2-2j. So names stay when rows are added.
type constraint int

// none is not a constraint.
const none = constraint(math.MaxInt)

func row(i int) constraint   { return constraint(i) }
func upper(j int) constraint { return constraint(-1 - 2*j) }
func lower(j int) constraint { return constraint(-2 - 2*j) }

// bound reports whether c is a bound, of which variable, and the sign of its
// normal: +1 for an upper bound.
func (c constraint) bound() (j int, sign float64, ok bool) {
	if c >= 0 {
		return 0, 0, false
	}
	j = int(-1-c) / 2
	if c == upper(j) {
		return j, 1, true
	}
	return j, -1, true
}

// opposite is the other bound of the same variable.
func (c constraint) opposite() constraint {
	j, sign, _ := c.bound()
	if sign > 0 {
		return lower(j)
	}
	return upper(j)
}

// normalOf puts the scaled normal of c into dst.
func (s *Solver) normalOf(c constraint, dst []float64) {
	if j, sign, ok := c.bound(); ok {
		clear(dst)
		dst[j] = sign
		return
	}
	scale := s.rowScale[c]
	for j, a := range s.p.row(int(c)) {
		dst[j] = float64(a * scale)
	}
}

// limitOf is the scaled right-hand side of c, as value + M far.
func (s *Solver) limitOf(c constraint) (value, far float64) {
	j, sign, ok := c.bound()
	if !ok {
		return float64(s.p.Right[c] * s.rowScale[c]), 0
	}
	if sign > 0 {
		value = s.p.upper(j)
	} else {
		value = -s.p.lower(j)
	}
	if math.IsInf(value, 1) {
		return 0, 1
	}
	return value, 0
}
