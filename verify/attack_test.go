package verify

import (
	"math"
	"slices"
	"testing"
)

// TestSamplesAgain: a sample that is made again is the same, in whatever order, and the
// samples are the centre, points inside and corners.
func TestSamplesAgain(t *testing.T) {
	lo, hi := []float64{-1, 0, 3}, []float64{1, 5, 4}
	s := newSamples(&task{lo: lo, hi: hi})
	var all [][]float64
	for r := range 20 {
		row := make([]float64, 3)
		s.point(row, r)
		all = append(all, row)
		for k, v := range row {
			switch corner := v == lo[k] || v == hi[k]; {
			case r == 0 && v != (lo[k]+hi[k])/2, r%2 == 1 && !corner, r%2 == 0 && corner, math.IsNaN(v):
				t.Errorf("sample %d: %v", r, row)
			}
		}
	}
	for _, r := range []int{7, 0, 19, 4} {
		row := make([]float64, 3)
		if s.point(row, r); !slices.Equal(row, all[r]) {
			t.Errorf("sample %d: %v, at first %v", r, row, all[r])
		}
	}
}
