package preimage_test

import (
	"math"
	"testing"

	"github.com/netmend/netmend/internal/shared"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/nn/onnx"
	"github.com/netmend/netmend/preimage"
	"github.com/netmend/netmend/set"
)

// TestBoxesACAS: layers of 50 units, some fixed, whose polyhedra are so badly
// conditioned that linear programs end wrongly: the superset keeps every sample,
// and every layer's set keeps the sample's values there.
func TestBoxesACAS(t *testing.T) {
	net, err := onnx.ReadFile(shared.Path(t, "data", "acasxu", "onnx", "ACASXU_run2a_2_9_batch_2000.onnx"), onnx.ReadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	x, err := nn.MatrixOf([][]float64{{0.005, 0.005, 0, 0.3, 0.2}, {0, 0.01, 0, 0.3, 0.2}})
	if err != nil {
		t.Fatal(err)
	}
	trace := net.Run(x, 1)
	domain := box([][2]float64{{0, 0.01}, {0, 0.01}, {0, 0}, {0.3, 0.3}, {0.2, 0.2}}...).Polyhedron()
	for name, target := range map[string]set.Union{
		"bound": {polyhedron(row(1000, 1, 0, 0, 0, 0))},
		"point": {box([2]float64{-1e3, 1e3}, [2]float64{-1e3, 1e3}, [2]float64{-1e3, 1e3}, [2]float64{-1e3, 1e3}, [2]float64{-1e3, 1e3}).Polyhedron()},
	} {
		_, err := preimage.Boxes(background, net, target, preimage.BoxesOptions{Domain: &domain, Snapshot: func(s preimage.Snapshot) error {
			for r := range x.Rows {
				v := x.Row(r)
				if j := s.Values[0]; j != nn.Input {
					v = trace.Of(j).Row(r)
				}
				if len(s.Sets) != 1 {
					t.Errorf("%s: %d sets after the step over node %d", name, len(s.Sets), s.Node)
					continue
				}
				for _, h := range s.Sets[0].Rows {
					if e := -h.Slack(v); e > 1e-9*(1+math.Abs(h.Offset)) {
						t.Errorf("%s: sample %d misses a row by %v after the step over node %d", name, r, e, s.Node)
						break
					}
				}
			}
			return nil
		}})
		if err != nil {
			t.Fatal(err)
		}
	}
}
