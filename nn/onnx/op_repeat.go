package onnx

import (
	"fmt"
	"slices"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/nn/onnx/internal/onnxpb"
)

// valueAndInts are the two inputs of an operator that repeats: a value, and a constant list.
func (im *importer) valueAndInts(n *onnxpb.NodeProto) (*value, []int64, error) {
	x, err := im.require(n, 0)
	if err != nil {
		return nil, nil, err
	}
	t, err := im.wanted(n, 1)
	if err != nil {
		return nil, nil, err
	}
	ints, err := t.asInts()
	return x, ints, err
}

// readExpand repeats a value until it has the shape, which broadcasting may enlarge.
func readExpand(im *importer, n *onnxpb.NodeProto) (*value, error) {
	x, dims, err := im.valueAndInts(n)
	if err != nil {
		return nil, err
	}
	target, _, err := shapeOfInts(dims)
	if err != nil {
		return nil, err
	}
	shape, err := broadcastShape(x.shape, target)
	if err != nil {
		return nil, err
	}
	if slices.Contains(shape, 0) {
		return nil, unsupportedf("shape %v has no elements", shape)
	}
	if slices.Equal(shape, x.shape) {
		return im.reshaped(x, shape, x.batch), nil
	}
	return im.repeated(x, shape)
}

// readTile repeats a value along each axis.
func readTile(im *importer, n *onnxpb.NodeProto) (*value, error) {
	x, reps, err := im.valueAndInts(n)
	if err != nil {
		return nil, err
	}
	if len(reps) != len(x.shape) {
		return nil, fmt.Errorf("%d repetitions of a value with %d axes", len(reps), len(x.shape))
	}
	shape := slices.Clone(x.shape)
	for a, r := range reps {
		if r < 1 || r > maxAxis || int64(shape[a]) > maxAxis/r {
			return nil, unsupportedf("repeats axis %d of %v %d times", a, x.shape, r)
		}
		shape[a] *= int(r)
	}
	l, err := im.arrange(x.shape, shape, func(to, at []int) bool {
		for a, v := range to {
			at[a] = v % x.shape[a]
		}
		return true
	})
	if err != nil {
		return nil, err
	}
	return im.take(x, l.from, shape, 0, 0)
}

// chosenByConstant reads a Where whose condition is a constant: it selects elements.
func (im *importer) chosenByConstant(cond *tensor, x, y *value) (*value, error) {
	if cond.typ != typeBool {
		return nil, fmt.Errorf("the condition is of %v, want bool", typeName(cond.typ))
	}
	shape, err := broadcastShape(cond.shape, x.shape)
	if err != nil {
		return nil, err
	}
	if shape, err = broadcastShape(shape, y.shape); err != nil {
		return nil, err
	}
	if n, ok := size(shape); !ok || n == 0 {
		return nil, unsupportedf("shape %v has no elements, or more than 2^31", shape)
	}
	var in [2]*value
	for k, v := range []*value{x, y} {
		if in[k], err = im.repeated(v, shape); err != nil {
			return nil, err
		}
	}
	n, _ := size(shape)
	if err := im.charge(2 * int64(n)); err != nil {
		return nil, err
	}
	first := make([]bool, n)
	for i, k := range broadcastIndex(cond.shape, shape) {
		first[i] = cond.ints[k] != 0
	}
	if in[0].isConstant() && in[1].isConstant() {
		return im.joinedConstants(first, in[0].constant, in[1].constant)
	}
	order := make([]int32, n)
	for i := range order {
		order[i] = int32(i)
		if !first[i] {
			order[i] = int32(n + i)
		}
	}
	node := irNode{kind: irFixed, fixed: &nn.Concat{Dims: []int{n, n}}}
	for k, v := range in {
		if v.isConstant() {
			if v, err = im.constantBranch(v.constant, in[1-k]); err != nil {
				return nil, err
			}
		}
		node.in = append(node.in, v.node)
	}
	return im.take(im.add(node, []int{2 * n}, 0), order, shape, 0, 0)
}

// joinedConstants takes elements of one constant or the other.
func (im *importer) joinedConstants(first []bool, a, b *tensor) (*value, error) {
	if a.typ != b.typ {
		return nil, fmt.Errorf("joins constants of %v and %v", typeName(a.typ), typeName(b.typ))
	}
	t := &tensor{name: nodeName(im.cur), shape: a.shape, typ: a.typ}
	for i, f := range first {
		from := b
		if f {
			from = a
		}
		if t.isFloat() {
			t.floats = append(t.floats, from.floats[i])
		} else {
			t.ints = append(t.ints, from.ints[i])
		}
	}
	return constantValue(t), nil
}
