package onnx

import (
	"fmt"
	"slices"

	"github.com/netmend/netmend/nn/onnx/internal/onnxpb"
)

// readPad adds entries before and after along axes, or drops them where a number
// is negative: of one constant, or copies of the entries at the edge, mirrored or
// from the other side.
func readPad(im *importer, n *onnxpb.NodeProto) (*value, error) {
	x, err := im.require(n, 0)
	if err != nil {
		return nil, err
	}
	mode, err := stringAttribute(n, "mode", "constant")
	if err != nil {
		return nil, err
	}
	if !slices.Contains([]string{"constant", "edge", "reflect", "wrap"}, mode) {
		return nil, unsupportedf("attribute \"mode\" is %q, want constant, edge, reflect or wrap", mode)
	}
	pads, fill, err := im.padding(n)
	if err != nil {
		return nil, err
	}
	rank := len(x.shape)
	before, after := make([]int64, rank), make([]int64, rank)
	axes := make([]int, rank)
	for a := range axes {
		axes[a] = a
	}
	if im.opset >= 18 && len(n.GetInput()) > 3 && n.GetInput()[3] != "" {
		if axes, err = im.axesOf(n, 3, 18, rank); err != nil {
			return nil, err
		}
	}
	if len(pads) != 2*len(axes) {
		return nil, fmt.Errorf("%d numbers of padding for %d axes, want two each", len(pads), len(axes))
	}
	for i, a := range axes {
		before[a], after[a] = pads[i], pads[len(axes)+i]
	}
	shape := slices.Clone(x.shape)
	for a := range shape {
		b, e := before[a], after[a]
		if b > maxAxis || e > maxAxis || b < -maxAxis || e < -maxAxis || int64(shape[a])+b+e < 1 || int64(shape[a])+b+e > maxAxis {
			return nil, fmt.Errorf("padding %d and %d along axis %d of size %d", b, e, a, shape[a])
		}
		if mode == "wrap" && (b < 0 || e < 0 || b > int64(shape[a]) || e > int64(shape[a])) {
			return nil, unsupportedf("wraps %d and %d entries along axis %d of size %d: runtimes disagree about more than one round, and about numbers below 0", b, e, a, shape[a])
		}
		if d := int64(shape[a]); mode == "reflect" && (b >= d || e >= d) {
			return nil, fmt.Errorf("mirrors %d and %d entries along axis %d of size %d", b, e, a, shape[a])
		}
		shape[a] += int(b + e)
	}
	l, err := im.arrange(x.shape, shape, func(to, at []int) bool {
		for a, v := range to {
			i, d := v-int(before[a]), x.shape[a]
			switch {
			case i >= 0 && i < d:
			case mode == "constant":
				return false
			case mode == "edge":
				i = max(0, min(i, d-1))
			case mode == "reflect" && i < 0:
				i = -i
			case mode == "reflect":
				i = 2*(d-1) - i
			default:
				i = (i%d + d) % d
			}
			at[a] = i
		}
		return true
	})
	if err != nil {
		return nil, err
	}
	return im.take(x, l.from, shape, x.batch, fill)
}

// padding reads the numbers and the constant of a Pad, attributes before opset 11.
func (im *importer) padding(n *onnxpb.NodeProto) (pads []int64, fill float64, err error) {
	if im.opset < 11 {
		if pads, err = intsAttribute(n, "pads"); err != nil {
			return nil, 0, err
		}
		fill, err = floatAttribute(n, "value", 0)
		return pads, fill, err
	}
	t, err := im.constant(n, 1, "the padding")
	if err != nil {
		return nil, 0, err
	}
	if t == nil {
		return nil, 0, fmt.Errorf("input 1, the padding, is missing")
	}
	if pads, err = t.asInts(); err != nil {
		return nil, 0, err
	}
	c, err := im.constant(n, 2, "the constant")
	if c == nil || err != nil {
		return pads, 0, err
	}
	if !c.isFloat() {
		if len(c.ints) != 1 {
			return nil, 0, fmt.Errorf("constant %q of shape %v, want one number", c.name, c.shape)
		}
		return pads, float64(c.ints[0]), nil
	}
	im.note(c)
	fill, err = c.scalar()
	return pads, fill, err
}
