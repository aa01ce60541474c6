package onnx

import (
	"errors"
	"fmt"
	"slices"

	"github.com/netmend/netmend/nn/onnx/internal/onnxpb"
)

// arrangement is a way to read a value of one shape as one of another: entry i of the
// result is entry from[i], -1 for none.
type arrangement struct {
	shape []int
	from  []int32
}

// arrange builds an arrangement from a rule: place gives, for the coordinates of an entry
// of the result, those in the source (or false for none), which it may write into
// the given slice.
func (im *importer) arrange(source, shape []int, place func(to, at []int) bool) (arrangement, error) {
	n, ok := size(shape)
	if !ok {
		return arrangement{}, fmt.Errorf("shape %v is too large", shape)
	}
	if err := im.charge(int64(n)); err != nil {
		return arrangement{}, err
	}
	l := arrangement{shape: shape, from: make([]int32, n)}
	steps := strides(source)
	to, at := make([]int, len(shape)), make([]int, len(source))
	for i := range l.from {
		l.from[i] = -1
		if place(to, at) {
			pos := 0
			for a, v := range at {
				pos += v * steps[a]
			}
			l.from[i] = int32(pos)
		}
		for a := len(shape) - 1; a >= 0; a-- {
			if to[a]++; to[a] < shape[a] {
				break
			}
			to[a] = 0
		}
	}
	return l, nil
}

// readTranspose permutes axes.
func readTranspose(im *importer, n *onnxpb.NodeProto) (*value, error) {
	x, err := im.require(n, 0)
	if err != nil {
		return nil, err
	}
	perm, err := intsAttribute(n, "perm")
	if err != nil {
		return nil, err
	}
	rank := len(x.shape)
	if perm == nil {
		for a := rank - 1; a >= 0; a-- {
			perm = append(perm, int64(a))
		}
	}
	seen := make([]bool, rank)
	shape := make([]int, rank)
	for a, p := range perm {
		if p < 0 || p >= int64(rank) || len(perm) != rank || seen[p] {
			return nil, fmt.Errorf("attribute \"perm\" is %v, want a permutation of the %d axes", perm, rank)
		}
		seen[p], shape[a] = true, x.shape[p]
	}
	batch := x.batch
	for a := range batch {
		if perm[a] != int64(a) {
			batch = 0 // of one sample
			break
		}
	}
	l, err := im.arrange(x.shape, shape, func(to, at []int) bool {
		for a, p := range perm {
			at[p] = to[a]
		}
		return true
	})
	if err != nil {
		return nil, err
	}
	return im.take(x, l.from, shape, batch, 0)
}

// axesOf are the axes that a node names in an attribute or, from the opset since
// on, in input i; nil if it names none.
func (im *importer) axesOf(n *onnxpb.NodeProto, i int, since int64, rank int) ([]int, error) {
	var list []int64
	if im.opset < since {
		var err error
		if list, err = intsAttribute(n, "axes"); err != nil {
			return nil, err
		}
	} else {
		t, err := im.constant(n, i, "the list of axes")
		if err != nil || t == nil {
			return nil, err
		}
		if list, err = t.asInts(); err != nil {
			return nil, err
		}
	}
	var axes []int
	for _, a := range list {
		axis, err := checkAxis(a, rank)
		if err != nil {
			return nil, err
		}
		if slices.Contains(axes, axis) {
			return nil, fmt.Errorf("axis %d is named twice in %v", axis, list)
		}
		axes = append(axes, axis)
	}
	return axes, nil
}

// asInts returns the elements of a list of int64 or int32.
func (t *tensor) asInts() ([]int64, error) {
	if (t.typ != typeInt64 && t.typ != typeInt32) || len(t.shape) > 1 {
		return nil, fmt.Errorf("constant %q of %v and shape %v, want a list of int64", t.name, typeName(t.typ), t.shape)
	}
	return t.ints, nil
}

// readSqueeze drops axes of size 1.
func readSqueeze(im *importer, n *onnxpb.NodeProto) (*value, error) {
	x, err := im.require(n, 0)
	if err != nil {
		return nil, err
	}
	axes, err := im.axesOf(n, 1, 13, len(x.shape))
	if err != nil {
		return nil, err
	}
	all := axes == nil
	var shape []int
	batch := x.batch
	for a, d := range x.shape {
		drop := slices.Contains(axes, a) || all && d == 1
		if drop && d != 1 {
			return nil, fmt.Errorf("drops axis %d of a value of shape %v", a, x.shape)
		}
		if !drop {
			shape = append(shape, d)
		} else if a < x.batch {
			batch = 0
		}
	}
	return im.reshaped(x, shape, batch), nil
}

// readUnsqueeze inserts axes of size 1.
func readUnsqueeze(im *importer, n *onnxpb.NodeProto) (*value, error) {
	x, err := im.require(n, 0)
	if err != nil {
		return nil, err
	}
	count := 0
	if im.opset < 13 {
		list, err := intsAttribute(n, "axes")
		if err != nil {
			return nil, err
		}
		count = len(list)
	} else if t, err := im.constant(n, 1, "the list of axes"); err != nil {
		return nil, err
	} else if t != nil {
		count = len(t.ints)
	}
	rank := len(x.shape) + count
	if rank > maxRank {
		return nil, fmt.Errorf("the result has %d axes, want at most %d", rank, maxRank)
	}
	axes, err := im.axesOf(n, 1, 13, rank)
	if err != nil {
		return nil, err
	}
	if axes == nil {
		return nil, errors.New("no axes are named")
	}
	var shape []int
	batch, left := 0, x.shape
	for a := range rank {
		if slices.Contains(axes, a) {
			shape = append(shape, 1)
			continue
		}
		if len(x.shape)-len(left) < x.batch {
			batch = a + 1
		}
		shape, left = append(shape, left[0]), left[1:]
	}
	return im.reshaped(x, shape, batch), nil
}
