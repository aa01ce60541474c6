package repair

import (
	"math"
	"testing"

	"github.com/netmend/netmend/spec"
)

// drawnEdges are the parameters of N1 that Figure 3 draws: the weights of h1,
// h2 and h3 (the paper's changes 1 to 3) and the bias of h3 (change 4).
var drawnEdges = Free{Kind: FreeList, List: []Parameter{{0, 0}, {1, 0}, {2, 0}, {2, BiasInput}}}

// drawnChange is the change of the drawn edges.
func drawnChange(r *Result) [4]float64 {
	w := r.Change.Weight
	return [4]float64{w.Row(0)[0], w.Row(1)[0], w.Row(2)[0], r.Change.Bias[2]}
}

func TestFigure3Regions(t *testing.T) {
	net := figure3(t)
	for _, c := range []struct{ x, y float64 }{{-1, -1}, {0, 0}, {0.5, -0.5}, {1, -1}, {1.5, -1}, {2, -1}} {
		y, err := net.EvalPoint([]float64{c.x})
		if err != nil {
			t.Fatal(err)
		}
		if y[0] != c.y {
			t.Errorf("N1(%g) = %g, want %g", c.x, y[0], c.y)
		}
	}
	r, err := Check(t.Context(), net, specOf(segmentItem(t, between(-1, 0), []float64{-1}, []float64{2})), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if r.Cells != 3 {
		t.Errorf("%d linear regions on [-1, 2], want 3", r.Cells)
	}
	if r.MarginReached != 0 || r.Violations != 0 {
		t.Errorf("margin %g, %d violations, want 0, 0", r.MarginReached, r.Violations)
	}
}

// equation2 is the paper's equation (2): -1 <= N(0.5) <= -0.8 and
// -0.2 <= N(1.5) <= 0.
func equation2() *spec.Spec {
	return specOf(pointItem(between(-1, -0.8), 0.5), pointItem(between(-0.2, 0), 1.5))
}

// equation3 is equation (3): -0.8 <= N(x) <= -0.4 for all x in [0.5, 1.5].
func equation3(t testing.TB) *spec.Spec {
	return specOf(segmentItem(t, between(-0.8, -0.4), []float64{0.5}, []float64{1.5}))
}

func TestEquation2(t *testing.T) {
	r := mustRepair(t, figure3(t), equation2(), Options{Layer: 1, Norm: L1, Free: drawnEdges})
	want := [4]float64{0, 0.6, 1.7 / 1.5, 0}
	for i, v := range drawnChange(r) {
		if math.Abs(v-want[i]) > 1e-9 {
			t.Errorf("change %d is %g, want %g", i+1, v, want[i])
		}
	}
	if r.Changed != 2 || r.Change.Bias[0] != 0 || r.Change.Bias[1] != 0 {
		t.Errorf("%d parameters changed, biases by %v; want changes 2 and 3 only", r.Changed, r.Change.Bias)
	}
	if o := 0.6 + 1.7/1.5; math.Abs(r.Objective-o) > 1e-9 || !nearly(r.Objective, r.LowerBound) {
		t.Errorf("objective %.12g, lower bound %.12g, want %.12g", r.Objective, r.LowerBound, o)
	}
	for _, c := range []struct{ x, y float64 }{{0.5, -0.8}, {1.5, -0.2}} {
		y, err := r.Network.EvalPoint([]float64{c.x})
		if err != nil {
			t.Fatal(err)
		}
		if math.Abs(y[0]-c.y) > 1e-9 {
			t.Errorf("N5(%g) = %g, want %g", c.x, y[0], c.y)
		}
	}
	if r.Size.KeyPoints != 2 || r.Size.Rows != 4 || r.Size.Cells != 0 || r.Size.Regions != 0 {
		t.Errorf("size %+v, want 2 key points with 4 rows, no regions", r.Size)
	}
}

func TestEquation3(t *testing.T) {
	s := equation3(t)
	r := mustRun(t, figure3(t), s, Options{Layer: 1, Norm: L1, Free: drawnEdges})
	// Both ends of the interval bind, so that nothing else than -0.2, which
	// float64 does not have, meets the requirement.
	if r.Status != Repaired {
		t.Fatalf("%s: %s", r.Status, r.Reason)
	}
	if c := r.Check; math.Abs(c.MarginReached) > 1e-15 || c.MarginReached < -c.RoundingBound {
		t.Errorf("margin %g with rounding bound %g, want 0 up to rounding", c.MarginReached, c.RoundingBound)
	}
	want := [4]float64{0, -0.2, 0, 0}
	for i, v := range drawnChange(r) {
		if math.Abs(v-want[i]) > 1e-9 {
			t.Errorf("change %d is %g, want %g", i+1, v, want[i])
		}
	}
	if r.Changed != 1 || math.Abs(r.Objective-0.2) > 1e-9 {
		t.Errorf("%d parameters changed, objective %g; want 1, 0.2", r.Changed, r.Objective)
	}
	if r.Size.Regions != 2 || r.Size.Cells != 2 || r.Size.KeyPoints != 4 {
		t.Errorf("size %+v, want 2 regions with 4 key points", r.Size)
	}
	holds(t, r.Network, s, samples(s, random(1), 1000))
}

// One layer of N1 cannot do what contradicts itself.
func TestEquationsImpossible(t *testing.T) {
	for name, s := range map[string]*spec.Spec{
		"two values at one point": specOf(pointItem(between(-1, -0.8), 0.5), pointItem(between(-0.5, 0), 0.5)),
		"beyond the bound":        specOf(pointItem(between(100, 101), 0.5)),
		// h1 and h2 vanish together there, and each counts in its own region,
		// both in the pattern that executes.
		"both sides of 0 and 0 itself": specOf(segmentItem(t, between(0.3, 0.5), []float64{-0.25}, []float64{0.25})),
	} {
		t.Run(name, func(t *testing.T) {
			net := figure3(t)
			opt := Options{Layer: 1, Norm: L1}
			r := mustRun(t, net, s, opt)
			if r.Status != Infeasible {
				t.Fatalf("%s %s, want infeasible", r.Status, r.Reason)
			}
			if len(r.Farkas) > 0 {
				if v := exactFarkas(r.Farkas, r.Bound, nil); v.Sign() >= 0 {
					t.Errorf("Farkas value %v, want < 0", v)
				}
			}
			if r.Contradiction.Sign() >= 0 {
				t.Errorf("a contradiction of %v, want < 0", r.Contradiction)
			}
			if r.Network != nil || r.Change != nil {
				t.Error("an infeasible repair has a network")
			}
		})
	}
}
