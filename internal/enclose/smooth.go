package enclose

import (
	"math"

	"github.com/netmend/netmend/set"
)

// smooth is an increasing function with limits at both ends, convex below 0 and
// concave above.
type smooth struct {
	// value and slope enclose f and f' at a finite number.
	value, slope func(z float64) set.Interval
	// f, df and d2f approximate f and its derivatives, inverse its inverse.
	f, df, d2f, inverse func(z float64) float64
	// least and most are the limits.
	least, most float64
}

// profile of the curvature: what the choice of breakpoints follows.
func (s *smooth) profile() profile {
	return profile{d2f: s.d2f, tail: func(t float64) float64 { return s.most - s.f(t) }}
}

// slopesOver encloses the derivatives on an interval: they grow up to 0 and fall
// from there.
func (s *smooth) slopesOver(i set.Interval) set.Interval {
	r := s.slope(i.Lo).Hull(s.slope(i.Hi))
	if i.Contains(0) {
		r = r.Hull(s.slope(0))
	}
	return r
}

// at encloses f(z), or the limit for an infinite z.
func (s *smooth) at(z float64) set.Interval {
	switch {
	case math.IsInf(z, -1):
		return point(s.least)
	case math.IsInf(z, 1):
		return point(s.most)
	}
	return s.value(z).Intersect(set.Interval{Lo: s.least, Hi: s.most})
}

// Image uses that f increases.
func (s *smooth) Image(i set.Interval) set.Interval {
	if i.Empty() {
		return set.EmptyInterval()
	}
	return set.Interval{Lo: s.at(i.Lo).Lo, Hi: s.at(i.Hi).Hi}
}

// Preimage uses that f increases.
func (s *smooth) Preimage(y, within set.Interval) []set.Interval {
	if y.Empty() || y.Hi < s.least || y.Lo > s.most {
		return nil
	}
	z := within.Intersect(set.Interval{Lo: s.atMost(y.Lo), Hi: s.atLeast(y.Hi)})
	if z.Empty() {
		return nil
	}
	return []set.Interval{z}
}

// atMost returns a z, near the inverse of y, with f(z) <= y; -Inf where none is
// found.
func (s *smooth) atMost(y float64) float64 {
	if y <= s.least {
		return math.Inf(-1)
	}
	return s.search(min(y, s.most), -1, func(z float64) bool { return s.value(z).Hi <= y })
}

// atLeast returns a z, near the inverse of y, with f(z) >= y; +Inf where none is
// found.
func (s *smooth) atLeast(y float64) float64 {
	if y >= s.most {
		return math.Inf(1)
	}
	return s.search(max(y, s.least), 1, func(z float64) bool { return s.value(z).Lo >= y })
}

// farthest bounds the search for an inverse: beyond, a bounded function is at
// its limit in float64.
const farthest = 1e4

// search steps away from the approximate inverse of y, twice as far each time,
// until ok.
func (s *smooth) search(y, direction float64, ok func(z float64) bool) float64 {
	z := max(-farthest, min(farthest, s.inverse(y)))
	for step := float64(math.Abs(z)*0x1p-52) + math.SmallestNonzeroFloat64; step < farthest; step = float64(step * 2) {
		if candidate := z + float64(direction*step); ok(candidate) {
			return candidate
		}
	}
	return math.Inf(int(direction))
}
