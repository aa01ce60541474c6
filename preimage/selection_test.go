package preimage_test

import (
	"math/rand/v2"
	"testing"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/preimage"
)

// selectionNet has a convolution, a max pool, and a maximum of two branches, and a
// sum of them, between dense layers.
func selectionNet(t testing.TB, r *rand.Rand, in, out int) *nn.Network {
	t.Helper()
	line := func(kernel, stride, after int) nn.Window {
		return nn.Window{
			Channels: 1, In: [2]int{1, 4}, Kernel: [2]int{1, kernel}, Stride: [2]int{1, stride}, Dilation: [2]int{1, 1}, After: [2]int{0, after},
		}
	}
	net, err := nn.New([]nn.Node{
		{Inputs: []int{nn.Input}, Op: randomDense(r, in, 4)},
		{Inputs: []int{0}, Op: &nn.Conv{Params: randomDense(r, 2, 1).Params, Window: line(2, 1, 1), Groups: 1}},
		{Inputs: []int{1}, Op: &nn.MaxPool{Window: line(3, 1, 2)}},
		{Inputs: []int{1, 2}, Op: &nn.Max{Inputs: 2, Dim: 4}},
		{Inputs: []int{0, 3}, Op: &nn.Sum{Coefficients: []float64{1, -1}}},
		{Inputs: []int{4}, Op: nn.ReLU()},
		{Inputs: []int{5}, Op: randomDense(r, 4, out)},
	}, []int{in}, nn.Meta{})
	if err != nil {
		t.Fatal(err)
	}
	return net
}

// TestSelections: preimages of networks with maxima, convolutions and branches, by
// regions and layer by layer, and of decoupled ones by regions.
func TestSelections(t *testing.T) {
	inside := 0
	for seed := range seeds(40) {
		r := rand.New(rand.NewPCG(seed, 77))
		n := 1 + r.IntN(2)
		net := selectionNet(t, r, n, 1+r.IntN(2))
		target := randomTarget(r, net.OutDim())
		domain := box([][2]float64{{-2, 1}, {-0.5, 2}}[:n]...).Polyhedron()
		got := byRegions(t, net, domain, target, preimage.RegionsOptions{Faces: true})
		if seed < 10 && n == 1 {
			sameSets(t, "by regions", got.Union(), backward(t, net, preimage.BackwardOptions{Domain: &domain, Prune: true}, target...))
		}
		inside += checkMembership(t, r, net, got.Union(), target, &domain)
		changed := decouple(t, r, net)
		got = byRegions(t, changed, domain, target, preimage.RegionsOptions{Faces: true})
		inside += checkMembership(t, r, changed, got.Union(), target, &domain)
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
	if inside < int(seeds(1000)) {
		t.Errorf("%d points inside say little", inside)
	}
}
