package preimage_test

import (
	"math/rand/v2"
	"testing"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/preimage"
	"github.com/netmend/netmend/set"
)

// byRegions is Regions, which must not fail.
func byRegions(t testing.TB, net *nn.Network, domain set.Polyhedron, target set.Union, opt preimage.RegionsOptions) *preimage.Result {
	t.Helper()
	r, err := preimage.Regions(background, net, domain, target, opt)
	if err != nil {
		t.Fatal(err)
	}
	if !r.Complete() || r.Side != preimage.Exact {
		t.Fatalf("%v, limit %v, want an exact result", r.Side, r.Limit)
	}
	return r
}

// TestRegionsEqualBackward: both engines give the same set, on random networks
// of one to three inputs with ties, dead and duplicate units.
func TestRegionsEqualBackward(t *testing.T) {
	for seed := range uint64(120) {
		r := rand.New(rand.NewPCG(seed, 4))
		n := 1 + r.IntN(3)
		net := randomNet(t, r, activations(t), n, 1+r.IntN(3), 1+r.IntN(3), 1+r.IntN(2))
		target := randomTarget(r, net.OutDim())
		domain := box([][2]float64{{-2, 1}, {-0.5, 2}, {-1, 1}}[:n]...).Polyhedron()
		if r.IntN(2) == 0 { // a corner cut off
			h := row(1, make([]float64, n)...)
			for j := range h.Normal {
				h.Normal[j] = 1
			}
			domain = domain.With(h)
		}
		want := backward(t, net, preimage.BackwardOptions{Domain: &domain, Prune: true}, target...)
		got := byRegions(t, net, domain, target, preimage.RegionsOptions{Faces: true})
		sameSets(t, "by regions", got.Union(), want)
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
		checkMembership(t, r, net, got.Union(), target, &domain)
	}
}
