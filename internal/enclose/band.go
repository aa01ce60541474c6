package enclose

import (
	"sort"

	"github.com/netmend/netmend/set"
)

// Band encloses the graph of a function f of one variable between two
// piecewise-affine functions whose pieces are parallel: on the closed interval
// of each strip s, for real numbers z,
//
//	s.Slope z + s.Lower  <=  f(z)  <=  s.Slope z + s.Upper.
//
// At a breakpoint the bounds of both strips hold. The lower and the upper
// function need not be continuous.
type Band struct {
	// Domain is where the band holds; its ends may be infinite.
	Domain set.Interval
	// Breaks are the breakpoints between strips, ascending, one fewer than
	// Strips.
	Breaks []float64
	Strips []Strip
}

// Strip is the set between two parallel lines.
type Strip struct {
	Slope float64
	// Lower <= Upper are the offsets of the lines.
	Lower, Upper float64
}

// Error is the largest difference of the upper and the lower function, rounded
// up: neither is farther from f.
func (b *Band) Error() float64 {
	e := 0.0
	for _, s := range b.Strips {
		e = max(e, set.Interval{Lo: s.Lower, Hi: s.Upper}.Width())
	}
	return e
}

// Interval is the closed interval of strip k.
func (b *Band) Interval(k int) set.Interval {
	i := b.Domain
	if k > 0 {
		i.Lo = b.Breaks[k-1]
	}
	if k < len(b.Breaks) {
		i.Hi = b.Breaks[k]
	}
	return i
}

// Strip is the index of the strip at z, the upper one at a breakpoint.
func (b *Band) Strip(z float64) int {
	return sort.Search(len(b.Breaks), func(k int) bool { return b.Breaks[k] > z })
}

// At encloses f(z) for a z in the domain.
func (b *Band) At(z float64) set.Interval {
	return b.Strips[b.Strip(z)].over(point(z))
}

// over encloses the values of the strip over an interval.
func (s Strip) over(i set.Interval) set.Interval {
	return i.Scale(s.Slope).Add(set.Interval{Lo: s.Lower, Hi: s.Upper})
}

// Image encloses {f(z) : z in i} for an i in the domain.
func (b *Band) Image(i set.Interval) set.Interval {
	image := set.EmptyInterval()
	for k, s := range b.Strips {
		if d := b.Interval(k).Intersect(i); !d.Empty() {
			image = image.Hull(s.over(d))
		}
	}
	return image
}
