package set_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/netmend/netmend/set"
)

// TestPolygonSample compares shares of a trapezoid, whose triangles have
// different areas, with those that a uniform distribution has.
func TestPolygonSample(t *testing.T) {
	p, err := set.NewPolygon([][]float64{{0, 0, 5}, {4, 0, 5}, {2, 2, 5}, {0, 2, 5}})
	if err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(1, 2))
	const n = 20000
	below, left := 0, 0
	for range n {
		x := p.Sample(random)
		if x[2] != 5 || x[0] < 0 || x[1] < 0 || x[1] > 2 || x[0]+x[1] > 4+1e-12 {
			t.Fatalf("%v lies outside", x)
		}
		if x[1] < 1 {
			below++
		}
		if x[0] < 2 {
			left++
		}
	}
	for name, c := range map[string]struct {
		got  int
		want float64
	}{"below": {below, 3.5 / 6}, "left": {left, 4.0 / 6}} {
		if got := float64(c.got) / n; math.Abs(got-c.want) > 0.015 {
			t.Errorf("%s: share %v, want %v", name, got, c.want)
		}
	}
}

func TestSegmentSample(t *testing.T) {
	s, err := set.NewSegment([]float64{1, 2}, []float64{3, 6})
	if err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(1, 2))
	mean := 0.0
	const n = 10000
	for range n {
		x := s.Sample(random)
		if x[0] < 1 || x[0] > 3 || math.Abs(x[1]-float64(2*x[0])) > 1e-12 {
			t.Fatalf("%v is not on the segment", x)
		}
		mean += x[0] / n
	}
	if math.Abs(mean-2) > 0.03 {
		t.Errorf("mean %v, want 2", mean)
	}
}
