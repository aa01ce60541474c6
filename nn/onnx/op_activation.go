package onnx

import (
	"fmt"
	"math"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/nn/onnx/internal/onnxpb"
)

func readRelu(im *importer, n *onnxpb.NodeProto) (*value, error) { return im.activate(n, nn.ReLU()) }

func readLeakyRelu(im *importer, n *onnxpb.NodeProto) (*value, error) {
	alpha, err := floatAttribute(n, "alpha", leakyDefault)
	if err != nil {
		return nil, err
	}
	return im.activate(n, nn.LeakyReLU(alpha))
}

// leakyDefault is the slope that the standard gives a LeakyRelu without one,
// 0.01 as a float32.
const leakyDefault = float64(float32(0.01))

// readClip reads Clip with its limits as attributes (before opset 11) or as
// inputs. The largest number of its type is not a limit.
func readClip(im *importer, n *onnxpb.NodeProto) (*value, error) {
	lo, hi := math.Inf(-1), math.Inf(1)
	var err error
	if im.opset < 11 {
		if lo, err = floatAttribute(n, "min", lo); err != nil {
			return nil, err
		}
		if hi, err = floatAttribute(n, "max", hi); err != nil {
			return nil, err
		}
		lo, hi = unlimited(lo, math.MaxFloat32), unlimited(hi, math.MaxFloat32)
	} else {
		if lo, err = im.limit(n, 1, lo); err != nil {
			return nil, err
		}
		if hi, err = im.limit(n, 2, hi); err != nil {
			return nil, err
		}
	}
	if math.IsNaN(lo) || math.IsNaN(hi) {
		return nil, fmt.Errorf("limits %v and %v, want numbers", lo, hi)
	}
	switch {
	case math.IsInf(lo, -1) && math.IsInf(hi, 1):
		return readIdentity(im, n)
	case lo == -1 && hi == 1:
		return im.activate(n, nn.HardTanh())
	}
	if lo >= hi {
		return im.constantFunction(n, hi)
	}
	f, err := nn.Clip(lo, hi)
	if err != nil {
		return nil, err
	}
	return im.activate(n, f)
}

// constantFunction is c for every input.
func (im *importer) constantFunction(n *onnxpb.NodeProto, c float64) (*value, error) {
	x, err := im.require(n, 0)
	if err != nil {
		return nil, err
	}
	one := func(v float64) *tensor { return &tensor{name: nodeName(n), typ: typeFloat32, floats: []float64{v}} }
	if x.isConstant() {
		return im.fold(x.constant, one(c), func(_, c float64) float64 { return c })
	}
	zero, err := im.stretch(x, one(0), nil)
	if err != nil {
		return nil, err
	}
	return im.shift(zero, one(c), 1)
}

func (im *importer) limit(n *onnxpb.NodeProto, i int, fallback float64) (float64, error) {
	t, err := im.constant(n, i, "a limit")
	if t == nil || err != nil {
		return fallback, err
	}
	im.note(t)
	v, err := t.scalar()
	if t.typ == typeFloat32 {
		return unlimited(v, math.MaxFloat32), err
	}
	return unlimited(v, math.MaxFloat64), err
}

// unlimited replaces a limit that is the largest number of its type, as the
// standard has it for a limit that is left out, by infinity.
func unlimited(v, largest float64) float64 {
	if math.Abs(v) >= largest {
		return math.Copysign(math.Inf(1), v)
	}
	return v
}

// activate applies f to the node's first input.
func (im *importer) activate(n *onnxpb.NodeProto, f nn.Activation) (*value, error) {
	x, err := im.require(n, 0)
	if err != nil {
		return nil, err
	}
	if !x.isConstant() {
		return im.add(irNode{kind: irActivation, in: []int{x.node, x.node}, act: f}, x.shape, x.batch), nil
	}
	c, err := x.constant.asFloats()
	if err != nil {
		return nil, err
	}
	if err := im.charge(int64(len(c))); err != nil {
		return nil, err
	}
	y := make([]float64, len(c))
	f.Apply(y, c)
	return constantValue(&tensor{name: nodeName(n), shape: x.shape, typ: x.constant.typ, floats: y}), nil
}
