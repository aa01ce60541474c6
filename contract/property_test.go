package contract

import (
	"math/rand/v2"
	"testing"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/set"
)

// sum adds n inputs.
func sum(n int) *nn.Sum {
	s := &nn.Sum{}
	for range n {
		s.Coefficients = append(s.Coefficients, 1)
	}
	return s
}

// randomNetwork has layers with random activations, sometimes a scaling at the
// end and a connection that skips a layer.
func randomNetwork(t *testing.T, rng *rand.Rand, integers bool) *nn.Network {
	clip, err := nn.Clip(-0.5, 1.5)
	if err != nil {
		t.Fatal(err)
	}
	activations := []nn.Activation{nn.Sigmoid(), nn.Tanh(), nn.ReLU(), nn.LeakyReLU(0.1), nn.HardTanh(), clip, nn.LeakyReLU(-0.5), nn.GELU(), nn.HardSwish(), nn.SiLU(), nn.Softplus(), nn.Abs()}
	random := func(rows, cols int) ([][]float64, []float64) {
		w, b := make([][]float64, rows), make([]float64, rows)
		number := func() float64 {
			if integers {
				return float64(rng.IntN(5) - 2)
			}
			return float64(1.5 * rng.NormFloat64())
		}
		for i := range w {
			w[i] = make([]float64, cols)
			for j := range w[i] {
				w[i][j] = number()
			}
			b[i] = number()
		}
		return w, b
	}
	inputs := 1 + rng.IntN(3)
	var nodes []nn.Node
	width, before := inputs, nn.Input
	add := func(op nn.Op, from ...int) {
		nodes = append(nodes, nn.Node{Inputs: from, Op: op})
		before = len(nodes) - 1
	}
	for range 1 + rng.IntN(3) {
		next := 1 + rng.IntN(4)
		w, b := random(next, width)
		nodes = append(nodes, dense(t, before, w, b))
		before, width = len(nodes)-1, next
		add(activations[rng.IntN(len(activations))], before)
	}
	if rng.IntN(3) == 0 {
		skipped := before
		w, b := random(width, width)
		nodes = append(nodes, dense(t, before, w, b))
		add(nn.Tanh(), len(nodes)-1)
		add(sum(2), before, skipped)
	}
	w, b := random(2, width)
	nodes = append(nodes, dense(t, before, w, b))
	if rng.IntN(2) == 0 {
		add(&nn.Scale{Factor: []float64{0.3, -2}, Shift: []float64{0.1, 7}}, len(nodes)-1)
	}
	return network(t, inputs, nodes...)
}

// evaluation is slack for rounding errors of the evaluation at a sample; the
// boxes themselves need none.
const evaluation = 1e-11

func widened(b set.Box) set.Box {
	w := b.Clone()
	for j := range w.Lo {
		w.Lo[j] -= evaluation
		w.Hi[j] += evaluation
	}
	return w
}

// TestNothingIsLost: every sample in the set of inputs whose output lies in the
// set of outputs stays in the boxes of all nodes in all iterations.
func TestNothingIsLost(t *testing.T) {
	rng := rand.New(rand.NewPCG(11, 1))
	kept, narrowed, twoChannels := 0, 0, 0
	for trial := range 600 {
		net := randomNetwork(t, rng, trial%4 == 0)
		if trial%2 == 0 {
			if net = decoupled(t, rng, net); net == nil {
				continue // smooth functions of two channels
			}
			twoChannels++
		}
		input := Set{Box: set.Box{Lo: make([]float64, net.InDim()), Hi: make([]float64, net.InDim())}}
		for j := range net.InDim() {
			input.Box.Lo[j] = float64(rng.IntN(5)-2) / 2
			input.Box.Hi[j] = input.Box.Lo[j] + float64(rng.IntN(5))/2
		}
		if rng.IntN(3) == 0 {
			h := set.HalfSpace{Normal: make([]float64, net.InDim()), Offset: rng.NormFloat64()}
			for j := range h.Normal {
				h.Normal[j] = rng.NormFloat64()
			}
			input.HalfSpaces = append(input.HalfSpaces, h)
		}
		sample := func() []float64 {
			x := make([]float64, net.InDim())
			for j := range x {
				x[j] = input.Box.Lo[j] + float64(rng.Float64()*(input.Box.Hi[j]-input.Box.Lo[j]))
			}
			return x
		}
		// An output set that the output of one sample is in, barely.
		y, err := net.EvalPoint(sample())
		if err != nil {
			t.Fatal(err)
		}
		output := Set{Box: set.WholeBox(2)}
		if rng.IntN(2) == 0 {
			output.Box.Hi[0], output.Box.Lo[1] = y[0]+1e-3, y[1]-0.1
		} else {
			n := []float64{rng.NormFloat64(), rng.NormFloat64()}
			output.HalfSpaces = []set.HalfSpace{{Normal: n, Offset: float64(n[0]*y[0]) + float64(n[1]*y[1]) + 1e-3}}
		}
		options := Options{MaxIterations: 1 + rng.IntN(20)}
		if rng.IntN(5) == 0 {
			options.MaxVariables = 1
		}
		r, err := Run(t.Context(), net, input, output, options)
		if err != nil {
			t.Fatal(err)
		}
		for range 300 {
			x := sample()
			if kept += checkSample(t, net, input, output, r, x); t.Failed() {
				t.Fatalf("trial %d, x = %v, input %v, output %v", trial, x, input, output)
			}
		}
		if r.Outcome == Incompatible || r.Last().Input.Volume() < input.Box.Volume()*0.99 {
			narrowed++
		}
	}
	if kept < 10000 || narrowed < 100 || twoChannels < 60 {
		t.Errorf("%d samples kept, %d boxes narrowed, %d decoupled networks: the test says little", kept, narrowed, twoChannels)
	}
}

// decoupled gives a random layer value parameters of its own; nil if that makes
// smooth functions act on two channels.
func decoupled(t *testing.T, rng *rand.Rand, net *nn.Network) *nn.Network {
	t.Helper()
	k := 1 + rng.IntN(len(net.Layers()))
	_, d, err := net.Layer(k)
	if err != nil {
		t.Fatal(err)
	}
	value := d.Channel(nn.ValueChannel).Clone()
	for i := range value.Weight.Data {
		value.Weight.Data[i] += float64(0.5 * rng.NormFloat64())
	}
	if net, err = net.WithLayer(k, &value); err != nil {
		t.Fatal(err)
	}
	if _, _, err := steps(t.Context(), net); err != nil {
		return nil
	}
	return net
}

// checkSample returns 1 for a sample that satisfies both sets with room for
// rounding.
func checkSample(t *testing.T, net *nn.Network, input, output Set, r *Result, x []float64) int {
	t.Helper()
	values := net.Run(nn.RowMatrix(x), 1) // the value channel
	y := values.Output().Row(0)
	inside := input.Box.Contains(x) && widened(output.Box).Contains(y)
	for _, h := range input.HalfSpaces {
		inside = inside && h.Slack(x) >= 0
	}
	for j := range y {
		inside = inside && y[j] >= output.Box.Lo[j]+evaluation && y[j] <= output.Box.Hi[j]-evaluation
	}
	for _, h := range output.HalfSpaces {
		inside = inside && h.Slack(y) >= evaluation
	}
	if !inside {
		return 0
	}
	if r.Outcome == Incompatible {
		t.Errorf("proved empty, but %v gives %v", x, y)
	}
	for k, s := range r.States {
		if !s.Input.Contains(x) {
			t.Errorf("iteration %d: the input box %v lost %v", k, s.Input, x)
		}
		for i, b := range s.Nodes {
			if v := values.Of(i).Row(0); !widened(b).Contains(v) {
				t.Errorf("iteration %d: the box %v of node %d lost %v", k, b, i, v)
			}
		}
	}
	return 1
}

// TestShrinks: boxes of later iterations lie in those of earlier ones.
func TestShrinks(t *testing.T) {
	rng := rand.New(rand.NewPCG(12, 1))
	for trial := range 100 {
		net := randomNetwork(t, rng, false)
		input := Set{Box: set.Box{Lo: make([]float64, net.InDim()), Hi: make([]float64, net.InDim())}}
		for j := range net.InDim() {
			input.Box.Lo[j], input.Box.Hi[j] = -1, 1
		}
		output := Set{Box: set.Box{Lo: []float64{0, -1}, Hi: []float64{1, 1}}}
		r, err := Run(t.Context(), net, input, output, Options{})
		if err != nil {
			t.Fatal(err)
		}
		for k := 1; k < len(r.States); k++ {
			old, now := r.States[k-1], r.States[k]
			if !old.Input.ContainsBox(now.Input) {
				t.Fatalf("trial %d: the input box grew in iteration %d", trial, k)
			}
			for i := range now.Nodes {
				if !old.Nodes[i].ContainsBox(now.Nodes[i]) {
					t.Fatalf("trial %d: the box of node %d grew in iteration %d", trial, i, k)
				}
			}
		}
		if r.Outcome == FixedPoint && len(r.States) > 2 {
			again, err := Run(t.Context(), net, Set{Box: r.Last().Input}, output, Options{MaxIterations: 1})
			if err != nil {
				t.Fatal(err)
			}
			if again.Outcome == Incompatible {
				t.Fatalf("trial %d: the fixed point is empty", trial)
			}
		}
	}
}
