package contract

import (
	"context"
	"math"
	"strings"
	"testing"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/set"
)

func box(lo, hi []float64) set.Box { return set.Box{Lo: lo, Hi: hi} }

var inf = math.Inf(1)

// diamond is |x0| + |x1| with ReLUs.
func diamond(t testing.TB) *nn.Network {
	return network(
		t, 2,
		dense(t, nn.Input, [][]float64{{1, 0}, {-1, 0}, {0, 1}, {0, -1}}, make([]float64, 4)),
		nn.Node{Inputs: []int{0}, Op: nn.ReLU()},
		dense(t, 1, [][]float64{{1, 1, 1, 1}}, []float64{0}),
	)
}

// TestKnownBoxes narrows boxes whose result is known by hand.
func TestKnownBoxes(t *testing.T) {
	for _, test := range []struct {
		name          string
		net           *nn.Network
		input, output Set
		want          set.Box
		outcome       Outcome
	}{
		{
			name:  "the diamond bounds an unbounded input",
			net:   diamond(t),
			input: Set{Box: set.WholeBox(2)}, output: Set{Box: box([]float64{-inf}, []float64{3})},
			want: box([]float64{-3, -3}, []float64{3, 3}),
		},
		{
			name: "two rows together say more than each alone",
			// x0 + x1 <= 1 and x0 - x1 <= 1 give x0 <= 1.
			net:   network(t, 2, dense(t, nn.Input, [][]float64{{1, 1}, {1, -1}}, []float64{0, 0})),
			input: Set{Box: box([]float64{0, -10}, []float64{10, 10})}, output: Set{Box: box([]float64{-inf, -inf}, []float64{1, 1})},
			want: box([]float64{0, -1}, []float64{1, 1}),
		},
		{
			name:  "half-spaces of outputs reach through two affine nodes",
			net:   network(t, 2, dense(t, nn.Input, [][]float64{{1, 2}, {3, 4}}, []float64{1, 1}), nn.Node{Inputs: []int{0}, Op: &nn.Scale{Factor: []float64{2, 2}, Shift: []float64{5, 5}}}),
			input: Set{Box: box([]float64{0, 0}, []float64{4, 9})},
			// y1 - y0 = 2 (2 x0 + 2 x1) <= 8.
			output: Set{Box: set.WholeBox(2), HalfSpaces: []set.HalfSpace{{Normal: []float64{-1, 1}, Offset: 8}}},
			want:   box([]float64{0, 0}, []float64{2, 2}),
		},
		{
			name:  "half-spaces of inputs",
			net:   diamond(t),
			input: Set{Box: box([]float64{0, 0}, []float64{9, 9}), HalfSpaces: []set.HalfSpace{{Normal: []float64{1, 2}, Offset: 4}}}, output: Set{Box: set.WholeBox(1)},
			want: box([]float64{0, 0}, []float64{4, 2}),
		},
		{
			name:  "an output out of reach",
			net:   diamond(t),
			input: Set{Box: set.WholeBox(2)}, output: Set{Box: box([]float64{-inf}, []float64{-1})},
			outcome: Incompatible,
		},
		{
			name:  "half-spaces of outputs that contradict each other",
			net:   diamond(t),
			input: Set{Box: set.WholeBox(2)},
			output: Set{Box: set.WholeBox(1), HalfSpaces: []set.HalfSpace{
				{Normal: []float64{1}, Offset: 1}, {Normal: []float64{-1}, Offset: -2},
			}},
			outcome: Incompatible,
		},
		{
			name:  "a contradictory input box",
			net:   diamond(t),
			input: Set{Box: box([]float64{1, 0}, []float64{0, 1})}, output: Set{Box: set.WholeBox(1)},
			outcome: Incompatible,
		},
		{
			name:  "a contradictory output box",
			net:   diamond(t),
			input: Set{Box: set.WholeBox(2)}, output: Set{Box: box([]float64{1}, []float64{0})},
			outcome: Incompatible,
		},
		{
			name:  "a fixed input",
			net:   diamond(t),
			input: Set{Box: box([]float64{1, -2}, []float64{1, -2})}, output: Set{Box: box([]float64{3}, []float64{3})},
			want: box([]float64{1, -2}, []float64{1, -2}),
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			r, err := Run(t.Context(), test.net, test.input, test.output, Options{})
			if err != nil {
				t.Fatal(err)
			}
			if r.Outcome != test.outcome {
				t.Fatalf("%v, want %v; %v", r.Outcome, test.outcome, r.Last())
			}
			if test.outcome == Incompatible {
				return
			}
			got := r.Last().Input
			for j := range test.want.Lo {
				if math.Abs(got.Lo[j]-test.want.Lo[j]) > 1e-9 || math.Abs(got.Hi[j]-test.want.Hi[j]) > 1e-9 {
					t.Errorf("box %v, want %v", got, test.want)
				}
			}
		})
	}
}

// TestWeak: without linear programs each row counts alone, and the result says
// so.
func TestWeak(t *testing.T) {
	net := network(t, 2, dense(t, nn.Input, [][]float64{{1, 1}, {1, -1}}, []float64{0, 0}))
	r, err := Run(t.Context(), net, Set{Box: box([]float64{0, -10}, []float64{10, 10})},
		Set{Box: box([]float64{-inf, -inf}, []float64{1, 1})}, Options{MaxVariables: 1})
	if err != nil {
		t.Fatal(err)
	}
	if hi := r.Last().Input.Hi[0]; hi < 1.9 || hi > 2.1 || len(r.Weak) != 1 || r.Weak[0] != 0 {
		t.Errorf("upper bound %v, weak nodes %v", hi, r.Weak)
	}
}

func TestLimits(t *testing.T) {
	// A contraction that converges for ever: x0 <= x1/2 and x1 <= x0.
	net := network(
		t, 2,
		dense(t, nn.Input, [][]float64{{1, -0.5}, {-1, 1}}, []float64{0, 0}),
	)
	output := Set{Box: box([]float64{-inf, -inf}, []float64{0, 0})}
	input := Set{Box: box([]float64{0, 0}, []float64{1, 1})}
	r, err := Run(t.Context(), net, input, output, Options{MaxIterations: 3, MaxVariables: 1})
	if err != nil {
		t.Fatal(err)
	}
	if r.Outcome != LimitReached || len(r.States) != 4 {
		t.Errorf("%v after %d states", r.Outcome, len(r.States))
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	r, err = Run(ctx, net, input, output, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if r.Outcome != Interrupted || len(r.States) != 1 {
		t.Errorf("%v after %d states", r.Outcome, len(r.States))
	}
}

func TestErrors(t *testing.T) {
	net := diamond(t)
	smooth := network(t, 1, dense(t, nn.Input, [][]float64{{1}}, []float64{0}), nn.Node{Inputs: []int{0}, Op: nn.Tanh()})
	value := smooth.Nodes[0].Op.(*nn.Dense).Clone()
	smoothGate, err := smooth.WithLayer(1, &value)
	if err != nil {
		t.Fatal(err)
	}
	whole1, whole2 := Set{Box: set.WholeBox(1)}, Set{Box: set.WholeBox(2)}
	for _, test := range []struct {
		net           *nn.Network
		input, output Set
		want          string
	}{
		{net, whole1, whole1, "set of inputs: a box in 1 dimensions, the network has 2 inputs"},
		{net, whole2, whole2, "set of outputs: a box in 2 dimensions, the network has 1 outputs"},
		{net, Set{Box: box([]float64{0, math.NaN()}, []float64{1, 1})}, whole1, "set of inputs: box: coordinate 1"},
		{net, whole2, Set{Box: set.WholeBox(1), HalfSpaces: []set.HalfSpace{{Normal: []float64{1, 1}}}}, "set of outputs"},
		{smoothGate, whole1, whole1, "not supported in a decoupled network"},
		{network(t, 1, nn.Node{Name: "odd", Inputs: []int{nn.Input}, Op: strange{nn.Tanh()}}), whole1, whole1, `node 0 (Strange "odd"): the activation function Strange is not supported`},
	} {
		if _, err := Run(t.Context(), test.net, test.input, test.output, Options{}); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("error %v, want %q", err, test.want)
		}
	}
}

// strange is an activation that the package does not know.
type strange struct{ nn.Activation }

func (strange) Kind() string { return "Strange" }

// BenchmarkRun contracts a network of the size of ACAS Xu's.
func BenchmarkRun(b *testing.B) {
	var nodes []nn.Node
	width, before := 5, nn.Input
	state := uint64(1)
	random := func() float64 {
		state = state*6364136223846793005 + 1442695040888963407
		return float64(int64(state>>12)) / (1 << 51) // below 1 in size
	}
	for layer := range 7 {
		next := 50
		if layer == 6 {
			next = 5
		}
		w, bias := make([][]float64, next), make([]float64, next)
		for i := range w {
			w[i] = make([]float64, width)
			for j := range w[i] {
				w[i][j] = float64(0.3 * random())
			}
		}
		nodes = append(nodes, dense(b, before, w, bias))
		if layer < 6 {
			nodes = append(nodes, nn.Node{Inputs: []int{len(nodes) - 1}, Op: nn.ReLU()})
		}
		before, width = len(nodes)-1, next
	}
	net := network(b, 5, nodes...)
	input := Set{Box: box([]float64{-0.1, -0.1, -0.1, -0.1, -0.1}, []float64{0.1, 0.1, 0.1, 0.1, 0.1})}
	output := Set{Box: set.WholeBox(5), HalfSpaces: []set.HalfSpace{{Normal: []float64{1, -1, 0, 0, 0}, Offset: -0.1}}}
	for range b.N {
		if _, err := Run(context.Background(), net, input, output, Options{MaxIterations: 1}); err != nil {
			b.Fatal(err)
		}
	}
}

// TestMeans keeps an output that the mean has by a third, and not by a third rounded to float64.
func TestMeans(t *testing.T) {
	const large = 0x1p60
	third := 1.0 / 3
	net, err := nn.New([]nn.Node{
		{Inputs: []int{nn.Input}, Op: &nn.Reduce{Outer: 1, Axis: 3, Inner: 1, Divisor: 3}},
		dense(t, 0, [][]float64{{large}}, []float64{float64(-large * third)}),
	}, []int{3}, nn.Meta{})
	if err != nil {
		t.Fatal(err)
	}
	x := []float64{1, 0, 0} // gives 2^60 (1/3 - third), about 21
	for least, want := range map[float64]bool{10: true, 100: false} {
		output := Set{Box: set.Box{Lo: []float64{least}, Hi: []float64{1000}}}
		r, err := Run(t.Context(), net, Set{Box: set.Box{Lo: x, Hi: x}}, output, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if got := r.Outcome != Incompatible; got != want {
			t.Errorf("y >= %v: compatible is %v, want %v", least, got, want)
		}
	}
}
