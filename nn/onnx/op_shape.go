package onnx

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/netmend/netmend/nn/onnx/internal/onnxpb"
)

// readIdentity passes its input on.
func readIdentity(im *importer, n *onnxpb.NodeProto) (*value, error) {
	x, err := im.require(n, 0)
	if err != nil {
		return nil, err
	}
	return im.reshaped(x, x.shape, x.batch), nil
}

// readDropout passes its input on, as Dropout does outside training.
func readDropout(im *importer, n *onnxpb.NodeProto) (*value, error) {
	if im.opset >= 12 {
		training, err := im.constant(n, 2, "the training mode")
		if err != nil {
			return nil, err
		}
		if training != nil && (training.isFloat() || len(training.ints) != 1 || training.ints[0] != 0) {
			return nil, unsupported("is in training mode: its output is random")
		}
	}
	return readIdentity(im, n)
}

// readCast converts constants as ONNX does. A computed value passes unchanged where its
// new type has all numbers of its old one: networks are evaluated in float64, whatever
// the file's type. A cast that rounds is not a function of that kind.
func readCast(im *importer, n *onnxpb.NodeProto) (*value, error) {
	x, err := im.require(n, 0)
	if err != nil {
		return nil, err
	}
	to, err := intAttribute(n, "to", 0)
	if err != nil {
		return nil, err
	}
	if to < 0 || to > math.MaxInt32 {
		return nil, fmt.Errorf("attribute \"to\" is %d, want an element type", to)
	}
	t := elemType(to)
	if x.isConstant() {
		if err := im.charge(int64(len(x.constant.floats) + len(x.constant.ints))); err != nil {
			return nil, err
		}
		c, err := x.constant.cast(nodeName(n), t)
		if err != nil {
			return nil, err
		}
		return constantValue(c), nil
	}
	if t != typeFloat16 && t != typeFloat32 && t != typeFloat64 {
		return nil, unsupportedf("casts a computed value to %v", typeName(t))
	}
	if precision(t) < precision(x.typ) {
		return nil, unsupportedf("casts a computed value of %v to %v, which rounds it", typeName(x.typ), typeName(t))
	}
	y := im.reshaped(x, x.shape, x.batch)
	y.typ = t
	return y, nil
}

// precision orders the floating-point types.
func precision(t elemType) int {
	switch t {
	case typeFloat16:
		return 11
	case typeFloat32:
		return 24
	case typeFloat64:
		return 53
	}
	return math.MaxInt // of no type that is known
}

// readFlatten merges the axes before and from its axis.
func readFlatten(im *importer, n *onnxpb.NodeProto) (*value, error) {
	x, err := im.require(n, 0)
	if err != nil {
		return nil, err
	}
	axis, err := flattenAxis(n, len(x.shape))
	if err != nil {
		return nil, err
	}
	lead, ok1 := size(x.shape[:axis])
	rest, ok2 := size(x.shape[axis:])
	if !ok1 || !ok2 {
		return nil, fmt.Errorf("shape %v is too large", x.shape)
	}
	return im.reshaped(x, []int{lead, rest}, flattenBatch(x, axis)), nil
}

// flattenBatch keeps the slices apart where all axes that lead are theirs.
func flattenBatch(x *value, axis int) int {
	if axis == x.batch {
		return min(x.batch, 1)
	}
	return 0
}

// flattenAxis is the axis attribute of a Flatten of the given rank.
func flattenAxis(n *onnxpb.NodeProto, rank int) (int, error) {
	axis, err := intAttribute(n, "axis", 1)
	if err != nil {
		return 0, err
	}
	if axis < -int64(rank) || axis > int64(rank) {
		return 0, fmt.Errorf("axis %d of a value with %d axes", axis, rank)
	}
	if axis < 0 {
		axis += int64(rank)
	}
	return int(axis), nil
}

// readReshape gives its input the constant shape of its second input, where 0
// keeps a size and -1 is computed.
func readReshape(im *importer, n *onnxpb.NodeProto) (*value, error) {
	x, err := im.require(n, 0)
	if err != nil {
		return nil, err
	}
	target, err := im.constant(n, 1, "the shape")
	if err != nil {
		return nil, err
	}
	if target == nil || target.typ != typeInt64 || len(target.shape) > 1 {
		return nil, errors.New("the shape is not a list of int64")
	}
	if n := len(target.ints); n > maxRank {
		return nil, fmt.Errorf("the shape has %d axes, want at most %d", n, maxRank)
	}
	allowZero, err := flagAttribute(n, "allowzero")
	if err != nil {
		return nil, err
	}
	shape, err := resolveShape(x.shape, target.ints, allowZero && im.opset >= 14)
	if apart := im.apart(x, target.ints); err != nil && apart != nil {
		if shape, err = resolveShape(x.shape, apart, false); err == nil {
			return im.reshaped(x, shape, len(im.leads)), nil
		}
	}
	if err != nil {
		return nil, err
	}
	// Leading axes that are kept as they are, whatever their sizes, are those of the
	// batch; so is one whose size follows from that of a sample.
	batch := 0
	follows := x.batch >= 1 && len(shape) > 1 && target.ints[0] == -1 && shape[0] == 1 && !slices.Contains(target.ints, 0)
	switch kept := leadingZeros(target.ints); {
	case kept >= x.batch && !allowZero:
		batch = x.batch
	case follows: // several leading axes are one then
		batch = 1
	}
	return im.reshaped(x, shape, batch), nil
}

// apart is a target that tells the leading axes of the input from each other where x has
// them merged, for one entry of each; nil if it does not.
func (im *importer) apart(x *value, target []int64) []int64 {
	lead := len(im.leads)
	if x.batch != 1 || lead < 2 || len(target) < lead || target[0] != -1 && (im.leads[0] == 0 || target[0] != int64(im.leads[0])) {
		return nil
	}
	one := slices.Clone(target)
	for i := range one {
		switch {
		case i == 0:
			one[i] = 1
		case i < lead && (im.leads[i] == 0 || target[i] != int64(im.leads[i])), target[i] < 1:
			return nil
		case i < lead:
			one[i] = 1
		}
	}
	return one
}

func leadingZeros(xs []int64) int {
	n := 0
	for n < len(xs) && xs[n] == 0 {
		n++
	}
	return n
}

func resolveShape(from []int, target []int64, allowZero bool) ([]int, error) {
	have, _ := size(from)
	shape := make([]int, len(target))
	infer := -1
	for i, d := range target {
		switch {
		case d == -1 && infer < 0:
			infer, shape[i] = i, 1
		case d == 0 && !allowZero:
			if i >= len(from) {
				return nil, fmt.Errorf("shape %v keeps the size of axis %d of a value of shape %v", target, i, from)
			}
			shape[i] = from[i]
		case d < 0 || d > math.MaxInt32:
			return nil, fmt.Errorf("shape %v has an axis of size %d", target, d)
		default:
			shape[i] = int(d)
		}
	}
	known, ok := size(shape)
	if infer >= 0 && ok && known > 0 && have%known == 0 {
		shape[infer] = have / known
		known = have
	}
	if !ok || known != have {
		return nil, fmt.Errorf("shape %v has %s numbers, one sample of shape %v has %d",
			target, sizeText(shape), from, have)
	}
	return shape, nil
}

// reshaped is the same value in another shape of the same size.
func (im *importer) reshaped(x *value, shape []int, batch int) *value {
	if !x.isConstant() {
		return im.alias(x, shape, batch)
	}
	if slices.Equal(shape, x.shape) {
		return x // keeps its identity
	}
	return constantValue(x.constant.withShape(x.constant.name, shape))
}
