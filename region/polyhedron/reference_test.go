package polyhedron_test

import (
	"context"
	"os"
	"testing"

	"github.com/netmend/netmend/internal/shared"
	"github.com/netmend/netmend/nn/onnx"
	"github.com/netmend/netmend/region/polyhedron"
	"github.com/netmend/netmend/set"
)

// TestACASRegions counts the regions of ACAS Xu networks on the box of property 3.
func TestACASRegions(t *testing.T) {
	box := set.Box{Lo: []float64{-0.303531156, -0.009549297, 0.493380324, 0.3, 0.3}, Hi: []float64{-0.298552812, 0.009549297, 0.5, 0.5, 0.5}}
	for _, test := range []struct {
		name         string
		want, within int
		long         bool
	}{{"2_9", 189, 0, false}, {"1_1", 71930, 5, true}} {
		t.Run(test.name, func(t *testing.T) {
			if test.long && os.Getenv("NETMEND_LONG") == "" {
				t.Skip("takes half a minute: set NETMEND_LONG")
			}
			net, err := onnx.ReadFile(shared.Path(t, "data", "acasxu", "onnx", "ACASXU_run2a_"+test.name+"_batch_2000.onnx"), onnx.ReadOptions{})
			if err != nil {
				t.Fatal(err)
			}
			r, err := polyhedron.Enumerate(context.Background(), net, box.Polyhedron(), polyhedron.Options{}, nil)
			if err != nil {
				t.Fatal(err)
			}
			if d := r.Cells - test.want; d > test.within || -d > test.within || !r.Complete() {
				t.Errorf("%d regions, want %d within %d; %+v", r.Cells, test.want, test.within, r)
			}
			t.Logf("%+v", r)
		})
	}
}
