package proof_test

import (
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/netmend/netmend/internal/papertest"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/proof"
	"github.com/netmend/netmend/set"
	"github.com/netmend/netmend/spec"
)

// TestCheckNear: the point tried lies in the set, is the one meant where that is one,
// and is judged as the check of the whole set judges it.
func TestCheckNear(t *testing.T) {
	rng := rand.New(rand.NewPCG(11, 12))
	layer := func(out, in int) *nn.Dense {
		rows := make([][]float64, out)
		for j := range rows {
			for range in + 1 {
				rows[j] = append(rows[j], rng.NormFloat64())
			}
		}
		return papertest.Dense(rows...)
	}
	violated := 0
	for k := range 40 {
		net := papertest.Chain(t, 2, layer(4, 2), nn.ReLU(), layer(1, 4))
		v := [][]float64{{0, 0}, {1 + rng.Float64(), rng.Float64()}, {rng.Float64(), 1 + rng.Float64()}, {-1, 0.5}}
		s := &spec.Spec{Items: []spec.Item{papertest.Point(papertest.Between(-100, 100), 0, 0)}}
		out := papertest.Between(-100, 0.5)
		if k%2 == 0 {
			s.Items = append(s.Items, papertest.Segment(t, out, v[0], v[1]))
		} else {
			p, err := set.NewPolygon(v)
			if err != nil {
				t.Fatal(err)
			}
			s.Items = append(s.Items, spec.Item{Name: "polygon", Polygon: p, Output: out})
		}
		whole := checked(t, net, s, proof.Options{})
		if whole.Worst.Item != 1 {
			continue
		}
		near := func(x []float64) *proof.Result {
			r, err := proof.CheckNear(t.Context(), net, s, 1, x, proof.Options{})
			if err != nil {
				t.Fatal(err)
			}
			sum := new(big.Rat)
			for _, w := range r.Worst.Weights {
				if w.Sign() < 0 {
					t.Errorf("weight %v", w)
				}
				sum.Add(sum, w)
			}
			if sum.Cmp(big.NewRat(1, 1)) != 0 || r.Worst.Item != 1 || r.Worst.Amount.Cmp(whole.Worst.Amount) > 0 {
				t.Errorf("weights %v of item %d with amount %v, largest %v", r.Worst.Weights, r.Worst.Item, r.Worst.Amount, whole.Worst.Amount)
			}
			return r
		}
		r := near(whole.Worst.Point)
		off, _ := new(big.Rat).Sub(whole.Worst.Amount, r.Worst.Amount).Float64()
		if off > 1e-12 { // the network is continuous
			t.Errorf("%v at the worst point, %v next to it", whole.Worst.Amount, r.Worst.Amount)
		}
		if r.Status == proof.StatusViolated {
			violated++
		}
		near([]float64{float64(5 * rng.NormFloat64()), float64(5 * rng.NormFloat64())})
		for _, x := range v[:2] { // corners, exactly
			point := &spec.Spec{Items: []spec.Item{papertest.Point(out, x...)}}
			if want := checked(t, net, point, proof.Options{}); near(x).Worst.Amount.Cmp(want.Worst.Amount) != 0 {
				t.Errorf("%v at corner %v, want %v", near(x).Worst.Amount, x, want.Worst.Amount)
			}
		}
	}
	if violated < 5 {
		t.Errorf("%d violations: this tests little", violated)
	}
}
