package repair

import (
	"fmt"
	"math"
	"testing"

	"github.com/netmend/netmend/nn"
)

// TestExecutedRepairs: the reference lines, repaired for executions. The objective
// is little larger than the smallest of all repairs, which is known.
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
			if testing.Short() && c.layer < 3 {
				t.Skip("a minute on an emulator")
			}
			net, s := mnistLines(t, c.lines)
			r := mustRun(t, net, s, Options{Layer: c.layer, Norm: L1, DType: c.dtype, Executed: true})
			reportExecuted(t, r)
			want := map[int]float64{3: 12.735654, 2: 6.789166}[c.layer]
			if math.Abs(r.LowerBound-want) > 1e-6*want {
				t.Errorf("lower bound %.9g, want %.9g", r.LowerBound, want)
			}
			if r.Objective > 1.03*want {
				t.Errorf("objective %.9g, want at most 3 %% more than %.9g", r.Objective, want)
			}
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

// TestExecutedSlices: layer 6 of ACAS Xu, before an activation, on one slice.
func TestExecutedSlices(t *testing.T) {
	net, s := acasSlices(t)
	s.Items = s.Items[3:4]
	r := mustRun(t, net, s, Options{Layer: 6, Norm: L1, DType: nn.Float32, Executed: true})
	reportExecuted(t, r)
	if e := r.Check.Execution; e.Beside == 0 || e.LargestError > 0.01 {
		t.Errorf("%d patterns beside, want some; errors up to %g, want at most 0.01", e.Beside, e.LargestError)
	}
}
