package nn_test

import (
	"fmt"

	"github.com/netmend/netmend/nn"
)

// A 3 x 3 picture through a convolution that adds each pixel and its right
// neighbour, and a max pool over what is left. The pool's one unit copies candidate 3.
func ExampleConv() {
	window := nn.Window{
		Channels: 1, In: [2]int{3, 3}, Kernel: [2]int{1, 2}, Stride: [2]int{1, 1}, Dilation: [2]int{1, 1},
	}
	conv := &nn.Conv{
		Params: nn.Params{Weight: nn.RowMatrix([]float64{1, 1}), Bias: []float64{0}},
		Window: window, Groups: 1,
	}
	pool := &nn.MaxPool{Window: nn.Window{
		Channels: 1, In: [2]int{window.Out(0), window.Out(1)}, Kernel: [2]int{3, 2}, Stride: [2]int{1, 1}, Dilation: [2]int{1, 1},
	}}
	net, err := nn.New([]nn.Node{
		{Name: "conv", Inputs: []int{nn.Input}, Op: conv},
		{Name: "pool", Inputs: []int{0}, Op: pool},
	}, []int{1, 3, 3}, nn.Meta{})
	if err != nil {
		fmt.Println(err)
		return
	}
	picture := []float64{
		0, 1, 2,
		0, 3, 4,
		5, 0, 0,
	}
	trace := net.Run(nn.RowMatrix(picture), 1)
	fmt.Println(trace.Of(0).Row(0), trace.Output().Row(0), net.PatternsAt(nn.RowMatrix(picture), 1)[0])
	// Output: [1 3 3 7 5 0] [7] [3]
}

// The maximum of two branches as b + ReLU(a - b), for algorithms that split on the
// sign of one unit at a time.
func ExampleNetwork_LowerSelections() {
	net, err := nn.New([]nn.Node{
		{Name: "half", Inputs: []int{nn.Input}, Op: &nn.Scale{Factor: []float64{0.5}, Shift: []float64{0}}},
		{Name: "max", Inputs: []int{nn.Input, 0}, Op: &nn.Max{Inputs: 2, Dim: 1}},
	}, []int{1}, nn.Meta{})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, node := range net.LowerSelections().Nodes {
		fmt.Println(node.Op.Kind(), node.Name)
	}
	// Output:
	// Scale half
	// Concat max/candidates
	// Take max/round1/first
	// Take max/round1/second
	// Sum max/round1/lead
	// ReLU max/round1/positive
	// Sum max/round1/winners
	// Take max
}
