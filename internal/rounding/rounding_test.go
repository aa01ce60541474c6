package rounding

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/netmend/netmend/nn"
)

// linears are random affine operations of every kind, with the lengths of their
// inputs.
func linears(r *rand.Rand) map[string]struct {
	op   nn.Affine
	dims []int
} {
	window := nn.Window{
		Channels: 4, In: [2]int{4, 5}, Kernel: [2]int{3, 2}, Stride: [2]int{1, 2}, Dilation: [2]int{1, 1},
		Before: [2]int{1, 0}, After: [2]int{0, 1},
	}
	numbers := func(n int) []float64 {
		xs := make([]float64, n)
		for i := range xs {
			xs[i] = r.NormFloat64()
		}
		return xs
	}
	params := func(out, in int) nn.Params {
		return nn.Params{Weight: nn.Matrix{Rows: out, Cols: in, Stride: in, Data: numbers(out * in)}, Bias: numbers(out)}
	}
	type linear = struct {
		op   nn.Affine
		dims []int
	}
	return map[string]linear{
		"dense": {&nn.Dense{Params: params(5, 7)}, []int{7}},
		"scale": {&nn.Scale{Factor: numbers(6), Shift: numbers(6)}, []int{6}},
		"conv":  {&nn.Conv{Params: params(6, 12), Window: window, Groups: 2}, []int{80}},
		"transposed": {
			&nn.ConvTranspose{Params: params(4, 12), Window: window, Inputs: 4, Groups: 2},
			[]int{4 * window.Positions()},
		},
		"average": {&nn.AveragePool{Window: window, CountPadding: true}, []int{80}},
		"concat":  {&nn.Concat{Dims: []int{3, 2}}, []int{3, 2}},
		"take":    {&nn.Take{In: 4, From: []int32{3, -1, 0, 0}, Fill: -2}, []int{4}},
		"sum":     {&nn.Sum{Coefficients: []float64{1, -1, -0.5}}, []int{4, 4, 4}},
		"reduce":  {&nn.Reduce{Outer: 2, Axis: 3, Inner: 2, Divisor: 3}, []int{12}},
	}
}

// TestTypes: the bounds of every affine operation are tested.
func TestTypes(t *testing.T) {
	tested := map[string]bool{}
	for _, l := range linears(rand.New(rand.NewPCG(10, 1))) {
		tested[l.op.Kind()] = true
	}
	for _, op := range nn.Types() {
		if a, ok := op.(nn.Affine); ok && !tested[a.Kind()] {
			t.Errorf("%s is not tested: add one to linears in internal/rounding/rounding_test.go", a.Kind())
		}
	}
}

// TestAbsBounds compares the bounds of every affine operation with the sums of
// absolute values that its images of unit vectors give.
func TestAbsBounds(t *testing.T) {
	r := rand.New(rand.NewPCG(10, 1))
	for range 20 {
		for name, l := range linears(r) {
			out, err := l.op.OutDim(l.dims)
			if err != nil {
				t.Fatal(err)
			}
			size := func(x []nn.Matrix, bias bool) []float64 { // |A| |x| + |b|
				want := make([]float64, out)
				y := nn.NewMatrix(1, out)
				zero := make([]nn.Matrix, len(l.dims))
				for k, d := range l.dims {
					zero[k] = nn.NewMatrix(1, d)
				}
				for k := range zero {
					for i, v := range x[k].Row(0) {
						zero[k].Data[i] = v
						l.op.Forward(y, zero, nn.ValueChannel, false, 1)
						zero[k].Data[i] = 0
						for j, v := range y.Data {
							want[j] += math.Abs(v)
						}
					}
				}
				if bias {
					l.op.Forward(y, zero, nn.ValueChannel, true, 1)
					for j, v := range y.Data {
						want[j] += math.Abs(v)
					}
				}
				return want
			}
			var x, back []nn.Matrix
			for _, d := range l.dims {
				m := nn.NewMatrix(1, d)
				for i := range m.Data {
					m.Data[i] = r.NormFloat64()
				}
				x, back = append(x, m), append(back, nn.NewMatrix(1, d))
			}
			const slack = 1e-12
			m, _ := magnitudeOf(l.op)
			for _, bias := range []bool{true, false} {
				want := size(x, bias)
				for _, tight := range []bool{true, false} {
					got := nn.NewMatrix(1, out)
					m.absBound(got, x, nn.ValueChannel, bias, tight)
					for j, v := range want {
						if got.Data[j] < float64(v*(1-slack))-slack || tight && got.Data[j] > float64(v*(1+slack))+slack {
							t.Fatalf("%s (tight %v, bias %v): bound %d is %v, the sum is %v", name, tight, bias, j, got.Data[j], v)
						}
					}
				}
			}
			// |A|^T g along x is g along |A| |x|.
			g := nn.NewMatrix(1, out)
			for j := range g.Data {
				g.Data[j] = r.Float64()
			}
			m.absBackward(back, g)
			got, want := 0.0, 0.0
			for k := range x {
				for i, v := range x[k].Data {
					got += float64(math.Abs(v) * back[k].Data[i])
				}
			}
			for j, v := range size(x, false) {
				want += float64(v * g.Data[j])
			}
			if math.Abs(got-want) > slack*(1+want) {
				t.Fatalf("%s: backwards %v, want %v", name, got, want)
			}
		}
	}
}

// TestSelectionBounds: an output of a network with a maximum moves by no more than
// its gradient bound times how much its input does, whichever candidate wins.
func TestSelectionBounds(t *testing.T) {
	r := rand.New(rand.NewPCG(10, 2))
	net, err := nn.New([]nn.Node{
		{Inputs: []int{nn.Input}, Op: &nn.Scale{Factor: []float64{1, 1, 1, 1, 1}, Shift: make([]float64, 5)}},
		{Inputs: []int{0}, Op: &nn.MaxPool{Window: nn.Window{
			Channels: 1, In: [2]int{1, 5}, Kernel: [2]int{1, 3}, Stride: [2]int{1, 1}, Dilation: [2]int{1, 1},
		}}},
		{Inputs: []int{1}, Op: &nn.Dense{Params: nn.Params{Weight: nn.Matrix{Rows: 1, Cols: 3, Stride: 3, Data: []float64{1, -2, 3}}, Bias: []float64{0}}}},
		{Inputs: []int{0, 0}, Op: &nn.Max{Inputs: 2, Dim: 5}},
		{Inputs: []int{3, 2}, Op: &nn.Concat{Dims: []int{5, 1}}},
	}, []int{5}, nn.Meta{})
	if err != nil {
		t.Fatal(err)
	}
	tight := 0
	for range 300 {
		x, y, g := nn.NewMatrix(1, 5), nn.NewMatrix(1, 5), nn.NewMatrix(1, 6)
		for i := range x.Data {
			x.Data[i] = float64(r.IntN(3))
			y.Data[i] = x.Data[i] + r.NormFloat64()
		}
		for i := range g.Data {
			g.Data[i] = r.NormFloat64()
		}
		for _, lin := range []*nn.Linearization{nil, net.LinearizeAt(x, 1)} {
			run := func(x nn.Matrix) []float64 {
				if lin == nil {
					return net.Run(x, 1).Output().Data
				}
				return net.RunLinear(x, lin, nil, 1).Output().Data
			}
			bounds := GradientBounds(net, 0, g, make([]nn.Matrix, 5), make([]nn.Matrix, 5), []int32{0}, lin, nil)
			a, b, change, bound := run(x), run(y), 0.0, 0.0
			for j, v := range g.Data {
				change += float64(v * (a[j] - b[j]))
			}
			for i, v := range bounds[0].Data {
				bound += float64(v * math.Abs(x.Data[i]-y.Data[i]))
			}
			if math.Abs(change) > bound+1e-12 {
				t.Fatalf("the output moves by %v, the bound is %v", change, bound)
			}
			if math.Abs(change) > bound/2 {
				tight++
			}
		}
	}
	if tight < 50 {
		t.Errorf("%d bounds are within a factor of two: the others say little", tight)
	}
}
