package proof_test

import (
	"testing"

	"github.com/netmend/netmend/cert"
	"github.com/netmend/netmend/internal/papertest"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/proof"
	"github.com/netmend/netmend/spec"
)

// TestSumBeyondFloat64: a unit's values at two vertices are finite, but not the
// distance between them, so that floats do not say where it is 0. The network
// is x + 1 below 0 and x - 9 from 0 on.
func TestSumBeyondFloat64(t *testing.T) {
	net, err := nn.New([]nn.Node{
		{Inputs: []int{nn.Input}, Op: papertest.Dense([]float64{0x1p1023, 0})},
		{Inputs: []int{0}, Op: nn.Step()},
		{Inputs: []int{1, nn.Input}, Op: &nn.Concat{Dims: []int{1, 1}}},
		{Inputs: []int{2}, Op: papertest.Dense([]float64{-10, 1, 1})},
	}, []int{1}, nn.Meta{})
	if err != nil {
		t.Fatal(err)
	}
	s := &spec.Spec{Items: []spec.Item{papertest.Segment(t, papertest.Between(-20, 0.5), []float64{-1}, []float64{1})}}
	r := checked(t, net, s, proof.Options{})
	if r.Status != proof.StatusViolated {
		t.Fatalf("%s, though the output just below 0 is near 1", r.Status)
	}
	if v, _ := r.MarginReached().Float64(); v != -0.5 {
		t.Errorf("margin reached %v, want -0.5", v)
	}
}

// TestProductBelowFloat64: the product of the last layer's weight and the target's
// is 0 in float64, and yet not small where values are large. Every output is in
// the target.
func TestProductBelowFloat64(t *testing.T) {
	net := papertest.Chain(t, 1,
		papertest.Dense([]float64{0x1p1000, 0}),
		nn.ReLU(),
		papertest.Dense([]float64{-0x1p-600, 0}))
	b := &cert.PreimageEmpty{
		Questions: []cert.Question{{
			Inputs: []cert.HalfSpace{{Normal: []float64{1}, Offset: 1}, {Normal: []float64{-1}, Offset: -0.5}},
			Target: [][]cert.HalfSpace{{{Normal: []float64{0x1p-600}, Offset: -1e-100}}},
		}},
		Trees: []cert.Tree{cert.AppendStep(nil, &cert.Step{Kind: cert.Close, Columns: []cert.Weight{{Value: 1}}})},
	}
	if _, err := proof.EmptyPreimage(t.Context(), net, b, 1); err == nil {
		t.Error("accepted, though every input is in the preimage")
	}
	b.Questions[0].Target[0][0].Offset = -0x1p100
	if _, err := proof.EmptyPreimage(t.Context(), net, b, 1); err != nil {
		t.Errorf("no output is so small: %v", err)
	}
}

// TestNoWeights: an operation of which no output depends on its input.
func TestNoWeights(t *testing.T) {
	net := papertest.Chain(t, 2, &nn.Take{In: 2, From: []int32{-1}, Fill: 0.5}, nn.ReLU())
	for upper, want := range map[float64]proof.Status{0.5: proof.StatusHolds, 0.25: proof.StatusViolated} {
		s := &spec.Spec{Items: []spec.Item{papertest.Segment(t, papertest.Between(0, upper), []float64{0, 0}, []float64{1, 2})}}
		if r := checked(t, net, s, proof.Options{}); r.Status != want {
			t.Errorf("0.5 <= %v: %s, want %s", upper, r.Status, want)
		}
	}
}
