package region_test

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/region"
	"github.com/netmend/netmend/set"
)

// chain is dense layers of the given weights and biases with activations
// between them; the last layer is the sum of what comes before.
func chain(t *testing.T, in int, layers ...any) *nn.Network {
	t.Helper()
	var nodes []nn.Node
	add := func(op nn.Op) {
		nodes = append(nodes, nn.Node{Inputs: []int{len(nodes) - 1}, Op: op, Name: fmt.Sprint(len(nodes))})
	}
	for _, l := range layers {
		switch l := l.(type) {
		case [][]float64: // rows: weights, then the bias
			w := nn.NewMatrix(len(l), len(l[0])-1)
			b := make([]float64, len(l))
			for i, row := range l {
				b[i] = row[copy(w.Row(i), row)]
			}
			add(&nn.Dense{Params: nn.Params{Weight: w, Bias: b}})
		case nn.Op:
			add(l)
		}
	}
	net, err := nn.New(nodes, []int{in}, nn.Meta{})
	if err != nil {
		t.Fatal(err)
	}
	return net
}

func onLine(t *testing.T, net *nn.Network, from, to float64) (cells []*region.Cell, at []float64) {
	t.Helper()
	s, err := set.NewSegment([]float64{from}, []float64{to})
	if err != nil {
		t.Fatal(err)
	}
	cells, _ = collect(t, func(o region.Options, visit func(*region.Cell) error) (*region.Result, error) {
		return region.OnSegment(context.Background(), net, s, o, visit)
	}, 1)
	at = append(at, s.At(cells[0].Vertices[0].Param[0])[0])
	for _, c := range cells {
		at = append(at, s.At(c.Vertices[1].Param[0])[0])
	}
	return cells, at
}

func TestBreakpoints(t *testing.T) {
	clip, err := nn.Clip(-2, 0.5)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name  string
		net   *nn.Network
		want  []float64
		first string
		zero  [][]int32
	}{
		{"relu", chain(t, 1, [][]float64{{1, 0}}, nn.ReLU()), []float64{-4, 0, 4}, "[0] [1]", [][]int32{{}, {}}},
		{"falling", chain(t, 1, [][]float64{{-1, 1}}, nn.ReLU()), []float64{-4, 1, 4}, "[1] [0]", [][]int32{{}, {}}},
		{"hard tanh", chain(t, 1, [][]float64{{1, 0}}, nn.HardTanh()), []float64{-4, -1, 1, 4}, "[0] [1] [2]", [][]int32{{}, {}, {}}},
		{"clip of the input", chain(t, 1, clip), []float64{-4, -2, 0.5, 4}, "[0] [1] [2]", [][]int32{{}, {}, {}}},
		{"no activation", chain(t, 1, [][]float64{{1, 0}}), []float64{-4, 4}, "[]", [][]int32{{}}},
		{"identity", chain(t, 1, [][]float64{{1, 0}}, nn.IdentityActivation()), []float64{-4, 4}, "[0]", [][]int32{{}}},
		{"touching", chain(t, 1, [][]float64{{1, 4}}, nn.ReLU()), []float64{-4, 4}, "[1]", [][]int32{{}}},
		{"touching from below", chain(t, 1, [][]float64{{1, -4}}, nn.ReLU()), []float64{-4, 4}, "[0]", [][]int32{{}}},
		{"dead", chain(t, 1, [][]float64{{0, 0}, {1, 0}}, nn.ReLU()), []float64{-4, 0, 4}, "[1 0] [1 1]", [][]int32{{0}, {0}}},
		{"dead on a break", chain(t, 1, [][]float64{{0, 1}}, nn.HardTanh()), []float64{-4, 4}, "[2]", [][]int32{{0}}},
		{"twice", chain(t, 1, [][]float64{{1, -1}, {1, -1}}, nn.ReLU()), []float64{-4, 1, 4}, "[0 0] [1 1]", [][]int32{{}, {}}},
		{
			"zero on one side", chain(t, 1, [][]float64{{1, 0}}, nn.ReLU(), [][]float64{{2, 0}, {-1, 2}}, nn.ReLU()),
			[]float64{-4, 0, 2, 4},
			"[0 1 1] [1 1 1] [1 1 0]",
			[][]int32{{1}, {}, {}},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			cells, at := onLine(t, test.net, -4, 4)
			if !slices.EqualFunc(at, test.want, func(a, b float64) bool { return math.Abs(a-b) < 1e-14 }) {
				t.Errorf("breakpoints %v, want %v", at, test.want)
			}
			var patterns []string
			var zero [][]int32
			for _, c := range cells {
				patterns = append(patterns, fmt.Sprint([]uint8(c.Pattern)))
				zero = append(zero, append([]int32{}, c.Zero...))
			}
			if got := strings.Join(patterns, " "); got != test.first {
				t.Errorf("patterns %s, want %s", got, test.first)
			}
			if fmt.Sprint(zero) != fmt.Sprint(test.zero) {
				t.Errorf("units that vanish: %v, want %v", zero, test.zero)
			}
		})
	}
}

// TestDecoupled checks that regions come from the activation channel and
// outputs from the value channel.
func TestDecoupled(t *testing.T) {
	value := nn.Params{Weight: nn.NewMatrix(3, 1), Bias: []float64{0, 0, 5}}
	copy(value.Weight.Data, []float64{7, -2, 3})
	net, err := figure3().WithLayer(1, &value)
	if err != nil {
		t.Fatal(err)
	}
	cells, at := onLine(t, net, -1, 2)
	if fmt.Sprint(at) != "[-1 0 1 2]" {
		t.Errorf("breakpoints %v, want [-1 0 1 2]", at)
	}
	// t = (x + 1) / 3: -7 x; 2 x; 2 x + 3 x + 5.
	for i, want := range [][]float64{{-21, 7}, {6, -2}, {15, 0}} {
		if got := cells[i].Affine().Row(0); math.Abs(got[0]-want[0]) > 1e-12 || math.Abs(got[1]-want[1]) > 1e-12 {
			t.Errorf("cell %d: map %v, want %v", i, got, want)
		}
	}
}

// TestNeighbours checks that domains that share a vertex or an edge share IDs.
func TestNeighbours(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 3))
	net := network(t, r, 3, false)
	a, b, c, d := []float64{-3, 0, 1}, []float64{3, 0.5, 1}, []float64{0, 3, 1}, []float64{0, -3, 2}
	var polygons []*set.Polygon
	for _, vs := range [][][]float64{{a, b, c}, {a, b, d}} {
		p, err := set.NewPolygon(vs)
		if err != nil {
			t.Fatal(err)
		}
		polygons = append(polygons, p)
	}
	s, err := set.NewSegment(b, a)
	if err != nil {
		t.Fatal(err)
	}
	on := make([]map[region.ID]bool, 2)
	_, err = region.OnPolygons(context.Background(), net, polygons, region.Options{}, func(c *region.Cell) error {
		if on[c.Domain] == nil {
			on[c.Domain] = map[region.ID]bool{}
		}
		for _, v := range c.Vertices {
			on[c.Domain][v.ID] = true
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	_, err = region.OnSegment(context.Background(), net, s, region.Options{}, func(c *region.Cell) error {
		n++
		for _, v := range c.Vertices {
			for i := range on {
				if !on[i][v.ID] {
					t.Errorf("polygon %d has no vertex with the ID at t = %v of the edge", i, v.Param[0])
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if n < 2 {
		t.Fatal("the edge has one linear region, the test is void")
	}
}

// TestNoise drives rounding errors far above the tolerance: the second layer
// computes zero as large differences of equal numbers, and the third layer takes
// what is left for its input. The cells must cover the domain still.
func TestNoise(t *testing.T) {
	for seed := range uint64(40) {
		r := rand.New(rand.NewPCG(seed, 5))
		first, second, third := dense(r, 16, 2, false), dense(r, 8, 16, false), dense(r, 8, 8, false)
		for i := range 8 {
			for j, w := range first.Weight.Row(i) {
				first.Weight.Row(8 + i)[j] = w / 10
			}
			first.Bias[8+i] = first.Bias[i] / 10
			clear(second.Weight.Row(i))
			second.Weight.Row(i)[i], second.Weight.Row(i)[8+i] = 1e16, -1e17
			second.Bias[i] = 0
		}
		net := chain(t, 2, first, nn.LeakyReLU(0.5), second, nn.LeakyReLU(-1), third, nn.ReLU(), dense(r, 4, 8, false), nn.HardTanh())
		p := polygon(t, r, 2, false)
		cells, result := collect(t, func(o region.Options, visit func(*region.Cell) error) (*region.Result, error) {
			return region.OnPolygon(context.Background(), net, p, o, visit)
		}, 1)
		sum := 0.0
		for _, c := range cells {
			sum += area(c)
		}
		if want := planeArea(p.Plane); math.Abs(sum-want) > 1e-6*want {
			t.Errorf("seed %d: the areas of %d cells add up to %v, the polygon has %v", seed, len(cells), sum, want)
		}
		checkTree(t, net, cells, result.Trees[0])
	}
}

func TestRefused(t *testing.T) {
	square, err := set.NewPolygon([][]float64{{0, 0}, {1, 0}, {1, 1}, {0, 1}})
	if err != nil {
		t.Fatal(err)
	}
	line := set.Segment{From: []float64{0, 0}, To: []float64{1, 1}}
	row := func(x ...float64) [][]float64 { return [][]float64{x} }
	for _, test := range []struct {
		name string
		net  *nn.Network
		want string
	}{
		{"smooth", chain(t, 2, row(1, 1, 0), nn.ReLU(), row(1, 0), nn.Tanh()), `node 3 (Tanh "3") is not piecewise affine`},
		{"smooth says what works", chain(t, 2, row(1, 1, 0), nn.Sigmoid()), "repair at points works"},
		{"dimension", chain(t, 3, row(1, 1, 1, 0)), "the network has 3 inputs"},
		{"overflow", chain(t, 2, row(1e300, 1e300, 0), nn.ReLU(), row(1e300, 0), nn.ReLU()), `node 3 (ReLU "3") is not finite`},
	} {
		t.Run(test.name, func(t *testing.T) {
			for _, workers := range []int{1, 2} {
				visit := func(*region.Cell) error { t.Error("a cell was visited"); return nil }
				_, err := region.OnPolygon(context.Background(), test.net, square, region.Options{Workers: workers}, visit)
				if err == nil || !strings.Contains(err.Error(), test.want) {
					t.Errorf("polygon: error %v, want %q", err, test.want)
				}
				_, err = region.OnSegment(context.Background(), test.net, line, region.Options{Workers: workers}, visit)
				if err == nil || !strings.Contains(err.Error(), test.want) {
					t.Errorf("segment: error %v, want %q", err, test.want)
				}
			}
		})
	}
}

func TestSegmentsRefused(t *testing.T) {
	for _, s := range []set.Segment{
		{From: []float64{0}, To: []float64{0}},
		{From: []float64{0}, To: []float64{math.NaN()}},
		{From: []float64{0}, To: []float64{1, 2}},
		{From: []float64{0, 0}, To: []float64{1, 2}},
	} {
		_, err := region.OnSegment(context.Background(), figure3(), s, region.Options{}, func(*region.Cell) error { return nil })
		if err == nil || !strings.Contains(err.Error(), "segment 0") {
			t.Errorf("%v: error %v, want one about segment 0", s, err)
		}
	}
}

func TestNoDomains(t *testing.T) {
	for _, workers := range []int{1, 2} {
		r, err := region.OnSegments(context.Background(), figure3(), nil, region.Options{Workers: workers}, nil)
		if err != nil || r.Total() != 0 {
			t.Errorf("%v, %v, want no cells", r, err)
		}
	}
}

func TestHashID(t *testing.T) {
	seen := map[region.ID]string{}
	for n := range 40 {
		for _, b := range []byte{0, 1, 128} {
			name := strings.Repeat("\x00", n) + string([]byte{b})
			id := region.HashID([]byte(name))
			if other, ok := seen[id]; ok {
				t.Errorf("%q and %q have the same ID", name, other)
			}
			seen[id] = name
		}
	}
	if len(seen) != 120 {
		t.Errorf("%d IDs of 120 names", len(seen))
	}
}

// TestStepIsRefused: values at vertices say nothing of a function that jumps.
func TestStepIsRefused(t *testing.T) {
	net, err := nn.New([]nn.Node{
		{Inputs: []int{nn.Input}, Op: &nn.Dense{Params: nn.Params{Weight: nn.RowMatrix([]float64{1}), Bias: []float64{0}}}},
		{Inputs: []int{0}, Op: nn.Step()},
	}, []int{1}, nn.Meta{})
	if err != nil {
		t.Fatal(err)
	}
	s := set.Segment{From: []float64{-1}, To: []float64{1}}
	_, err = region.OnSegment(t.Context(), net, s, region.Options{}, func(*region.Cell) error { return nil })
	if err == nil || !strings.Contains(err.Error(), "not continuous") {
		t.Errorf("error %v, want one that says the step is not continuous", err)
	}
}
