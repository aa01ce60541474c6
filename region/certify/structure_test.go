package certify_test

import (
	"errors"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/proof/tree"
	"github.com/netmend/netmend/region/certify"
	"github.com/netmend/netmend/set"
)

// convolutional is a network on 4 inputs, a 2 x 2 image, with a convolution, a mean, a
// selection of elements, a concatenation with the input and a sum.
func convolutional(t *testing.T, r *rand.Rand) *nn.Network {
	t.Helper()
	numbers := func(n int) []float64 {
		x := make([]float64, n)
		for i := range x {
			x[i] = r.NormFloat64()
		}
		return x
	}
	params := func(out, in int) nn.Params {
		return nn.Params{Weight: nn.Matrix{Rows: out, Cols: in, Stride: in, Data: numbers(out * in)}, Bias: numbers(out)}
	}
	window := nn.Window{Channels: 1, In: [2]int{2, 2}, Kernel: [2]int{2, 2}, Stride: [2]int{1, 1}, Dilation: [2]int{1, 1}, Before: [2]int{1, 1}}
	pool := nn.Window{Channels: 2, In: [2]int{2, 2}, Kernel: [2]int{1, 2}, Stride: [2]int{1, 1}, Dilation: [2]int{1, 1}}
	net, err := nn.New([]nn.Node{
		{Inputs: []int{nn.Input}, Op: &nn.Conv{Params: params(2, 4), Window: window, Groups: 1}},
		{Inputs: []int{0}, Op: nn.ReLU()},
		{Inputs: []int{1}, Op: &nn.AveragePool{Window: pool}},
		{Inputs: []int{2, nn.Input}, Op: &nn.Concat{Dims: []int{4, 4}}},
		{Inputs: []int{3}, Op: &nn.Take{In: 8, From: []int32{0, 2, 3, -1, 7, 5}, Fill: 0.5}},
		{Inputs: []int{4}, Op: &nn.Dense{Params: params(3, 6)}},
		{Inputs: []int{5}, Op: nn.HardTanh()},
		{Inputs: []int{6, 5}, Op: &nn.Sum{Coefficients: []float64{1, -0.5}}},
	}, []int{1, 2, 2}, nn.Meta{})
	if err != nil {
		t.Fatal(err)
	}
	return net
}

// TestSearchStructure is like TestSearchAgreesWithSamples, for networks of all kinds of
// affine nodes.
func TestSearchStructure(t *testing.T) {
	for seed := range uint64(15) {
		r := rand.New(rand.NewPCG(seed, 11))
		p := &tree.Problem{Net: convolutional(t, r), Lo: []float64{-1, 0, -1, 0.5}, Hi: []float64{1, 1, 1, 0.5}}
		highest := highestSample(t, r, p)
		for _, gap := range []float64{0, 0.1} {
			p.Terms = [][]set.HalfSpace{{{Normal: []float64{-1, 0, 0}, Offset: -highest - gap}}}
			steps, err := search(t.Context(), p, certify.Options{Workers: 2})
			if gap == 0 {
				if !errors.Is(err, certify.ErrTarget) {
					t.Errorf("network %d: %v for an output that a sample reaches", seed, err)
				}
				continue
			}
			if err == nil {
				_, err = tree.Run(t.Context(), p, steps)
			}
			if err != nil {
				t.Errorf("network %d: %v", seed, err)
			}
		}
	}
}

func TestSearchRefusesOperations(t *testing.T) {
	for _, op := range []nn.Op{nn.Tanh()} {
		net, err := nn.New([]nn.Node{{Name: "it", Inputs: []int{nn.Input}, Op: op}}, []int{2}, nn.Meta{})
		if err != nil {
			t.Fatal(err)
		}
		p := &tree.Problem{Net: net, Lo: []float64{-1, -1}, Hi: []float64{1, 1}}
		if _, err := search(t.Context(), p, certify.Options{}); err == nil || !strings.Contains(err.Error(), op.Kind()) {
			t.Errorf("%s: %v", op.Kind(), err)
		}
	}
	huge := nn.Params{Weight: nn.NewMatrix(1, 1), Bias: []float64{0}}
	huge.Weight.Data[0] = 1e300
	net, err := nn.New([]nn.Node{{Inputs: []int{nn.Input}, Op: &nn.Dense{Params: huge}}, {Inputs: []int{0}, Op: nn.ReLU()}, {Inputs: []int{1}, Op: &nn.Dense{Params: huge}}}, []int{1}, nn.Meta{})
	if err != nil {
		t.Fatal(err)
	}
	p := &tree.Problem{Net: net, Lo: []float64{-1}, Hi: []float64{1}, Terms: [][]set.HalfSpace{{{Normal: []float64{1}, Offset: -math.MaxFloat64}}}}
	if _, err := search(t.Context(), p, certify.Options{}); err == nil || !strings.Contains(err.Error(), "overflow") {
		t.Errorf("overflow: %v", err)
	}
}
