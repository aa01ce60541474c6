package repair_test

import (
	"context"
	"math"
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/proof"
	"github.com/netmend/netmend/repair"
	"github.com/netmend/netmend/set"
	"github.com/netmend/netmend/spec"
	"github.com/netmend/netmend/spec/final"
)

// softmax are small networks with a final Softmax.
func softmax(t *testing.T, r *rand.Rand, classes int) *nn.Network {
	t.Helper()
	params := func(rows, cols int) nn.Params {
		p := nn.Params{Weight: nn.NewMatrix(rows, cols), Bias: make([]float64, rows)}
		for i := range p.Weight.Data {
			p.Weight.Data[i] = float64(r.IntN(9)-4) / 4
		}
		for i := range p.Bias {
			p.Bias[i] = float64(r.IntN(9)-4) / 4
		}
		return p
	}
	net, err := nn.New([]nn.Node{
		{Inputs: []int{nn.Input}, Op: &nn.Dense{Params: params(3, 2)}},
		{Inputs: []int{0}, Op: nn.ReLU()},
		{Inputs: []int{1}, Op: &nn.Dense{Params: params(classes, 3)}},
	}, []int{2}, nn.Meta{DType: nn.Float32, End: &nn.End{Kind: nn.EndSoftmax, Outer: 1, Axis: classes, Inner: 1}})
	if err != nil {
		t.Fatal(err)
	}
	return net
}

// A lower bound on a probability is met by what is repaired, all over its segment, and no
// repair has less: of the half-spaces that the paper of the bound asks for, all are
// necessary, and one that is known has no less.
func TestProbabilities(t *testing.T) {
	r := rand.New(rand.NewPCG(11, 5))
	repaired := 0
	for range 40 {
		classes := 3 + r.IntN(3)
		net := softmax(t, r, classes)
		k, least := r.IntN(classes), 0.1+float64(r.Float64()*0.8)
		segment, err := set.NewSegment([]float64{-1, r.Float64()}, []float64{1, r.Float64()})
		if err != nil {
			t.Fatal(err)
		}
		asked := &spec.Spec{Items: []spec.Item{
			{Name: "segment", Segment: &segment, Output: spec.Output{Bounds: []spec.Bound{{Output: k, Lower: least, Upper: math.Inf(1)}}}},
			{Name: "point", Point: []float64{1, -1}, Output: spec.Output{Bounds: []spec.Bound{{Output: (k + 1) % classes, Lower: float64(least / 2), Upper: math.Inf(1)}}}},
		}}
		before, err := final.Spec(asked, net)
		if err != nil {
			t.Fatal(err)
		}
		res, err := repair.Run(context.Background(), net, before, repair.Options{Layer: 2})
		if err != nil {
			t.Fatal(err)
		}
		if res.Status != repair.Repaired {
			if res.Status != repair.Infeasible {
				t.Errorf("%v: %s", res.Status, res.Reason)
			}
			continue
		}
		repaired++
		if res.LowerBound > res.Objective || res.LowerBound < float64(0.9999*res.Objective)-1e-6 {
			t.Errorf("the objective is %v, and no repair has less than %v", res.Objective, res.LowerBound)
		}
		for i := range 101 {
			x := segment.At(float64(i) / 100)
			z, err := res.Network.EvalPoint(x)
			if err != nil {
				t.Fatal(err)
			}
			if p := net.Meta.End.Apply(z)[k]; p < least-1e-9 {
				t.Errorf("the probability is %v at %v, want %v", p, x, least)
			}
		}
	}
	if repaired < 20 {
		t.Errorf("only %d of 40 were repaired", repaired)
	}
}

// A bound on a probability is decided on points and segments as the probabilities at
// vertices are, also where polyhedra between would not tell.
func TestProbabilitiesDecided(t *testing.T) {
	r := rand.New(rand.NewPCG(12, 5))
	met := 0
	for range 200 {
		net := softmax(t, r, 3+r.IntN(3))
		x := []float64{float64(r.IntN(5) - 2), float64(r.IntN(5) - 2)}
		z, err := net.EvalPoint(x)
		if err != nil {
			t.Fatal(err)
		}
		p := net.Meta.End.Apply(z)
		least := float64(p[0] * (1 + float64(1e-9*float64(r.IntN(3)-1))))
		if least >= 1 {
			continue
		}
		before, err := final.Spec(&spec.Spec{Items: []spec.Item{{Name: "point", Point: x, Output: spec.Output{Bounds: []spec.Bound{{Output: 0, Lower: least, Upper: math.Inf(1)}}}}}}, net)
		if err != nil {
			t.Fatal(err)
		}
		res, err := proof.Check(context.Background(), net, before, proof.Options{})
		if err != nil {
			t.Fatal(err)
		}
		switch {
		case res.Status == proof.StatusUnknown:
			t.Errorf("P = %v >= %v is not decided: %s", p[0], least, res.Reason)
		case p[0] < float64(least*(1-1e-12)) && res.Status == proof.StatusHolds, p[0] > float64(least*(1+1e-12)) && res.Status != proof.StatusHolds:
			t.Errorf("P = %v >= %v: %s", p[0], least, res.Status)
		case res.Status == proof.StatusHolds:
			met++
		}
	}
	if met < 40 {
		t.Errorf("only %d were met", met)
	}
	// Equal outputs have equal shares, exactly.
	net := softmax(t, r, 3).BeforeEnd()
	clear(net.Nodes[2].Op.(*nn.Dense).Weight.Data)
	clear(net.Nodes[2].Op.(*nn.Dense).Bias)
	for strict, want := range map[bool]proof.Status{false: proof.StatusHolds, true: proof.StatusViolated} {
		s := &spec.Spec{Items: []spec.Item{{Name: "point", Point: []float64{1, 1}, Output: spec.Output{Shares: []spec.Share{{Output: 0, Others: []int{1, 2}, Odds: big.NewRat(2, 1), Strict: strict}}}}}}
		if res, err := proof.Check(context.Background(), net, s, proof.Options{}); err != nil || res.Status != want {
			t.Errorf("strict %v: %v, %v", strict, res, err)
		}
	}
}

// Of several allowed classes behind an ArgMax one wins ties by its rule.
func TestAllowedByArgMax(t *testing.T) {
	r := rand.New(rand.NewPCG(13, 5))
	for range 300 {
		end := &nn.End{Kind: nn.EndArgMax, Outer: 1, Axis: 4, Inner: 1, Last: r.IntN(2) == 0}
		net, err := nn.New([]nn.Node{{Inputs: []int{nn.Input}, Op: nn.ReLU()}}, []int{4}, nn.Meta{End: end})
		if err != nil {
			t.Fatal(err)
		}
		z := []float64{float64(r.IntN(3)), float64(r.IntN(3)), float64(r.IntN(3)), float64(r.IntN(3))}
		allowed := r.Perm(4)[:2]
		class := int(end.Apply(z)[0])
		for _, keep := range []bool{false, true} {
			it := spec.Item{Name: "point", Point: z, Output: spec.Output{Allowed: allowed}}
			if keep {
				it = spec.Item{Name: "point", Point: z, Keep: true}
			}
			before, err := final.Spec(&spec.Spec{Items: []spec.Item{it}}, net)
			if err != nil {
				t.Fatal(err)
			}
			res, err := repair.Recheck(context.Background(), net, net, before, repair.RecheckOptions{})
			if err != nil {
				t.Fatal(err)
			}
			if want := keep || class == allowed[0] || class == allowed[1]; (res.Verdict == repair.RecheckHolds) != want {
				t.Errorf("last %v: %v has class %d; allowed %v, keep %v: %s", end.Last, z, class, allowed, keep, res.Verdict)
			}
		}
	}
}
