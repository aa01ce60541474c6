package onnx

import (
	"slices"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/nn/onnx/internal/onnxpb"
)

func readAbs(im *importer, n *onnxpb.NodeProto) (*value, error) { return im.activate(n, nn.Abs()) }

func readSign(im *importer, n *onnxpb.NodeProto) (*value, error) { return im.activate(n, nn.Sign()) }

func readThresholdedRelu(im *importer, n *onnxpb.NodeProto) (*value, error) {
	alpha, err := floatAttribute(n, "alpha", 1)
	if err != nil {
		return nil, err
	}
	f, err := nn.ThresholdedReLU(alpha)
	if err != nil {
		return nil, err
	}
	return im.activate(n, f)
}

// hardSigmoidSlope is the slope that the standard gives a HardSigmoid without
// one, 0.2 as a float32.
const hardSigmoidSlope = float64(float32(0.2))

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
	return im.activate(n, f)
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
		return im.add(irNode{kind: irActivation, in: []int{x.node, x.node}, act: nn.LeakyReLU(c[0])}, x.shape, x.batch), nil
	}
	if err := im.charge(4 * int64(len(c))); err != nil {
		return nil, err
	}
	scaled := func(of int, c []float64) *value {
		return im.add(irNode{kind: irScale, in: []int{of}, scale: nn.Scale{Factor: c, Shift: make([]float64, len(c))}}, x.shape, x.batch)
	}
	rest := slices.Clone(c)
	for i, a := range rest {
		rest[i] = 1 - a
	}
	rectified := im.add(irNode{kind: irActivation, in: []int{x.node, x.node}, act: nn.ReLU()}, x.shape, x.batch)
	return im.combine(irSum, scaled(x.node, c), scaled(rectified.node, rest))
}
