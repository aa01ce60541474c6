package onnx_test

import (
	"path/filepath"
	"testing"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/nn/onnx"
)

// TestBreakpointAfterStep: what a step chooses from constants has their type, so that a
// comparison with a breakpoint that is not a float32 number is read as it was written.
func TestBreakpointAfterStep(t *testing.T) {
	dense := func() *nn.Dense {
		w := nn.NewMatrix(1, 1)
		w.Row(0)[0] = 1
		return &nn.Dense{Params: nn.Params{Weight: w, Bias: []float64{0}}}
	}
	jump := &nn.Piecewise{Breaks: []float64{0.1}, Slope: []float64{0, 1}, Offset: []float64{0, 0}}
	net, err := nn.New([]nn.Node{
		{Inputs: []int{nn.Input}, Op: nn.Step()},
		{Inputs: []int{0}, Op: jump},
		{Inputs: []int{1}, Op: dense()},
	}, []int{1}, nn.Meta{})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "net.onnx")
	if err := onnx.WriteFile(path, net, onnx.WriteOptions{DType: nn.Float32, Rounded: true}); err != nil {
		t.Fatal(err)
	}
	if _, err := onnx.ReadFile(path, onnx.ReadOptions{}); err != nil {
		t.Error(err)
	}
}
