package onnx

import (
	"fmt"
	"math"
	"slices"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/nn/onnx/internal/onnxpb"
)

// normEpsilon is the number that the standard adds to the variances, 1e-5 as a
// float32.
const normEpsilon = float64(float32(1e-5))

// readBatchNormalization reads a normalisation outside training, which is a scaling
// of each channel: scale (x - mean) / sqrt(variance + epsilon) + shift.
func readBatchNormalization(im *importer, n *onnxpb.NodeProto) (*value, error) {
	x, err := im.require(n, 0)
	if err != nil {
		return nil, err
	}
	// Opsets before 14 say so by the number of outputs.
	if len(n.GetOutput()) > 1 {
		return nil, unsupported("has more than one output: it is in training mode, which normalises by the batch at hand")
	}
	if training, err := flagAttribute(n, "training_mode"); err != nil || training {
		return nil, orElseError(err, unsupported("attribute \"training_mode\" is not 0: it normalises by the batch at hand, as in training"))
	}
	if spatial, err := intAttribute(n, "spatial", 1); err != nil || spatial == 0 {
		return nil, orElseError(err, unsupported("attribute \"spatial\" is 0"))
	}
	epsilon, err := floatAttribute(n, "epsilon", normEpsilon)
	if err != nil {
		return nil, err
	}
	if len(x.shape) < 2 {
		return nil, fmt.Errorf("acts on a value of shape %v, want at least two axes", x.shape)
	}
	channels := x.shape[1]
	var p [4][]float64 // scale, shift, mean, variance
	for i, what := range []string{"the scale", "the shift", "the mean", "the variance"} {
		t, err := im.constant(n, i+1, what)
		if err != nil {
			return nil, err
		}
		if t == nil || !slices.Equal(t.shape, []int{channels}) {
			return nil, fmt.Errorf("%s has shape %v, want [%d]", what, shapeOf(t), channels)
		}
		if p[i], err = t.asFloats(); err != nil {
			return nil, err
		}
		im.note(t)
	}
	dim, _ := size(x.shape)
	if err := im.charge(2 * int64(dim)); err != nil {
		return nil, err
	}
	s := nn.Scale{Factor: make([]float64, dim), Shift: make([]float64, dim)}
	inner, _ := size(x.shape[2:])
	for i := range dim {
		c := i / inner % channels
		f := p[0][c] / math.Sqrt(p[3][c]+epsilon)
		s.Factor[i], s.Shift[i] = f, p[1][c]-float64(f*p[2][c])
	}
	if x.isConstant() {
		return im.applied(&s, x.constant, x.shape)
	}
	return im.add(irNode{kind: irScale, in: []int{x.node}, scale: s, shifted: true}, x.shape, imageBatch(x)), nil
}
