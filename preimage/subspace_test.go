package preimage_test

import (
	"math/rand/v2"
	"testing"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/preimage"
	"github.com/netmend/netmend/set"
)

// On a set of equations a . x = b the network y = a . x is b, exactly: no point of the set has
// a larger or a smaller output, and all have that one.
func TestEquationsExactly(t *testing.T) {
	r := rand.New(rand.NewPCG(13, 13))
	numbers := []float64{1, 2, 3, 5, 7, 0.1, -0.3, 1.7, -1, 0.5, 1.0 / 3}
	flat := 0
	for trial := range 60 {
		dim := 2 + r.IntN(2)
		a, opposite := make([]float64, dim), make([]float64, dim)
		for j := range a {
			a[j] = numbers[r.IntN(len(numbers))]
			opposite[j] = -a[j]
		}
		b := numbers[r.IntN(len(numbers))]
		domain := set.Box{Lo: []float64{-8, -8, -8}[:dim], Hi: []float64{8, 8.1, 8.3}[:dim]}.Polyhedron().With(
			set.HalfSpace{Normal: a, Offset: b}, set.HalfSpace{Normal: opposite, Offset: -b},
		)
		weight := nn.NewMatrix(1, dim)
		copy(weight.Data, a)
		net, err := nn.New([]nn.Node{{Inputs: []int{nn.Input}, Op: &nn.Dense{Params: nn.Params{Weight: weight, Bias: []float64{0}}}}}, []int{dim}, nn.Meta{})
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct {
			h    set.HalfSpace
			some bool
		}{
			{set.HalfSpace{Normal: []float64{1}, Offset: b}, true},
			{set.HalfSpace{Normal: []float64{-1}, Offset: -b}, true},
			{set.HalfSpace{Normal: []float64{1}, Offset: b, Strict: true}, false},
			{set.HalfSpace{Normal: []float64{-1}, Offset: -b, Strict: true}, false},
		} {
			p, err := preimage.Regions(t.Context(), net, domain, set.Union{set.Whole(1).With(c.h)}, preimage.RegionsOptions{Prove: true, Volume: true})
			if err != nil {
				t.Fatalf("trial %d: %v", trial, err)
			}
			if !p.Proof.Accepted || (p.Count > 0) != c.some {
				t.Fatalf("trial %d: %v . x = %v has %d polyhedra with %+v, proof %+v", trial, a, b, p.Count, c.h, p.Proof)
			}
			if c.some && p.Extents.Basis == preimage.Rigorous {
				flat++
			}
		}
	}
	if flat < 20 {
		t.Errorf("only %d sets were taken in their subspace", flat)
	}
}
