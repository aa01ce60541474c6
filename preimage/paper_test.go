package preimage_test

import (
	"context"
	"math"
	"slices"
	"testing"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/preimage"
	"github.com/netmend/netmend/set"
	"github.com/netmend/netmend/set/solve"
)

var background = context.Background()

// backward is Backward, which must not fail.
func backward(t testing.TB, net *nn.Network, opt preimage.BackwardOptions, target ...set.Polyhedron) set.Union {
	t.Helper()
	r, err := preimage.Backward(background, net, target, opt)
	if err != nil {
		t.Fatal(err)
	}
	if r.Limit != nil || r.Side != preimage.Exact {
		t.Fatalf("%v, limit %v, want an exact result", r.Side, r.Limit)
	}
	return r.Sets
}

// sameSets checks that two unions are the same set within [-2000, 2000] in each
// coordinate; far out the rounding of a normal moves it as far as one likes.
func sameSets(t testing.TB, what string, got, want set.Union) {
	t.Helper()
	window := set.Whole(0)
	for _, p := range slices.Concat(got, want) {
		window = box(slices.Repeat([][2]float64{{-2000, 2000}}, p.Dim)...).Polyhedron()
	}
	at, same, err := solve.Equal(got.Intersect(window), want.Intersect(window), 1e-9)
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	if !same {
		t.Errorf("%s: differs at %v; got %v, want %v", what, at, got, want)
	}
}

// TestExample1 is Example 1: under y = -0.46 x1 + 0.32 x2 + 2 the interval
// [2, 3] has the band 0 <= -0.46 x1 + 0.32 x2 <= 1.
func TestExample1(t *testing.T) {
	net := chain(t, 2, dense(t, [][]float64{{-0.46, 0.32}}, 2))
	got := backward(t, net, preimage.BackwardOptions{}, polyhedron(row(3, 1), row(-2, -1)))
	sameSets(t, "preimage", got, set.Union{band()})
}

func band() set.Polyhedron { return polyhedron(row(1, -0.46, 0.32), row(0, 0.46, -0.32)) }

// TestExample3 is Example 3, the band under ReLU. The piece in which x1 is
// active and x2 is not is the ray x1 = 0, x2 <= 0, which lies in others.
func TestExample3(t *testing.T) {
	got := backward(t, chain(t, 2, nn.ReLU()), preimage.BackwardOptions{}, band())
	sameSets(t, "preimage", got, set.Union{
		polyhedron(row(1, -0.46, 0.32), row(0, 0.46, -0.32), row(0, -1, 0)),
		polyhedron(row(1, 0, 0.32), row(0, 1, 0), row(0, 0, -1)),
		polyhedron(row(0, 1, 0), row(0, 0, 1)),
	})
}

// TestExample4 is Example 4: the number of polyhedra after each step, the sets
// behind the second layer's ReLU, and the areas within two boxes.
func TestExample4(t *testing.T) {
	net := example4(t, nn.ReLU(), nn.ReLU())
	target := polyhedron(row(0, 1, -1))
	var snapshots []preimage.Snapshot
	var counts []int
	backward(t, net, preimage.BackwardOptions{
		Snapshot: func(s preimage.Snapshot) error {
			snapshots = append(snapshots, s)
			counts = append(counts, len(s.Sets))
			return nil
		},
	}, target)
	if want := []int{1, 1, 4, 4, 8, 8}; !slices.Equal(counts, want) {
		t.Errorf("%d polyhedra after the steps, want %d", counts, want)
	}
	wantKinds := []preimage.StepKind{
		preimage.StepTarget, preimage.StepAffine, preimage.StepActivation,
		preimage.StepAffine, preimage.StepActivation, preimage.StepAffine,
	}
	for i, s := range snapshots {
		if s.Kind != wantKinds[i] || s.Node != 5-i || !slices.Equal(s.Values, []int{4 - i}) {
			t.Errorf("step %d is %v of node %d, values of %v", i, s.Kind, s.Node, s.Values)
		}
	}
	if t.Failed() {
		return
	}
	sameSets(t, "behind layer 3", snapshots[1].Sets, set.Union{polyhedron(row(0.14, 0.39, 0.09))})
	sameSets(t, "behind the second ReLU", snapshots[2].Sets, set.Union{
		polyhedron(row(0.14, 0.39, 0.09), row(0, -1, 0), row(0, 0, -1)),
		polyhedron(row(0.14, 0.39, 0), row(0, -1, 0), row(0, 0, 1)),
		polyhedron(row(0.14, 0, 0.09), row(0, 1, 0), row(0, 0, -1)),
		polyhedron(row(0, 1, 0), row(0, 0, 1)),
	})
	sameSets(t, "behind layer 2", snapshots[3].Sets, set.Union{
		polyhedron(row(0.0998, 0.1302, -0.0327), row(-0.01, -0.17, 0.07), row(0.49, -0.71, 0.06)),
		polyhedron(row(0.1439, 0.0663, -0.0273), row(-0.01, -0.17, 0.07), row(-0.49, 0.71, -0.06)),
		polyhedron(row(0.0959, 0.0639, -0.0054), row(0.01, 0.17, -0.07), row(0.49, -0.71, 0.06)),
		polyhedron(row(0.01, 0.17, -0.07), row(-0.49, 0.71, -0.06)),
	})
}

// leaky is the network of section 3.2.
func leaky(t testing.TB) *nn.Network { return example4(t, nn.LeakyReLU(0.01), nn.LeakyReLU(0.02)) }

// near checks that a box has the given bounds up to a tolerance.
func near(t testing.TB, what string, got, want set.Box, tolerance float64) {
	t.Helper()
	for j := range want.Lo {
		if !(math.Abs(got.Lo[j]-want.Lo[j]) <= tolerance && math.Abs(got.Hi[j]-want.Hi[j]) <= tolerance) {
			t.Errorf("%s: %v, want %v", what, got, want)
			return
		}
	}
}

// TestFigure6 compares the exact preimage of the interval image of the unit
// square with its over-approximation by boxes (section 3.2).
func TestFigure6(t *testing.T) {
	net := leaky(t)
	image, err := preimage.ImageBox(background, net, box([2]float64{0, 1}, [2]float64{0, 1}))
	if err != nil {
		t.Fatal(err)
	}
	near(t, "interval image", image, box([2]float64{0.160567, 0.33699774}, [2]float64{0.22174824, 0.28042016}), 1e-12)
	var counts []int
	exact := backward(t, net, preimage.BackwardOptions{Snapshot: func(s preimage.Snapshot) error {
		counts = append(counts, len(s.Sets))
		return nil
	}}, image.Polyhedron())
	if want := []int{1, 1, 2, 2, 4, 4}; !slices.Equal(counts, want) {
		t.Errorf("%d polyhedra after the steps, want %d", counts, want)
	}
	hull := set.EmptyBox(2)
	for _, p := range exact {
		b, err := solve.BoundingBox(p)
		if err != nil {
			t.Fatal(err)
		}
		hull = hull.Hull(b)
	}
	near(t, "exact", hull, box([2]float64{-1248.4493601309584, 382.2426204724156}, [2]float64{-180.34162488492672, 701.3488849322955}), 1e-7)

	wanted := map[int]set.Box{ // before the affine node
		4: box([2]float64{-0.23925480459770115, 0.45294880459770115}, [2]float64{0.670533448275862, 1.463418551724138}),
		2: box([2]float64{-0.3832806809253601, 19.881106643387167}, [2]float64{-7.5443788622144625, 219.0361194180125}),
		0: box([2]float64{-1445.5829297681287, 470.0111020574681}, [2]float64{-339.1724503958046, 854.9546897619355}),
	}
	r, err := preimage.Boxes(background, net, set.Union{image.Polyhedron()}, preimage.BoxesOptions{Snapshot: func(s preimage.Snapshot) error {
		if want, ok := wanted[s.Node]; ok && s.Kind == preimage.StepAffine {
			b, err := solve.BoundingBox(s.Sets[0])
			if err != nil {
				return err
			}
			near(t, "boxes", b, want, 1e-7)
			delete(wanted, s.Node)
		}
		return nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	if len(wanted) > 0 || r.Side != preimage.Over || len(r.Sets) != 1 {
		t.Errorf("%d steps missing, %v, %d sets", len(wanted), r.Side, len(r.Sets))
	}
	for name, test := range map[string]struct {
		sets set.Union
		want float64
	}{"exact": {exact, 1737.07985416693}, "boxes": {r.Sets, 200868.90639895893}} {
		if area, err := solve.UnionVolume(test.sets); err != nil || math.Abs(area-test.want) > 1e-9*test.want {
			t.Errorf("%s: area %v (%v), want %v", name, area, err, test.want)
		}
	}
	if at, ok, err := solve.Covered(exact, r.Sets, 0); err != nil || !ok {
		t.Errorf("the exact preimage has %v outside the over-approximation (%v)", at, err)
	}
}

// TestParabola reproduces section 3.1: the preimages of intervals under the
// network that approximates x^2/20.
func TestParabola(t *testing.T) {
	net := parabola(t)
	for _, test := range []struct {
		lo, hi float64
		want   [][2]float64
	}{
		{100, 105, [][2]float64{{-80.88232417090526, -77.3528327720824}, {68.467987657073, 71.4819541242456}}},
		{math.Inf(-1), 0, nil},
		{0, 1, [][2]float64{{-5.167551639282319, 5.503783568502978}}},
		{1, 2, [][2]float64{{-6.38084329819056, -5.167551639282319}, {5.503783568502978, 6.561041274823293}}},
		{5, 6, [][2]float64{{-10.99839447421239, -10.020718274915282}, {9.73281439378424, 10.790072100104556}}},
		{12, 13, [][2]float64{{-15.93968243256441, -15.233784152799837}, {15.422177834835136, 16.024971128269655}}},
		{19, 20, [][2]float64{{-20.88097039091643, -20.17507211115186}, {19.641730888876783, 20.244524182311306}}},
	} {
		target := set.Box{Lo: []float64{test.lo}, Hi: []float64{test.hi}}.Polyhedron()
		want := set.Union{}
		for _, i := range test.want {
			want = append(want, box(i).Polyhedron())
		}
		sameSets(t, "preimage", backward(t, net, preimage.BackwardOptions{}, target), want)
	}
}

// TestExample4Areas clips the preimage of Example 4 to two boxes.
func TestExample4Areas(t *testing.T) {
	net := example4(t, nn.ReLU(), nn.ReLU())
	target := polyhedron(row(0, 1, -1))
	whole := backward(t, net, preimage.BackwardOptions{}, target)
	for _, test := range []struct {
		domain set.Box
		areas  []float64 // of the parts with one, ascending
	}{
		{box([2]float64{0, 1}, [2]float64{0, 1}), []float64{0.21156908603639737, 0.22014447787486027}},
		{box([2]float64{-50, 50}, [2]float64{-50, 50}), []float64{
			5.526787369576251, 5.703162171939221, 50.21251195364065, 67.85125018859061,
			196.61637775399072, 467.06143319046544, 576.7561655224467, 3875.05032581539,
		}},
	} {
		domain := test.domain.Polyhedron()
		results := map[string]set.Union{
			"layer by layer":   backward(t, net, preimage.BackwardOptions{Domain: &domain}, target),
			"pruned":           backward(t, net, preimage.BackwardOptions{Domain: &domain, Prune: true, Simplify: true}, target),
			"region by region": byRegions(t, net, domain, set.Union{target}, preimage.RegionsOptions{Split: true}).Union(),
		}
		for name, got := range results {
			sameSets(t, name, got, whole.Intersect(domain))
			areas := areas(t, got)
			if len(areas) != len(test.areas) {
				t.Errorf("%s: areas %v, want %v", name, areas, test.areas)
				continue
			}
			for i, a := range areas {
				if math.Abs(a-test.areas[i]) > 1e-9*max(1, test.areas[i]) {
					t.Errorf("%s: areas %v, want %v", name, areas, test.areas)
				}
			}
		}
		total := 0.0
		for _, a := range test.areas {
			total += a
		}
		r := byRegions(t, net, domain, set.Union{target}, preimage.RegionsOptions{Volume: true})
		if math.Abs(r.Volume-total) > 1e-9*max(1, total) {
			t.Errorf("total area %v, want %v", r.Volume, total)
		}
	}
}

// areas are the areas of the members of u that have one, ascending.
func areas(t testing.TB, u set.Union) []float64 {
	t.Helper()
	var as []float64
	for _, p := range u {
		a, err := solve.Volume(p)
		if err != nil {
			t.Fatal(err)
		}
		if a > 1e-12 {
			as = append(as, a)
		}
	}
	slices.Sort(as)
	return as
}

// BenchmarkFigure6 compares the times of the exact preimage and of its
// over-approximation by boxes.
func BenchmarkFigure6(b *testing.B) {
	net := leaky(b)
	image, err := preimage.ImageBox(background, net, box([2]float64{0, 1}, [2]float64{0, 1}))
	if err != nil {
		b.Fatal(err)
	}
	target := set.Union{image.Polyhedron()}
	b.Run("exact", func(b *testing.B) {
		for b.Loop() {
			backward(b, net, preimage.BackwardOptions{}, target...)
		}
	})
	b.Run("boxes", func(b *testing.B) {
		for b.Loop() {
			if _, err := preimage.Boxes(background, net, target, preimage.BoxesOptions{}); err != nil {
				b.Fatal(err)
			}
		}
	})
}
