package preimage

import "math"

// Estimate is a probability measured by independent samples.
type Estimate struct {
	// Value is Hits / Samples, NaN without samples.
	Value float64
	// Lower and Upper are the ends of the Wilson score interval with the
	// confidence asked for: over many measurements it contains the true value in
	// about that share of them.
	Lower, Upper  float64
	Hits, Samples int
}

// confidenceZ is the two-sided quantile of the normal distribution for the
// confidence 0.99 that measured coverages are given with.
const confidenceZ = 2.5758293035489004

// Confidence of the intervals of [Estimate].
const Confidence = 0.99

// estimate is the share of hits in samples.
func estimate(hits, samples int) Estimate { return wilson(hits, samples, confidenceZ) }

// wilson is the score interval for hits in that many samples, z standard deviations wide on
// either side.
func wilson(hits, samples int, z float64) Estimate {
	e := Estimate{Value: math.NaN(), Upper: 1, Hits: hits, Samples: samples}
	if samples == 0 {
		return e
	}
	n, p := float64(samples), float64(hits)/float64(samples)
	e.Value = p
	centre := (p + z*z/(2*n)) / (1 + z*z/n)
	half := float64(z / (1 + z*z/n) * math.Sqrt(p*(1-p)/n+z*z/(4*n*n)))
	e.Lower, e.Upper = max(0, centre-half), min(1, centre+half)
	// At the ends the formula is exact and rounding is not.
	if hits == 0 {
		e.Lower = 0
	}
	if hits == samples {
		e.Upper = 1
	}
	return e
}
