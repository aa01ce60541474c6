package repair

import (
	"slices"
	"testing"

	"github.com/netmend/netmend/nn"
)

func TestSharedWith(t *testing.T) {
	a := dense(t, []float64{1, 2, 0}, []float64{3, 4, 0})
	b := dense(t, []float64{1, 2, 5}, []float64{3, 4, 6})
	c := dense(t, []float64{1, 2, 0}, []float64{3, 5, 0})
	zero := dense(t, []float64{0, 0, 0}, []float64{0, 0, 0})
	net := chain(t, 2, a, nn.ReLU(), b, nn.ReLU(), c, nn.ReLU(), zero, nn.ReLU(), zero)
	for k, want := range map[int][]int{1: {2}, 2: {1}, 3: nil, 4: nil, 6: nil} {
		if got := SharedWith(net, k); !slices.Equal(got, want) {
			t.Errorf("layer %d shares with %v, want %v", k, got, want)
		}
	}
}
