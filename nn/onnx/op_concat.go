package onnx

import (
	"fmt"
	"slices"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/nn/onnx/internal/onnxpb"
)

// readConcat reads a concatenation along one axis, of constants or of values of
// which at least one is computed.
func readConcat(im *importer, n *onnxpb.NodeProto) (*value, error) {
	var in []*value
	computed := false
	batch := -1
	for i := range n.GetInput() {
		v, err := im.require(n, i)
		if err != nil {
			return nil, err
		}
		in = append(in, v)
		computed = computed || !v.isConstant()
		if v.batch != batch && batch >= 0 {
			batch = 0 // a constant is the same for all slices only if it is one slice
		} else {
			batch = v.batch
		}
	}
	axis, err := im.axis(n, "axis", len(in[0].shape))
	if err != nil {
		return nil, err
	}
	shape := slices.Clone(in[0].shape)
	shape[axis] = 0
	for _, v := range in {
		if len(v.shape) != len(shape) || !slices.Equal(v.shape[:axis], shape[:axis]) || !slices.Equal(v.shape[axis+1:], shape[axis+1:]) {
			return nil, fmt.Errorf("shapes %v and %v do not fit together along axis %d", in[0].shape, v.shape, axis)
		}
		shape[axis] += v.shape[axis]
	}
	total, ok := size(shape)
	if !ok {
		return nil, fmt.Errorf("shape %v is too large", shape)
	}
	if axis < batch {
		batch = 0
	}
	if err := im.charge(int64(total)); err != nil {
		return nil, err
	}
	// order lists, for each element of the result, its place among the inputs one
	// after the other.
	order := concatOrder(in, axis)
	if !computed {
		return im.concatConstants(in, shape, order)
	}
	op := &nn.Concat{}
	node := irNode{kind: irFixed, fixed: op}
	for _, v := range in {
		if v.isConstant() {
			if v, err = im.constantBranch(v.constant, computedOf(in)); err != nil {
				return nil, err
			}
		}
		node.in = append(node.in, v.node)
		d, _ := size(v.shape)
		op.Dims = append(op.Dims, d)
	}
	return im.take(im.add(node, shape, batch), order, shape, batch, 0)
}

// axis reads the attribute of that name, an axis of a value of the given rank.
func (im *importer) axis(n *onnxpb.NodeProto, name string, rank int) (int, error) {
	a, err := intAttribute(n, name, 0)
	if err != nil {
		return 0, err
	}
	return checkAxis(a, rank)
}

func checkAxis(a int64, rank int) (int, error) {
	if a < -int64(rank) || a >= int64(rank) {
		return 0, fmt.Errorf("axis %d of a value with %d axes", a, rank)
	}
	if a < 0 {
		a += int64(rank)
	}
	return int(a), nil
}

func concatOrder(in []*value, axis int) []int32 {
	outer, _ := size(in[0].shape[:axis])
	var order []int32
	for o := range outer {
		start := 0
		for _, v := range in {
			block, _ := size(v.shape[axis:])
			for i := range block {
				order = append(order, int32(start+o*block+i))
			}
			start += outer * block
		}
	}
	return order
}

// concatConstants joins constants of one type.
func (im *importer) concatConstants(in []*value, shape []int, order []int32) (*value, error) {
	t := &tensor{name: nodeName(im.cur), shape: shape, typ: in[0].constant.typ}
	var all tensor
	for _, v := range in {
		if v.constant.typ != t.typ {
			return nil, fmt.Errorf("joins constants of %v and %v", typeName(t.typ), typeName(v.constant.typ))
		}
		all.floats = append(all.floats, v.constant.floats...)
		all.ints = append(all.ints, v.constant.ints...)
	}
	for _, i := range order {
		if t.isFloat() {
			t.floats = append(t.floats, all.floats[i])
		} else {
			t.ints = append(t.ints, all.ints[i])
		}
	}
	return constantValue(t), nil
}

// computedOf is the first computed value.
func computedOf(in []*value) *value {
	for _, v := range in {
		if !v.isConstant() {
			return v
		}
	}
	return nil
}

// constantBranch is a constant as a computed value, of which it takes no more than
// the presence: 0 x + c.
func (im *importer) constantBranch(t *tensor, x *value) (*value, error) {
	c, err := t.asFloats()
	if err != nil {
		return nil, err
	}
	if err := im.charge(3 * int64(len(c))); err != nil {
		return nil, err
	}
	im.note(t)
	from := make([]int32, len(c))
	for i := range from {
		from[i] = -1
	}
	dim := im.ir[x.node].dim
	zeros := im.add(irNode{kind: irFixed, in: []int{x.node}, fixed: &nn.Take{In: dim, From: from}}, t.shape, 0)
	return im.add(irNode{
		kind: irScale, in: []int{zeros.node}, shifted: true,
		scale: nn.Scale{Factor: slices.Repeat([]float64{1}, len(c)), Shift: c},
	}, t.shape, 0), nil
}
