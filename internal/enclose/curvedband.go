package enclose

import (
	"math"

	"github.com/netmend/netmend/set"
)

// profile of the curvature: what the choice of breakpoints follows.
func (c *curved) profile() profile {
	const h = 1e-4
	return profile{
		kinks: c.kinks,
		d2f: func(z float64) float64 {
			for _, k := range c.kinks {
				if math.Abs(z-k) <= h {
					return 0
				}
			}
			return (c.df(z+h) - c.df(z-h)) / (2 * h)
		},
		tail: func(t float64) float64 {
			return max(math.Abs(c.f(-t)-c.low), math.Abs(c.f(t)-float64(c.rise*t)-c.high))
		},
	}
}

// strip has the slope of the chord, or of the asymptote on an unbounded
// interval.
func (c *curved) strip(i set.Interval) Strip {
	switch {
	case math.IsInf(i.Hi, 1) && !math.IsInf(i.Lo, -1):
		r := c.rest(i)
		return Strip{Slope: c.rise, Lower: r.Lo, Upper: r.Hi}
	case math.IsInf(i.Hi, 1) || math.IsInf(i.Lo, -1):
		r := c.Image(i)
		return Strip{Lower: r.Lo, Upper: r.Hi}
	}
	slope := (c.f(i.Hi) - c.f(i.Lo)) / (i.Hi - i.Lo)
	if i.Lo == i.Hi || math.IsNaN(slope) || math.IsInf(slope, 0) {
		slope = c.df(i.Lo)
	}
	r := c.offsets(slope, i)
	return Strip{Slope: slope, Lower: r.Lo, Upper: r.Hi}
}

// offsetParts is into how many parts an interval is cut to bound f - slope z on
// each by the mean value theorem: the bounds exceed the range by about the
// square of a part's width.
const offsetParts = 8

// offsets encloses f(z) - slope z over a bounded interval.
func (c *curved) offsets(slope float64, i set.Interval) set.Interval {
	at := func(z float64) set.Interval { return c.value(z).Sub(point(z).Scale(slope)) }
	from, left := i.Lo, at(i.Lo)
	offsets := left
	for k := 1; k <= offsetParts; k++ {
		to := i.Hi
		if k < offsetParts {
			to = min(i.Hi, max(from, i.Lo+float64((i.Hi-i.Lo)*(float64(k)/offsetParts))))
		}
		right := at(to)
		part := set.Interval{Lo: from, Hi: to}
		offsets = offsets.Hull(right)
		if d := c.slopes(part).Sub(point(slope)); d.Lo < 0 && d.Hi > 0 {
			// Not monotone: from both ends, and the tighter of the two.
			rise := left.Add(d.Mul(part.Sub(point(from))))
			fall := right.Add(d.Mul(part.Sub(point(to))))
			offsets = offsets.Hull(rise.Intersect(fall))
		}
		from, left = to, right
	}
	return offsets
}
