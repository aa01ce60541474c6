package certify_test

import (
	"bytes"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/netmend/netmend/internal/shared"
	"github.com/netmend/netmend/nn/onnx"
	"github.com/netmend/netmend/proof/tree"
	"github.com/netmend/netmend/region/certify"
	"github.com/netmend/netmend/spec/vnnlib"
)

// TestACAS proves quick instances of the ACAS Xu benchmark, with the same bytes for one
// worker and for three.
func TestACAS(t *testing.T) {
	data := shared.Path(t, "data", "acasxu")
	for _, c := range []struct {
		net  string
		prop int
	}{{"1_1", 1}, {"2_5", 3}, {"5_9", 3}, {"3_3", 4}, {"4_6", 4}, {"2_9", 4}} {
		net, err := onnx.ReadFile(filepath.Join(data, "onnx", "ACASXU_run2a_"+c.net+"_batch_2000.onnx"), onnx.ReadOptions{})
		if err != nil {
			t.Fatal(err)
		}
		property, err := vnnlib.ReadFile(filepath.Join(data, "vnnlib", fmt.Sprintf("prop_%d.vnnlib", c.prop)))
		if err != nil {
			t.Fatal(err)
		}
		for i := range property.Cases {
			p := tree.OfCase(net, &property.Cases[i])
			steps, err := search(t.Context(), p, certify.Options{Workers: 1})
			if err != nil {
				t.Errorf("%s, property %d: %v", c.net, c.prop, err)
				continue
			}
			if _, err := tree.Run(t.Context(), p, steps); err != nil {
				t.Errorf("%s, property %d: %v", c.net, c.prop, err)
			}
			again, err := search(t.Context(), p, certify.Options{Workers: 3})
			if err != nil || !bytes.Equal(steps, again) {
				t.Errorf("%s, property %d: three workers give other steps (%v)", c.net, c.prop, err)
			}
		}
	}
}
