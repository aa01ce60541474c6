//go:build ort

package onnx

import (
	"math"
	"testing"

	"github.com/netmend/netmend/internal/ortest"
	"github.com/netmend/netmend/nn"
)

// A PRelu with a slope for each unit is a sum of branches.
func TestPReluInONNXRuntime(t *testing.T) {
	ortest.Require(t)
	b := newModel(14, -1, 3).constant("s", []int64{3}, 0.25, -0.5, 0.1).op("PRelu", []string{"x", "s"}, "y")
	n, err := b.read(t)
	if err != nil {
		t.Fatal(err)
	}
	x, err := nn.MatrixOf([][]float64{{-5, -3, -1}, {-0.75, 0, 0}, {0, math.Pi, 3}})
	if err != nil {
		t.Fatal(err)
	}
	agree(t, n, b.bytes(t), x, tolerance32)
	agree(t, n, written(t, n, nn.Float64), x, tolerance64)
}
