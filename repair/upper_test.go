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

// atMost asks for an upper bound on a probability.
func atMost(t *testing.T, net *nn.Network, it spec.Item, k int, most float64) *spec.Spec {
	t.Helper()
	it.Name, it.Output = "item", spec.Output{Bounds: []spec.Bound{{Output: k, Lower: math.Inf(-1), Upper: most}}}
	s, err := final.Spec(&spec.Spec{Items: []spec.Item{it}}, net)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// itemOf is a random point, segment or polygon, and points of it.
func itemOf(t *testing.T, r *rand.Rand) (it spec.Item, points [][]float64) {
	t.Helper()
	a, b, c := []float64{-1, r.Float64()}, []float64{1, r.Float64()}, []float64{r.Float64(), 2}
	const steps = 60
	switch r.IntN(3) {
	case 0:
		return spec.Item{Point: a}, [][]float64{a}
	case 1:
		s, err := set.NewSegment(a, b)
		if err != nil {
			t.Fatal(err)
		}
		for i := range steps + 1 {
			points = append(points, s.At(float64(i)/steps))
		}
		return spec.Item{Segment: &s}, points
	}
	p, err := set.NewPolygon([][]float64{a, b, c})
	if err != nil {
		t.Fatal(err)
	}
	for i := range steps + 1 {
		for j := range steps + 1 - i {
			u, v := float64(i)/steps, float64(j)/steps
			x := make([]float64, 2)
			for k := range x {
				x[k] = a[k] + float64(u*(b[k]-a[k])) + float64(v*(c[k]-a[k]))
			}
			points = append(points, x)
		}
	}
	return spec.Item{Polygon: p}, points
}

func largest(t *testing.T, net *nn.Network, end *nn.End, k int, points [][]float64) float64 {
	t.Helper()
	most := 0.0
	for _, x := range points {
		z, err := net.EvalPoint(x)
		if err != nil {
			t.Fatal(err)
		}
		most = max(most, end.Apply(z)[k])
	}
	return most
}

// An upper bound on a probability is decided on points, segments and polygons, where the
// largest may lie between vertices, however close to it.
func TestUpperBoundDecided(t *testing.T) {
	r := rand.New(rand.NewPCG(31, 5))
	seen := map[proof.Status]int{}
	for range 150 {
		net := softmax(t, r, 3+r.IntN(3))
		it, points := itemOf(t, r)
		k := r.IntN(net.OutDim())
		most := largest(t, net, net.Meta.End, k, points)
		away := []float64{1e-2, 2e-3, -1e-4, -1e-7, -1e-2}[r.IntN(5)]
		if most+away >= 1 || most+away <= 0 {
			continue
		}
		res, err := proof.Check(context.Background(), net, atMost(t, net, it, k, most+away), proof.Options{})
		if err != nil {
			t.Fatal(err)
		}
		seen[res.Status]++
		if res.Status == proof.StatusUnknown || (res.Status == proof.StatusHolds) != (away > 0) {
			t.Errorf("P is up to %v; at most %v: %s %s", most, most+away, res.Status, res.Reason)
		}
		if res.Status == proof.StatusViolated {
			if p := largest(t, net, net.Meta.End, k, [][]float64{res.Violations[0].Point}); p < most+away-1e-9 {
				t.Errorf("P is %v at the violation, at most %v is asked", p, most+away)
			}
		}
	}
	if seen[proof.StatusHolds] < 30 || seen[proof.StatusViolated] < 30 {
		t.Errorf("%v", seen)
	}
	// Where the outputs are equal, P is 1/3 exactly.
	net := softmax(t, r, 3).BeforeEnd()
	clear(net.Nodes[2].Op.(*nn.Dense).Weight.Data)
	clear(net.Nodes[2].Op.(*nn.Dense).Bias)
	s, err := set.NewSegment([]float64{-1, 0}, []float64{1, 0})
	if err != nil {
		t.Fatal(err)
	}
	for strict, want := range map[bool]proof.Status{false: proof.StatusHolds, true: proof.StatusViolated} {
		asked := spec.Output{Shares: []spec.Share{{Output: 0, Others: []int{1, 2}, Odds: big.NewRat(2, 1), Strict: strict, Most: true}}}
		for _, it := range []spec.Item{{Name: "point", Point: []float64{1, 1}, Output: asked}, {Name: "segment", Segment: &s, Output: asked}} {
			res, err := proof.Check(context.Background(), net, &spec.Spec{Items: []spec.Item{it}}, proof.Options{})
			if err != nil || res.Status != want {
				t.Errorf("%s, strict %v: %v, %v", it.Name, strict, res, err)
			}
		}
	}
}

// Upper bounds on probabilities are met by what is repaired, all over the items, and nothing
// is said of all repairs.
func TestUpperBound(t *testing.T) {
	r := rand.New(rand.NewPCG(32, 5))
	repaired := 0
	for range 40 {
		net := softmax(t, r, 3+r.IntN(3))
		it, points := itemOf(t, r)
		k, most := r.IntN(net.OutDim()), 0.05+float64(r.Float64()*0.5)
		asked := atMost(t, net, it, k, most)
		res, err := repair.Run(context.Background(), net, asked, repair.Options{Layer: 1 + r.IntN(2)})
		if err != nil {
			t.Fatal(err)
		}
		if res.Status == repair.Infeasible || res.LowerBound > 0 {
			t.Errorf("%s, no repair has less than %v: nothing is known of all repairs", res.Status, res.LowerBound)
		}
		if res.Status != repair.Repaired {
			continue
		}
		repaired++
		if p := largest(t, res.Network, net.Meta.End, k, points); p > most+1e-9 {
			t.Errorf("P is %v, at most %v is asked", p, most)
		}
	}
	if repaired < 30 {
		t.Errorf("only %d of 40 were repaired", repaired)
	}
	// What is impossible by other requirements is said to be.
	net := softmax(t, r, 3)
	s := &spec.Spec{Items: []spec.Item{
		{Name: "a", Point: []float64{0, 0}, Output: spec.Output{Bounds: []spec.Bound{{Output: 0, Lower: 0.9, Upper: 0.99}}}},
		{Name: "b", Point: []float64{0, 0}, Output: spec.Output{Bounds: []spec.Bound{{Output: 1, Lower: 0.9, Upper: 0.99}}}},
	}}
	best, all, err := repair.Auto(context.Background(), net, s, repair.Options{})
	if err != nil || best.Status != repair.Infeasible || len(all) != 2 {
		t.Errorf("two probabilities of 0.9: %v, %v", best, err)
	}
}
