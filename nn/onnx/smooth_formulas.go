package onnx

import (
	"math"

	"github.com/netmend/netmend/nn"
)

// Constants of the tanh form of GELU: tanh(geluRate z + geluRate geluCube z³).
const (
	geluCube = 0.044715
	sixth    = 1.0 / 6
)

var (
	geluRate = math.Sqrt(2 / math.Pi)
	// square is z².
	square = times(theArgument, theArgument)
	// gateErf is Φ(z) = (1 + erf(z / sqrt 2)) / 2.
	gateErf = scale(0.5, 0.5, apply("Erf", scale(math.Sqrt2/2, 0, theArgument)))
	// tanhCubic is the hyperbolic tangent in the tanh form of GELU.
	tanhCubic = activation(nn.Tanh(), times(theArgument, scale(float64(geluRate*geluCube), geluRate, square)))
)

// valueFormula is f itself, for functions without an operator in opset 13; nil
// for others.
func valueFormula(f *nn.Smooth) *formula {
	switch f.Kind() {
	case nn.KindGELU:
		return times(theArgument, gateErf)
	case nn.KindGELUTanh:
		return times(theArgument, scale(0.5, 0.5, tanhCubic))
	case nn.KindSiLU:
		return times(theArgument, activation(nn.Sigmoid(), theArgument))
	case nn.KindHardSwish:
		return times(theArgument, activation(hardGate(), theArgument))
	}
	return nil
}

// hardGate is min(1, max(0, z/6 + 1/2)).
func hardGate() *nn.Piecewise {
	return &nn.Piecewise{Breaks: []float64{-3, 3}, Slope: []float64{0, sixth, 0}, Offset: []float64{0, 0.5, 1}}
}

// slopeFormula is the derivative of f, from the right at a kink, in z and f(z);
// nil if it is not known.
func slopeFormula(f *nn.Smooth) *formula {
	switch f.Kind() {
	case nn.KindTanh: // 1 - t²
		return scale(-1, 1, times(theResult, theResult))
	case nn.KindSigmoid: // t (1 - t)
		return times(theResult, scale(-1, 1, theResult))
	case nn.KindGELU: // Φ(z) + z φ(z)
		density := scale(1/math.Sqrt(2*math.Pi), 0, apply("Exp", scale(-0.5, 0, square)))
		return plus(gateErf, times(theArgument, density))
	case nn.KindGELUTanh: // (1 + T)/2 + z (1 - T²)/2 u'
		rise := times(scale(-0.5, 0.5, times(tanhCubic, tanhCubic)), scale(float64(3*geluRate*geluCube), geluRate, square))
		return plus(scale(0.5, 0.5, tanhCubic), times(theArgument, rise))
	case nn.KindSiLU: // s + t (1 - s)
		s := activation(nn.Sigmoid(), theArgument)
		return plus(s, times(theResult, scale(-1, 1, s)))
	case nn.KindHardSwish:
		return activation(&nn.Piecewise{
			Breaks: []float64{-3, 3}, Slope: []float64{0, 1.0 / 3, 0}, Offset: []float64{0, 0.5, 1},
		}, theArgument)
	case nn.KindELU:
		p := f.Parameters()
		return exponentialSlope(1, p[0], 1)
	case nn.KindCELU:
		p := f.Parameters()
		return exponentialSlope(1, p[0], p[0])
	case nn.KindSELU:
		p := f.Parameters()
		return exponentialSlope(p[1], p[0], 1)
	case nn.KindSoftplus:
		return activation(nn.Sigmoid(), theArgument)
	case nn.KindSoftsign: // 1 / (1 + |z|)²
		d := scale(1, 1, activation(nn.Abs(), theArgument))
		return apply("Reciprocal", times(d, d))
	}
	return nil
}

// exponentialSlope is gamma for z >= 0 and gamma alpha / beta exp(z / beta) below.
func exponentialSlope(gamma, alpha, beta float64) *formula {
	low := gamma * alpha / beta
	below, err := nn.Clip(math.Inf(-1), 0)
	if err != nil {
		return nil
	}
	var exponent *formula = activation(below, theArgument)
	if beta != 1 {
		exponent = scale(1/beta, 0, exponent)
	}
	slope := apply("Exp", exponent)
	if low != 1 {
		slope = scale(low, 0, slope)
	}
	if low != gamma {
		slope = plus(slope, activation(&nn.Piecewise{
			Breaks: []float64{0}, Slope: []float64{0, 0}, Offset: []float64{0, gamma - low},
		}, theArgument))
	}
	return slope
}
