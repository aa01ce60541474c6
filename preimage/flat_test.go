package preimage_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/preimage"
	"github.com/netmend/netmend/set"
)

// TestFlat divides a triangle in three inputs between a half-space of outputs and
// its complement: the areas add up, pieces agree with evaluation, and the same
// triangle given by equations gives the same.
func TestFlat(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 8))
	polygon, err := set.NewPolygon([][]float64{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}})
	if err != nil {
		t.Fatal(err)
	}
	equations := set.Whole(3).With(
		set.HalfSpace{Normal: []float64{1, 1, 1}, Offset: 1}, set.HalfSpace{Normal: []float64{-1, -1, -1}, Offset: -1},
		set.HalfSpace{Normal: []float64{-1, 0, 0}}, set.HalfSpace{Normal: []float64{0, -1, 0}}, set.HalfSpace{Normal: []float64{0, 0, -1}},
	)
	for trial := range 10 {
		net := randomNet(t, random, []nn.Op{nn.ReLU()}, 3, 6, 5, 2)
		low := set.Union{set.Whole(2).With(set.HalfSpace{Normal: []float64{1, -1}, Offset: 0.1})}
		high := set.Union{set.Whole(2).With(set.HalfSpace{Normal: []float64{-1, 1}, Offset: -0.1})}
		total := 0.0
		for _, target := range []set.Union{low, high} {
			r, err := preimage.RegionsOnFlat(t.Context(), net, preimage.FlatsOfPolygon(polygon)[0], target, preimage.RegionsOptions{Volume: true})
			if err != nil {
				t.Fatal(err)
			}
			total += r.Volume
			if want := float64(math.Sqrt(3) / 2); math.Abs(r.DomainVolume-want) > 1e-12 {
				t.Errorf("area of the triangle %v, want %v", r.DomainVolume, want)
			}
			for _, p := range r.Pieces {
				x := make([]float64, 3)
				for _, v := range p.Vertices {
					for j := range x {
						x[j] += v[j] / float64(len(p.Vertices))
					}
				}
				if y, err := net.EvalPoint(x); err != nil || target[0].Rows[0].Slack(y) < -1e-9 {
					t.Errorf("trial %d: the middle of a piece gives %v, %v", trial, y, err)
				}
				for _, h := range p.Set.Rows {
					if h.Slack(x) < -1e-9 {
						t.Errorf("trial %d: the middle of a piece lies off it by %v", trial, h.Slack(x))
					}
				}
			}
			same, err := preimage.Regions(t.Context(), net, equations, target, preimage.RegionsOptions{Volume: true})
			if err != nil {
				t.Fatal(err)
			}
			if math.Abs(same.Volume-r.Volume) > 1e-9 {
				t.Errorf("trial %d: area %v by equations, %v by corners", trial, same.Volume, r.Volume)
			}
		}
		if math.Abs(total-float64(math.Sqrt(3)/2)) > 1e-9 {
			t.Errorf("trial %d: areas add up to %v", trial, total)
		}
	}
	segment, err := set.NewSegment([]float64{0, 0, 0}, []float64{2, 1, 2})
	if err != nil {
		t.Fatal(err)
	}
	r, err := preimage.RegionsOnFlat(t.Context(), randomNet(t, random, []nn.Op{nn.ReLU()}, 3, 4, 1), preimage.FlatOfSegment(segment), set.Union{set.Whole(1)}, preimage.RegionsOptions{Volume: true})
	if err != nil || math.Abs(r.Volume-3) > 1e-12 {
		t.Errorf("a segment of length 3 has length %v, %v", r.Volume, err)
	}
}

// TestFlatExactly: segments and polygons are those of their corners, not roundings of them:
// the first side of the triangle is where the unit is 0 but for the rounding of its ends, by
// which it is positive.
func TestFlatExactly(t *testing.T) {
	net := layers(t, 2, [][]float64{{3, -1, 0}}, nn.ReLU(), [][]float64{{1, 0}})
	positive := set.Union{set.Whole(1).With(set.HalfSpace{Normal: []float64{-1}, Strict: true})}
	corners := [][]float64{{0.1, 0.3}, {0.2, 0.6}, {0, 1}, {-1, 1}}
	for n, flats := range map[int]int{3: 1, 4: 2} {
		polygon, err := set.NewPolygon(corners[:n])
		if err != nil {
			t.Fatal(err)
		}
		count := 0
		all := preimage.FlatsOfPolygon(polygon)
		for _, f := range all {
			r, err := preimage.RegionsOnFlat(t.Context(), net, f, positive, preimage.RegionsOptions{Prove: true})
			if err != nil || !r.Proof.Accepted {
				t.Fatal(err)
			}
			count += r.Count
		}
		if count != flats || len(all) != flats { // a sliver has a part in each triangle
			t.Errorf("%d corners: %d parts in %d triangles, want the sliver alone, in each", n, count, len(all))
		}
	}
	along, err := set.NewSegment(corners[0], corners[1])
	if err != nil {
		t.Fatal(err)
	}
	r, err := preimage.RegionsOnFlat(t.Context(), net, preimage.FlatOfSegment(along), positive, preimage.RegionsOptions{Prove: true, Volume: true})
	if want := float64(0.1 * math.Sqrt(10)); err != nil || !r.Proof.Accepted || math.Abs(r.Volume-want) > 1e-12 {
		t.Errorf("length %v, want %v; error %v", r.Volume, want, err)
	}
	square, err := set.NewPolygon([][]float64{{0, 0}, {2, 0}, {2, 2}, {0, 2}})
	if err != nil {
		t.Fatal(err)
	}
	if all := preimage.FlatsOfPolygon(square); len(all) != 1 {
		t.Errorf("a square is in %d parts", len(all))
	} else if r, err = preimage.RegionsOnFlat(t.Context(), net, all[0], positive, preimage.RegionsOptions{Prove: true, Volume: true}); err != nil || math.Abs(r.Volume-(4-2*2.0/3/2)) > 1e-12 {
		t.Errorf("the part of a square with 3x > y has the area %v, error %v", r.Volume, err)
	}
}
