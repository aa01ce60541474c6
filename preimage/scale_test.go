package preimage_test

import (
	"testing"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/preimage"
	"github.com/netmend/netmend/set"
)

// TestHugeDomain asks for {x : |x - 3| <= 1} in boxes of growing size: it is found,
// or the result does not claim to be exact.
func TestHugeDomain(t *testing.T) {
	d := &nn.Dense{Params: nn.Params{Weight: nn.Matrix{Rows: 2, Cols: 1, Stride: 1, Data: []float64{1, -1}}, Bias: []float64{-3, 3}}}
	sum := &nn.Dense{Params: nn.Params{Weight: nn.Matrix{Rows: 1, Cols: 2, Stride: 2, Data: []float64{1, 1}}, Bias: []float64{0}}}
	net := chain(t, 1, d, nn.ReLU(), sum)
	for _, size := range []float64{10, 1e6, 1e10, 1e13, 1e15} {
		for _, volume := range []bool{false, true} {
			r, err := preimage.Regions(t.Context(), net, box([2]float64{-size, size}).Polyhedron(), set.Union{polyhedron(row(1, 1))}, preimage.RegionsOptions{Volume: volume})
			if err != nil {
				t.Fatal(err)
			}
			found := r.Union().Contains([]float64{3.5}) && r.Union().Contains([]float64{2.5})
			t.Log(size, len(r.Pieces), found, r.Side, r.Limit)
			if !found && r.Side == preimage.Exact {
				t.Errorf("size %g: the preimage is lost, and the result is %v", size, r.Side)
			}
			if size <= 1e6 && (!found || !r.Complete()) {
				t.Errorf("size %g: found %v, complete %v", size, found, r.Complete())
			}
		}
	}
}
