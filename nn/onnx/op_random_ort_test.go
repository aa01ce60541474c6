//go:build ort

package onnx

import (
	"math/rand/v2"
	"testing"

	"github.com/netmend/netmend/internal/ortest"
	"github.com/netmend/netmend/nn"
)

// Every operator means the same to ONNX Runtime, with whatever attributes, and so
// does what is written of it.
func TestRandomOperatorsInONNXRuntime(t *testing.T) {
	ortest.Require(t)
	for name, model := range randomOperator {
		t.Run(name, func(t *testing.T) {
			r := rand.New(rand.NewPCG(31, 1))
			for range 12 {
				b := model(r)
				n := b.mustRead(t)
				x := roundPoints(randomPoints(r, 3, n.InDim()), nn.Float32)
				agree(t, n, b.bytes(t), x, tolerance32)
				agree(t, n, written(t, n, nn.Float32), x, tolerance32)
			}
		})
	}
}
