package main

import (
	"errors"
	"strings"
	"testing"

	"github.com/netmend/netmend/cert"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/proof"
	"github.com/netmend/netmend/repair"
	"github.com/netmend/netmend/spec"
)

// A claim about executions is accepted if it can be shown, and no stronger one.
func TestExecutionChecker(t *testing.T) {
	p := nn.Params{Weight: nn.NewMatrix(1, 1), Bias: []float64{1}}
	p.Weight.Data[0] = 2
	net, err := nn.New([]nn.Node{{Inputs: []int{nn.Input}, Op: &nn.Dense{Params: p}}}, []int{1}, nn.Meta{DType: nn.Float32})
	if err != nil {
		t.Fatal(err)
	}
	s := &spec.Spec{Items: []spec.Item{{
		Name: "point", Point: []float64{0.1},
		Output: spec.Output{Bounds: []spec.Bound{{Output: 0, Lower: 1, Upper: 2}}},
	}}}
	r, err := repair.Check(t.Context(), net, s, repair.Options{DType: nn.Float32, Executed: true})
	if err != nil {
		t.Fatal(err)
	}
	shown := r.Execution.MarginReached
	if !(shown > 0.19 && shown < 0.2) {
		t.Fatalf("margin %g, want a little less than 0.2", shown)
	}
	check := executionChecker(1)
	for _, c := range []struct {
		claim             cert.Execution
		accepted, unknown bool
	}{
		{cert.Execution{DType: "float32", Ulps: 1.5, MarginReached: shown}, true, false},
		{cert.Execution{DType: "float32", Ulps: 0.5, MarginReached: 0.1}, true, false},
		{cert.Execution{DType: "float32", Ulps: 1.5, MarginReached: 0.2}, false, true},
		{cert.Execution{DType: "float32", Ulps: 2, MarginReached: 0.1}, false, true},
		{cert.Execution{DType: "float64", Ulps: 1.5, MarginReached: 0.1}, false, false},
		{cert.Execution{DType: "float16", Ulps: 1.5, MarginReached: 0.1}, false, false},
	} {
		err := check(t.Context(), net, s, &c.claim)
		if (err == nil) != c.accepted || errors.Is(err, proof.ErrUnknown) != c.unknown {
			t.Errorf("%+v: %v", c.claim, err)
		}
	}
}

// A certificate that says less than was shown is not passed over in silence.
func TestExecutionLeftOut(t *testing.T) {
	c := cert.New(cert.Repaired)
	c.Repair = &cert.Repair{}
	r := &repair.Result{Network: &nn.Network{}, Check: repair.CheckResult{Execution: &repair.ExecutionResult{DType: nn.Float32}}}
	if s := leftOut(r, c); !strings.Contains(s, "float32") {
		t.Errorf("left out: %q", s)
	}
	c.Repair.Execution = &cert.Execution{}
	if s := leftOut(r, c); s != "" {
		t.Errorf("nothing was left out: %q", s)
	}
}
