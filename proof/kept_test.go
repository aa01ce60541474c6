package proof

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/netmend/netmend/nn"
)

// TestKept compares what is found with kept values, and while they are kept, with what is
// found without: in the network itself and where the layer has other value parameters.
func TestKept(t *testing.T) {
	served := 0
	for seed := range uint64(60) {
		r := rand.New(rand.NewPCG(seed, 78))
		net := structured(t, r, seed%4 == 0)
		k := 1 + r.IntN(len(net.Layers()))
		_, op, err := net.Layer(k)
		if err != nil {
			t.Fatal(err)
		}
		repaired, err := net.WithLayer(k, disturbed(r, op.Channel(nn.ValueChannel)))
		if err != nil {
			t.Fatal(err)
		}
		kept := NewKept(net, k, 1<<20)
		if none := NewKept(repaired, k, 0); none != nil && len(none.live) > 0 {
			compareKept(t, net, none, r) // no room for anything
		}
		points := compareKept(t, net, kept, r)
		if kept != nil && len(kept.points) == len(points) {
			served++
		}
		for _, n := range []*nn.Network{net, repaired} {
			again := compareKept(t, n, kept, r, points...)
			if kept != nil && len(again) != len(kept.points) {
				t.Errorf("network %d: %d points are kept, want %d", seed, len(kept.points), len(again))
			}
		}
		for other := 1; other < k; other++ {
			_, op, err := net.Layer(other)
			if err != nil {
				t.Fatal(err)
			}
			changed, err := net.WithLayer(other, disturbed(r, op.Channel(nn.ValueChannel)))
			if err != nil {
				t.Fatal(err)
			}
			if kept.fitting(changed) != nil {
				t.Errorf("network %d: values kept for layer %d serve a network with another layer %d", seed, k, other)
			}
		}
	}
	if served < 20 {
		t.Errorf("values of %d networks were kept", served)
	}
}

// disturbed are other parameters of the same shape.
func disturbed(r *rand.Rand, p *nn.Params) *nn.Params {
	q := &nn.Params{Weight: nn.NewMatrix(p.Weight.Rows, p.Weight.Cols), Bias: append([]float64(nil), p.Bias...)}
	for i := range p.Weight.Rows {
		for j, w := range p.Weight.Row(i) {
			q.Weight.Row(i)[j] = w + float64(0.1*r.NormFloat64())
		}
	}
	return q
}

// compareKept encloses outputs at points, random ones where there are none, with and
// without what is kept.
func compareKept(t *testing.T, net *nn.Network, kept *Kept, r *rand.Rand, points ...[]float64) [][]float64 {
	t.Helper()
	for len(points) < 3 {
		x := make([]float64, net.InDim())
		for i := range x {
			x[i] = r.NormFloat64()
		}
		points = append(points, x)
	}
	p, err := newPointNetwork(net)
	if err != nil {
		t.Fatal(err)
	}
	q, err := newPointNetwork(net)
	if err != nil {
		t.Fatal(err)
	}
	if q.kept = kept.fitting(net); kept != nil && kept.net == net && q.kept == nil {
		t.Fatal("values do not serve the network that they were kept for")
	}
	for _, x := range points {
		want, known := p.twofold(t.Context(), x, targets[0])
		got, ok := q.twofold(t.Context(), x, targets[0])
		if known != ok || fmt.Sprint(got) != fmt.Sprint(want) {
			t.Fatalf("outputs %v, %v without what is kept", got, want)
		}
	}
	return points
}
