package repair

import (
	"fmt"
	"testing"

	"github.com/netmend/netmend/nn"
)

func TestExecutedRepairs(t *testing.T) {
	for _, c := range []struct {
		lines, layer int
		dtype        nn.DType
	}{
		{10, 3, nn.Float32},
		{10, 2, nn.Float32},
		{10, 2, nn.Float64},
	} {
		t.Run(fmt.Sprintf("%d lines, layer %d, %v", c.lines, c.layer, c.dtype), func(t *testing.T) {
			net, s := mnistLines(t, c.lines)
			r := mustRun(t, net, s, Options{Layer: c.layer, Norm: L1, DType: c.dtype, Executed: true})
			reportExecuted(t, r)
		})
	}
}

func reportExecuted(t *testing.T, r *Result) {
	r.Check.Worst.Point = nil
	if r.Check.Execution != nil {
		r.Check.Execution.Worst.Point = nil
	}
	t.Logf("%s %s %+v %+v %+v obj %.12g lower %.12g", r.Status, r.Reason, r.Size, r.Time, r.Check, r.Objective, r.LowerBound)
	t.Logf("%+v", r.Check.Execution)
	if r.Status != Repaired {
		t.Fatalf("%s: %s", r.Status, r.Reason)
	}
}

func TestExecutedSlices(t *testing.T) {
	for _, c := range []struct {
		layer  int
		margin float64
	}{{7, 0}} {
		t.Run(fmt.Sprintf("layer %d, margin %g", c.layer, c.margin), func(t *testing.T) {
			net, s := acasSlices(t)
			r := mustRun(t, net, s, Options{Layer: c.layer, Norm: L1, Margin: &c.margin, DType: nn.Float32, Executed: true})
			reportExecuted(t, r)
		})
	}
}
