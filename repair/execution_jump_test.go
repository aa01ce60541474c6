package repair

import (
	"errors"
	"strings"
	"testing"

	"github.com/netmend/netmend/internal/executor"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/spec"
)

// TestExecutionAtAJump: at 0 the step unit is 1, and the output 1/2; rounded to
// the number below 0 it executes as 0, and the output is -5, by units whose
// inputs are far from 0 in both cases.
func TestExecutionAtAJump(t *testing.T) {
	net, err := nn.New([]nn.Node{
		{Inputs: []int{nn.Input}, Op: dense(t, []float64{1, 0})},
		{Inputs: []int{0}, Op: nn.Step()},
		{Inputs: []int{1}, Op: dense(t, []float64{1, -0.5}, []float64{-1, 0.5})},
		{Inputs: []int{2}, Op: nn.ReLU()},
		{Inputs: []int{3}, Op: dense(t, []float64{1, -10, 0})},
	}, []int{1}, nn.Meta{DType: nn.Float32})
	if err != nil {
		t.Fatal(err)
	}
	at := func(x float64) *spec.Spec {
		return &spec.Spec{Items: []spec.Item{{Name: "point", Point: []float64{x}, Output: between(-1, 1)}}}
	}
	opt := Options{DType: nn.Float32, Executed: true}
	r, err := Check(t.Context(), net, at(0), opt)
	var jump *executor.JumpError
	if !errors.As(err, &jump) || strings.Contains(err.Error(), "overflow") {
		t.Errorf("at the jump: %+v, %v; want a JumpError", r, err)
	}
	if r, err = Check(t.Context(), net, at(1), opt); err != nil || !(r.Execution.MarginReached > 0.49) {
		t.Errorf("beside the jump: %+v, %v", r, err)
	}
	res, err := Run(t.Context(), net, at(0), Options{Layer: 3, DType: nn.Float32, Executed: true})
	if err != nil || res.Status != Unknown || !strings.Contains(res.Reason, "jump") {
		t.Errorf("repair at the jump: %+v, %v; want unknown", res, err)
	}
}
