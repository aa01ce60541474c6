package nn_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/netmend/netmend/internal/nntest"
	"github.com/netmend/netmend/nn"
)

// selectionNetwork has a convolution, a max pool, a maximum of two branches, and
// layers after them.
func selectionNetwork(t testing.TB, r *rand.Rand) *nn.Network {
	t.Helper()
	square := func(channels, in, kernel, stride int) nn.Window {
		return nn.Window{
			Channels: channels, In: [2]int{in, in}, Kernel: [2]int{kernel, kernel}, Stride: [2]int{stride, stride},
			Dilation: [2]int{1, 1}, Before: [2]int{stride - 1, stride - 1}, After: [2]int{1, 1},
		}
	}
	n, err := nn.New([]nn.Node{
		{Name: "conv", Inputs: []int{nn.Input}, Op: &nn.Conv{Params: nntest.Params(r, 2, 4), Window: square(1, 5, 2, 1), Groups: 1}}, // 2x5x5
		{Name: "pool", Inputs: []int{0}, Op: &nn.MaxPool{Window: square(2, 5, 3, 2)}},                                                // 2x3x3
		{Name: "branch", Inputs: []int{1}, Op: &nn.Dense{Params: nntest.Params(r, 18, 18)}},
		{Name: "max", Inputs: []int{1, 2}, Op: &nn.Max{Inputs: 2, Dim: 18}},
		{Name: "last", Inputs: []int{3}, Op: &nn.Dense{Params: nntest.Params(r, 2, 18)}},
	}, []int{1, 5, 5}, nn.Meta{})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// The lowered network computes the same function, of both kinds of network, and is
// the same where nothing is to be lowered.
func TestLowerSelections(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 1))
	for trial := range 60 {
		n := selectionNetwork(t, r)
		if k := trial % 4; k > 0 {
			_, l, err := n.Layer(k)
			if err != nil {
				t.Fatal(err)
			}
			n = withChange(t, n, k, randomLike(r, l), 0.5)
		}
		low := n.LowerSelections()
		if low.SelectionNode() >= 0 || !slices.Equal(low.RepairedLayers(), n.RepairedLayers()) || len(low.Layers()) != 3 {
			t.Fatalf("selection at node %d, layers %v", low.SelectionNode(), low.RepairedLayers())
		}
		if low.LowerSelections() != low {
			t.Fatal("lowered twice")
		}
		x := randomPoints(r, 40, n.InDim())
		for i := range x.Data { // with ties
			if r.IntN(2) == 0 {
				x.Data[i] = float64(r.IntN(3))
			}
		}
		near(t, "output", evaluate(t, low, x).Data, evaluate(t, n, x).Data)
	}
}

// A network with selections is the affine map of its pattern, in each of the ways
// to compute it.
func TestSelectionMaps(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 2))
	for range 20 {
		n := selectionNetwork(t, r)
		_, l, err := n.Layer(1)
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range []*nn.Network{n, withChange(t, n, 1, randomLike(r, l), 0.5)} {
			x := randomPoints(r, 3, n.InDim())
			y, patterns := evaluate(t, n, x), n.PatternsAt(x, 1)
			lin := n.LinearizePatterns(patterns, 0)
			near(t, "patterns", n.RunLinear(x, lin, nil, 1).Output().Data, y.Data)
			near(t, "points", n.RunLinear(x, n.LinearizeAt(x, 2), nil, 1).Output().Data, y.Data)
			g := randomPoints(r, 3, n.OutDim())
			back := n.PullBack(nn.Input, g, lin, nil, 1)
			for i := range x.Rows {
				a, b, err := n.AffineMap(patterns[i])
				if err != nil {
					t.Fatal(err)
				}
				for j := range a.Rows {
					near(t, "affine map", []float64{product(a.Row(j), x.Row(i)) + b[j]}, y.Row(i)[j:j+1])
				}
				want := make([]float64, n.InDim())
				for j := range a.Rows {
					for k, v := range a.Row(j) {
						want[k] += float64(g.Row(i)[j] * v)
					}
				}
				near(t, "gradient", back.Row(i), want)
			}
			// To first order, a change of the pool's input.
			dv := randomPoints(r, 3, n.Dim(0))
			push := n.PushForward(0, dv, lin, nil, 1)
			pull := n.PullBack(0, g, lin, nil, 1)
			near(t, "push and pull", []float64{product(push.Data, g.Data)}, []float64{product(dv.Data, pull.Data)})
			bad := slices.Clone(patterns[0])
			_, to := n.Units(1)
			bad[to-1] = 8 // the last unit's window ends in padding
			if _, _, err := n.AffineMap(bad); err == nil {
				t.Fatal("a pattern that copies padding was accepted")
			}
		}
	}
}
