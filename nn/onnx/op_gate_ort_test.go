//go:build ort

package onnx

import (
	"testing"

	"github.com/netmend/netmend/internal/ortest"
	"github.com/netmend/netmend/nn"
)

// What has been recognised computes what ONNX Runtime computes.
func TestGatesInONNXRuntime(t *testing.T) {
	ortest.Require(t)
	x, err := nn.MatrixOf([][]float64{{-5, -3, -1}, {-0.75, -0.25, 0}, {0.125, 1, 3}, {2.75, 4, 9}})
	if err != nil {
		t.Fatal(err)
	}
	models := gateModels()
	for _, op := range []string{"Abs", "Sign", "HardSigmoid", "HardSwish", "Elu", "Selu", "Celu", "Softplus", "Softsign", "ThresholdedRelu"} {
		models[op] = newModel(14, -1, 3).op(op, []string{"x"}, "y")
	}
	models["PRelu"] = newModel(14, -1, 3).constant("s", nil, 0.25).op("PRelu", []string{"x", "s"}, "y")
	models["Elu 2"] = newModel(14, -1, 3).op("Elu", []string{"x"}, "y", floatAttr("alpha", 2))
	models["Celu 2"] = newModel(14, -1, 3).op("Celu", []string{"x"}, "y", floatAttr("alpha", 2))
	models["HardSigmoid falling"] = newModel(14, -1, 3).op("HardSigmoid", []string{"x"}, "y", floatAttr("alpha", -0.5), floatAttr("beta", 0.25))
	for name, b := range models {
		t.Run(name, func(t *testing.T) {
			n, err := b.read(t)
			if err != nil {
				t.Fatal(err)
			}
			agree(t, n, b.bytes(t), x, 1e-6)
		})
	}
}
