package set

// HalfSpace is {y : Normal . y <= Offset}. Normal is not normalised.
type HalfSpace struct {
	Normal []float64
	Offset float64
}

// Slack is Offset - Normal . y: negative outside, 0 on the boundary.
func (h HalfSpace) Slack(y []float64) float64 {
	s := h.Offset
	for i, a := range h.Normal {
		s -= a * y[i]
	}
	return s
}
