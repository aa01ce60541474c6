package region_test

import (
	"context"
	"fmt"
	"log"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/region"
	"github.com/netmend/netmend/set"
)

// figure3 is the network N1 of Figure 3 in "Provable Repair of Deep Neural
// Networks": h1 = ReLU(-x), h2 = ReLU(x), h3 = ReLU(x - 1), y = -h1 - h2 + h3.
func figure3() *nn.Network {
	hidden, _ := nn.MatrixOf([][]float64{{-1}, {1}, {1}})
	out, _ := nn.MatrixOf([][]float64{{-1, -1, 1}})
	net, err := nn.New([]nn.Node{
		{Name: "hidden", Inputs: []int{nn.Input}, Op: &nn.Dense{Params: nn.Params{Weight: hidden, Bias: []float64{0, 0, -1}}}},
		{Name: "relu", Inputs: []int{0}, Op: nn.ReLU()},
		{Name: "y", Inputs: []int{1}, Op: &nn.Dense{Params: nn.Params{Weight: out, Bias: []float64{0}}}},
	}, []int{1}, nn.Meta{})
	if err != nil {
		log.Fatal(err)
	}
	return net
}

func ExampleOnSegment() {
	s, err := set.NewSegment([]float64{-1}, []float64{2})
	if err != nil {
		log.Fatal(err)
	}
	_, err = region.OnSegment(context.Background(), figure3(), s, region.Options{}, func(c *region.Cell) error {
		from, to := s.At(c.Vertices[0].Param[0]), s.At(c.Vertices[1].Param[0])
		y := c.Affine().Row(0)
		fmt.Printf("%.4g to %.4g: pattern %d, y = %.4g t %+.4g\n", from[0], to[0], c.Pattern, y[0], y[1])
		return nil
	})
	if err != nil {
		log.Fatal(err)
	}
	// Output:
	// -1 to 0: pattern [1 0 0], y = 3 t -1
	// 0 to 1: pattern [0 1 0], y = -3 t +1
	// 1 to 2: pattern [0 1 1], y = 0 t -1
}

func ExampleOnPolygon() {
	// y = |x1| + |x2| on a square around 0.
	hidden, _ := nn.MatrixOf([][]float64{{1, 0}, {-1, 0}, {0, 1}, {0, -1}})
	out, _ := nn.MatrixOf([][]float64{{1, 1, 1, 1}})
	net, err := nn.New([]nn.Node{
		{Inputs: []int{nn.Input}, Op: &nn.Dense{Params: nn.Params{Weight: hidden, Bias: make([]float64, 4)}}},
		{Inputs: []int{0}, Op: nn.ReLU()},
		{Inputs: []int{1}, Op: &nn.Dense{Params: nn.Params{Weight: out, Bias: []float64{0}}}},
	}, []int{2}, nn.Meta{})
	if err != nil {
		log.Fatal(err)
	}
	square, err := set.NewPolygon([][]float64{{-1, -1}, {1, -1}, {1, 1}, {-1, 1}})
	if err != nil {
		log.Fatal(err)
	}
	result, err := region.OnPolygon(context.Background(), net, square, region.Options{Tree: true}, func(c *region.Cell) error {
		fmt.Print(c.Pattern)
		for _, v := range c.Vertices {
			fmt.Print(" ", square.At(v.Param[0], v.Param[1]))
		}
		fmt.Println()
		return nil
	})
	if err != nil {
		log.Fatal(err)
	}
	root := result.Trees[0][0]
	fmt.Printf("%d cells; the first split is along unit %d\n", result.Total(), root.Unit)
	// Output:
	// [0 1 0 1] [-1 0] [-1 -1] [0 -1] [0 0]
	// [0 1 1 0] [0 0] [0 1] [-1 1] [-1 0]
	// [1 0 0 1] [0 0] [0 -1] [1 -1] [1 0]
	// [1 0 1 0] [1 0] [1 1] [0 1] [0 0]
	// 4 cells; the first split is along unit 0
}
