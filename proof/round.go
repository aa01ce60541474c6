package proof

import "math"

func abs(v float64) float64 { return math.Abs(v) }

// below64 and above64 are the floats next to v.
func below64(v float64) float64 { return math.Nextafter(v, math.Inf(-1)) }
func above64(v float64) float64 { return math.Nextafter(v, math.Inf(1)) }
