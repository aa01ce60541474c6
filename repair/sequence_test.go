package repair

import (
	"slices"
	"testing"

	"github.com/netmend/netmend/spec"
)

// TestSequence repairs two layers of random convolutional networks: what the first
// leaves, the second one takes over, and the network as stored meets everything.
func TestSequence(t *testing.T) {
	both, whole := 0, 0
	for seed := range uint64(150) {
		r := random(seed + 5000)
		net := randomConvNetwork(t, r)
		s := &spec.Spec{Margin: 0.0625}
		for range 3 {
			x := make([]float64, net.InDim())
			for i := range x {
				x[i] = r.NormFloat64()
			}
			s.Items = append(s.Items, pointItem(class(r.IntN(3)), x...))
		}
		layers := []int{1, len(net.Layers())}
		steps, err := Sequence(t.Context(), net, s, Options{Bound: 3, Workers: 1}, layers)
		if err != nil {
			t.Fatal(err)
		}
		last := steps[len(steps)-1]
		if last.Network == nil {
			continue
		}
		tr := &trial{spec: s, result: last.Result}
		tr.checkPoints(t, "sequence")
		want := []int{last.Layer}
		if len(steps) == 2 && steps[0].Network != nil {
			want = layers
			both++
		}
		if got := last.Network.RepairedLayers(); !slices.Equal(got, want) {
			t.Errorf("seed %d: layers %v are repaired, want %v", seed, got, want)
		}
		if len(last.LeftOut) > 0 {
			t.Errorf("seed %d: the last layer left out %v", seed, last.LeftOut)
		}
		whole++
	}
	if both < 5 || whole < 20 {
		t.Errorf("%d repairs, %d of both layers, too few to say much", whole, both)
	}
}

func TestSequenceRefuses(t *testing.T) {
	net, s := figure3(t), specOf(pointItem(between(-1, -0.8), 0.5))
	for _, layers := range [][]int{nil, {3}, {1, 1}} {
		if _, err := Sequence(t.Context(), net, s, Options{}, layers); err == nil {
			t.Errorf("layers %v accepted", layers)
		}
	}
}

func TestRank(t *testing.T) {
	at := func(layer int, objective, drawdown float64) *Result {
		return &Result{Status: Repaired, Layer: layer, Objective: objective, Drawdown: &drawdown}
	}
	a, b := at(1, 1, 0.5), at(2, 2, 0.25)
	infeasible := &Result{Status: Infeasible, Layer: 3}
	for _, c := range []struct {
		rank Rank
		want *Result
	}{{RankNorm, a}, {RankLater, b}, {RankDrawdown, b}} {
		other := a
		if c.want == a {
			other = b
		}
		if !c.rank.better(c.want, other) || c.rank.better(other, c.want) || c.rank.better(infeasible, other) {
			t.Errorf("%s prefers another layer than %d", c.rank, c.want.Layer)
		}
	}
}
