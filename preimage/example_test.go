package preimage_test

import (
	"context"
	"fmt"
	"log"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/preimage"
	"github.com/netmend/netmend/set"
	"github.com/netmend/netmend/set/solve"
	"github.com/netmend/netmend/spec"
)

// distance is the network |x1| + |x2|.
func distance() *nn.Network {
	hidden, _ := nn.MatrixOf([][]float64{{1, 0}, {-1, 0}, {0, 1}, {0, -1}})
	out, _ := nn.MatrixOf([][]float64{{1, 1, 1, 1}})
	net, err := nn.New([]nn.Node{
		{Name: "hidden", Inputs: []int{nn.Input}, Op: &nn.Dense{Params: nn.Params{Weight: hidden, Bias: make([]float64, 4)}}},
		{Name: "relu", Inputs: []int{0}, Op: nn.ReLU()},
		{Name: "y", Inputs: []int{1}, Op: &nn.Dense{Params: nn.Params{Weight: out, Bias: []float64{0}}}},
	}, []int{2}, nn.Meta{})
	if err != nil {
		log.Fatal(err)
	}
	return net
}

// atMost is y <= limit.
func atMost(limit float64) set.Union {
	return set.Union{{Dim: 1, Rows: []set.HalfSpace{{Normal: []float64{1}, Offset: limit}}}}
}

func ExampleBackward() {
	r, err := preimage.Backward(context.Background(), distance(), atMost(1), preimage.BackwardOptions{
		Simplify: true,
		Snapshot: func(s preimage.Snapshot) error {
			fmt.Printf("%s, node %d: %d polyhedra\n", s.Kind, s.Node, len(s.Sets))
			return nil
		},
	})
	if err != nil {
		log.Fatal(err)
	}
	for _, x := range [][]float64{{0.5, -0.5}, {0.75, 0.5}} {
		fmt.Println(x, r.Sets.Contains(x))
	}
	// Output:
	// target, node 3: 1 polyhedra
	// affine, node 2: 1 polyhedra
	// activation, node 1: 16 polyhedra
	// affine, node 0: 16 polyhedra
	// [0.5 -0.5] true
	// [0.75 0.5] false
}

func ExampleRegions() {
	square := set.Box{Lo: []float64{-1, -1}, Hi: []float64{3, 1}}.Polyhedron()
	r, err := preimage.Regions(context.Background(), distance(), square, atMost(1), preimage.RegionsOptions{Volume: true})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%d pieces, %.4g of an area of %.4g\n", len(r.Pieces), r.Volume, r.DomainVolume)
	point, far, _, err := r.Nearest([]float64{2, 0}, solve.L2)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("nearest to (2, 0): (%.4g, %.4g), distance %.4g\n", point[0], point[1], far)
	most, err := r.Maximize([]float64{2, 1})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("most of 2 x1 + x2: %.4g\n", most.Value)
	// Output:
	// 4 pieces, 2 of an area of 8
	// nearest to (2, 0): (1, 0), distance 1
	// most of 2 x1 + x2: 2
}

func ExampleImage() {
	square := set.Box{Lo: []float64{-1, -1}, Hi: []float64{3, 1}}
	image, err := preimage.Image(context.Background(), distance(), square.Polyhedron(), preimage.ImageOptions{})
	if err != nil {
		log.Fatal(err)
	}
	for _, p := range image.Pieces {
		fmt.Println(p.Pattern, p.Vertices)
	}
	bounds, err := preimage.ImageBox(context.Background(), distance(), square)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("by interval arithmetic %.4g to %.4g\n", bounds.Lo[0], bounds.Hi[0])
	// Output:
	// [0 1 0 1] [[2] [1] [1] [0]]
	// [0 1 1 0] [[2] [1] [1] [0]]
	// [1 0 0 1] [[4] [1] [3] [0]]
	// [1 0 1 0] [[4] [1] [3] [0]]
	// by interval arithmetic 0 to 6
}

func ExampleApproximate() {
	square := set.Box{Lo: []float64{-1, -1}, Hi: []float64{1, 1}}
	a, err := preimage.Approximate(context.Background(), distance(), square, atMost(1), preimage.ApproximateOptions{Coverage: 0.95})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(a.Under.Side, len(a.Under.Pieces) > 0, a.Coverage.Value >= 0.95)
	fmt.Println(a.Over.Side, a.Over.Union().Contains([]float64{0.5, 0.5}))
	// Output:
	// under true true
	// over true
}

func ExamplePartition() {
	// Two classes: far from the origin (0) and near to it (1).
	out, _ := nn.MatrixOf([][]float64{{1}, {-1}})
	nodes := append(distance().Nodes, nn.Node{
		Name: "scores", Inputs: []int{2}, Op: &nn.Dense{Params: nn.Params{Weight: out, Bias: []float64{-1, 1}}},
	})
	net, err := nn.New(nodes, []int{2}, nn.Meta{})
	if err != nil {
		log.Fatal(err)
	}
	square := set.Box{Lo: []float64{-1, -1}, Hi: []float64{1, 1}}.Polyhedron()
	r, err := preimage.Partition(context.Background(), net, square, spec.Argmax, preimage.RegionsOptions{Volume: true})
	if err != nil {
		log.Fatal(err)
	}
	areas := make([]float64, 2)
	for _, p := range r.Pieces {
		areas[p.Member] += p.Volume
	}
	fmt.Printf("areas %.4g of %.4g\n", areas, r.DomainVolume)
	// Output:
	// areas [2 2] of 4
}
