package polyhedron_test

import (
	"context"
	"fmt"
	"log"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/region/polyhedron"
	"github.com/netmend/netmend/set"
)

// Where the sum of two rectified inputs is at most 1, on the whole plane: an
// unbounded set.
func ExampleEnumerate() {
	sum := &nn.Dense{Params: nn.Params{Weight: nn.RowMatrix([]float64{1, 1}), Bias: []float64{0}}}
	net, err := nn.New([]nn.Node{{Inputs: []int{nn.Input}, Op: nn.ReLU()}, {Inputs: []int{0}, Op: sum}}, []int{2}, nn.Meta{})
	if err != nil {
		log.Fatal(err)
	}
	goal := set.Union{set.Whole(1).With(set.HalfSpace{Normal: []float64{1}, Offset: 1})}
	_, err = polyhedron.Enumerate(context.Background(), net, set.Whole(2), polyhedron.Options{Target: goal}, func(c *polyhedron.Cell) error {
		fmt.Println(c.Pattern, len(c.Polyhedron.Rows), "half-spaces")
		return nil
	})
	if err != nil {
		log.Fatal(err)
	}
	// Output:
	// [0 0] 2 half-spaces
	// [0 1] 3 half-spaces
	// [1 0] 3 half-spaces
	// [1 1] 3 half-spaces
}
