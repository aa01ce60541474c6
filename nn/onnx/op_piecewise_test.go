package onnx

import (
	"math"
	"math/big"
	"testing"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/nn/onnx/internal/onnxpb"
)

// TestPiecewiseInReals: what is read of an operator is its function at every real number, at
// those next to a breakpoint that no float64 can tell from it, too.
func TestPiecewiseInReals(t *testing.T) {
	floats := func(name string, v float32) *onnxpb.AttributeProto { return floatAttr(name, float64(v)) }
	clamp := func(z *big.Rat) *big.Rat {
		switch one := big.NewRat(1, 1); {
		case z.Sign() < 0:
			return new(big.Rat)
		case z.Cmp(one) > 0:
			return one
		}
		return z
	}
	hard := func(alpha, beta float32) func(*big.Rat) *big.Rat {
		return func(z *big.Rat) *big.Rat {
			y := new(big.Rat).Mul(rational(float64(alpha)), z)
			return clamp(y.Add(y, rational(float64(beta))))
		}
	}
	above := func(alpha float32) func(*big.Rat) *big.Rat {
		return func(z *big.Rat) *big.Rat {
			if z.Cmp(rational(float64(alpha))) > 0 {
				return z
			}
			return new(big.Rat)
		}
	}
	slope := func(a float32) func(*big.Rat) *big.Rat {
		return func(z *big.Rat) *big.Rat {
			if z.Sign() < 0 {
				return new(big.Rat).Mul(rational(float64(a)), z)
			}
			return z
		}
	}
	for _, c := range []struct {
		op     string
		attrs  []*onnxpb.AttributeProto
		slopes []float32
		want   func(z *big.Rat) *big.Rat
		at     []float64
	}{
		{op: "Sign", want: func(z *big.Rat) *big.Rat { return big.NewRat(int64(z.Sign()), 1) }},
		{op: "ThresholdedRelu", want: above(1), at: []float64{1}},
		{op: "ThresholdedRelu", attrs: []*onnxpb.AttributeProto{floats("alpha", -0.3)}, want: above(-0.3), at: []float64{float64(float32(-0.3))}},
		{op: "ThresholdedRelu", attrs: []*onnxpb.AttributeProto{floats("alpha", 0)}, want: above(0)},
		{op: "HardSigmoid", want: hard(0.2, 0.5), at: []float64{-2.5, 2.5}},
		{op: "HardSigmoid", attrs: []*onnxpb.AttributeProto{floats("alpha", 0.3)}, want: hard(0.3, 0.5), at: []float64{-0.5 / 0.3, 0.5 / 0.3}},
		{op: "HardSigmoid", attrs: []*onnxpb.AttributeProto{floats("alpha", -0.7), floats("beta", 0.1)}, want: hard(-0.7, 0.1), at: []float64{0.1 / 0.7, -0.9 / 0.7}},
		{op: "HardSigmoid", attrs: []*onnxpb.AttributeProto{floats("alpha", 0.25)}, want: hard(0.25, 0.5), at: []float64{-2, 2}},
		{op: "PRelu", slopes: []float32{1e-30, 0.1}, want: slope(1e-30)},
		{op: "PRelu", slopes: []float32{-1e30, 3}, want: slope(-1e30)},
		{op: "PRelu", slopes: []float32{0.3, -0.5}, want: slope(0.3)},
	} {
		b, in := newModel(16, 1, 2), []string{"x"}
		if c.slopes != nil {
			b.constant("slope", []int64{2}, c.slopes...)
			in = append(in, "slope")
		}
		net := b.op(c.op, in, "y", c.attrs...).mustRead(t)
		tiny := new(big.Rat).SetFrac(big.NewInt(1), new(big.Int).Lsh(big.NewInt(1), 1200))
		for _, near := range append(c.at, 0) {
			for _, p := range []float64{near, math.Nextafter(near, 9), math.Nextafter(near, -9), near + 0x1p-30, near - 0x1p-30, 5, -5} {
				for _, by := range []int64{-1, 0, 1} {
					z := new(big.Rat).Mul(tiny, big.NewRat(by, 1))
					z.Add(z, rational(p))
					if got, want := inReals(t, net, z), c.want(z); got.Cmp(want) != 0 {
						t.Fatalf("%s %v %v at %v + %d tiny: %v, want %v", c.op, c.attrs, c.slopes, p, by, got.FloatString(40), want.FloatString(40))
					}
				}
			}
		}
	}
}

func rational(x float64) *big.Rat { return new(big.Rat).SetFloat64(x) }

// inReals is the first output of an elementwise network for inputs that are all z.
func inReals(t *testing.T, net *nn.Network, z *big.Rat) *big.Rat {
	t.Helper()
	affine := func(a, b float64, z *big.Rat) *big.Rat {
		y := new(big.Rat).Mul(rational(a), z)
		return y.Add(y, rational(b))
	}
	values := make([]*big.Rat, len(net.Nodes))
	for i, node := range net.Nodes {
		var in []*big.Rat
		for _, k := range node.Inputs {
			if k == nn.Input {
				in = append(in, z)
			} else {
				in = append(in, values[k])
			}
		}
		switch op := node.Op.(type) {
		case *nn.Scale:
			values[i] = affine(op.Factor[0], op.Shift[0], in[0])
		case *nn.Sum:
			values[i] = new(big.Rat)
			for k, c := range op.Coefficients {
				values[i].Add(values[i], affine(c, 0, in[k]))
			}
		case *nn.Piecewise:
			k := 0
			for k < len(op.Breaks) && in[0].Cmp(rational(op.Breaks[k])) >= 0 {
				k++
			}
			values[i] = affine(op.Slope[k], op.Offset[k], in[0])
		default:
			t.Fatalf("%s is not elementwise", op.Kind())
		}
	}
	return values[len(values)-1]
}
