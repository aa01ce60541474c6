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

// decouple gives a random layer of a network value parameters of its own.
func decouple(t testing.TB, r *rand.Rand, net *nn.Network) *nn.Network {
	t.Helper()
	k := 1 + r.IntN(len(net.Layers()))
	_, d, err := net.Layer(k)
	if err != nil {
		t.Fatal(err)
	}
	if net, err = net.WithLayer(k, &randomDense(r, d.Weight.Cols, d.Weight.Rows).Params); err != nil {
		t.Fatal(err)
	}
	return net
}

// TestRegionsDecoupled compares with the execution of decoupled networks, on
// faces too: where several units vanish together a pattern executes that no
// region has.
func TestRegionsDecoupled(t *testing.T) {
	inside := 0
	for seed := range uint64(120) {
		r := rand.New(rand.NewPCG(seed, 12))
		n := 1 + r.IntN(2)
		net := decouple(t, r, randomNet(t, r, activations(t), n, 1+r.IntN(3), 1+r.IntN(3), 1+r.IntN(2)))
		target := randomTarget(r, net.OutDim())
		domain := box([][2]float64{{-2, 1}, {-0.5, 2}}[:n]...).Polyhedron()
		got := byRegions(t, net, domain, target, preimage.RegionsOptions{Faces: true})
		inside += checkMembership(t, r, net, got.Union(), target, &domain)
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
	if inside < 1000 {
		t.Errorf("%d points inside say little", inside)
	}
}

// TestRegionsVanishing: with ReLU(-x) and ReLU(x) both units are active at 0 and
// only there, which a repair of the layer behind makes visible.
func TestRegionsVanishing(t *testing.T) {
	net := chain(t, 1, dense(t, [][]float64{{-1}, {1}}, 0, 0), nn.ReLU(), dense(t, [][]float64{{1, 1}}, 0))
	net, err := net.WithLayer(1, &nn.Params{Weight: net.Nodes[0].Op.(*nn.Dense).Weight, Bias: []float64{1, 1}})
	if err != nil {
		t.Fatal(err)
	}
	// The output is |x| + 1, but 2 at 0.
	got := byRegions(t, net, box([2]float64{-1, 1}).Polyhedron(), set.Union{polyhedron(row(1.25, 1))}, preimage.RegionsOptions{Faces: true}).Union()
	for _, test := range []struct {
		x    float64
		want bool
	}{{0, false}, {1e-300, true}, {-1e-300, true}, {0.25, true}, {-0.25, true}, {0.26, false}} {
		if got.Contains([]float64{test.x}) != test.want {
			t.Errorf("%v: %v, want %v", test.x, !test.want, test.want)
		}
	}
	got = byRegions(t, net, box([2]float64{-1, 1}).Polyhedron(), set.Union{polyhedron(row(2, 1), row(-2, -1))}, preimage.RegionsOptions{}).Union()
	sameSets(t, "where the output is 2", got, set.Union{
		box([2]float64{-1, -1}).Polyhedron(), box([2]float64{0, 0}).Polyhedron(), box([2]float64{1, 1}).Polyhedron(),
	})
}
