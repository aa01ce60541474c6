package proof_test

import (
	"testing"

	"github.com/netmend/netmend/cert"
	"github.com/netmend/netmend/internal/papertest"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/proof"
	"github.com/netmend/netmend/spec"
)

// TestBiasesCount has layers that only their bias can repair, at the input 0: what is
// proven of the objective, or of there being no repair, rests on it alone. Layers are
// dense, a convolution, and one before a function whose rows are enclosed.
func TestBiasesCount(t *testing.T) {
	const required = 0.999 // of the output, by a bias from 0 to 1
	one := [2]int{1, 1}
	conv := &nn.Conv{
		Params: nn.Params{Weight: nn.NewMatrix(1, 1), Bias: []float64{0}}, Groups: 1,
		Window: nn.Window{Channels: 1, In: one, Kernel: one, Stride: one, Dilation: one},
	}
	for name, net := range map[string]*nn.Network{
		"dense":       papertest.Chain(t, 1, papertest.Dense([]float64{0, 0})),
		"convolution": papertest.Chain(t, 1, conv),
		"before tanh": papertest.Chain(t, 1, papertest.Dense([]float64{0, 0}), nn.Tanh()),
	} {
		s := &spec.Spec{Items: []spec.Item{papertest.Point(papertest.Between(required, 2), 0)}}
		repaired, err := net.WithLayer(1, &nn.Params{Weight: nn.NewMatrix(1, 1), Bias: []float64{1}})
		if err != nil {
			t.Fatal(err)
		}
		check := func(kind cert.Kind, after *nn.Network, body *cert.Repair) error {
			c := cert.New(kind)
			c.Repair = body
			for to, of := range map[*string]*nn.Network{&c.Network.Content: after, &body.Original.Content: net} {
				if *to, err = proof.NetworkDigest(of); err != nil {
					t.Fatal(err)
				}
			}
			if c.Specification.Content, err = proof.SpecDigest(s); err != nil {
				t.Fatal(err)
			}
			_, err := proof.CheckRepair(t.Context(), c, net, repaired, s, proof.Options{})
			return err
		}
		// The row of y >= required.
		rows := func(multiplier float64) []cert.Row {
			return []cert.Row{{HalfSpace: 1, Multiplier: cert.Float(multiplier)}}
		}
		for _, norm := range []string{"l1", "linf", "l2", "mix"} {
			for _, c := range []struct {
				multiplier, lowerBound float64
				ok                     bool
			}{{1, 0.99, true}, {1, 0.9995, false}, {2, 0.9995, false}} {
				o := &cert.Objective{Norm: norm, Value: 1, LowerBound: c.lowerBound}
				if norm == "mix" { // of two parameters: half the l1 norm, and half the largest
					o.L1Weight, o.LinfWeight = 1, 0.5
				}
				bound := 4.0
				err := check(cert.Repaired, repaired, &cert.Repair{Layer: 1, Bound: &bound, Objective: o, Rows: rows(c.multiplier)})
				if (err == nil) != c.ok {
					t.Errorf("%s, %s: multiplier %v, lower bound %v: %v", name, norm, c.multiplier, c.lowerBound, err)
				}
			}
		}
		for bound, none := range map[float64]bool{0.5: true, 1.5: false} {
			err := check(cert.NoRepair, net, &cert.Repair{Layer: 1, Bound: &bound, Rows: rows(1)})
			if (err == nil) != none {
				t.Errorf("%s: no repair within %v: %v", name, bound, err)
			}
		}
	}
}
