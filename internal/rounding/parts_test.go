package rounding_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/netmend/netmend/internal/nntest"
	"github.com/netmend/netmend/internal/rounding"
	"github.com/netmend/netmend/nn"
)

// TestSigns holds the parts of the affine operations against their entries, found
// with unit vectors.
func TestSigns(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	params := func(out, in int) nn.Params { return nntest.Params(r, out, in) }
	value := params(4, 18)
	one, two := [2]int{1, 1}, [2]int{2, 2}
	window := nn.Window{Channels: 4, In: [2]int{4, 5}, Kernel: [2]int{3, 3}, Stride: two, Dilation: one, Before: one, After: one}
	dense := value.Clone()
	for _, test := range []struct {
		op nn.Affine
		in []int
	}{
		{&nn.Dense{Params: params(4, 18), Value: &dense}, []int{18}},
		{&nn.Conv{Params: params(4, 18), Value: &value, Window: window, Groups: 2}, []int{80}},
		{&nn.ConvTranspose{Params: params(4, 18), Value: &value, Window: window, Inputs: 4, Groups: 2}, []int{4 * window.Positions()}},
		{&nn.AveragePool{Window: window}, []int{80}},
		{&nn.Scale{Factor: []float64{1, -2, 0}, Shift: []float64{-3, 1, 0}}, []int{3}},
		{&nn.Sum{Coefficients: []float64{1, -2, 3}}, []int{2, 2, 2}},
		{&nn.Take{In: 3, From: []int32{2, -1, 2, 0}, Fill: -5}, []int{3}},
		{&nn.Concat{Dims: []int{1, 2}}, []int{1, 2}},
		{&nn.Reduce{Outer: 2, Axis: 3, Inner: 2, Divisor: 3}, []int{12}},
	} {
		out, err := test.op.OutDim(test.in)
		if err != nil {
			t.Fatal(err)
		}
		width := 0
		for _, d := range test.in {
			width += d
		}
		// The images of 0 and of the basis, with constants.
		images := func(op nn.Affine, ch nn.Channel) nn.Matrix {
			dst, src, at := nn.NewMatrix(1+width, out), []nn.Matrix{}, 1
			for _, d := range test.in {
				m := nn.NewMatrix(1+width, d)
				for k := range d {
					m.Row(at + k)[k] = 1
				}
				at += d
				src = append(src, m)
			}
			op.Forward(dst, src, ch, true, 1)
			return dst
		}
		for _, ch := range []nn.Channel{nn.ActivationChannel, nn.ValueChannel} {
			of := images(test.op, ch)
			abs, ok := rounding.Absolute(test.op, ch)
			positive, negative, known := rounding.SignParts(test.op, ch)
			if !ok || !known || !rounding.HasAbsolute(test.op) {
				t.Fatalf("%s: not known", test.op.Kind())
			}
			other := nn.ValueChannel - ch // both channels of the results are the same
			a, p, n := images(abs, other), images(positive, other), nn.NewMatrix(1+width, out)
			if negative != nil {
				n = images(negative, other)
			}
			for i := range of.Rows {
				for k, v := range of.Row(i) {
					c := of.Row(0)[k]
					if i == 0 {
						if a.Row(0)[k] != math.Abs(c) || p.Row(0)[k] != 0 || n.Row(0)[k] != 0 {
							t.Errorf("%s: constant %d is %v: absolute %v, parts %v and %v", test.op.Kind(), k, c, a.Row(0)[k], p.Row(0)[k], n.Row(0)[k])
						}
						continue
					}
					v -= c
					if got := a.Row(i)[k] - math.Abs(c); math.Abs(got-math.Abs(v)) > 1e-14 ||
						math.Abs(p.Row(i)[k]-max(v, 0)) > 1e-14 || math.Abs(n.Row(i)[k]-min(v, 0)) > 1e-14 {
						t.Errorf("%s: entry %d, %d is %v: absolute %v, parts %v and %v", test.op.Kind(), i, k, v, got, p.Row(i)[k], n.Row(i)[k])
					}
				}
			}
		}
	}
	if _, ok := rounding.Absolute(nil, nn.ValueChannel); ok {
		t.Error("nil has absolute values")
	}
}
