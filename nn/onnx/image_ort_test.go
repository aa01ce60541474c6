//go:build ort

package onnx

import (
	"math/rand/v2"
	"testing"

	"github.com/netmend/netmend/internal/ortest"
	"github.com/netmend/netmend/nn"
)

// ONNX Runtime computes the same from a written network of images, in one channel
// or two.
func TestImagesInONNXRuntime(t *testing.T) {
	ortest.Require(t)
	r := rand.New(rand.NewPCG(21, 2))
	for trial := range 60 {
		n := imageNetwork(t, r)
		if trial%2 == 1 {
			n = repaired(t, r, n, 1+r.IntN(len(n.Layers())))
		}
		n = readBack(t, n, nn.Float32)
		x := roundPoints(randomPoints(r, 4, n.InDim()), nn.Float32)
		agree(t, n, written(t, n, nn.Float32), x, tolerance32)
	}
}

// Of equal candidates ONNX Runtime's MaxPool copies the first, as we do: here all are
// equal in the activation channel, and the value channel tells them apart.
func TestMaximaTieInONNXRuntime(t *testing.T) {
	ortest.Require(t)
	r := rand.New(rand.NewPCG(21, 3))
	for trial := range 10 {
		one := nn.Window{Channels: 1, In: [2]int{5, 6}, Kernel: [2]int{1, 1}, Stride: [2]int{1, 1}, Dilation: [2]int{1, 1}}
		w := one
		w.Kernel, w.Stride = [2]int{3, 2}, [2]int{1 + trial%2, 1 + trial/2%2}
		if trial > 4 {
			w.Before, w.After = [2]int{1, 1}, [2]int{1, 0}
		}
		n, err := nn.New([]nn.Node{
			{Name: "conv", Inputs: []int{nn.Input}, Op: &nn.Conv{
				Params: nn.Params{Weight: nn.RowMatrix([]float64{0}), Bias: []float64{1}}, Window: one, Groups: 1,
				Value: &nn.Params{Weight: nn.RowMatrix([]float64{1}), Bias: []float64{0}},
			}},
			{Name: "max", Inputs: []int{0, 0}, Op: &nn.Max{Inputs: 2, Dim: 30}},
			{Name: "pool", Inputs: []int{1}, Op: &nn.MaxPool{Window: w}},
		}, []int{1, 5, 6}, nn.Meta{})
		if err != nil {
			t.Fatal(err)
		}
		x := roundPoints(randomPoints(r, 4, 30), nn.Float32)
		agree(t, n, written(t, n, nn.Float32), x, 0)
	}
}
