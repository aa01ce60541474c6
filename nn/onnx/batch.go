package onnx

import (
	"fmt"
	"slices"
)

// leadingAxes is the number of leading axes of the input that are a batch: those up to
// the last symbolic one, or one of size 1 before others. free reports whether another axis
// than the first is symbolic: its entries must be treated alone and alike then, since the
// network is read for one of them.
func (m *model) leadingAxes(shape []int) (lead int, free bool, err error) {
	for i, d := range shape {
		if d == 0 {
			lead = i + 1
			free = free || i > 0
		}
	}
	for i, d := range shape[:lead] {
		if d > 1 {
			return 0, false, fmt.Errorf("the model's input %q has no fixed size along axis %d, behind axis %d of size %d: "+
				"only leading axes may be of any size (a batch); fix the others in the file", m.input.GetName(), lead-1, i, d)
		}
	}
	if lead == 0 && len(shape) > 1 && shape[0] == 1 {
		lead = 1
	}
	if lead > 0 && lead == len(shape) {
		return 0, false, fmt.Errorf("the model's input %q has %d axes and the last is of no fixed size, want a sample of fixed shape",
			m.input.GetName(), len(shape))
	}
	if _, ok := size(shape[lead:]); !ok || slices.Contains(shape[lead:], 0) {
		return 0, false, fmt.Errorf("the model's input %q of shape %v has none or more than 2^31 numbers", m.input.GetName(), shape)
	}
	return lead, free, nil
}

// sliced are the operators whose readers know when they treat the entries of leading axes
// alone and alike, beside those that are elementwise.
var sliced = map[string]bool{
	"MatMul": true, "Gemm": true, "Flatten": true, "Transpose": true, "ReduceMean": true, "ReduceSum": true,
	"Conv": true, "ConvTranspose": true, "MaxPool": true, "AveragePool": true, "GlobalMaxPool": true, "GlobalAveragePool": true, "BatchNormalization": true,
	"Concat": true, "Slice": true, "Gather": true, "Split": true, "Reshape": true, "Softmax": true, "LogSoftmax": true, "ArgMax": true,
}

// checkSlices reports a node of which not all results keep the slices of its inputs apart,
// each along its own axes, of which there are as many as lead, or all along one.
func checkSlices(op string, elementwise bool, in, out []*value, lead int) error {
	batch := -1
	for _, v := range in {
		if v == nil || v.isConstant() {
			continue
		}
		if batch >= 0 && batch != v.batch {
			return sliceErrorf("joins values of which %d and %d axes are of slices", batch, v.batch)
		}
		batch = v.batch
	}
	if batch < 0 {
		return nil
	}
	if !elementwise && !sliced[op] {
		return sliceErrorf("the operator may mix them")
	}
	for _, v := range out {
		regrouped := (op == "Reshape" || op == "Flatten") && v != nil && (v.batch == 1 || v.batch == lead)
		if v == nil || v.isConstant() || v.batch != batch && !regrouped {
			return sliceErrorf("the operator moves or mixes them")
		}
	}
	return nil
}
