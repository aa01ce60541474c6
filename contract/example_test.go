package contract_test

import (
	"context"
	"fmt"
	"log"

	"github.com/netmend/netmend/contract"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/set"
)

func ExampleRun() {
	// y = sigmoid(4 x - 2): where is it at least 1/2?
	net, err := nn.New([]nn.Node{
		{Inputs: []int{nn.Input}, Op: &nn.Dense{Params: nn.Params{Weight: nn.RowMatrix([]float64{4}), Bias: []float64{-2}}}},
		{Inputs: []int{0}, Op: nn.Sigmoid()},
	}, []int{1}, nn.Meta{})
	if err != nil {
		log.Fatal(err)
	}
	input := contract.Set{Box: set.Box{Lo: []float64{0}, Hi: []float64{1}}}
	for _, least := range []float64{0.5, 0.9} {
		output := contract.Set{Box: set.Box{Lo: []float64{least}, Hi: []float64{1}}}
		r, err := contract.Run(context.Background(), net, input, output, contract.Options{})
		if err != nil {
			log.Fatal(err)
		}
		if r.Outcome == contract.Incompatible {
			fmt.Printf("y is never %v or more\n", least)
			continue
		}
		x := r.Last().Input
		fmt.Printf("y >= %v needs x in [%.6f, %.6f]\n", least, x.Lo[0], x.Hi[0])
	}
	// Output:
	// y >= 0.5 needs x in [0.500000, 1.000000]
	// y is never 0.9 or more
}
