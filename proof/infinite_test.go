package proof_test

import (
	"testing"

	"github.com/netmend/netmend/internal/papertest"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/proof"
	"github.com/netmend/netmend/spec"
)

// TestUnboundedIntervals: where a difference of equal numbers is known to a few
// bits only, the exponential function of a large multiple of it has no upper
// bound. The output is 0, which no precision shows; nothing crashes.
func TestUnboundedIntervals(t *testing.T) {
	steep, err := nn.CELU(0x1p-1000)
	if err != nil {
		t.Fatal(err)
	}
	for _, last := range []nn.Op{nn.ReLU(), nn.Sigmoid(), nn.Tanh(), nn.GELU(), nn.Softplus()} {
		ops := []nn.Op{
			papertest.Dense([]float64{1, 0}, []float64{1, 0}), nn.Sigmoid(),
			papertest.Dense([]float64{1, -1, 0}), steep, papertest.Dense([]float64{1, 0}, []float64{-1, 0}), last, papertest.Dense([]float64{1, -1, 0}),
		}
		net := papertest.Chain(t, 1, ops...)
		for _, lo := range []float64{0, -1} {
			s := &spec.Spec{Items: []spec.Item{papertest.Point(papertest.Between(lo, 8), 0.3), papertest.Point(papertest.Between(lo, 8), 0.7)}}
			r, err := proof.Check(t.Context(), net, s, proof.Options{})
			if err != nil {
				t.Fatal(err)
			}
			if r.Status == proof.StatusViolated {
				t.Errorf("%T: %s", last, r.Status)
			}
		}
	}
}
