package enclose

import (
	"math"

	"github.com/netmend/netmend/set"
)

// curved is a continuous function that grows from its turning point on, and
// falls, or does not grow, before it: GELU, SiLU, hard-swish; or one that grows
// everywhere: the ELU family, softplus, softsign. It has an asymptote of slope 0
// at -Inf.
type curved struct {
	// value encloses f at a finite number; slopes encloses the derivatives on a
	// bounded interval, from both sides where they differ.
	value  func(z float64) set.Interval
	slopes func(i set.Interval) set.Interval
	// f and df approximate f and f', which jumps at the kinks.
	f, df func(z float64) float64
	kinks []float64
	// turn encloses the turning point, empty for a function without.
	turn set.Interval
	// low is the limit at -Inf. At +Inf f - rise z has the limit high.
	low, rise, high float64
	// rest encloses f - rise z over an interval that has no upper end.
	rest func(i set.Interval) set.Interval
}

// grows is the turning point of a function without one.
var grows = set.EmptyInterval()

// at encloses f(z), or the limit at an infinite z.
func (c *curved) at(z float64) set.Interval {
	switch {
	case math.IsInf(z, -1):
		return point(c.low)
	case math.IsInf(z, 1) && c.rise == 0:
		return point(c.high)
	case math.IsInf(z, 1):
		return point(z)
	}
	return c.value(z)
}

func (c *curved) slopesOver(i set.Interval) set.Interval { return c.slopes(i) }

// least encloses the value at the turning point from below.
func (c *curved) least() float64 {
	m := c.turn.Lo + float64((c.turn.Hi-c.turn.Lo)/2)
	return c.value(m).Add(c.slopes(c.turn).Mul(c.turn.Sub(point(m)))).Lo
}

// Image joins the values at the ends, and that at the turning point.
func (c *curved) Image(i set.Interval) set.Interval {
	if i.Empty() {
		return set.EmptyInterval()
	}
	image := c.at(i.Lo).Hull(c.at(i.Hi))
	if !c.turn.Intersect(i).Empty() {
		image.Lo = min(image.Lo, c.least())
	}
	return image
}

// Preimage has one interval on each side of the turning point; they are joined
// where they meet.
func (c *curved) Preimage(y, within set.Interval) []set.Interval {
	if y.Empty() || within.Empty() {
		return nil
	}
	if c.turn.Empty() {
		return monotone(c.at, c.f, set.Line(), y, within, c.reach(y))
	}
	if y.Hi < c.least() {
		return nil
	}
	mirrored := func(z float64) set.Interval { return c.at(-z) }
	left := monotone(mirrored, func(z float64) float64 { return c.f(-z) }, set.Interval{Lo: -c.turn.Hi, Hi: math.Inf(1)}, y, within.Neg(), c.reach(y))
	for k, i := range left {
		left[k] = i.Neg()
	}
	right := monotone(c.at, c.f, set.Interval{Lo: c.turn.Lo, Hi: math.Inf(1)}, y, within, c.reach(y))
	if len(left) > 0 && len(right) > 0 && left[0].Hi >= right[0].Lo {
		return []set.Interval{left[0].Hull(right[0])}
	}
	return append(left, right...)
}

// reach bounds the search for inverses of the ends of y.
func (c *curved) reach(y set.Interval) float64 {
	r := float64(farthest)
	for _, v := range []float64{y.Lo, y.Hi} {
		if c.rise > 0 && !math.IsInf(v, 0) {
			r = max(r, min(math.MaxFloat64/8, 4*math.Abs(v)/c.rise))
		}
	}
	return r
}

// monotone encloses {z in branch and within : f(z) in y} of a function that
// grows on the branch, but for the width of the branch's rigorous lower end, where
// it is near its least value.
func monotone(at func(z float64) set.Interval, f func(z float64) float64, branch, y, within set.Interval, reach float64) []set.Interval {
	z := branch
	if at(branch.Hi).Hi < y.Lo {
		return nil
	}
	if lowest := at(branch.Lo); y.Lo > lowest.Hi {
		z.Lo = max(z.Lo, outside(f, branch, y.Lo, -1, reach, func(z float64) bool { return at(z).Hi < y.Lo }))
	} else if math.IsInf(branch.Lo, -1) && y.Hi < lowest.Lo {
		return nil
	}
	if y.Hi < at(branch.Hi).Lo {
		z.Hi = min(z.Hi, outside(f, branch, y.Hi, 1, reach, func(z float64) bool { return at(z).Lo > y.Hi }))
	}
	if z = z.Intersect(within); z.Empty() {
		return nil
	}
	return []set.Interval{z}
}

// outside returns a point of the branch on the given side of the inverse of y,
// near it, where ok holds; an infinite one if none is found.
func outside(f func(z float64) float64, branch set.Interval, y, direction, reach float64, ok func(z float64) bool) float64 {
	lo, hi := max(branch.Lo, -reach), min(branch.Hi, reach)
	// From any two float64 some thousand halvings lead to neighbours.
	for mid := lo + float64((hi-lo)/2); mid > lo && mid < hi; mid = lo + float64((hi-lo)/2) {
		if f(mid) < y {
			lo = mid
		} else {
			hi = mid
		}
	}
	z := lo
	const smallest = 1e-40
	for step := float64(math.Abs(z)*0x1p-52) + smallest; step < 4*reach; step = float64(step * 2) {
		candidate := z + float64(direction*step)
		if !branch.Contains(candidate) {
			break
		}
		if ok(candidate) {
			return candidate
		}
	}
	return math.Inf(int(direction))
}

// turningPoint encloses the zero of a derivative that is negative before it and
// positive after it, from the approximation df of the derivative.
func turningPoint(df func(float64) float64, slopes func(set.Interval) set.Interval, lo, hi float64) set.Interval {
	const halvings = 60
	a, b := lo, hi
	for range halvings {
		if mid := a + float64((b-a)/2); df(mid) < 0 {
			a = mid
		} else {
			b = mid
		}
	}
	for width := 0x1p-52; width < hi-lo; width = float64(width * 2) {
		i := set.Interval{Lo: a - width, Hi: b + width}
		if slopes(point(i.Lo)).Hi < 0 && slopes(point(i.Hi)).Lo > 0 {
			return i
		}
	}
	return set.Interval{Lo: lo, Hi: hi}
}
