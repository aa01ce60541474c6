package repair

import (
	"bytes"
	"fmt"
	"os"
	"testing"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/nn/onnx"
	"github.com/netmend/netmend/preimage"
	"github.com/netmend/netmend/spec"
	"github.com/netmend/netmend/verify"
)

// storedAndRead writes a network as ONNX and reads it back.
func storedAndRead(t *testing.T, net *nn.Network) *nn.Network {
	t.Helper()
	var file bytes.Buffer
	if err := onnx.Write(&file, net, onnx.WriteOptions{Rounded: true}); err != nil {
		t.Fatal(err)
	}
	back, err := onnx.Read(&file, "repaired", onnx.ReadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return back
}

// TestLoopCloses repairs, stores, reads back and looks at the result with other
// means than the repair's own: the specification holds, and on every slice the
// preimage of its violation is empty, while that of the network as it was is not.
func TestLoopCloses(t *testing.T) {
	for _, c := range []struct {
		margin float64
		layer  int
		faces  int // slices whose faces are looked at one by one, too
		slices int // of ten
	}{{0.001, 7, 0, 10}, {0.001, 6, 1, 3}} {
		t.Run(fmt.Sprintf("margin %g, layer %d", c.margin, c.layer), func(t *testing.T) {
			net, s := acasSlices(t)
			if os.Getenv("NETMEND_LONG") == "" {
				s.Items = s.Items[:c.slices]
			}
			r, err := Run(t.Context(), net, s, Options{Layer: c.layer, Margin: &c.margin})
			if err != nil {
				t.Fatal(err)
			}
			if r.Status != Repaired {
				t.Fatalf("%s: %s", r.Status, r.Reason)
			}
			repaired := storedAndRead(t, r.Network)
			v, err := verify.Spec(t.Context(), repaired, s, verify.Options{})
			if err != nil {
				t.Fatal(err)
			}
			if v.Verdict != verify.Holds {
				t.Errorf("verify: %v (%s)", v.Verdict, v.Reason)
			}
			violated := 0
			for i := range s.Items {
				if n := violations(t, repaired, &s.Items[i], i < c.faces); n != 0 {
					t.Errorf("slice %d: %d polyhedra violate", i, n)
				}
				violated += violations(t, net, &s.Items[i], false)
			}
			if violated == 0 {
				t.Error("nothing violates before the repair")
			}
		})
	}
}

// violations is the number of polyhedra of a polygon's violation.
func violations(t *testing.T, net *nn.Network, it *spec.Item, faces bool) int {
	t.Helper()
	pieces := 0
	for _, f := range preimage.FlatsOfPolygon(it.Polygon) {
		r, err := preimage.RegionsOnFlat(t.Context(), net, f, it.Output.Violation(net.OutDim(), 0), preimage.RegionsOptions{Faces: faces})
		if err != nil {
			t.Fatal(err)
		}
		if !r.Complete() {
			t.Error(r.Limit)
		}
		pieces += len(r.Pieces)
	}
	return pieces
}
