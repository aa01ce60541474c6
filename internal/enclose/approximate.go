package enclose

import (
	"fmt"
	"math"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/set"
)

// Approximate encloses an activation function on a domain in a band of at most
// the given number of strips, at least 1. An unbounded domain has a strip with
// the slope of the asymptote at each infinite end; one strip for the whole line
// has slope 0, and no upper bound where the function has none.
//
// Of a smooth function the error falls with the square of the number of strips. A
// piecewise-affine function is enclosed by itself, with error 0, in as many
// strips as it has pieces in the domain, however many are asked for. Approximate
// fails for a domain without points, for no strips, for a function that [Of]
// does not know and for one that is not continuous.
//
// The strips of a smooth function have the slope of a chord; the offsets are
// proven bounds of f(z) - slope z: of sigmoid and tanh by tangents, on the parts
// where they are convex or concave, of others by the mean value theorem.
func Approximate(a nn.Activation, domain set.Interval, strips int) (*Band, error) {
	switch {
	case domain.Empty() || math.IsInf(domain.Lo, 1) || math.IsInf(domain.Hi, -1):
		return nil, fmt.Errorf("no number lies between %v and %v, the domain of an enclosure of %s", domain.Lo, domain.Hi, a.Kind())
	case strips < 1:
		return nil, fmt.Errorf("an enclosure of %s with %d strips, want at least 1", a.Kind(), strips)
	}
	if p, ok := a.(*nn.Piecewise); ok {
		if !p.Continuous() {
			return nil, fmt.Errorf("the activation function %s is not continuous", a.Kind())
		}
		return exactBand(p, domain), nil
	}
	s, err := smoothOf(a)
	if err != nil {
		return nil, err
	}
	b := &Band{Domain: domain, Breaks: s.profile().breaksAtKinks(domain, strips)}
	for k := range len(b.Breaks) + 1 {
		b.Strips = append(b.Strips, s.strip(b.Interval(k)))
	}
	return b, nil
}

// exactBand is a piecewise-affine function itself.
func exactBand(p *nn.Piecewise, domain set.Interval) *Band {
	b := &Band{Domain: domain}
	for k := range p.Slope {
		d := (&piecewise{p}).domain(k)
		// At a breakpoint the upper piece holds.
		if d.Lo > domain.Hi || k < len(p.Breaks) && d.Hi <= domain.Lo {
			continue
		}
		if len(b.Strips) > 0 {
			b.Breaks = append(b.Breaks, d.Lo)
		}
		b.Strips = append(b.Strips, Strip{Slope: p.Slope[k], Lower: p.Offset[k], Upper: p.Offset[k]})
	}
	return b
}

// strip encloses f on an interval.
func (s *smooth) strip(i set.Interval) Strip {
	slope := 0.0
	if !math.IsInf(i.Lo, 0) && !math.IsInf(i.Hi, 0) {
		slope = s.chord(i)
	}
	if slope == 0 {
		r := s.Image(i)
		return Strip{Lower: r.Lo, Upper: r.Hi}
	}
	offsets := set.EmptyInterval()
	if left := i.Intersect(set.Interval{Lo: math.Inf(-1), Hi: 0}); !left.Empty() {
		offsets = offsets.Hull(s.offsets(slope, left, false))
	}
	if right := i.Intersect(set.Interval{Lo: 0, Hi: math.Inf(1)}); !right.Empty() {
		offsets = offsets.Hull(s.offsets(slope, right, true))
	}
	return Strip{Slope: slope, Lower: offsets.Lo, Upper: offsets.Hi}
}

// chord approximates the slope of the chord over a bounded interval. Any number
// will do; this one makes the strip narrow.
func (s *smooth) chord(i set.Interval) float64 {
	width := i.Hi - i.Lo
	c := (s.f(i.Hi) - s.f(i.Lo)) / width
	if width == 0 || math.IsNaN(c) || math.IsInf(c, 0) {
		return s.df(i.Lo)
	}
	return c
}

// offsets encloses f(z) - slope z over a bounded interval on which f is convex,
// or concave.
func (s *smooth) offsets(slope float64, i set.Interval, concave bool) set.Interval {
	at := func(z float64) set.Interval { return s.value(z).Sub(point(z).Scale(slope)) }
	ends := at(i.Lo).Hull(at(i.Hi))
	// The tangent at a point t near the extremum.
	t := s.parallel(slope, i, concave)
	rise := s.slope(t).Sub(point(slope)).Mul(i.Sub(point(t)))
	tangent := at(t).Add(rise)
	if concave {
		return set.Interval{Lo: ends.Lo, Hi: tangent.Hi}
	}
	return set.Interval{Lo: tangent.Lo, Hi: ends.Hi}
}

// parallel approximates the point of an interval where f' is nearest to slope,
// by bisection: f' is monotone there.
func (s *smooth) parallel(slope float64, i set.Interval, concave bool) float64 {
	lo, hi := i.Lo, i.Hi
	const halvings = 60 // more than a float64 has bits
	for range halvings {
		mid := lo + float64((hi-lo)/2)
		if (s.df(mid) < slope) != concave {
			lo = mid
		} else {
			hi = mid
		}
	}
	return lo + float64((hi-lo)/2)
}
