package demo

import (
	_ "embed"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/repair"
)

// The example of Sotoudeh and Thakur, "Provable Repair of Deep Neural
// Networks" (PLDI 2021), Figure 3 and section 3.

// The requirements of the example.
var (
	// equation2 is -1 <= N(0.5) <= -0.8 and -0.2 <= N(1.5) <= 0.
	//go:embed figure3/eq2.json
	equation2 []byte
	// equation3 is -0.8 <= N(x) <= -0.4 for all x in [0.5, 1.5].
	//go:embed figure3/eq3.json
	equation3 []byte
)

// The part of the input axis that Figure 3 shows.
const axisFrom, axisTo = -1, 2

// edges are the edges drawn in Figure 3 into the first layer, with the
// names of the parameters: only they may change.
var edges = []struct {
	name      string
	parameter repair.Parameter
}{
	{"x -> h1", repair.Parameter{Output: 0, Input: 0}},
	{"x -> h2", repair.Parameter{Output: 1, Input: 0}},
	{"x -> h3", repair.Parameter{Output: 2, Input: 0}},
	{"1 -> h3", repair.Parameter{Output: 2, Input: repair.BiasInput}},
}

// N1 is network N1 of Figure 3:
//
//	h1 = ReLU(-x)   h2 = ReLU(x)   h3 = ReLU(x - 1)   y = -h1 - h2 + h3
//
// The paper leaves the weight from h1 to y open; everything else follows from
// N1(0.5) = -0.5, N1(1.5) = -1 and equation (1).
func N1() (*nn.Network, error) {
	hidden := nn.Params{
		Weight: nn.Matrix{Rows: 3, Cols: 1, Stride: 1, Data: []float64{-1, 1, 1}},
		Bias:   []float64{0, 0, -1},
	}
	output := nn.Params{Weight: nn.RowMatrix([]float64{-1, -1, 1}), Bias: []float64{0}}
	return nn.New([]nn.Node{
		{Name: "hidden", Inputs: []int{nn.Input}, Op: &nn.Dense{Params: hidden}},
		{Name: "relu", Inputs: []int{0}, Op: nn.ReLU()},
		{Name: "output", Inputs: []int{1}, Op: &nn.Dense{Params: output}},
	}, []int{1}, nn.Meta{InputName: "x", OutputName: "y", DType: nn.Float64})
}
