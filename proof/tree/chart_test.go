package tree_test

import (
	"math"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/proof/tree"
	"github.com/netmend/netmend/set"
)

// chartNet is a network of functions with breakpoints off 0, and one with two channels.
func chartNet(t *testing.T, r *rand.Rand) *nn.Network {
	t.Helper()
	layer := func(in, out int) *nn.Dense {
		p := nn.Params{Weight: nn.NewMatrix(out, in), Bias: make([]float64, out)}
		for i := range p.Weight.Data {
			p.Weight.Data[i] = float64(r.IntN(17)-8) / 4
		}
		for i := range p.Bias {
			p.Bias[i] = float64(r.IntN(17)-8) / 4
		}
		return &nn.Dense{Params: p}
	}
	last := layer(5, 2)
	last.Value = &layer(5, 2).Params
	bent := &nn.Piecewise{Breaks: []float64{-1, 0.5}, Slope: []float64{-0.5, 0, 2}, Offset: []float64{-0.5, 0, -1}}
	line := &nn.Piecewise{Slope: []float64{2}, Offset: []float64{-3}}
	nodes := []nn.Node{
		{Inputs: []int{nn.Input}, Op: layer(3, 4)},
		{Inputs: []int{0}, Op: bent},
		{Inputs: []int{1}, Op: layer(4, 2)},
		{Inputs: []int{2}, Op: line},
		{Inputs: []int{nn.Input, 3}, Op: &nn.Concat{Dims: []int{3, 2}}},
		{Inputs: []int{4}, Op: nn.LeakyReLU(0.25)},
		{Inputs: []int{5}, Op: last},
	}
	net, err := nn.New(nodes, []int{3}, nn.Meta{})
	if err != nil {
		t.Fatal(err)
	}
	return net
}

// TestCharts has points of an unbounded set, all with a chart in which the network has its
// outputs times t, its pattern, and the same half-spaces.
func TestCharts(t *testing.T) {
	for seed := range uint64(20) {
		r := rand.New(rand.NewPCG(seed, 12))
		net := chartNet(t, r)
		p := &tree.Problem{
			Net: net, Lo: []float64{-1, math.Inf(-1), math.Inf(-1)}, Hi: []float64{3, 40, math.Inf(1)},
			Cuts:  []set.HalfSpace{{Normal: []float64{0.5, 1, -0.25}, Offset: 2}},
			Terms: [][]set.HalfSpace{{{Normal: []float64{1, -2}, Offset: 0.5}}},
		}
		charts, err := tree.Charts(t.Context(), p)
		if err != nil || len(charts) != 4 {
			t.Fatalf("%d charts, %v; want the middle and three ends", len(charts), err)
		}
		for range 100 {
			size := math.Ldexp(1, r.IntN(12))
			x := []float64{float64(4*r.Float64()) - 1, min(size*r.NormFloat64(), 39.5), float64(size * r.NormFloat64())}
			found := 0
			for i := range charts {
				c := &charts[i]
				v, s := append([]float64(nil), x...), 1.0
				if c.Axis >= 0 {
					if x[c.Axis]*c.Sign < 64 || math.Abs(x[3-c.Axis]) > math.Abs(x[c.Axis]) {
						continue
					}
					s = 64 / (c.Sign * x[c.Axis])
					for k := range v {
						v[k] = float64(v[k] * s)
					}
					v[c.Axis] = s
				} else if max(math.Abs(x[1]), math.Abs(x[2])) > 64 {
					continue
				}
				found++
				box := set.Box{Lo: c.Problem.Lo, Hi: c.Problem.Hi}.Polyhedron().With(c.Problem.Cuts...)
				if cut := p.Cuts[0]; math.Abs(cut.Slack(x)) > 1e-6*size && box.Contains(v) != (cut.Slack(x) > 0) {
					t.Errorf("seed %d, axis %d: %v is in the chart's set: %v", seed, c.Axis, x, box.Contains(v))
				}
				y, err := net.EvalPoint(x)
				if err != nil {
					t.Fatal(err)
				}
				z, err := c.Problem.Net.EvalPoint(v)
				if err != nil {
					t.Fatal(err)
				}
				for k, want := range y {
					if math.Abs(z[k]-float64(want*s)) > 1e-9*(1+math.Abs(float64(want*s))) {
						t.Errorf("seed %d, axis %d: output %v at %v, want %v", seed, c.Axis, z, x, float64(want*s))
					}
				}
				pattern := net.PatternsAt(nn.RowMatrix(x), 1)[0]
				if got := c.Pattern(c.Problem.Net.PatternsAt(nn.RowMatrix(v), 1)[0]); !reflect.DeepEqual(got, pattern) {
					t.Errorf("seed %d, axis %d: pattern %v, want %v", seed, c.Axis, got, pattern)
				}
				if h, g := p.Terms[0][0], c.Problem.Terms[0][0]; math.Abs(h.Slack(y)) > 1e-6*size && (h.Slack(y) > 0) != (g.Slack(z) > 0) {
					t.Errorf("seed %d, axis %d: the target is another one", seed, c.Axis)
				}
			}
			if found == 0 {
				t.Errorf("seed %d: %v is in no chart", seed, x)
			}
		}
	}
}

// TestChartsRefused has numbers that would have to be rounded, and a jump.
func TestChartsRefused(t *testing.T) {
	dense := &nn.Dense{Params: nn.Params{Weight: nn.RowMatrix([]float64{1, 1}), Bias: []float64{0}}}
	for _, test := range []struct {
		op   *nn.Piecewise
		cut  float64
		want string
	}{
		{&nn.Piecewise{Breaks: []float64{0.1}, Slope: []float64{0.1, 1.3}, Offset: []float64{0, -0.12}}, 0, "round"},
		{nn.ReLU(), 0.1, "round"},
		{nn.Step(), 0, "jumps"},
		{nn.HardTanh(), 0, ""},
	} {
		net, err := nn.New([]nn.Node{{Inputs: []int{nn.Input}, Op: dense}, {Inputs: []int{0}, Op: test.op}}, []int{2}, nn.Meta{})
		if err != nil {
			t.Fatal(err)
		}
		p := &tree.Problem{Net: net, Lo: []float64{0, 0.3}, Hi: []float64{math.Inf(1), 0.3}, Terms: [][]set.HalfSpace{nil}}
		p.Cuts = []set.HalfSpace{{Normal: []float64{1, test.cut}, Offset: 1}}
		if _, err := tree.Charts(t.Context(), p); test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
			t.Errorf("error %v, want %q", err, test.want)
		}
	}
}
