package enclose

import (
	"math"
	"slices"

	"github.com/netmend/netmend/internal/portable"
	"github.com/netmend/netmend/set"
)

// profile is what the choice of breakpoints follows, approximately.
type profile struct {
	// d2f is the second derivative.
	d2f func(z float64) float64
	// tail is how far the function is from its asymptotes beyond -t and t.
	tail func(t float64) float64
	// kinks are the points where the first derivative jumps, ascending.
	kinks []float64
}

// breaksAtKinks chooses the ends of the strips, the kinks among them where there
// are strips enough.
func (s profile) breaksAtKinks(domain set.Interval, strips int) []float64 {
	var kinks []float64
	for _, k := range s.kinks {
		if k > domain.Lo && k < domain.Hi {
			kinks = append(kinks, k)
		}
	}
	if len(kinks) >= strips {
		return s.breaks(domain, strips)
	}
	breaks := append(s.breaks(domain, strips-len(kinks)), kinks...)
	slices.Sort(breaks)
	return slices.Compact(breaks)
}

// breaks chooses the ends of the strips. The width of a strip of length h is
// about |f”| h²/8, so equal shares of the integral of sqrt|f”| make strips of
// equal width.
func (s profile) breaks(domain set.Interval, strips int) []float64 {
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

// core is the part of an unbounded domain between the tails: where the tails
// begin to be as narrow as the inner strips.
func (s profile) core(domain set.Interval, inner int) (lo, hi float64) {
	lo, hi = 0, 0
	at := func(t float64) (float64, float64) { return max(domain.Lo, -t), min(domain.Hi, t) }
	near, far := 0.0, float64(saturated)
	const halvings = 50
	for range halvings {
		t := near + float64((far-near)/2)
		lo, hi = at(t)
		sum := s.curvature(lo, hi)
		width := float64(portable.Pow(sum[len(sum)-1]/float64(max(1, inner)), 2) / 8)
		if s.tail(t) > width {
			near = t
		} else {
			far = t
		}
	}
	return at(far)
}

const (
	// saturated is where most functions are at their asymptotes in float64.
	saturated = 40
	// steps is the number of intervals for integrals that choose breakpoints;
	// they need not be accurate.
	steps = 512
)

// curvature is the integral of sqrt|f”| from lo to each of steps+1 points.
func (s profile) curvature(lo, hi float64) []float64 {
	sum := make([]float64, steps+1)
	h := float64((hi - lo) / steps)
	for i := range steps {
		sum[i+1] = sum[i] + float64(h*math.Sqrt(math.Abs(s.d2f(lo+float64((float64(i)+0.5)*h)))))
	}
	return sum
}

// shares cuts the interval from lo to hi into at most n parts with about equal
// integrals of sqrt|f”| and returns the ends between them.
func (s profile) shares(lo, hi float64, n int) []float64 {
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
		b := from + float64((float64(i-1)+part)*(to-from)/steps)
		if b > lo && b < hi && (len(breaks) == 0 || b > breaks[len(breaks)-1]) {
			breaks = append(breaks, b)
		}
	}
	return breaks
}
