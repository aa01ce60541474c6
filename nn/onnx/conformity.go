package onnx

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/netmend/netmend/nn/onnx/internal/onnxpb"
)

// conforms reports what the operator does not have in the model's opset: attributes, and
// numbers of inputs and outputs. What they would mean is not known, and runtimes refuse
// them.
func (o *operator) conforms(n *onnxpb.NodeProto, opset int64) error {
	if opset < o.since {
		return fmt.Errorf("the operator exists from opset %d on, the model is of opset %d", o.since, opset)
	}
	lo, hi := o.arity(opset)
	if k := len(n.GetInput()); k < lo || k > hi {
		return fmt.Errorf("%d inputs, want %s in opset %d", k, rangeText(lo, hi), opset)
	}
	if len(n.GetOutput()) == 0 || n.GetOutput()[0] == "" {
		return errors.New("no output, want one")
	}
	if k := len(n.GetOutput()); k > max(o.outputs, 1) {
		return fmt.Errorf("%d outputs, want at most %d", k, max(o.outputs, 1))
	}
	seen := map[string]bool{}
	for _, a := range n.GetAttribute() {
		if seen[a.GetName()] {
			return fmt.Errorf("attribute %q occurs twice", a.GetName())
		}
		seen[a.GetName()] = true
		if err := o.hasAttribute(a.GetName(), opset); err != nil {
			return err
		}
	}
	return nil
}

// arity is how many inputs the operator may have in an opset.
func (o *operator) arity(opset int64) (lo, hi int) {
	for _, field := range strings.Fields(o.inputs) {
		since, count, ok := strings.Cut(field, ":")
		if !ok {
			since, count = "0", field
		}
		if opset < whole(since) {
			continue
		}
		if least, open := strings.CutSuffix(count, "+"); open {
			lo, hi = int(whole(least)), math.MaxInt32
			continue
		}
		least, most, ok := strings.Cut(count, "-")
		if !ok {
			most = least
		}
		lo, hi = int(whole(least)), int(whole(most))
	}
	return lo, hi
}

func (o *operator) hasAttribute(name string, opset int64) error {
	for _, field := range strings.Fields(o.attributes) {
		has, from, late := strings.Cut(field, ">=")
		has, until, early := strings.Cut(has, "<")
		switch {
		case has != name:
		case late && opset < whole(from):
			return unsupportedf("attribute %q exists from opset %s on, the model is of opset %d", name, from, opset)
		case early && opset >= whole(until):
			return unsupportedf("attribute %q exists before opset %s only, the model is of opset %d", name, until, opset)
		default:
			return nil
		}
	}
	return unsupportedf("attribute %q is none of the standard's for this operator", name)
}

// whole is a number of the table of operators.
func whole(s string) int64 {
	n, err := strconv.Atoi(s)
	if err != nil {
		panic("table of operators: " + s)
	}
	return int64(n)
}
