package metrics

import (
	"fmt"
	"math"

	"github.com/netmend/netmend/internal/portable"
)

// DefaultConfidence is the default confidence level.
const DefaultConfidence = 0.95

// Interval is an estimate with the ends of its confidence interval.
type Interval struct{ Value, Low, High float64 }

// negated is the interval of the negated quantity.
func (i Interval) negated() Interval { return Interval{0 - i.Value, 0 - i.High, 0 - i.Low} }

// checkConfidence reports a level that is not one.
func checkConfidence(level float64) error {
	if !(level > 0 && level < 1) {
		return fmt.Errorf("confidence %v: want a number between 0 and 1", level)
	}
	return nil
}

// Quantile is the z with P(|Z| <= z) = confidence for a standard normal Z.
func quantile(confidence float64) float64 { return float64(math.Sqrt2 * portable.Erfinv(confidence)) }

// Wilson is the score interval for a share of hits among n independent draws (Wilson,
// "Probable inference, the law of succession, and statistical inference", 1927). It never
// leaves [0, 1], even if no draw or every draw hits.
func Wilson(hits, n int, confidence float64) Interval {
	if n == 0 {
		return Interval{math.NaN(), 0, 1}
	}
	z, p, m := quantile(confidence), float64(hits)/float64(n), float64(n)
	centre := (p + z*z/(2*m)) / (1 + z*z/m)
	half := float64(z / (1 + z*z/m) * math.Sqrt(p*(1-p)/m+z*z/(4*m*m)))
	i := Interval{p, max(0, centre-half), min(1, centre+half)}
	// At the ends the formula is exact and rounding is not.
	if hits == 0 {
		i.Low = 0
	}
	if hits == n {
		i.High = 1
	}
	return i
}

// Paired counts how two classifiers do on the same points.
type Paired struct {
	// How many points both get right, only the first, only the second, or neither.
	Both, First, Second, None int
}

// n is the number of points.
func (c Paired) n() int { return c.Both + c.First + c.Second + c.None }

// Difference is the share right of the second minus that of the first, with the
// score interval for paired proportions (Newcombe, "Improved confidence
// intervals for the difference between binomial proportions based on paired
// data", 1998, method 10).
func (c Paired) Difference(confidence float64) Interval {
	n := c.n()
	if n == 0 {
		return Interval{math.NaN(), -1, 1}
	}
	p1 := Wilson(c.Both+c.Second, n, confidence)
	p2 := Wilson(c.Both+c.First, n, confidence)
	phi := c.correlation()
	side := func(a, b float64) float64 { return math.Sqrt(max(0, float64(a*a)-float64(2*phi*a*b)+float64(b*b))) }
	d := float64(c.Second-c.First) / float64(n)
	return Interval{
		Value: d,
		Low:   max(-1, d-side(p1.Value-p1.Low, p2.High-p2.Value)),
		High:  min(1, d+side(p1.High-p1.Value, p2.Value-p2.Low)),
	}
}

// correlation is Pearson's phi with the continuity correction of method 10.
func (c Paired) correlation() float64 {
	a, b, e, d := float64(c.Both), float64(c.Second), float64(c.First), float64(c.None)
	scale := float64((a + b) * (e + d) * (a + e) * (b + d))
	if scale == 0 {
		return 0
	}
	top := float64(a*d) - float64(b*e)
	if top > 0 {
		top = max(0, top-float64(c.n())/2)
	}
	return top / math.Sqrt(scale)
}
