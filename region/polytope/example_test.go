package polytope_test

import (
	"context"
	"fmt"
	"log"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/region/polytope"
	"github.com/netmend/netmend/set"
)

// absolute is y = |x_0| + |x_1|.
func absolute() *nn.Network {
	dense := func(rows ...[]float64) *nn.Dense {
		w, err := nn.MatrixOf(rows)
		if err != nil {
			log.Fatal(err)
		}
		return &nn.Dense{Params: nn.Params{Weight: w, Bias: make([]float64, len(rows))}}
	}
	net, err := nn.New([]nn.Node{
		{Inputs: []int{nn.Input}, Op: dense([]float64{1, 0}, []float64{-1, 0}, []float64{0, 1}, []float64{0, -1})},
		{Inputs: []int{0}, Op: nn.ReLU()},
		{Inputs: []int{1}, Op: dense([]float64{1, 1, 1, 1})},
	}, []int{2}, nn.Meta{})
	if err != nil {
		log.Fatal(err)
	}
	return net
}

// The linear regions of |x| + |y| on a square are the four quadrants.
func ExampleOnBox() {
	_, err := polytope.OnBox(context.Background(), absolute(), []float64{-1, -1}, []float64{1, 1}, polytope.Options{}, func(c *polytope.Cell) error {
		a, b := c.Affine()
		fmt.Println(c.Pattern, "y =", a.Row(0), "x +", b)
		return nil
	})
	if err != nil {
		log.Fatal(err)
	}
	// Output:
	// [0 1 0 1] y = [-1 -1] x + [0]
	// [0 1 1 0] y = [-1 1] x + [0]
	// [1 0 0 1] y = [1 -1] x + [0]
	// [1 0 1 0] y = [1 1] x + [0]
}

// The preimage of |x| + |y| <= 1 is a diamond, which has half the area of the
// square around it.
func ExampleEnumerate() {
	goal := set.Union{set.Whole(1).With(set.HalfSpace{Normal: []float64{1}, Offset: 1})}
	r, err := polytope.Enumerate(context.Background(), absolute(), polytope.Box([]float64{-1, -1}, []float64{1, 1}),
		polytope.Options{Target: goal, Volume: true}, nil)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(r.Cells, "triangles of area", r.Volume, "in all, of", r.DomainVolume, "complete:", r.Complete())
	// Output:
	// 4 triangles of area 2 in all, of 4 complete: true
}
