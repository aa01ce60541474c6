package baseline_test

import (
	"context"
	"fmt"
	"log"

	"github.com/netmend/netmend/internal/baseline"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/train"
)

func ExampleFineTune() {
	net, err := train.NewDense(1, 2, 16, 2)
	if err != nil {
		log.Fatal(err)
	}
	x, err := nn.MatrixOf([][]float64{{0, 0}, {1, 0}, {0, 1}, {1, 1}})
	if err != nil {
		log.Fatal(err)
	}
	r, err := baseline.FineTune(context.Background(), net, &train.Data{X: x, Labels: []int{0, 1, 1, 0}},
		baseline.Options{Optimizer: train.SGD{Rate: 0.1, Momentum: 0.9}, BatchSize: 4, Epochs: 500})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(r.Stop, r.Correct, "of", r.Samples)
	// Output: satisfied 4 of 4
}
