// Package ortest runs ONNX models in ONNX Runtime, so that a test can compare
// what netmend computes and writes with what an independent runtime makes of
// the same file. It is a test dependency only: nothing but tests imports it.
//
// The runtime takes part only in builds with the tag "ort", which need cgo and
// the shared library that `make deps` installs below .deps/onnxruntime.
// Without the tag or the library, [Require] and the functions that run a model
// skip the calling test, or fail it where the environment variable
// NETMEND_REQUIRE_ORACLES is 1, as it is in continuous integration.
package ortest

import (
	"errors"
	"os"
	"testing"
)

// errUnavailable is wrapped by every error that says why there is no ONNX
// Runtime to run a model in, as opposed to a model that it cannot run.
var errUnavailable = errors.New("ONNX Runtime is not available")

// Require skips the calling test where ONNX Runtime is not available, saying
// why, or fails it where the oracles are required. Tests that only call [Run]
// or [RunFile] need not call it.
func Require(t testing.TB) {
	t.Helper()
	check(t, start())
}

// Run evaluates the ONNX model, given as the bytes of its file, on each of
// points and returns one output row per point.
//
// The model must have exactly one input (initialisers listed as inputs do not
// count) and one output, each a tensor of float32 or float64. A point holds
// the input tensor without its batch axis, flattened in row-major order and
// rounded to the input's type; a row likewise holds the output, converted to
// float64. Where the first axes of input and output are symbolic they are the
// batch axis and all points go through the model at once; otherwise they go
// through one by one, so that a fixed batch has to be 1.
//
// Run fails the test where ONNX Runtime refuses the model or the points do not
// fit it, and skips it as [Require] does.
func Run(t testing.TB, model []byte, points [][]float64) [][]float64 {
	t.Helper()
	rows, err := run(model, points)
	check(t, err)
	return rows
}

// RunFile is [Run] for the ONNX file at path.
func RunFile(t testing.TB, path string, points [][]float64) [][]float64 {
	t.Helper()
	model, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := run(model, points)
	if err != nil && !errors.Is(err, errUnavailable) {
		t.Fatalf("%s: %v", path, err)
	}
	check(t, err)
	return rows
}

// check skips or fails the test for a non-nil err.
func check(t testing.TB, err error) {
	t.Helper()
	switch {
	case err == nil:
	case errors.Is(err, errUnavailable) && os.Getenv("NETMEND_REQUIRE_ORACLES") != "1":
		t.Skip(err)
	default:
		t.Fatal(err)
	}
}
