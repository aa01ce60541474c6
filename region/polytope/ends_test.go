package polytope_test

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/region/polytope"
	"github.com/netmend/netmend/set"
)

// deep is a random ReLU network with three layers of 12 units, which has some
// thousands of regions on the box that goes with it.
func deep(t *testing.T) (*nn.Network, polytope.Domain) {
	t.Helper()
	r := rand.New(rand.NewPCG(7, 7))
	var nodes []nn.Node
	in := 3
	for range 3 {
		k := len(nodes)
		p := nn.Params{Weight: nn.NewMatrix(12, in), Bias: make([]float64, 12)}
		for i := range p.Weight.Data {
			p.Weight.Data[i] = r.NormFloat64()
		}
		for i := range p.Bias {
			p.Bias[i] = r.NormFloat64()
		}
		nodes = append(nodes, nn.Node{Inputs: []int{k - 1}, Op: &nn.Dense{Params: p}}, nn.Node{Inputs: []int{k}, Op: nn.ReLU()})
		in = 12
	}
	net, err := nn.New(nodes, []int{3}, nn.Meta{})
	if err != nil {
		t.Fatal(err)
	}
	return net, polytope.Box([]float64{-2, -2, -2}, []float64{2, 2, 2})
}

func TestSameForAnyWorkers(t *testing.T) {
	net, d := deep(t)
	goal := terms{{set.HalfSpace{Normal: append([]float64{1, 1, -1}, make([]float64, 9)...), Offset: 0}}}
	for _, opt := range []polytope.Options{{Volume: true, Tree: true}, {Target: goal.union(), Tree: true}} {
		opt.Workers = 1
		want, wantResult := collect(t, net, d, opt)
		if len(want) < 200 {
			t.Fatalf("%d cells are too few for this test", len(want))
		}
		for _, workers := range []int{2, 5} {
			opt.Workers = workers
			got, result := collect(t, net, d, opt)
			if !same(got, want) {
				t.Errorf("%d workers: another result than with one", workers)
			}
			if !reflect.DeepEqual(result, wantResult) {
				t.Errorf("%d workers: %+v, want %+v", workers, result, wantResult)
			}
		}
	}
}

func TestLimits(t *testing.T) {
	net, d := deep(t)
	every, complete := collect(t, net, d, polytope.Options{})
	for _, workers := range []int{1, 3} {
		for _, limit := range []int{1, 300, 900} {
			var cells []*polytope.Cell
			keep := func(c *polytope.Cell) error {
				cells = append(cells, c.Clone())
				return nil
			}
			r, err := polytope.Enumerate(context.Background(), net, d, polytope.Options{Workers: workers, MaxCells: limit}, keep)
			if err != nil || r.Stopped != polytope.ErrMaxCells || r.Cells != limit || !same(cells, every[:limit]) {
				t.Errorf("%d workers, limit %d: %+v, %v", workers, limit, r, err)
			}
			cells = nil
			r, err = polytope.Enumerate(context.Background(), net, d, polytope.Options{Workers: workers}, func(c *polytope.Cell) error {
				if c.Index == limit {
					return polytope.ErrEnough
				}
				return keep(c)
			})
			if err != nil || r.Stopped != polytope.ErrEnough || r.Complete() || !same(cells, every[:limit]) {
				t.Errorf("%d workers, enough after %d: %+v, %v", workers, limit, r, err)
			}
		}
		r, err := polytope.Enumerate(context.Background(), net, d, polytope.Options{Workers: workers, MaxCells: complete.Cells}, nil)
		if err != nil || !r.Complete() || r.Cells != complete.Cells {
			t.Errorf("a limit that suffices: %+v, %v", r, err)
		}
		r, err = polytope.Enumerate(context.Background(), net, d, polytope.Options{Workers: workers, MaxTime: time.Nanosecond}, nil)
		if err != nil || r.Stopped != polytope.ErrMaxTime || r.Cells >= complete.Cells {
			t.Errorf("no time: %+v, %v", r, err)
		}
		r, err = polytope.Enumerate(context.Background(), net, d, polytope.Options{Workers: workers, MaxBytes: 1000}, nil)
		if err != nil || r.Stopped != polytope.ErrMaxBytes || r.Cells >= complete.Cells {
			t.Errorf("no memory: %+v, %v", r, err)
		}
		r, err = polytope.Enumerate(context.Background(), net, d, polytope.Options{Workers: workers, MaxBytes: 1 << 30}, nil)
		if err != nil || !r.Complete() || r.Cells != complete.Cells {
			t.Errorf("memory enough: %+v, %v", r, err)
		}
	}
}

func TestErrorEnds(t *testing.T) {
	net, d := deep(t)
	mine := errors.New("no more")
	for _, workers := range []int{1, 3} {
		r, err := polytope.Enumerate(context.Background(), net, d, polytope.Options{Workers: workers}, func(c *polytope.Cell) error {
			if c.Index == 100 {
				return mine
			}
			return nil
		})
		if err != mine || r.Complete() || r.Cells != 101 {
			t.Errorf("the visitor's error: %+v, %v", r, err)
		}
		ctx, cancel := context.WithCancel(context.Background())
		r, err = polytope.Enumerate(ctx, net, d, polytope.Options{Workers: workers}, func(c *polytope.Cell) error {
			if c.Index == 100 {
				cancel()
			}
			return nil
		})
		if err != context.Canceled || r.Complete() || r.Cells != 101 {
			t.Errorf("cancelled: %+v, %v", r, err)
		}
		if _, err = polytope.Enumerate(ctx, net, d, polytope.Options{Workers: workers}, nil); err != context.Canceled {
			t.Errorf("cancelled before: %v", err)
		}
	}
}

func TestProgress(t *testing.T) {
	net, d := deep(t)
	told := 0
	r, err := polytope.Enumerate(context.Background(), net, d, polytope.Options{Progress: func(cells int) { told = cells }}, func(c *polytope.Cell) error {
		if c.Index == 100 {
			time.Sleep(150 * time.Millisecond)
		}
		return nil
	})
	if err != nil || told < 100 || told > r.Cells {
		t.Errorf("told of %d cells of %d: %v", told, r.Cells, err)
	}
}

func TestRefusals(t *testing.T) {
	net, d := deep(t)
	nan := math.NaN()
	for _, test := range []struct {
		want   string
		domain polytope.Domain
		target terms
	}{
		{"2 lower and 3 upper limits, the network has 3 inputs", polytope.Box([]float64{0, 0}, []float64{1, 1, 1}), nil},
		{"input 1 ranges from -Inf to 1", polytope.Box([]float64{0, math.Inf(-1), 0}, []float64{1, 1, 1}), nil},
		{"input 2 ranges from 0 to NaN", polytope.Box([]float64{0, 0, 0}, []float64{1, 1, nan}), nil},
		{"cut 0 has a normal of 1 numbers, want 3", polytope.Domain{Lo: d.Lo, Hi: d.Hi, Cuts: []set.HalfSpace{{Normal: []float64{1}}}}, nil},
		{"cut 0 has the offset NaN", polytope.Domain{Lo: d.Lo, Hi: d.Hi, Cuts: []set.HalfSpace{{Normal: []float64{1, 0, 0}, Offset: nan}}}, nil},
		{"term 1 of the target: half-space 0 has a normal of 2 numbers, want 12", d, terms{{}, {set.HalfSpace{Normal: []float64{1, 2}}}}},
	} {
		_, err := polytope.Enumerate(context.Background(), net, test.domain, polytope.Options{Target: test.target.union()}, nil)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("error %v, want %q", err, test.want)
		}
	}
	smooth, err := nn.New([]nn.Node{{Inputs: []int{nn.Input}, Op: nn.Tanh()}}, []int{3}, nn.Meta{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err = polytope.Enumerate(context.Background(), smooth, d, polytope.Options{}, nil); err == nil || !strings.Contains(err.Error(), "not piecewise affine") {
		t.Errorf("smooth network: %v", err)
	}
	wide, err := nn.New([]nn.Node{{Inputs: []int{nn.Input}, Op: nn.ReLU()}}, []int{20}, nn.Meta{})
	if err != nil {
		t.Fatal(err)
	}
	box := polytope.Box(make([]float64, 20), make([]float64, 20))
	for k := range box.Hi {
		box.Hi[k] = 1
	}
	if _, err = polytope.Enumerate(context.Background(), wide, box, polytope.Options{}, nil); err == nil || !strings.Contains(err.Error(), "20 dimensions") {
		t.Errorf("20 dimensions: %v", err)
	}
	huge := nn.Params{Weight: nn.NewMatrix(1, 3), Bias: []float64{math.MaxFloat64}}
	for k := range 3 {
		huge.Weight.Data[k] = math.MaxFloat64
	}
	over, err := nn.New([]nn.Node{{Inputs: []int{nn.Input}, Op: &nn.Dense{Params: huge}}, {Inputs: []int{0}, Op: nn.ReLU()}}, []int{3}, nn.Meta{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err = polytope.Enumerate(context.Background(), over, d, polytope.Options{}, nil); err == nil || !strings.Contains(err.Error(), "overflows") {
		t.Errorf("overflow: %v", err)
	}
	// Outputs that are finite, but not their products with a half-space's numbers.
	target := terms{{{Normal: []float64{math.MaxFloat64}, Offset: 1}}}
	big := &nn.Scale{Factor: []float64{1e300}, Shift: []float64{0}}
	sums := &nn.Dense{Params: nn.Params{Weight: nn.Matrix{Rows: 1, Cols: 3, Stride: 3, Data: []float64{1, -1, 1}}, Bias: []float64{0}}}
	beyond, err := nn.New([]nn.Node{{Inputs: []int{nn.Input}, Op: sums}, {Inputs: []int{0}, Op: nn.ReLU()}, {Inputs: []int{1}, Op: big}}, []int{3}, nn.Meta{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err = polytope.Enumerate(context.Background(), beyond, d, polytope.Options{Target: target.union(), Volume: true}, nil); err == nil || !strings.Contains(err.Error(), "overflow") {
		t.Errorf("overflow of the target: %v", err)
	}
}

func TestSpecialDomains(t *testing.T) {
	net, d := deep(t)
	point := polytope.Box([]float64{1, 0, -1}, []float64{1, 0, -1})
	cells, r := collect(t, net, point, polytope.Options{})
	if len(cells) != 1 || len(r.Free) != 0 || !reflect.DeepEqual(cells[0].Points().Row(0), point.Lo) ||
		!reflect.DeepEqual(cells[0].Pattern, net.PatternsAt(nn.RowMatrix(point.Lo), 1)[0]) {
		t.Errorf("a point has the cells %+v; %+v", cells, r)
	}
	y, err := net.EvalPoint(point.Lo)
	if err != nil {
		t.Fatal(err)
	}
	below := terms{{set.HalfSpace{Normal: append([]float64{1}, make([]float64, 11)...), Offset: y[0] - 0.1}}}
	if cells, _ := collect(t, net, point, polytope.Options{Target: below.union()}); len(cells) > 0 {
		t.Errorf("a point outside the target has %d cells", len(cells))
	}
	below[0][0].Offset += 0.2
	if cells, _ := collect(t, net, point, polytope.Options{Target: below.union()}); len(cells) != 1 {
		t.Errorf("a point inside the target has %d cells", len(cells))
	}

	empty := polytope.Box([]float64{0, 0, 0}, []float64{1, -1, 1})
	cut := d
	cut.Cuts = []set.HalfSpace{{Normal: []float64{1, 0, 0}, Offset: -3}}
	for _, d := range []polytope.Domain{empty, cut} {
		if cells, _ := collect(t, net, d, polytope.Options{Volume: true}); len(cells) > 0 {
			t.Errorf("an empty domain has %d cells", len(cells))
		}
	}
	flat := d
	flat.Cuts = []set.HalfSpace{{Normal: []float64{1, 1, 0}}, {Normal: []float64{-1, -1, 0}}}
	cells, r = collect(t, net, flat, polytope.Options{Volume: true})
	if len(cells) < 10 || r.Volume > 1e-9 {
		t.Errorf("a plane has %d cells of volume %v", len(cells), r.Volume)
	}
	rnd := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		u := float64(4*rnd.Float64()) - 2
		x := []float64{u, -u, float64(4*rnd.Float64()) - 2}
		in := math.Inf(-1)
		for _, c := range cells {
			in = max(in, contains(c.HalfSpaces(), x))
		}
		if in < -1e-9 {
			t.Errorf("%v lies %v outside the cells of the plane", x, -in)
		}
	}
	if cells, _ := collect(t, net, d, polytope.Options{Target: terms{}.union()}); len(cells) > 0 {
		t.Errorf("the empty target's preimage has %d cells", len(cells))
	}
	cells, _ = collect(t, net, d, polytope.Options{Target: terms{{}}.union(), Volume: true})
	if len(cells) != 1 || !cells[0].Whole || math.Abs(cells[0].Volume-64) > 1e-12 {
		t.Errorf("the whole space's preimage has the cells %+v", cells)
	}
}

// TestTouching has the identity on a square: the target meets it in an edge, in
// a corner, or in a diagonal, which has no interior.
func TestTouching(t *testing.T) {
	clip, err := nn.Clip(-5, 5)
	if err != nil {
		t.Fatal(err)
	}
	net, err := nn.New([]nn.Node{{Inputs: []int{nn.Input}, Op: clip}}, []int{2}, nn.Meta{})
	if err != nil {
		t.Fatal(err)
	}
	d := polytope.Box([]float64{-1, -1}, []float64{1, 1})
	at := func(offset float64, normal ...float64) set.HalfSpace {
		return set.HalfSpace{Normal: normal, Offset: offset}
	}
	for _, test := range []struct {
		term []set.HalfSpace
		want [][]float64 // the vertices but for the tolerance
	}{
		{[]set.HalfSpace{at(-1, 1, 0)}, [][]float64{{-1, -1}, {-1, 1}}},
		{[]set.HalfSpace{at(-2, 1, 1)}, [][]float64{{-1, -1}}},
		{[]set.HalfSpace{at(0, 1, -1), at(0, -1, 1)}, [][]float64{{-1, -1}, {1, 1}}},
		{[]set.HalfSpace{at(-1, 1, 0), at(0, 0, 1)}, [][]float64{{-1, -1}, {-1, 0}}},
		{[]set.HalfSpace{at(-1.01, 1, 0)}, nil},
	} {
		goal := terms{test.term}
		cells, r := collect(t, net, d, polytope.Options{Target: goal.union()})
		if len(cells) > 0 || (r.Touching > 0) != (test.want != nil) {
			t.Errorf("%v: %d cells, %+v", test.term, len(cells), r)
		}
		cells, _ = collect(t, net, d, polytope.Options{Target: goal.union(), Touching: true})
		found := make([]bool, len(test.want))
		for _, c := range cells {
			if !c.Touching {
				t.Errorf("%v: cell %d has interior", test.term, c.Index)
			}
			points := c.Points()
			for v := range points.Rows {
				near := -1
				for i, w := range test.want {
					if math.Hypot(points.Row(v)[0]-w[0], points.Row(v)[1]-w[1]) < 1e-10 {
						near = i
						found[i] = true
					}
				}
				if near < 0 {
					t.Errorf("%v: vertex %v, want one of %v", test.term, points.Row(v), test.want)
				}
			}
		}
		for i, ok := range found {
			if !ok {
				t.Errorf("%v: vertex %v is missing", test.term, test.want[i])
			}
		}
	}
}
