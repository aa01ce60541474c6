package repair

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

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
		c.Bias = append(c.Bias, r.NormFloat64()/2)
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

// randomConvNetwork has two or three convolutions, one of them perhaps in groups,
// and a dense layer or a global average at the end.
func randomConvNetwork(t testing.TB, r *rand.Rand) *nn.Network {
	t.Helper()
	groups := 1 + r.IntN(2)
	first := randomConv(r, 2, square(1+r.IntN(2), 4, 3, 1, 1), 1)
	second := randomConv(r, 2, square(2, 4, 2, 2, 0), groups)
	ops := []nn.Op{first, nn.ReLU(), second, nn.ReLU()}
	if r.IntN(2) == 0 {
		ops = append(ops, randomDense(r, 3, 8, false))
	} else {
		ops = append(ops, randomConv(r, 3, square(2, 2, 1, 1, 0), 1), nn.ReLU(), randomMeans(3, 4))
	}
	return chain(t, first.Channels*16, ops...)
}

// randomMeans averages each of so many channels over so many positions.
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
		case Unknown:
			t.Logf("%s: %s (oracle: feasible %v)", name, res.Reason, feasible)
		case Infeasible:
			if v := exactFarkas(res.Farkas, res.Bound, tr.free); feasible || v.Sign() >= 0 {
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
