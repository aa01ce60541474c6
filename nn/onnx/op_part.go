package onnx

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/netmend/netmend/nn/onnx/internal/onnxpb"
)

// readSlice takes ranges along axes.
func readSlice(im *importer, n *onnxpb.NodeProto) (*value, error) {
	x, err := im.require(n, 0)
	if err != nil {
		return nil, err
	}
	var lists [4][]int64 // starts, ends, axes, steps
	for i, name := range []string{"starts", "ends", "axes", "steps"} {
		if im.opset < 10 {
			if lists[i], err = intsAttribute(n, name); err != nil {
				return nil, err
			}
			continue
		}
		t, err := im.constant(n, i+1, "its "+name)
		if err != nil {
			return nil, err
		}
		if t != nil {
			if lists[i], err = t.asInts(); err != nil {
				return nil, err
			}
		}
	}
	starts, ends, axes, steps := lists[0], lists[1], lists[2], lists[3]
	for i := range starts {
		if len(axes) == i && lists[2] == nil {
			axes = append(axes, int64(i))
		}
		if len(steps) == i && lists[3] == nil {
			steps = append(steps, 1)
		}
	}
	if len(starts) == 0 || len(ends) != len(starts) || len(axes) != len(starts) || len(steps) != len(starts) {
		return nil, fmt.Errorf("%d starts, %d ends, %d axes and %d steps, want as many of each", len(starts), len(ends), len(axes), len(steps))
	}
	batch := x.batch
	shape := slices.Clone(x.shape)
	first, step := make([]int, len(shape)), slices.Repeat([]int{1}, len(shape))
	for i := range starts {
		axis, err := checkAxis(axes[i], len(shape))
		if err != nil {
			return nil, err
		}
		if steps[i] == 0 || steps[i] == math.MinInt64 {
			return nil, errors.New("a step is 0")
		}
		d := int64(x.shape[axis])
		from, count := slice(starts[i], ends[i], steps[i], d)
		if axis < x.batch {
			batch = 0
		}
		if count == 0 && !x.isConstant() {
			return nil, unsupportedf("takes nothing along axis %d", axis)
		}
		first[axis], step[axis], shape[axis] = int(from), int(max(min(steps[i], d), -d)), int(count)
	}
	l, err := im.arrange(x.shape, shape, func(to, at []int) bool {
		for a, v := range to {
			at[a] = first[a] + v*step[a]
		}
		return true
	})
	if err != nil {
		return nil, err
	}
	return im.take(x, l.from, shape, batch, 0)
}

// slice is the first index and the number of indices of a range along an axis of
// size d, by the rules of ONNX: negative numbers count from the end, and what lies
// outside is cut off.
func slice(start, end, step, d int64) (first, count int64) {
	for _, v := range []*int64{&start, &end} {
		if *v < 0 {
			*v = max(*v, -d-1) + d
		}
	}
	if step > 0 {
		start, end = max(0, min(start, d)), max(0, min(end, d))
		if end <= start {
			return 0, 0
		}
		return start, (end-start-1)/step + 1
	}
	start, end = max(-1, min(start, d-1)), max(-1, min(end, d-1))
	if end >= start {
		return 0, 0
	}
	return start, (start-end-1)/-step + 1
}

// readGather takes entries along an axis by constant indices, or the candidates
// that a MaxPool of the activation channel chose.
func readGather(im *importer, n *onnxpb.NodeProto) (*value, error) {
	x, i, err := im.operands(n)
	if err != nil {
		return nil, err
	}
	axis, err := im.axis(n, "axis", len(x.shape))
	if err != nil {
		return nil, err
	}
	if !i.isConstant() {
		return im.chosen(x, i)
	}
	if i.constant.isFloat() {
		return nil, fmt.Errorf("indices of %v, want int64 or int32", typeName(i.constant.typ))
	}
	indices := make([]int, len(i.constant.ints))
	for k, v := range i.constant.ints {
		if indices[k], err = checkAxis(v, x.shape[axis]); err != nil {
			return nil, fmt.Errorf("index %d along axis %d of size %d", v, axis, x.shape[axis])
		}
	}
	shape := slices.Concat(x.shape[:axis], i.shape, x.shape[axis+1:])
	if len(shape) > maxRank {
		return nil, fmt.Errorf("the result has %d axes, want at most %d", len(shape), maxRank)
	}
	batch := x.batch
	if axis < batch {
		batch = 0
	}
	steps, rank := strides(i.shape), len(i.shape)
	l, err := im.arrange(x.shape, shape, func(to, at []int) bool {
		copy(at, to[:axis])
		copy(at[axis+1:], to[axis+rank:])
		k := 0
		for a, v := range to[axis : axis+rank] {
			k += v * steps[a]
		}
		at[axis] = indices[k]
		return true
	})
	if err != nil {
		return nil, err
	}
	return im.take(x, l.from, shape, batch, 0)
}

// readSplit cuts a value into parts along an axis.
func readSplit(im *importer, n *onnxpb.NodeProto) (*value, error) {
	x, err := im.require(n, 0)
	if err != nil {
		return nil, err
	}
	axis, err := im.axis(n, "axis", len(x.shape))
	if err != nil {
		return nil, err
	}
	batch := x.batch
	if axis < batch {
		batch = 0
	}
	var sizes []int64
	if im.opset < 13 {
		if sizes, err = intsAttribute(n, "split"); err != nil {
			return nil, err
		}
	} else if t, err := im.constant(n, 1, "its sizes"); err != nil {
		return nil, err
	} else if t != nil {
		if sizes, err = t.asInts(); err != nil {
			return nil, err
		}
	}
	parts, d := len(n.GetOutput()), x.shape[axis]
	if sizes == nil {
		// All of one size, but for the last, which may be smaller from opset 18 on.
		each := (d + parts - 1) / parts
		if im.opset < 18 && d%parts != 0 {
			return nil, fmt.Errorf("axis %d of size %d is not divisible into %d parts", axis, d, parts)
		}
		for left := d; len(sizes) < parts; left -= each {
			sizes = append(sizes, int64(max(0, min(each, left))))
		}
	}
	total := int64(0)
	for _, s := range sizes {
		if s <= 0 || s > int64(d) {
			return nil, fmt.Errorf("parts of sizes %v along an axis of size %d, want positive ones", sizes, d)
		}
		total += s
	}
	if len(sizes) != parts || total != int64(d) {
		return nil, fmt.Errorf("parts of sizes %v, want %d that add up to %d", sizes, parts, d)
	}
	var out []*value
	start := 0
	for _, s := range sizes {
		shape := slices.Clone(x.shape)
		shape[axis] = int(s)
		l, err := im.arrange(x.shape, shape, func(to, at []int) bool {
			copy(at, to)
			at[axis] += start
			return true
		})
		if err != nil {
			return nil, err
		}
		v, err := im.take(x, l.from, shape, batch, 0)
		if err != nil {
			return nil, err
		}
		if !v.isConstant() && v.node == x.node {
			v.shared = true // a part that is the whole
		}
		out, start = append(out, v), start+int(s)
	}
	im.extra = out[1:]
	return out[0], nil
}
