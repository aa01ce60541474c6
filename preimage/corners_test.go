package preimage_test

import (
	"math"
	"testing"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/preimage"
	"github.com/netmend/netmend/set"
)

// layers is a network of dense layers, rows with the bias last, and functions.
func layers(t *testing.T, in int, ops ...any) *nn.Network {
	t.Helper()
	var nodes []nn.Node
	for _, op := range ops {
		if rows, ok := op.([][]float64); ok {
			d := &nn.Dense{Params: nn.Params{Weight: nn.NewMatrix(len(rows), len(rows[0])-1)}}
			for i, row := range rows {
				d.Bias = append(d.Bias, row[copy(d.Weight.Row(i), row)])
			}
			op = d
		}
		nodes = append(nodes, nn.Node{Inputs: []int{len(nodes) - 1}, Op: op.(nn.Op)})
	}
	net, err := nn.New(nodes, []int{in}, nn.Meta{})
	if err != nil {
		t.Fatal(err)
	}
	return net
}

// TestImageOfSlivers: the images of linear regions that are tiny in a huge domain have their
// vertices, whether the network jumps or not.
func TestImageOfSlivers(t *testing.T) {
	for name, f := range map[string]*nn.Piecewise{"jump": nn.Step(), "ReLU": nn.ReLU()} {
		// Beyond 3, and from 0.1 to 0.3, which float64 does not tell apart at 1e9.
		net := layers(t, 1, [][]float64{{1, -0.1}, {1, -0.3}}, nn.ReLU(), [][]float64{{1, -1, 0}, {1, 0, -0.1}}, f, [][]float64{{10, -1, 0}})
		domain := set.Box{Lo: []float64{-1e9}, Hi: []float64{1e9}}.Polyhedron()
		r, err := preimage.Image(t.Context(), net, domain, preimage.ImageOptions{Prove: true})
		if err != nil || !r.Proof.Accepted {
			t.Fatal(name, err, r)
		}
		most := math.Inf(-1)
		for _, p := range r.Pieces {
			if p.Loose || len(p.Vertices) == 0 {
				t.Errorf("%s: the image of pattern %v has %d vertices, loose %v", name, p.Pattern, len(p.Vertices), p.Loose)
			}
			for _, y := range p.Vertices {
				most = max(most, y[0])
			}
		}
		want := 10.0 // the first unit alone
		if f.Slope[1] == 1 {
			want = 10*0.2 - 0.1 // at 0.3
		}
		// Of a region that reaches to 1e9, a vertex is rounded.
		if math.Abs(most-want) > 1e-6 || math.Abs(r.Outputs.Hi[0]-want) > 1e-12 {
			t.Errorf("%s: the image reaches %v, its bounds %v; want %v", name, most, r.Outputs.Hi[0], want)
		}
	}
}

// TestTieBeforeAnotherMember: where a strict half-space of a member ties throughout, nothing
// is in it, and what float64 takes for its part belongs to a later member.
func TestTieBeforeAnotherMember(t *testing.T) {
	net := layers(t, 1, [][]float64{{1, 0}}, nn.ReLU(), [][]float64{{1, 0}, {-1, 0}})
	target := set.Union{
		{Dim: 2, Rows: []set.HalfSpace{{Normal: []float64{-2, -2}, Strict: true}, {Normal: []float64{-1, 0}, Offset: -2.25}}},
		{Dim: 2, Rows: []set.HalfSpace{{Normal: []float64{-1, 0}, Offset: -1.5}}},
	}
	domain := set.Box{Lo: []float64{1}, Hi: []float64{2.5}}.Polyhedron()
	for _, shares := range []bool{false, true} {
		r, err := preimage.Regions(t.Context(), net, domain, target, preimage.RegionsOptions{Volume: true, Prove: true, Shares: shares})
		if err != nil || !r.Proof.Accepted || r.Volume != 1 {
			t.Errorf("volume %v, want 1; error %v", r.Volume, err)
		}
		contains := false
		for _, p := range r.Pieces {
			contains = contains || p.Set.Contains([]float64{2.4})
		}
		if !contains {
			t.Error("2.4 is in no piece")
		}
	}
}

// TestAlmostTie: what float64 takes for a tie with a strict half-space is none by less than
// one rounding, and all of the linear region is in the preimage.
func TestAlmostTie(t *testing.T) {
	// 0.1 + 0.2 is less than the float64 next to it by a part of a rounding.
	net := layers(t, 1, [][]float64{{0, 0.1}, {1, 0}}, nn.ReLU(), [][]float64{{1, 0, 0.2}})
	target := set.Union{{Dim: 1, Rows: []set.HalfSpace{{Normal: []float64{1}, Strict: true}}}}
	domain := set.Box{Lo: []float64{-1}, Hi: []float64{1}}.Polyhedron()
	a, b := 0.1, 0.2
	target[0].Rows[0].Offset = a + b // rounded up
	r, err := preimage.Regions(t.Context(), net, domain, target, preimage.RegionsOptions{Volume: true, Prove: true})
	if err != nil || !r.Proof.Accepted || r.Volume != 2 {
		t.Errorf("volume %v, want 2; error %v", r.Volume, err)
	}
}

// TestApproximateAtBorder: where the output is exactly at the border of the target, bounds
// that are rounded outward do not tell, and exact arithmetic does.
func TestApproximateAtBorder(t *testing.T) {
	net := layers(t, 2, [][]float64{{1, 1, 0}}, nn.ReLU(), [][]float64{{1, 0}})
	target := set.Union{{Dim: 1, Rows: []set.HalfSpace{{Normal: []float64{1}}}}} // y <= 0: where the unit is not active
	box := set.Box{Lo: []float64{-1, -1}, Hi: []float64{1, 1}}
	a, err := preimage.Approximate(t.Context(), net, box, target, preimage.ApproximateOptions{Coverage: 0.9999})
	if err != nil || a.Under.Limit != nil || a.Coverage.Value < 0.99 || a.Excess.Value > 0.01 {
		t.Fatalf("coverage %v, excess %v, limit %v; error %v", a.Coverage, a.Excess, a.Under.Limit, err)
	}
	for _, p := range a.Under.Pieces {
		if p.Set.Contains([]float64{0.5, 0.5}) || p.Set.Contains([]float64{1, -0.9}) {
			t.Error("a point where the unit is active is in the subset")
		}
	}
}
