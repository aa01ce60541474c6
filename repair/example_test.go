package repair_test

import (
	"context"
	"fmt"
	"log"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/repair"
	"github.com/netmend/netmend/set"
	"github.com/netmend/netmend/spec"
)

// figure3 is network N1 of the paper: h1 = ReLU(-x), h2 = ReLU(x),
// h3 = ReLU(x - 1), y = -h1 - h2 + h3.
func figure3() *nn.Network {
	hidden := nn.Params{
		Weight: nn.Matrix{Rows: 3, Cols: 1, Stride: 1, Data: []float64{-1, 1, 1}},
		Bias:   []float64{0, 0, -1},
	}
	output := nn.Params{Weight: nn.RowMatrix([]float64{-1, -1, 1}), Bias: []float64{0}}
	net, err := nn.New([]nn.Node{
		{Inputs: []int{nn.Input}, Op: &nn.Dense{Params: hidden}},
		{Inputs: []int{0}, Op: nn.ReLU()},
		{Inputs: []int{1}, Op: &nn.Dense{Params: output}},
	}, []int{1}, nn.Meta{})
	if err != nil {
		log.Fatal(err)
	}
	return net
}

// between requires lo <= y <= hi at x.
func between(x, lo, hi float64) spec.Item {
	return spec.Item{
		Name: fmt.Sprintf("x = %g", x), Point: []float64{x},
		Output: spec.Output{Bounds: []spec.Bound{{Output: 0, Lower: lo, Upper: hi}}},
	}
}

// Equation (2) of the paper: two points, and the parameters that Figure 3 draws
// may change.
func ExampleRun() {
	s := &spec.Spec{Items: []spec.Item{between(0.5, -1, -0.8), between(1.5, -0.2, 0)}}
	r, err := repair.Run(context.Background(), figure3(), s, repair.Options{
		Layer: 1, Norm: repair.L1,
		Free: repair.Free{Kind: repair.FreeList, List: []repair.Parameter{{0, 0}, {1, 0}, {2, 0}, {2, repair.BiasInput}}},
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(r.Status)
	fmt.Printf("x -> h2 by %.4f, x -> h3 by %.4f\n", r.Change.Weight.Row(1)[0], r.Change.Weight.Row(2)[0])
	for _, x := range []float64{0.5, 1.5} {
		y, err := r.Network.EvalPoint([]float64{x})
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("y(%g) = %.4f\n", x, y[0])
	}
	// Output:
	// repaired
	// x -> h2 by 0.6000, x -> h3 by 1.1333
	// y(0.5) = -0.8000
	// y(1.5) = -0.2000
}

// A requirement that no change within the bound meets comes with a proof.
func ExampleFarkasValue() {
	s := &spec.Spec{Items: []spec.Item{between(0.5, 4, 5)}}
	r, err := repair.Run(context.Background(), figure3(), s, repair.Options{Layer: 1, Bound: 1})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(r.Status)
	fmt.Println("proven:", repair.FarkasValue(r.Farkas, r.Bound, nil) < 0)
	// Output:
	// infeasible
	// proven: true
}

// Check looks at a network, repaired or not, on all of an interval.
func ExampleCheck() {
	interval, err := set.NewSegment([]float64{-1}, []float64{2})
	if err != nil {
		log.Fatal(err)
	}
	s := &spec.Spec{Items: []spec.Item{{
		Name: "[-1, 2]", Segment: &interval,
		Output: spec.Output{Bounds: []spec.Bound{{Output: 0, Lower: -0.75, Upper: 0}}},
	}}}
	r, err := repair.Check(context.Background(), figure3(), s, repair.Options{})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(r.Cells, "linear regions")
	fmt.Printf("margin %g at %v\n", r.MarginReached, r.Worst.Point)
	// Output:
	// 3 linear regions
	// margin -0.25 at [-1]
}

// Auto tries every layer.
func ExampleAuto() {
	s := &spec.Spec{Items: []spec.Item{between(2, -0.75, 0)}}
	best, all, err := repair.Auto(context.Background(), figure3(), s, repair.Options{Norm: repair.Linf})
	if err != nil {
		log.Fatal(err)
	}
	for _, r := range all {
		fmt.Printf("layer %d: %s, at most %.4f a parameter\n", r.Layer, r.Status, r.Objective)
	}
	fmt.Println("best:", best.Layer)
	// Output:
	// layer 1: repaired, at most 0.0417 a parameter
	// layer 2: found in float64, not proven, at most 0.0625 a parameter
	// best: 1
}
