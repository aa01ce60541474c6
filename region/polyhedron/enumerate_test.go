package polyhedron_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/region/polyhedron"
	"github.com/netmend/netmend/region/polytope"
	"github.com/netmend/netmend/set"
	"github.com/netmend/netmend/set/solve"
)

// network is random, with ReLU or now and then other functions; integer weights
// from -2 to 2 make many units vanish together.
func network(t testing.TB, r *rand.Rand, in int, integer bool, widths ...int) *nn.Network {
	t.Helper()
	number := func() float64 {
		if integer {
			return float64(r.IntN(5) - 2)
		}
		return r.NormFloat64()
	}
	dense := func(out, in int) *nn.Dense {
		p := nn.Params{Weight: nn.NewMatrix(out, in), Bias: make([]float64, out)}
		for i := range p.Weight.Data {
			p.Weight.Data[i] = number()
		}
		for i := range p.Bias {
			p.Bias[i] = number()
		}
		return &nn.Dense{Params: p}
	}
	var nodes []nn.Node
	add := func(op nn.Op) { nodes = append(nodes, nn.Node{Inputs: []int{len(nodes) - 1}, Op: op}) }
	dim := in
	for i, w := range widths {
		d := dense(w, dim)
		if r.IntN(5) == 0 {
			v := dense(w, dim).Params
			d.Value = &v
		}
		add(d)
		dim = w
		if i+1 == len(widths) {
			break
		}
		switch r.IntN(5) {
		case 0:
			add(nn.HardTanh())
		case 1:
			add(nn.LeakyReLU(0.1))
		default:
			add(nn.ReLU())
		}
	}
	net, err := nn.New(nodes, []int{in}, nn.Meta{})
	if err != nil {
		t.Fatal(err)
	}
	return net
}

func collect(t *testing.T, net *nn.Network, d set.Polyhedron, opt polyhedron.Options) ([]*polyhedron.Cell, *polyhedron.Result) {
	t.Helper()
	var cells []*polyhedron.Cell
	result, err := polyhedron.Enumerate(context.Background(), net, d, opt, func(c *polyhedron.Cell) error {
		if c.Index != len(cells) {
			t.Fatalf("cell %d comes after %d others", c.Index, len(cells))
		}
		cells = append(cells, c)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if result.Cells != len(cells) || !result.Complete() {
		t.Fatalf("%d cells were visited; %+v", len(cells), result)
	}
	return cells, result
}

// key names a cell by its pattern (without units that vanish) and its term.
func key(p nn.Pattern, zero []int32, term int) string {
	q := slices.Clone(p)
	for _, u := range zero {
		q[u] = 0
	}
	return fmt.Sprint(q, term)
}

// TestEnginesAgree compares with the search over polytopes: the same patterns, in
// the domain and in a target's preimage.
func TestEnginesAgree(t *testing.T) {
	n := 60
	if testing.Short() {
		n = 12
	}
	for i := range n {
		r := rand.New(rand.NewPCG(uint64(i), 5))
		integer := i%2 == 0
		in := 1 + r.IntN(4)
		net := network(t, r, in, integer, 1+r.IntN(6), 1+r.IntN(6), 2)
		box := polytope.Box(make([]float64, in), make([]float64, in))
		domain := set.Polyhedron{Dim: in}
		for k := range in {
			box.Lo[k], box.Hi[k] = -1-float64(r.IntN(2)), 1+float64(r.IntN(2))
			for _, sign := range []float64{1, -1} {
				h := set.HalfSpace{Normal: make([]float64, in), Offset: max(sign*box.Hi[k], sign*box.Lo[k])}
				h.Normal[k] = sign
				domain.Rows = append(domain.Rows, h)
			}
		}
		cut := set.HalfSpace{Normal: make([]float64, in), Offset: 0.75}
		for k := range in {
			cut.Normal[k] = r.NormFloat64()
		}
		box.Cuts, domain.Rows = []set.HalfSpace{cut}, append(domain.Rows, cut)
		y, err := net.EvalPoint(make([]float64, in))
		if err != nil {
			t.Fatal(err)
		}
		goal := terms{
			{{Normal: []float64{1, 0}, Offset: y[0] + 0.1}, {Normal: []float64{0.5, -1}, Offset: float64(0.5*y[0]) - y[1] + 0.3}},
			{{Normal: []float64{-1, 1}, Offset: y[1] - y[0] - 0.2}},
		}
		for _, target := range []terms{nil, goal} {
			want := map[string]int{}
			if _, err := polytope.Enumerate(context.Background(), net, box, polytope.Options{Target: target.union(), Split: true}, func(c *polytope.Cell) error {
				want[key(c.Pattern, c.Zero, c.Term)]++
				return nil
			}); err != nil {
				t.Fatal(err)
			}
			cells, result := collect(t, net, domain, polyhedron.Options{Target: target.union(), Split: true})
			if result.Unsure > 0 {
				t.Errorf("network %d: %d programs failed", i, result.Unsure)
			}
			got := map[string]int{}
			for _, c := range cells {
				got[key(c.Pattern, c.Zero, c.Term)]++
			}
			if !reflect.DeepEqual(got, want) {
				t.Errorf("network %d, target %v: %d patterns, want %d as in the search over polytopes", i, target != nil, len(got), len(want))
			}
			one, _ := collect(t, net, domain, polyhedron.Options{Target: target.union(), Split: true, Workers: 1})
			if !reflect.DeepEqual(cells, one) {
				t.Errorf("network %d: another result with one worker", i)
			}
			if target == nil {
				continue
			}
			// Cells visited whole make up the same set.
			whole, _ := collect(t, net, domain, polyhedron.Options{Target: target.union()})
			var u, v set.Union
			for _, c := range whole {
				u = append(u, c.Polyhedron)
			}
			for _, c := range cells {
				v = append(v, c.Polyhedron)
			}
			for range 50 {
				x := make([]float64, in)
				for k := range x {
					x[k] = box.Lo[k] + float64(r.Float64()*(box.Hi[k]-box.Lo[k]))
				}
				if inside(u, x) != inside(v, x) {
					t.Errorf("network %d: %v is in the cells, whole or split, but not in both", i, x)
				}
			}
		}
	}
}

func inside(u set.Union, x []float64) bool {
	return slices.ContainsFunc(u, func(p set.Polyhedron) bool { return p.Contains(x) })
}

// TestArrangement counts the regions of one layer on the whole space: hyperplanes
// in general position cut it into the sum over i of binomial(h, i) cells
// (Zaslavsky, 1975).
func TestArrangement(t *testing.T) {
	for _, test := range []struct{ dim, units, want int }{{1, 3, 4}, {2, 5, 16}, {3, 6, 42}, {8, 9, 511}, {2, 0, 1}} {
		r := rand.New(rand.NewPCG(1, uint64(test.dim)))
		net := network(t, r, test.dim, false, test.dim)
		if test.units > 0 {
			p := nn.Params{Weight: nn.NewMatrix(test.units, test.dim), Bias: make([]float64, test.units)}
			for i := range p.Weight.Data {
				p.Weight.Data[i] = r.NormFloat64()
			}
			for i := range p.Bias {
				p.Bias[i] = r.NormFloat64()
			}
			var err error
			net, err = nn.New([]nn.Node{{Inputs: []int{nn.Input}, Op: &nn.Dense{Params: p}}, {Inputs: []int{0}, Op: nn.ReLU()}}, []int{test.dim}, nn.Meta{})
			if err != nil {
				t.Fatal(err)
			}
		}
		cells, _ := collect(t, net, set.Whole(test.dim), polyhedron.Options{})
		if len(cells) != test.want {
			t.Errorf("%d hyperplanes in %d dimensions: %d cells, want %d", test.units, test.dim, len(cells), test.want)
		}
	}
}

// TestUnbounded has points far away and near in the cells of their patterns, and
// a target's preimage that is unbounded.
func TestUnbounded(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	net := network(t, r, 3, false, 6, 5, 2)
	domain := set.Polyhedron{Dim: 3, Rows: []set.HalfSpace{{Normal: []float64{1, 1, 1}, Offset: 2}}}
	goal := terms{{{Normal: []float64{1, -1}}}}
	cells, _ := collect(t, net, domain, polyhedron.Options{})
	pieces, _ := collect(t, net, domain, polyhedron.Options{Target: goal.union()})
	for range 300 {
		x := []float64{r.NormFloat64(), r.NormFloat64(), r.NormFloat64()}
		if r.IntN(2) == 0 {
			for k := range x {
				x[k] = float64(x[k] * 1e3)
			}
		}
		if !domain.Contains(x) {
			continue
		}
		pattern := net.PatternsAt(nn.RowMatrix(x), 1)[0]
		found := false
		for _, c := range cells {
			found = found || reflect.DeepEqual(c.Pattern, pattern) && c.Polyhedron.Contains(x)
		}
		if !found {
			t.Errorf("%v is in no cell of its pattern", x)
		}
		y, err := net.EvalPoint(x)
		if err != nil {
			t.Fatal(err)
		}
		in := slices.ContainsFunc(pieces, func(c *polyhedron.Cell) bool { return c.Polyhedron.Contains(x) })
		if in != (y[0] <= y[1]) && math.Abs(y[0]-y[1]) > 1e-6 {
			t.Errorf("%v has the outputs %v; in the preimage: %v", x, y, in)
		}
	}
}

// TestLowerDimensional has a plane in space as the domain: as many regions as the
// network has on the plane's coordinates.
func TestLowerDimensional(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	net := network(t, r, 3, false, 5, 4, 1)
	domain := set.Polyhedron{Dim: 3, Rows: []set.HalfSpace{
		{Normal: []float64{0, 0, 1}, Offset: 0.5},
		{Normal: []float64{0, 0, -1}, Offset: -0.5},
		{Normal: []float64{1, 0, 0}, Offset: 2},
		{Normal: []float64{-1, 0, 0}, Offset: 2},
		{Normal: []float64{0, 1, 0}, Offset: 2},
		{Normal: []float64{0, -1, 0}, Offset: 2},
	}}
	cells, _ := collect(t, net, domain, polyhedron.Options{})
	want, err := polytope.OnBox(context.Background(), net, []float64{-2, -2, 0.5}, []float64{2, 2, 0.5}, polytope.Options{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(cells) != want.Cells {
		t.Errorf("%d cells, want %d", len(cells), want.Cells)
	}
	domain.Rows[1].Offset = -0.6
	if cells, _ := collect(t, net, domain, polyhedron.Options{}); len(cells) > 0 {
		t.Errorf("the empty domain has %d cells", len(cells))
	}
}

func TestEnds(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	net := network(t, r, 3, false, 8, 8, 2)
	domain := set.Whole(3)
	cells, _ := collect(t, net, domain, polyhedron.Options{})
	if len(cells) < 30 {
		t.Fatalf("%d cells are too few for this test", len(cells))
	}
	mine := errors.New("no more")
	for _, workers := range []int{1, 3} {
		opt := polyhedron.Options{Workers: workers}
		end := func(reason error) (*polyhedron.Result, error) {
			return polyhedron.Enumerate(context.Background(), net, domain, opt, func(c *polyhedron.Cell) error {
				if c.Index == 20 {
					return reason
				}
				return nil
			})
		}
		if r, err := end(mine); err != mine || r.Complete() || r.Cells != 21 {
			t.Errorf("the visitor's error: %+v, %v", r, err)
		}
		if r, err := end(polytope.ErrEnough); err != nil || r.Stopped != polytope.ErrEnough || r.Cells != 21 {
			t.Errorf("enough: %+v, %v", r, err)
		}
		ctx, cancel := context.WithCancel(context.Background())
		if r, err := polyhedron.Enumerate(ctx, net, domain, opt, func(*polyhedron.Cell) error { cancel(); return nil }); err != context.Canceled || r.Complete() {
			t.Errorf("cancelled: %+v, %v", r, err)
		}
		opt.MaxCells = 7
		if r, err := end(mine); err != nil || r.Stopped != polytope.ErrMaxCells || r.Cells != 7 {
			t.Errorf("limit of cells: %+v, %v", r, err)
		}
		opt.MaxCells, opt.MaxTime = 0, time.Nanosecond
		if r, err := end(mine); err != nil || r.Stopped != polytope.ErrMaxTime {
			t.Errorf("no time: %+v, %v", r, err)
		}
	}
}

func TestRefusals(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	net := network(t, r, 3, false, 2, 2)
	smooth, err := nn.New([]nn.Node{{Inputs: []int{nn.Input}, Op: nn.Tanh()}}, []int{3}, nn.Meta{})
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		want   string
		net    *nn.Network
		domain set.Polyhedron
		target terms
	}{
		{"the domain has 2 dimensions, the network 3 inputs", net, set.Whole(2), nil},
		{"the domain: ", net, set.Polyhedron{Dim: 3, Rows: []set.HalfSpace{{Normal: []float64{1}}}}, nil},
		{"term 0 of the target: ", net, set.Whole(3), terms{{{Normal: []float64{1}}}}},
		{"not piecewise affine", smooth, set.Whole(3), nil},
	} {
		_, err := polyhedron.Enumerate(context.Background(), test.net, test.domain, polyhedron.Options{Target: test.target.union()}, nil)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("error %v, want %q", err, test.want)
		}
	}
}

// TestPruned has a target out of reach, which the bounds show at once.
func TestPruned(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 4))
	net := network(t, r, 10, false, 30, 30, 2)
	box := set.Box{Lo: make([]float64, 10), Hi: make([]float64, 10)}
	for k := range box.Lo {
		box.Lo[k], box.Hi[k] = -0.01, 0.01
	}
	far := terms{{{Normal: []float64{1, 0}, Offset: -1e4}}}
	cells, result := collect(t, net, box.Polyhedron(), polyhedron.Options{Target: far.union()})
	if len(cells) > 0 || result.Pruned != 1 {
		t.Errorf("%d cells, %+v", len(cells), result)
	}
	far[0][0].Offset = 1e4
	cells, _ = collect(t, net, box.Polyhedron(), polyhedron.Options{Target: far.union()})
	if len(cells) != 1 || !cells[0].Whole {
		t.Errorf("%d cells, want one that is whole", len(cells))
	}
	if same, err := solve.Contains(cells[0].Polyhedron, box.Polyhedron(), 0); err != nil || !same {
		t.Errorf("the cell is not the box: %v", err)
	}
}

// terms is a union of intersections of half-spaces.
type terms [][]set.HalfSpace

// union is nil for nil.
func (t terms) union() set.Union {
	if t == nil {
		return nil
	}
	u := set.Union{}
	for _, term := range t {
		dim := 0
		if len(term) > 0 {
			dim = len(term[0].Normal)
		}
		u = append(u, set.Polyhedron{Dim: dim, Rows: term})
	}
	return u
}
