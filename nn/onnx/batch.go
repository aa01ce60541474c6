package onnx

import (
	"fmt"

	"github.com/netmend/netmend/nn/onnx/internal/onnxpb"
)

// batchAxes chooses the number of leading batch axes of the input. declared is
// what its shape says: the axes up to the last symbolic one, or one of size 1
// before others. acted is at least that, and the number of axes before the one
// that the first product acts on.
func (m *model) batchAxes(shape []int) (declared, acted int, err error) {
	for i, d := range shape {
		if d == 0 {
			declared = i + 1
		}
	}
	if declared == 0 && len(shape) > 1 && shape[0] == 1 {
		declared = 1
	}
	acted = m.actedAxis(len(shape))
	if acted > 0 && declared > acted {
		var axes []int
		for i := acted; i < declared; i++ {
			if shape[i] == 0 {
				axes = append(axes, i)
			}
		}
		return 0, 0, fmt.Errorf("the model's input %q has no fixed size along %v of its axes 0 to %d, and its first product acts on axis %d: "+
			"only axes before that may be of any size (a batch); fix the others in the file", m.input.GetName(), axes, len(shape)-1, acted)
	}
	if declared > 0 && declared == len(shape) {
		return 0, 0, fmt.Errorf("the model's input %q has %d axes and the last is of no fixed size, want a sample of fixed shape",
			m.input.GetName(), len(shape))
	}
	if _, ok := size(shape[declared:]); !ok {
		return 0, 0, fmt.Errorf("the model's input %q of shape %v has more than 2^31 numbers", m.input.GetName(), shape)
	}
	return declared, max(declared, acted), nil
}

// actedAxis traces the input through elementwise operators and Flatten to the
// first products, and returns the smallest index of an axis that they act on; 0
// where none is reached.
func (m *model) actedAxis(rank int) int {
	// starts[v] lists, for each axis of value v, the first input axis in it.
	starts := map[string][]int{m.input.GetName(): make([]int, rank)}
	for i := range rank {
		starts[m.input.GetName()][i] = i
	}
	acted := -1
	for i, n := range m.nodes {
		if m.role[i] != needed {
			continue
		}
		for k, in := range n.GetInput() {
			s, ok := starts[in]
			if !ok || !isDefaultDomain(n.GetDomain()) || len(n.GetOutput()) == 0 {
				continue
			}
			if axis, ok := productAxis(n, k, len(s)); ok {
				if acted < 0 || s[axis] < acted {
					acted = s[axis]
				}
			} else if t := through(n, s); t != nil {
				starts[n.GetOutput()[0]] = t
			}
			break
		}
	}
	return max(acted, 0)
}

// productAxis is the axis of operand k that a product acts on; not ok where the
// node is no product of an operand of that rank.
func productAxis(n *onnxpb.NodeProto, k, rank int) (axis int, ok bool) {
	switch n.GetOpType() {
	case "MatMul":
		if k == 0 {
			return rank - 1, rank > 0
		}
		return max(rank-2, 0), rank > 0
	case "Conv", "MaxPool", "AveragePool", "GlobalMaxPool", "GlobalAveragePool":
		return 1, k == 0 && rank > 2
	case "Gemm":
		if k == 0 {
			if trans, _ := flagAttribute(n, "transA"); !trans {
				return 1, rank == 2
			}
		}
		return 0, rank == 2
	}
	return 0, false
}

// through is where the axes of a node's result start, for an input whose axes
// start at s; nil where they cannot be traced.
func through(n *onnxpb.NodeProto, s []int) []int {
	if n.GetOpType() == "Flatten" {
		axis, err := flattenAxis(n, len(s))
		if err != nil || axis == 0 || axis == len(s) {
			return nil
		}
		return []int{s[0], s[axis]}
	}
	if operators[n.GetOpType()].elementwise {
		return s
	}
	return nil
}
