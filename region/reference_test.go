package region_test

import (
	"context"
	"fmt"
	"math"
	"testing"

	"github.com/netmend/netmend/dataset"
	"github.com/netmend/netmend/internal/papertest"
	"github.com/netmend/netmend/internal/shared"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/region"
	"github.com/netmend/netmend/set"
)

// acasSlices returns ACAS Xu N(2,9) and the ten two-dimensional slices of
// property 8's input region.
func acasSlices(t testing.TB) (*nn.Network, []*set.Polygon) {
	t.Helper()
	net, s := papertest.ACASSlices(t, 0, 10)
	var ps []*set.Polygon
	for _, it := range s.Items {
		ps = append(ps, it.Polygon)
	}
	return net, ps
}

// mnistLines returns the 3x100 MNIST network and the n lines from clean to foggy
// images.
func mnistLines(t testing.TB, n int) (*nn.Network, []set.Segment) {
	t.Helper()
	net, s := papertest.MNISTLines(t, n)
	var lines []set.Segment
	for _, it := range s.Items {
		lines = append(lines, *it.Segment)
	}
	return net, lines
}

func TestACASSlices(t *testing.T) {
	net, slices := acasSlices(t)
	// Counts of an independent implementation; a sliver of the size of rounding
	// errors may be a region to one and none to another.
	want := []int{4883, 2362, 4973, 4512, 4883, 4920, 4962, 4739, 4331, 5082}
	const slivers = 2
	distinct := map[region.ID][2]float64{}
	pairs := 0
	r, err := region.OnPolygons(context.Background(), net, slices, region.Options{}, func(c *region.Cell) error {
		pairs += len(c.Vertices)
		for _, v := range c.Vertices {
			distinct[v.ID] = v.Param
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for i, n := range r.Cells {
		if n < want[i]-slivers || n > want[i]+slivers {
			t.Errorf("slice %d: %d regions, want %d", i, n, want[i])
		}
	}
	if n := r.Total(); n < 45647-5 || n > 45647+5 {
		t.Errorf("%d regions, want 45647", n)
	}
	if pairs < 182588-20 || pairs > 182588+20 {
		t.Errorf("%d vertices with repeats, want 182588", pairs)
	}
	if n := len(distinct); n < 47312-5 || n > 47312+5 {
		t.Errorf("%d distinct vertices, want 47312", n)
	}
	t.Logf("%d regions, %d vertices, %d distinct", r.Total(), pairs, len(distinct))
}

func TestMNISTLines(t *testing.T) {
	for n, pieces := range map[int]int{10: 828, 100: 7974} {
		t.Run(fmt.Sprintf("%d lines", n), func(t *testing.T) {
			net, lines := mnistLines(t, n)
			want, err := dataset.ReadNPZ(shared.Path(t, "reference", "repair", fmt.Sprintf("mnist_fog_lines_%d_breakpoints.npz", n)), "t", "count")
			if err != nil {
				t.Fatal(err)
			}
			breaks := make([][]float64, len(lines))
			r, err := region.OnSegments(context.Background(), net, lines, region.Options{}, func(c *region.Cell) error {
				if breaks[c.Domain] == nil {
					breaks[c.Domain] = []float64{c.Vertices[0].Param[0]}
				}
				breaks[c.Domain] = append(breaks[c.Domain], c.Vertices[1].Param[0])
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			if r.Total() != pieces {
				t.Errorf("%d pieces, want %d", r.Total(), pieces)
			}
			next, worst := 0, 0.0
			for i, got := range breaks {
				n := int(want["count"].Data[i])
				if len(got) != n {
					t.Fatalf("line %d: %d breakpoints, want %d", i, len(got), n)
				}
				for k, v := range want["t"].Data[next : next+n] {
					worst = max(worst, math.Abs(v-got[k]))
				}
				next += n
			}
			if worst > 1e-9 {
				t.Errorf("a breakpoint is off by %.3g, want at most 1e-9", worst)
			}
		})
	}
}

func BenchmarkACASSlices(b *testing.B) {
	net, slices := acasSlices(b)
	benchmark(b, func(o region.Options) (*region.Result, error) {
		return region.OnPolygons(context.Background(), net, slices, o, func(*region.Cell) error { return nil })
	})
}

func BenchmarkMNISTLines(b *testing.B) {
	net, lines := mnistLines(b, 100)
	benchmark(b, func(o region.Options) (*region.Result, error) {
		return region.OnSegments(context.Background(), net, lines, o, func(*region.Cell) error { return nil })
	})
}

func benchmark(b *testing.B, run func(region.Options) (*region.Result, error)) {
	for _, workers := range []int{1, 2} {
		b.Run(map[int]string{1: "1worker", 2: "2workers"}[workers], func(b *testing.B) {
			b.ReportAllocs()
			cells := 0
			for b.Loop() {
				r, err := run(region.Options{Workers: workers})
				if err != nil {
					b.Fatal(err)
				}
				cells += r.Total()
			}
			b.ReportMetric(float64(cells)/b.Elapsed().Seconds(), "cells/s")
		})
	}
}
