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
			r, err := preimage.RegionsOnFlat(t.Context(), net, preimage.FlatOfPolygon(polygon), target, preimage.RegionsOptions{Volume: true})
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
