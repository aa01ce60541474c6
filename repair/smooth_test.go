package repair

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/netmend/netmend/internal/ortest"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/spec"
)

// smoothNetworks are random networks of 4 inputs, hidden layers of 8 and 6, and
// 3 outputs.
func smoothNetworks(t testing.TB, r *rand.Rand) map[string]*nn.Network {
	t.Helper()
	make3 := func(f, g nn.Activation) *nn.Network {
		return chain(t, 4, randomDense(r, 8, 4, false), f, randomDense(r, 6, 8, false), g, randomDense(r, 3, 6, false))
	}
	return map[string]*nn.Network{
		"tanh":             make3(nn.Tanh(), nn.Tanh()),
		"sigmoid":          make3(nn.Sigmoid(), nn.Sigmoid()),
		"ReLU and sigmoid": make3(nn.ReLU(), nn.Sigmoid()),
	}
}

// labelled is a specification of random points with random classes, and a few to
// keep.
func labelled(r *rand.Rand, wrong, keep int, margin float64) *spec.Spec {
	s := &spec.Spec{Margin: margin}
	at := func() []float64 {
		return []float64{r.NormFloat64(), r.NormFloat64(), r.NormFloat64(), r.NormFloat64()}
	}
	for range wrong {
		s.Items = append(s.Items, pointItem(class(r.IntN(3)), at()...))
	}
	for range keep {
		s.Items = append(s.Items, spec.Item{Name: "kept", Point: at(), Keep: true})
	}
	return s
}

func TestSmoothPoints(t *testing.T) {
	const margin = 0.0625
	r := random(11)
	for name, net := range smoothNetworks(t, r) {
		s := labelled(r, 5, 5, margin)
		for layer := 1; layer <= 3; layer++ {
			t.Run(fmt.Sprintf("%s/layer %d", name, layer), func(t *testing.T) {
				res := mustRepair(t, net, s, Options{Layer: layer, Norm: L1, Bound: 20})
				if res.Objective == 0 {
					t.Fatal("nothing to repair")
				}
				if !nearly(res.Objective, res.LowerBound) {
					t.Errorf("objective %.15g, lower bound %.15g", res.Objective, res.LowerBound)
				}
				p := newTestProblem(t, net, s, Options{Layer: layer, Norm: L1, Bound: 20}.filled(t))
				want, feasible, err := oracle(allRows(t, p, layer), normal{l1: 1}, 20, nil)
				if err != nil {
					t.Fatal(err)
				}
				if !feasible || math.Abs(want-res.Objective) > optimumTolerance*want {
					t.Errorf("objective %.12g, oracle %.12g, feasible %v", res.Objective, want, feasible)
				}
				t.Run("evaluated", func(t *testing.T) { meetsPoints(t, net, res.Network, s, evalRows(t, res.Network)) })
				t.Run("runtime", func(t *testing.T) {
					model := export(t, res.Network, nn.Float64)
					meetsPoints(t, net, res.Network, s, func(x [][]float64) [][]float64 { return ortest.Run(t, model, x) })
				})
			})
		}
	}
}

// evalRows evaluates a network on rows.
func evalRows(t testing.TB, net *nn.Network) func(x [][]float64) [][]float64 {
	return func(x [][]float64) [][]float64 {
		y, err := outputs(t.Context(), net, x, 1)
		if err != nil {
			t.Fatal(err)
		}
		return y
	}
}

// meetsPoints checks that every point has its class by the margin: the one
// required, or the one that the network had before.
func meetsPoints(t *testing.T, before, after *nn.Network, s *spec.Spec, eval func([][]float64) [][]float64) {
	t.Helper()
	if !after.Decoupled() {
		t.Error("the repaired network is not decoupled")
	}
	var x [][]float64
	for i := range s.Items {
		x = append(x, s.Items[i].Point)
	}
	old := evalRows(t, before)(x)
	for i, y := range eval(x) {
		o := s.Items[i].Output
		if s.Items[i].Keep {
			o = class(spec.Argmax.Prefers(old[i], nil))
		}
		if e := excess(&o, y); e > -s.Margin+1e-12 {
			t.Errorf("point %d (%s): classes %v wanted by %g, output %v", i, s.Items[i].Name, o.Allowed, s.Margin, y)
		}
	}
}

// A point cannot have two classes, and the proof is exact.
func TestSmoothImpossible(t *testing.T) {
	r := random(12)
	for name, net := range smoothNetworks(t, r) {
		for layer := 1; layer <= 3; layer++ {
			t.Run(fmt.Sprintf("%s/layer %d", name, layer), func(t *testing.T) {
				s := labelled(r, 1, 2, 0.0625)
				again := s.Items[0]
				again.Output = class((again.Output.Allowed[0] + 1) % 3)
				s.Items = append(s.Items, again)
				res := mustRun(t, net, s, Options{Layer: layer})
				if res.Status != Infeasible {
					t.Fatalf("%s %s, want infeasible", res.Status, res.Reason)
				}
				if v := res.Contradiction; v.Sign() >= 0 {
					t.Errorf("a contradiction of %s, want < 0", v.FloatString(20))
				}
			})
		}
	}
}

func TestSmoothPolytopeRefused(t *testing.T) {
	net := smoothNetworks(t, random(13))["tanh"]
	for _, it := range []spec.Item{
		segmentItem(t, class(0), []float64{0, 0, 0, 0}, []float64{1, 0, 0, 0}),
		polygonItem(t, class(0), []float64{0, 0, 0, 0}, []float64{1, 0, 0, 0}, []float64{0, 1, 0, 0}),
	} {
		for layer := 1; layer <= 3; layer++ {
			_, err := Run(t.Context(), net, specOf(it), Options{Layer: layer})
			if err == nil || !strings.Contains(err.Error(), "point repair works") || !strings.Contains(err.Error(), `node 1 (Tanh`) {
				t.Errorf("%s: error %v, want one that names the node and says what works", it.Name, err)
			}
		}
		if _, err := Check(t.Context(), net, specOf(it), Options{}); err == nil {
			t.Error("checked on a polytope")
		}
	}
}
