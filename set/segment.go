package set

import (
	"fmt"
	"math"
	"slices"

	"github.com/netmend/netmend/internal/vector"
)

// Segment is the set of points From + t (To - From), 0 <= t <= 1, in any
// dimension.
type Segment struct {
	From, To []float64
}

// NewSegment checks that the ends have the same length, are finite, as is their
// difference, and differ.
func NewSegment(from, to []float64) (Segment, error) {
	if len(from) != len(to) {
		return Segment{}, fmt.Errorf("segment from %d numbers to %d, want as many", len(from), len(to))
	}
	if err := finite([][]float64{from, to}); err != nil {
		return Segment{}, fmt.Errorf("segment: %w", err)
	}
	if slices.Equal(from, to) {
		return Segment{}, fmt.Errorf("segment with equal ends: give a point instead")
	}
	for i, a := range from {
		if math.IsInf(to[i]-a, 0) {
			return Segment{}, fmt.Errorf("segment: number %d goes from %v to %v, a difference beyond float64", i, a, to[i])
		}
	}
	return Segment{From: from, To: to}, nil
}

// Dim is the dimension of the space the segment lies in.
func (s Segment) Dim() int { return len(s.From) }

// At returns the point at parameter t. The ends are returned exactly.
func (s Segment) At(t float64) []float64 {
	if t == 1 {
		return slices.Clone(s.To)
	}
	x := make([]float64, len(s.From))
	for i, a := range s.From {
		x[i] = a + float64(t*(s.To[i]-a))
	}
	return x
}

func finite(xs [][]float64) error {
	for i, x := range xs {
		if j := vector.NotFinite(x); j >= 0 {
			return fmt.Errorf("vertex %d: number %d is %v, want a finite number", i, j, x[j])
		}
	}
	return nil
}
