package ortest

import (
	"errors"
	"os"
	"testing"
)

// Tensor is a value of a model, of whatever type.
type Tensor struct {
	Shape []int64
	Data  []float64
}

// Level says how far ONNX Runtime may rewrite a graph before it executes it.
type Level int

// The lowest and the highest level; the highest is what runtimes use.
const (
	Unoptimised Level = iota
	Optimised
)

// Execute runs the model on one input tensor, which has the model's declared shape with
// numbers for symbolic sizes, and returns all of its outputs in order. The error says why
// ONNX Runtime does not execute it; without ONNX Runtime the test is skipped as in
// [Require].
func Execute(t testing.TB, model []byte, input Tensor, level Level) ([]Tensor, error) {
	t.Helper()
	out, err := execute(model, input, level)
	if errors.Is(err, errUnavailable) {
		if os.Getenv("NETMEND_REQUIRE_ORACLES") == "1" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	return out, err
}
