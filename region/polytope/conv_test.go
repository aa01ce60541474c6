package polytope_test

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/region/polytope"
)

// TestLargeConvolution enumerates the regions on a rectangle of a network whose first
// layer would be a matrix of 3,072 x 32,768, 0.8 GB: they cover the rectangle, and
// the maps of their patterns give the outputs.
func TestLargeConvolution(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	one, size := [2]int{1, 1}, [2]int{32, 32}
	conv := &nn.Conv{
		Params: nn.Params{Weight: nn.NewMatrix(32, 27), Bias: make([]float64, 32)},
		Window: nn.Window{Channels: 3, In: size, Kernel: [2]int{3, 3}, Stride: one, Dilation: one, Before: one, After: one},
		Groups: 1,
	}
	for i := range conv.Weight.Data {
		conv.Weight.Data[i] = r.NormFloat64()
	}
	pool := &nn.AveragePool{Window: nn.Window{Channels: 32, In: size, Kernel: size, Stride: one, Dilation: one}}
	net, err := nn.New([]nn.Node{
		{Inputs: []int{nn.Input}, Op: conv},
		{Inputs: []int{0}, Op: nn.ReLU()},
		{Inputs: []int{1}, Op: pool},
		{Inputs: []int{2}, Op: dense(r, 4, 32, false)},
		{Inputs: []int{3}, Op: nn.ReLU()},
		{Inputs: []int{4}, Op: dense(r, 2, 4, false)},
	}, []int{3, 32, 32}, nn.Meta{})
	if err != nil {
		t.Fatal(err)
	}
	d := polytope.Domain{Lo: make([]float64, net.InDim())}
	for j := range d.Lo {
		d.Lo[j] = r.NormFloat64()
	}
	d.Hi = append(d.Hi, d.Lo...)
	d.Hi[500] += 0.2
	d.Hi[2000] += 0.3
	volume, cells := 0.0, 0
	result, err := polytope.Enumerate(context.Background(), net, d, polytope.Options{Volume: true}, func(c *polytope.Cell) error {
		volume, cells = volume+c.Volume, cells+1
		points := c.Points()
		axes := nn.NewMatrix(2, points.Cols) // from a vertex to the centroid
		copy(axes.Row(0), points.Row(0))
		x := make([]float64, points.Cols)
		for j := range x {
			for v := range points.Rows {
				x[j] += points.Row(v)[j] / float64(points.Rows)
			}
			axes.Row(1)[j] = x[j] - points.Row(0)[j]
		}
		image, err := net.AffineMapAlong(c.Pattern, axes)
		if err != nil {
			return err
		}
		y, err := net.EvalPoint(x)
		if err != nil {
			return err
		}
		for k, want := range y {
			if got := image.Row(0)[k] + image.Row(1)[k]; math.Abs(got-want) > 1e-10*(1+math.Abs(want)) {
				t.Errorf("cell %d: output %d is %v, want %v", cells, k, got, want)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if !result.Complete() || cells < 10 || math.Abs(volume-0.2*0.3) > 1e-12 {
		t.Errorf("%d cells of volume %v, complete: %v, want many of volume 0.06", cells, volume, result.Complete())
	}
}
