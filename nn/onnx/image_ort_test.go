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
