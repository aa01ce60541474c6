package nn

import (
	"slices"
	"testing"
)

// TestCollectWeights: weights of a class are added up, unless that would be rounded.
func TestCollectWeights(t *testing.T) {
	for _, test := range []struct {
		name        string
		terms, want []weight
	}{
		{"none", nil, nil},
		{"sorted", []weight{{5, 1}, {3, 2}}, []weight{{3, 2}, {5, 1}}},
		{"added", []weight{{3, 1}, {5, 7}, {3, 0.5}}, []weight{{3, 1.5}, {5, 7}}},
		{"cancelled", []weight{{3, 1}, {5, 7}, {3, -1}}, []weight{{5, 7}}},
		{"rounded", []weight{{3, 1}, {3, 0x1p-60}, {3, -1}}, []weight{{3, -1}, {3, 0x1p-60}, {3, 1}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := collectWeights(slices.Clone(test.terms)); !slices.Equal(got, test.want) {
				t.Errorf("%v, want %v", got, test.want)
			}
		})
	}
}
