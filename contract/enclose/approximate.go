package enclose

import (
	"fmt"
	"math"
	"slices"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/set"
)

// Approximate encloses an activation function on a domain in a band of at most
// the given number of strips, at least 1. An unbounded domain has a strip of
// slope 0 at each infinite end.
//
// Of sigmoid and tanh the error falls with the square of the number of strips. A
// piecewise-affine function is enclosed by itself, with error 0, in as many
// strips as it has pieces in the domain, however many are asked for. Approximate
// fails for a domain without points, for no strips, for a function that [Of]
// does not know and for one that is not continuous.
//
// The strips of a smooth function have the slope of a chord; the offsets are
// proven bounds of f(z) - slope z, which on a part where f is convex is largest
// at an end and nowhere below a tangent (where it is concave, the other way
// round).
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
	b := &Band{Domain: domain, Breaks: s.breaks(domain, strips)}
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
		mid := lo + (hi-lo)/2
		if (s.df(mid) < slope) != concave {
			lo = mid
		} else {
			hi = mid
		}
	}
	return lo + (hi-lo)/2
}

// breaks chooses the ends of the strips. The width of a strip of length h is
// about |f”| h²/8, so equal shares of the integral of sqrt|f”| make strips of
// equal width.
func (s *smooth) breaks(domain set.Interval, strips int) []float64 {
	lo, hi, inner := domain.Lo, domain.Hi, strips
	lowTail, highTail := math.IsInf(lo, -1), math.IsInf(hi, 1)
	if lowTail {
		inner--
	}
	if highTail {
		inner--
	}
	var breaks []float64
	switch {
	case inner < 1 && strips == 1:
		return nil
	case inner < 1 && lowTail && highTail:
		return []float64{0}
	case lowTail || highTail:
		lo, hi = s.core(domain, inner)
		if inner < 1 || lo >= hi {
			return []float64{min(max(0, domain.Lo), domain.Hi)}
		}
	}
	if lowTail {
		breaks = append(breaks, lo)
	}
	breaks = append(breaks, s.shares(lo, hi, inner)...)
	if highTail {
		breaks = append(breaks, hi)
	}
	return breaks
}

// core is the part of an unbounded domain between the tails: where the tails,
// of slope 0, begin to be as narrow as the inner strips.
func (s *smooth) core(domain set.Interval, inner int) (lo, hi float64) {
	lo, hi = 0, 0
	at := func(t float64) (float64, float64) { return max(domain.Lo, -t), min(domain.Hi, t) }
	near, far := 0.0, float64(saturated)
	const halvings = 50
	for range halvings {
		t := near + (far-near)/2
		lo, hi = at(t)
		sum := s.curvature(lo, hi)
		width := math.Pow(sum[len(sum)-1]/float64(max(1, inner)), 2) / 8
		if s.most-s.f(t) > width {
			near = t
		} else {
			far = t
		}
	}
	return at(far)
}

const (
	// saturated is where sigmoid and tanh are at their limits in float64.
	saturated = 40
	// steps is the number of intervals for integrals that choose breakpoints;
	// they need not be accurate.
	steps = 512
)

// curvature is the integral of sqrt|f”| from lo to each of steps+1 points.
func (s *smooth) curvature(lo, hi float64) []float64 {
	sum := make([]float64, steps+1)
	h := (hi - lo) / steps
	for i := range steps {
		sum[i+1] = sum[i] + h*math.Sqrt(math.Abs(s.d2f(lo+(float64(i)+0.5)*h)))
	}
	return sum
}

// shares cuts the interval from lo to hi into at most n parts with about equal
// integrals of sqrt|f”| and returns the ends between them.
func (s *smooth) shares(lo, hi float64, n int) []float64 {
	// Beyond these points f is flat; the steps are spent on the rest.
	from, to := max(lo, -saturated), min(hi, saturated)
	if from >= to {
		return nil
	}
	sum := s.curvature(from, to)
	var breaks []float64
	for k := 1; k < n; k++ {
		goal := sum[steps] * float64(k) / float64(n)
		i, _ := slices.BinarySearch(sum, goal)
		if i == 0 {
			continue
		}
		part := (goal - sum[i-1]) / (sum[i] - sum[i-1])
		b := from + (float64(i-1)+part)*(to-from)/steps
		if b > lo && b < hi && (len(breaks) == 0 || b > breaks[len(breaks)-1]) {
			breaks = append(breaks, b)
		}
	}
	return breaks
}
