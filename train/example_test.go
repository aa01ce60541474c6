package train_test

import (
	"context"
	"fmt"
	"log"

	"github.com/netmend/netmend/internal/digits"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/train"
)

func ExampleRun() {
	net, err := train.NewDense(1, digits.Size*digits.Size, 32, digits.Classes)
	if err != nil {
		log.Fatal(err)
	}
	data := func(n int, seed uint64) *train.Data {
		p := digits.Generate(n, seed)
		return &train.Data{X: nn.Matrix{Rows: p.Rows, Cols: p.Dim, Stride: p.Dim, Data: p.Data}, Labels: p.Labels}
	}
	r, err := train.Run(context.Background(), net, data(1000, 1),
		train.Options{Optimizer: train.SGD{Rate: 0.05, Momentum: 0.9}},
		train.Schedule{Epochs: 20, Validation: data(200, 2), Patience: 3})
	if err != nil {
		log.Fatal(err)
	}
	best := r.Epochs[r.Best-1]
	fmt.Println(float64(best.Correct)/float64(best.Samples) > 0.9)
	// Output: true
}
