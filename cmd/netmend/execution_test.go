package main

import (
	"strings"
	"testing"

	"github.com/netmend/netmend/cert"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/repair"
)

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
