package tree_test

import (
	"testing"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/proof/tree"
	"github.com/netmend/netmend/set"
)

// TestHasKeepsToTheCell: a point on the other side of a split is not a point of the cell.
func TestHasKeepsToTheCell(t *testing.T) {
	w := nn.RowMatrix([]float64{1})
	net, err := nn.New([]nn.Node{
		{Inputs: []int{nn.Input}, Op: &nn.Dense{Params: nn.Params{Weight: w, Bias: []float64{0}}}},
		{Inputs: []int{0}, Op: nn.ReLU()},
	}, []int{1}, nn.Meta{})
	if err != nil {
		t.Fatal(err)
	}
	whole := &tree.Problem{Net: net, Lo: []float64{-1}, Hi: []float64{1}, Terms: [][]set.HalfSpace{{}}}
	for _, test := range []struct {
		upper bool
		x     float64
		in    bool
	}{{false, -0.5, true}, {false, 0.5, false}, {true, 0.5, true}, {true, -0.5, false}} {
		s, err := tree.New(t.Context(), whole)
		if err != nil {
			t.Fatal(err)
		}
		split := s.Split
		if test.upper {
			split = s.SplitUpper
		}
		if err := split(0, 0); err != nil {
			t.Fatal(err)
		}
		if in, err := s.Has([]float64{test.x}, 0); err != nil || in != test.in {
			t.Errorf("upper side %v, x = %v: %v, %v, want %v", test.upper, test.x, in, err, test.in)
		}
	}
}
