package repair

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/netmend/netmend/internal/nntest"
	"github.com/netmend/netmend/internal/ortest"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/spec"
)

// randomConv is a convolution with random parameters.
func randomConv(r *rand.Rand, out int, w nn.Window, groups int) *nn.Conv {
	c := &nn.Conv{Window: w, Groups: groups}
	c.Weight = nn.NewMatrix(out, w.Channels/groups*w.Kernel[0]*w.Kernel[1])
	for i := range c.Weight.Data {
		c.Weight.Data[i] = r.NormFloat64()
	}
	for range out {
		c.Bias = append(c.Bias, float64(r.NormFloat64()/2))
	}
	return c
}

// square is a k x k window with step s and padding p over samples of c x n x n.
func square(c, n, k, s, p int) nn.Window {
	return nn.Window{
		Channels: c, In: [2]int{n, n}, Kernel: [2]int{k, k}, Stride: [2]int{s, s}, Dilation: [2]int{1, 1},
		Before: [2]int{p, p}, After: [2]int{p, p},
	}
}

// randomConvNetwork has two or three convolutions, one of them perhaps in groups or transposed,
// and a dense layer or a global average at the end.
func randomConvNetwork(t testing.TB, r *rand.Rand) *nn.Network {
	t.Helper()
	groups := 1 + r.IntN(2)
	first := randomConv(r, 2, square(1+r.IntN(2), 4, 3, 1, 1), 1)
	second := randomConv(r, 2, square(2, 4, 2, 2, 0), groups)
	ops := []nn.Op{first, nn.ReLU(), second, nn.ReLU()}
	switch r.IntN(3) {
	case 0:
		ops = append(ops, randomDense(r, 3, 8, false))
	case 1: // 2 x 2 x 2 becomes 2 x 3 x 3, in groups or not
		c := &nn.ConvTranspose{Window: square(2, 3, 2, 1+r.IntN(2), 0), Inputs: 2, Groups: 1 + r.IntN(2)}
		if c.Stride[0] == 2 { // and cut off at one side
			c.Before = [2]int{1, 1}
		}
		c.Params = nntest.Params(r, 2, c.Depth())
		ops = append(ops, c, nn.ReLU(), randomDense(r, 3, 18, false))
	default:
		ops = append(ops, randomConv(r, 3, square(2, 2, 1, 1, 0), 1), nn.ReLU(), randomMeans(3, 4))
	}
	return chain(t, first.Channels*16, ops...)
}

// randomMeans averages each channel over its positions.
func randomMeans(channels, positions int) *nn.AveragePool {
	return &nn.AveragePool{Window: nn.Window{
		Channels: channels, In: [2]int{1, positions}, Kernel: [2]int{1, positions}, Stride: [2]int{1, 1}, Dilation: [2]int{1, 1},
	}}
}

// convTrial repairs one layer of a random convolutional network on points.
func convTrial(t testing.TB, r *rand.Rand) *trial {
	t.Helper()
	net := randomConvNetwork(t, r)
	s := &spec.Spec{}
	if r.IntN(2) == 0 {
		s.Margin = 0.125
	}
	for range 2 + r.IntN(5) {
		x := make([]float64, net.InDim())
		for i := range x {
			x[i] = r.NormFloat64()
		}
		s.Items = append(s.Items, pointItem(class(r.IntN(net.OutDim())), x...))
	}
	tr := &trial{spec: s}
	var err error
	tr.opt = Options{
		Layer: 1 + r.IntN(len(net.Layers())),
		Norm:  []Norm{L1, Linf, Mix, L2}[r.IntN(4)],
		Bound: []float64{0.5, 3}[r.IntN(2)],
		Free:  Free{Kind: []FreeKind{FreeAll, FreeAll, FreeWeights, FreeBiases}[r.IntN(4)]},
	}.filled(t)
	if tr.result, err = Run(t.Context(), net, s, tr.opt); err != nil {
		t.Fatal(err)
	}
	tr.problem = newTestProblem(t, net, s, tr.opt)
	if tr.free, err = tr.opt.Free.Mask(tr.problem.op.params()); err != nil {
		t.Fatal(err)
	}
	return tr
}

// interiorTolerance is the relative gap that the interior-point method is allowed
// here, where optima are degenerate.
const interiorTolerance = 1e-6

// oracleTolerance is by how much the oracle's solution may miss its rows.
const oracleTolerance = 1e-9

// TestConvRepairs compares repairs of random convolutional networks with a linear
// program over all rows.
func TestConvRepairs(t *testing.T) {
	trials := 300
	if testing.Short() {
		trials = 60
	}
	count := map[string]int{}
	for seed := range uint64(trials) {
		r := random(seed + 1000)
		tr := convTrial(t, r)
		res := tr.result
		name := fmt.Sprintf("seed %d (%s, layer %d)", seed, tr.opt.Norm, tr.opt.Layer)
		count[string(res.Status)]++
		rows := allRows(t, tr.problem, tr.opt.Layer)
		norm := newNorm(tr.opt, len(rows[0].a))
		if norm.euclidean {
			norm = normal{l1: 1}
		}
		want, feasible, err := oracle(rows, norm, tr.opt.Bound, tr.free)
		if err != nil {
			count["no oracle"]++
			continue
		}
		switch res.Status {
		case Unknown, Found:
			t.Logf("%s: %s %s: %s (oracle: feasible %v)", name, res.Status, res.Found, res.Reason, feasible)
		case Infeasible:
			// The oracle allows for rounding, exact multipliers do not; and it counts ties.
			if res.Contradiction.Sign() == 0 {
				count["by ties"]++
			} else if v := exactFarkas(res.Farkas, res.Bound, tr.free); feasible && floatOf(v) < -oracleTolerance || v.Sign() >= 0 {
				t.Errorf("%s: infeasible with Farkas value %s, the oracle says feasible %v", name, v.FloatString(20), feasible)
			}
		default:
			switch {
			case !feasible:
				t.Errorf("%s: repaired, the oracle has no solution", name)
			case tr.opt.Norm != L2 && (math.Abs(res.Objective-want) > interiorTolerance*(want+1e-3) || res.LowerBound > want*(1+interiorTolerance)):
				t.Errorf("%s: objective %.12g, bound %.12g, oracle %.12g", name, res.Objective, res.LowerBound, want)
			case res.Objective-res.LowerBound > interiorTolerance*(res.Objective+1e-3):
				t.Errorf("%s: objective %.12g, bound %.12g", name, res.Objective, res.LowerBound)
			}
			tr.checkPoints(t, name)
		}
	}
	t.Log(count)
	if count[string(Unknown)] > 1+trials/50 || count["no oracle"] > trials/20 {
		t.Errorf("%v: too many without an answer", count)
	}
	for _, status := range []Status{Repaired, Infeasible} {
		if count[string(status)] < trials/10 {
			t.Errorf("%d trials are %s, too few to say much", count[string(status)], status)
		}
	}
}

// checkPoints evaluates the repaired network at the points.
func (tr *trial) checkPoints(t *testing.T, name string) {
	t.Helper()
	for i := range tr.spec.Items {
		it := &tr.spec.Items[i]
		y, err := tr.result.Network.EvalPoint(it.Point)
		if err != nil {
			t.Fatal(err)
		}
		for j, v := range y {
			if k := it.Output.Allowed[0]; j != k && v-y[k]+tr.result.Margin > sampleTolerance*(1+math.Abs(v)) {
				t.Errorf("%s: point %d: output %d is %g, %d is %g", name, i, j, v, k, y[k])
			}
		}
	}
}

// TestConvRuntime writes repaired convolutional networks in float32, which is all
// that ONNX Runtime has convolutions for, and compares what it makes of them.
func TestConvRuntime(t *testing.T) {
	ortest.Require(t)
	compared := 0
	for seed := range uint64(40) {
		r := random(seed + 9000)
		net := randomConvNetwork(t, r)
		s, points := &spec.Spec{Margin: 0.125}, [][]float64{}
		for range 3 {
			x := make([]float64, net.InDim())
			for i := range x {
				x[i] = float64(float32(r.NormFloat64()))
			}
			points = append(points, x)
			s.Items = append(s.Items, pointItem(class(r.IntN(net.OutDim())), x...))
		}
		layer := 1 + r.IntN(len(net.Layers()))
		res := mustRun(t, net, s, Options{Layer: layer, DType: nn.Float32})
		if res.Network == nil {
			continue
		}
		for i, got := range ortest.Run(t, export(t, res.Network, nn.Float32), points) {
			want, err := res.Network.EvalPoint(points[i])
			if err != nil {
				t.Fatal(err)
			}
			if d := distance(got, want); d > runtimeTolerance[nn.Float32] {
				t.Errorf("seed %d (layer %d): ONNX Runtime has %v, want %v", seed, layer, got, want)
			}
			if n := s.Items[i].Output.Allowed[0]; spec.Argmax.Prefers(got, nil) != n {
				t.Errorf("seed %d (layer %d): point %d gets class %d in ONNX Runtime, want %d", seed, layer, i, spec.Argmax.Prefers(got, nil), n)
			}
		}
		compared++
	}
	if compared < 5 {
		t.Errorf("%d networks compared, too few to say much", compared)
	}
}

// TestConvWorkers: neither the number of workers nor the memory changes a bit of
// the result.
func TestConvWorkers(t *testing.T) {
	repaired := 0
	for seed := range uint64(20) {
		r := random(seed + 1000)
		net := randomConvNetwork(t, r)
		s := &spec.Spec{Margin: 0.125}
		for range 4 {
			x := make([]float64, net.InDim())
			for i := range x {
				x[i] = r.NormFloat64()
			}
			s.Items = append(s.Items, pointItem(class(r.IntN(net.OutDim())), x...))
		}
		layer := 1 + r.IntN(len(net.Layers()))
		one := mustRun(t, net, s, Options{Layer: layer, Workers: 1})
		many := mustRun(t, net, s, Options{Layer: layer, Workers: 3, MaxBytes: 1e6})
		if one.Status != many.Status || one.Objective != many.Objective || one.LowerBound != many.LowerBound {
			t.Errorf("seed %d: %s %v with one worker, %s %v with three", seed, one.Status, one.Objective, many.Status, many.Objective)
		}
		if one.Change == nil || many.Change == nil {
			continue
		}
		repaired++
		if !slices.Equal(one.Change.Weight.Data, many.Change.Weight.Data) || !slices.Equal(one.Change.Bias, many.Change.Bias) {
			t.Errorf("seed %d: the changes differ", seed)
		}
	}
	if repaired < 3 {
		t.Errorf("%d repaired, too few to say much", repaired)
	}
}

// TestConvIsDense repairs a convolution, and the dense layer with the same matrix
// in which only the free parameters' ties are missing: the convolution, whose
// parameters are shared, has no smaller change in the largest norm.
func TestConvIsDense(t *testing.T) {
	compared := 0
	for seed := range uint64(30) {
		r := random(seed + 300)
		conv := randomConv(r, 2, square(1, 3, 2, 1, 0), 1)
		last := randomDense(r, 3, 8, false)
		a, b := chain(t, 9, conv, nn.ReLU(), last), chain(t, 9, expanded(conv), nn.ReLU(), last)
		s := &spec.Spec{Margin: 0.125}
		for range 3 {
			x := make([]float64, 9)
			for i := range x {
				x[i] = r.NormFloat64()
			}
			s.Items = append(s.Items, pointItem(class(r.IntN(3)), x...))
		}
		shared, free := mustRun(t, a, s, Options{Layer: 1, Norm: Linf}), mustRun(t, b, s, Options{Layer: 1, Norm: Linf})
		if shared.Network == nil || free.Network == nil {
			if shared.Network != nil && free.Status == Infeasible {
				t.Errorf("seed %d: the convolution is repaired, the dense layer infeasible", seed)
			}
			continue
		}
		compared++
		if free.LowerBound > shared.Objective*(1+1e-9) {
			t.Errorf("seed %d: the dense layer needs %g, the convolution %g", seed, free.LowerBound, shared.Objective)
		}
	}
	if compared < 3 {
		t.Errorf("%d compared, too few to say much", compared)
	}
}

// expanded is the dense layer that computes a convolution.
func expanded(c *nn.Conv) *nn.Dense {
	in := c.Channels * c.In[0] * c.In[1]
	out := c.Weight.Rows * c.Positions()
	d := &nn.Dense{Params: nn.Params{Weight: nn.NewMatrix(out, in), Bias: make([]float64, out)}}
	y := nn.NewMatrix(1, out)
	c.Forward(y, []nn.Matrix{nn.NewMatrix(1, in)}, nn.ValueChannel, true, 1)
	copy(d.Bias, y.Row(0))
	for i := range in {
		x := nn.NewMatrix(1, in)
		x.Row(0)[i] = 1
		c.Forward(y, []nn.Matrix{x}, nn.ValueChannel, false, 1)
		for o, v := range y.Row(0) {
			d.Weight.Row(o)[i] = v
		}
	}
	return d
}
