package proof_test

import (
	"testing"

	"github.com/netmend/netmend/internal/papertest"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/proof"
	"github.com/netmend/netmend/repair"
	"github.com/netmend/netmend/spec"
)

// BenchmarkCheck is the exact check of the repairs of the papers' experiments.
func BenchmarkCheck(b *testing.B) {
	for _, c := range []struct {
		name  string
		load  func() (*nn.Network, *spec.Spec)
		layer int
	}{
		{"lines/layer=2", func() (*nn.Network, *spec.Spec) { return papertest.MNISTLines(b, 100) }, 2},
		{"lines/layer=3", func() (*nn.Network, *spec.Spec) { return papertest.MNISTLines(b, 100) }, 3},
		{"slices/layer=7", func() (*nn.Network, *spec.Spec) { return papertest.ACASSlices(b, 0, 10) }, 7},
	} {
		b.Run(c.name, func(b *testing.B) {
			net, s := c.load()
			r, err := repair.Run(b.Context(), net, s, repair.Options{Layer: c.layer})
			if err != nil || r.Network == nil {
				b.Fatal(err, r)
			}
			b.ResetTimer()
			for range b.N {
				got, err := proof.Check(b.Context(), r.Network, s, proof.Options{Choice: net})
				if err != nil {
					b.Fatal(err)
				}
				b.ReportMetric(float64(got.Size.Exact), "exact")
				b.ReportMetric(float64(got.Size.Signs), "signs")
				b.ReportMetric(float64(got.Size.Pieces), "pieces")
			}
		})
	}
}
