package onnx

import (
	"cmp"
	"fmt"
	"math"
	"math/big"
	"slices"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/nn/onnx/internal/onnxpb"
)

func readAbs(im *importer, n *onnxpb.NodeProto) (*value, error) { return im.activate(n, nn.Abs()) }

// readSign reads [z >= 0] - [-z >= 0]: with one piece at a breakpoint, the upper
// one, no single activation is 0 at 0 and there alone.
func readSign(im *importer, n *onnxpb.NodeProto) (*value, error) {
	x, err := im.require(n, 0)
	if err != nil {
		return nil, err
	}
	if x.isConstant() {
		return im.jumped(x.constant, func(z float64) float64 { return float64(cmp.Compare(z, 0)) })
	}
	if err := im.chargeTimes(x, 2); err != nil {
		return nil, err
	}
	return im.combine(irDifference, im.activated(x, nn.Step()), im.activated(im.negated(x), nn.Step()))
}

// readThresholdedRelu reads z for z > alpha and 0 else, at alpha too: -g(-z) with
// g(w) = w for w < -alpha, whose upper piece is 0.
func readThresholdedRelu(im *importer, n *onnxpb.NodeProto) (*value, error) {
	alpha, err := floatAttribute(n, "alpha", 1)
	if err != nil {
		return nil, err
	}
	if math.IsNaN(alpha) || math.IsInf(alpha, 0) {
		return nil, fmt.Errorf("a threshold of %v, want a finite number", alpha)
	}
	x, err := im.require(n, 0)
	switch {
	case err != nil:
		return nil, err
	case x.isConstant():
		return im.jumped(x.constant, func(z float64) float64 {
			if z > alpha {
				return z
			}
			return 0
		})
	case alpha == 0:
		return im.activated(x, nn.ReLU()), nil
	}
	if err := im.chargeTimes(x, 2); err != nil {
		return nil, err
	}
	g := &nn.Piecewise{Breaks: []float64{-alpha}, Slope: []float64{1, 0}, Offset: []float64{0, 0}}
	return im.negated(im.activated(im.negated(x), g)), nil
}

// jumped is a function that jumps of each element of a constant, which must be known as
// its type has it.
func (im *importer) jumped(t *tensor, f func(float64) float64) (*value, error) {
	xs, err := t.decisive()
	if err != nil {
		return nil, err
	}
	return im.mapped(t, xs, f)
}

// activated is f of a computed value.
func (im *importer) activated(x *value, f nn.Activation) *value {
	return im.add(irNode{kind: irActivation, in: []int{x.node, x.node}, act: f}, x.shape, x.batch)
}

// chargeTimes charges for k constants an element of x.
func (im *importer) chargeTimes(x *value, k int) error {
	return im.charge(int64(k) * int64(im.ir[x.node].dim))
}

// hardSigmoidSlope is the slope that the standard gives a HardSigmoid without
// one, 0.2 as a float32.
const hardSigmoidSlope = float64(float32(0.2))

// readHardSigmoid reads alpha z + beta, limited to 0 and 1: as one function where
// that has its breakpoints at float64 numbers, otherwise as a scaling and the limits,
// since with breakpoints that are rounded the function would leave [0, 1].
func readHardSigmoid(im *importer, n *onnxpb.NodeProto) (*value, error) {
	alpha, err := floatAttribute(n, "alpha", hardSigmoidSlope)
	if err != nil {
		return nil, err
	}
	beta, err := floatAttribute(n, "beta", 0.5)
	if err != nil {
		return nil, err
	}
	f, err := nn.HardSigmoid(alpha, beta)
	if err != nil {
		return nil, unsupported(err.Error())
	}
	x, err := im.require(n, 0)
	if err != nil || x.isConstant() || meetsItsPieces(f) {
		return im.activate(n, f)
	}
	if err := im.chargeTimes(x, 2); err != nil {
		return nil, err
	}
	limits, err := nn.Clip(0, 1)
	if err != nil {
		return nil, err
	}
	dim := im.ir[x.node].dim
	scaled := im.add(irNode{
		kind: irScale, in: []int{x.node},
		scale: nn.Scale{Factor: slices.Repeat([]float64{alpha}, dim), Shift: slices.Repeat([]float64{beta}, dim)},
	}, x.shape, x.batch)
	return im.activated(scaled, limits), nil
}

// meetsItsPieces reports whether neighbouring pieces have equal values at the
// breakpoint between them, without rounding.
func meetsItsPieces(f *nn.Piecewise) bool {
	at := func(k int, z float64) *big.Rat {
		v := new(big.Rat).SetFloat64(f.Slope[k])
		return v.Add(v.Mul(v, new(big.Rat).SetFloat64(z)), new(big.Rat).SetFloat64(f.Offset[k]))
	}
	for k, z := range f.Breaks {
		if at(k, z).Cmp(at(k+1, z)) != 0 {
			return false
		}
	}
	return true
}

// readPRelu reads z for z >= 0 and slope z below, a leaky ReLU where all units
// have one slope. Else it is the sum of slope z and (1 - slope) max(0, z), whose
// tie rule is that of a leaky ReLU: at 0 the slopes of the parts add up to 1.
func readPRelu(im *importer, n *onnxpb.NodeProto) (*value, error) {
	x, err := im.require(n, 0)
	if err != nil {
		return nil, err
	}
	slope, err := im.wanted(n, 1)
	if err != nil {
		return nil, err
	}
	if x.isConstant() {
		return im.fold(x.constant, slope, func(z, a float64) float64 {
			if z < 0 {
				return float64(a * z)
			}
			return z
		})
	}
	x, c, err := im.expand(slope, x)
	if err != nil {
		return nil, err
	}
	if all(c, c[0]) {
		return im.activated(x, nn.LeakyReLU(c[0])), nil
	}
	if err := im.charge(4 * int64(len(c))); err != nil {
		return nil, err
	}
	scaled := func(of int, c []float64) *value {
		return im.add(irNode{kind: irScale, in: []int{of}, scale: nn.Scale{Factor: c, Shift: make([]float64, len(c))}}, x.shape, x.batch)
	}
	rectified := im.activated(x, nn.ReLU())
	rest, exact := slices.Clone(c), true
	for i, a := range c {
		rest[i] = 1 - a
		exact = exact && rest[i]+a == 1 && 1-rest[i] == a
	}
	if !exact {
		below, err := nn.Clip(math.Inf(-1), 0)
		if err != nil {
			return nil, err
		}
		return im.combine(irSum, scaled(im.activated(x, below).node, c), rectified)
	}
	return im.combine(irSum, scaled(x.node, c), scaled(rectified.node, rest))
}
