package proof_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/netmend/netmend/internal/papertest"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/proof"
	"github.com/netmend/netmend/repair"
	"github.com/netmend/netmend/spec"
)

// repaired repairs a layer and returns the network, or fails the test.
func repaired(t *testing.T, net *nn.Network, s *spec.Spec, opt repair.Options) *repair.Result {
	t.Helper()
	r, err := repair.Run(t.Context(), net, s, opt)
	if err != nil {
		t.Fatal(err)
	}
	if r.Network == nil {
		t.Fatalf("%s: %s", r.Status, r.Reason)
	}
	return r
}

// checked is the exact check's result.
func checked(t *testing.T, net *nn.Network, s *spec.Spec, opt proof.Options) *proof.Result {
	t.Helper()
	start := time.Now()
	r, err := proof.Check(t.Context(), net, s, opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%s %s, %d violations, %+v, %v", r.Status, r.Reason, r.Count, r.Size, time.Since(start))
	if m := r.MarginReached(); m != nil {
		f, _ := m.Float64()
		t.Logf("margin reached %v", f)
	}
	return r
}

func TestMNISTLines(t *testing.T) {
	for _, c := range []struct{ lines, layer int }{{10, 2}, {10, 3}, {100, 2}, {100, 3}} {
		t.Run(fmt.Sprintf("%d lines, layer %d", c.lines, c.layer), func(t *testing.T) {
			if testing.Short() && c.lines > 10 {
				t.Skip("100 lines take seconds")
			}
			net, s := papertest.MNISTLines(t, c.lines)
			if before := checked(t, net, s, proof.Options{MaxViolations: 1}); before.Status != proof.StatusViolated {
				t.Errorf("the original: %s", before.Status)
			}
			r := repaired(t, net, s, repair.Options{Layer: c.layer})
			if got := checked(t, r.Network, s, proof.Options{}); got.Status != proof.StatusHolds {
				t.Errorf("%s", got.Status)
			}
		})
	}
}

func TestACASSlices(t *testing.T) {
	if testing.Short() {
		t.Skip("the slices take seconds")
	}
	net, s := papertest.ACASSlices(t, 0, 10)
	for _, layer := range []int{7} {
		r := repaired(t, net, s, repair.Options{Layer: layer})
		if got := checked(t, r.Network, s, proof.Options{}); got.Status != proof.StatusHolds {
			t.Errorf("layer %d: %s", layer, got.Status)
		}
	}
}
