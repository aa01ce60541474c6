package region_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/proof"
	"github.com/netmend/netmend/region"
	"github.com/netmend/netmend/set"
)

// TestExactCells: the cells of exact arithmetic cover the domain, have the patterns and maps
// that execute in them, and are those of the enumeration where nothing is close to a tie.
func TestExactCells(t *testing.T) {
	cases(t, func(t *testing.T, r *rand.Rand, net *nn.Network, integer bool) {
		ctx := context.Background()
		s, p := segment(t, r, net.InDim(), integer), polygon(t, r, net.InDim(), integer)
		cells, err := region.Exactly(ctx, net, []set.Segment{s}, nil)
		if err != nil {
			t.Fatal(err)
		}
		end := 0.0
		for i, c := range cells {
			c.Index = i
			if from := c.Vertices[0].Param[0]; from != end {
				t.Errorf("cell %d begins at %v, the one before ends at %v", i, from, end)
			}
			end = c.Vertices[1].Param[0]
		}
		if end != 1 {
			t.Errorf("the cells end at %v", end)
		}
		checkCells(t, r, net, cells, func(c *region.Cell) float64 { return c.Vertices[1].Param[0] - c.Vertices[0].Param[0] },
			func(q [2]float64) []float64 { return s.At(q[0]) })
		if cells, err = region.Exactly(ctx, net, nil, []*set.Polygon{p}); err != nil {
			t.Fatal(err)
		}
		sum, want := 0.0, planeArea(p.Plane)
		for i, c := range cells {
			c.Index = i
			if area(c) < 0 {
				t.Errorf("cell %d is clockwise", i)
			}
			sum += area(c)
		}
		if math.Abs(sum-want) > 1e-9*want {
			t.Errorf("the cells' areas add up to %v, the polygon has %v", sum, want)
		}
		checkCells(t, r, net, cells, func(c *region.Cell) float64 { return math.Sqrt(area(c)) },
			func(q [2]float64) []float64 { return p.At(q[0], q[1]) })
		if integer {
			return
		}
		var found []*region.Cell
		if _, err := region.OnPolygon(ctx, net, p, region.Options{}, func(c *region.Cell) error {
			found = append(found, c.Clone())
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		byPattern := func(a, b *region.Cell) int { return slices.Compare(a.Pattern, b.Pattern) }
		slices.SortFunc(found, byPattern)
		if !slices.EqualFunc(found, cells, func(a, b *region.Cell) bool {
			return slices.Equal(a.Pattern, b.Pattern) && math.Abs(area(a)-area(b)) < 1e-9*want
		}) {
			t.Errorf("%d cells by float64, %d exactly, or others", len(found), len(cells))
		}
	})
}

// proven are the numbers of linear regions that are proven to be all.
func proven(t *testing.T, net *nn.Network, s []set.Segment, p []*set.Polygon) ([]*region.Cell, []int) {
	t.Helper()
	var cells []*region.Cell
	r, missing, err := region.Proven(context.Background(), net, s, p, region.Options{}, func(c *region.Cell) error {
		if c.Index != len(cells) {
			t.Errorf("cell %d comes after %d others", c.Index, len(cells))
		}
		cells = append(cells, c.Clone())
		return nil
	})
	if err != nil || missing != nil {
		t.Fatal(err, missing)
	}
	return cells, r.Cells
}

func newPolygon(t *testing.T, x ...[]float64) *set.Polygon {
	t.Helper()
	p, err := set.NewPolygon(x)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestSlivers: linear regions that float64 does not see.
func TestSlivers(t *testing.T) {
	// The first side of the triangle is that of 3x - y = 0 but for roundings of its ends, by
	// which it is positive.
	line := chain(t, 2, [][]float64{{3, -1, 0}}, nn.ReLU())
	sliver := newPolygon(t, []float64{0.1, 0.3}, []float64{0.2, 0.6}, []float64{0, 1})
	if _, n := proven(t, line, nil, []*set.Polygon{sliver}); n[0] != 2 {
		t.Errorf("%d regions, want 2: a sliver of width 1e-17, and the rest", n[0])
	}
	// Steps at 0 and 2^-60 on a segment a million wide.
	close := chain(t, 1, [][]float64{{1, 0}, {1, -0x1p-60}}, nn.ReLU())
	cells, n := proven(t, close, []set.Segment{{From: []float64{-1e6}, To: []float64{1e6}}}, nil)
	if n[0] != 3 || !slices.Equal(cells[1].Pattern, nn.Pattern{1, 0}) {
		t.Errorf("%d regions, the second with pattern %v", n[0], cells[1].Pattern)
	}
}

// TestJumps: networks that jump have linear regions, too.
func TestJumps(t *testing.T) {
	quadrants := chain(t, 2, [][]float64{{1, 0, 0}, {0, 1, 0}}, nn.Step())
	square := newPolygon(t, []float64{-1, -1}, []float64{1, -1}, []float64{1, 1}, []float64{-1, 1})
	triangle := newPolygon(t, []float64{0, 0}, []float64{1, 0}, []float64{0, 1})
	across := set.Segment{From: []float64{-1, -0.5}, To: []float64{1, 0.25}}
	cells, n := proven(t, quadrants, []set.Segment{across}, []*set.Polygon{square, triangle})
	if !slices.Equal(n, []int{3, 4, 1}) {
		t.Fatalf("%v regions, want 3 on the segment, 4 in the square and 1 in the triangle", n)
	}
	for _, c := range cells[3:7] {
		if c.Domain != 1 || len(c.Vertices) != 4 || area(c) != 1 {
			t.Errorf("cell %d of domain %d has %d vertices and area %v, want a square of area 1", c.Index, c.Domain, len(c.Vertices), area(c))
		}
	}
	if len(cells[7].Zero) != 0 {
		t.Errorf("units %v vanish in a quadrant", cells[7].Zero)
	}
	// A unit that is a breakpoint everywhere.
	zero, n := proven(t, chain(t, 1, [][]float64{{0, 0}, {1, 0}}, nn.Step()), []set.Segment{{From: []float64{-1}, To: []float64{1}}}, nil)
	if n[0] != 2 || fmt.Sprint(zero[0].Zero) != "[0]" {
		t.Errorf("%d regions, units %v vanish on the first", n[0], zero[0].Zero)
	}
}

// TestOverflowing: values that leave float64 do not matter to exact arithmetic.
func TestOverflowing(t *testing.T) {
	net := chain(t, 1, [][]float64{{1e300, 0}}, nn.ReLU(), [][]float64{{1e300, -1}}, nn.ReLU())
	if _, n := proven(t, net, []set.Segment{{From: []float64{-1}, To: []float64{1}}}, nil); n[0] != 3 {
		t.Errorf("%d regions, want 3", n[0])
	}
}

// TestNotProven: what the exact check does not know is handed out all the same, and said.
func TestNotProven(t *testing.T) {
	// A mean of three numbers.
	mean := chain(t, 3, &nn.AveragePool{Window: nn.Window{Channels: 1, In: [2]int{1, 3}, Kernel: [2]int{1, 3}, Stride: [2]int{1, 1}, Dilation: [2]int{1, 1}}}, nn.ReLU())
	s := []set.Segment{{From: []float64{-1, 0, 0}, To: []float64{1, 0, 0}}}
	count := 0
	_, missing, err := region.Proven(context.Background(), mean, s, nil, region.Options{}, func(*region.Cell) error { count++; return nil })
	if err != nil || !errors.Is(missing, proof.ErrUnknown) || count != 2 {
		t.Errorf("%d cells, not proven because of %v, error %v", count, missing, err)
	}
	limited, count := errors.New("enough"), 0
	if _, _, err = region.Proven(context.Background(), mean, s, nil, region.Options{}, func(*region.Cell) error { return limited }); !errors.Is(err, limited) {
		t.Errorf("visit's error became %v", err)
	}
	for _, net := range []*nn.Network{chain(t, 1, [][]float64{{1, 0}}, nn.ReLU()), chain(t, 1, [][]float64{{1, 0}}, nn.Step())} {
		count = 0
		_, _, err = region.Proven(context.Background(), net, []set.Segment{{From: []float64{-1}, To: []float64{1}}}, nil,
			region.Options{MaxCells: 1}, func(*region.Cell) error { count++; return nil })
		if !errors.Is(err, region.ErrMaxCells) || count != 1 {
			t.Errorf("%d cells of at most 1, error %v", count, err)
		}
	}
}
