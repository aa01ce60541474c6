package repair

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/netmend/netmend/nn"
)

// randomSelectionNetwork has a max pool or a maximum of two branches between dense
// layers.
func randomSelectionNetwork(t testing.TB, r *rand.Rand, in, out int, whole integers) *nn.Network {
	t.Helper()
	first, last := randomDense(r, 6, in, whole), func(dim int) *nn.Dense { return randomDense(r, out, dim, whole) }
	if r.IntN(2) == 0 {
		pool := &nn.MaxPool{Window: nn.Window{
			Channels: 1, In: [2]int{1, 6}, Kernel: [2]int{1, 3}, Stride: [2]int{1, 1 + r.IntN(2)}, Dilation: [2]int{1, 1}, After: [2]int{0, 1},
		}}
		return chain(t, in, first, pool, last(pool.Positions()))
	}
	net, err := nn.New([]nn.Node{
		{Inputs: []int{nn.Input}, Op: first},
		{Inputs: []int{0}, Op: nn.ReLU()},
		{Inputs: []int{1}, Op: randomDense(r, 6, 6, whole)},
		{Inputs: []int{2, 1}, Op: &nn.Max{Inputs: 2, Dim: 6}},
		{Inputs: []int{3}, Op: last(6)},
	}, []int{in}, nn.Meta{})
	if err != nil {
		t.Fatal(err)
	}
	return net
}

// TestSelectionRepairs repairs random networks with maxima on segments, polygons
// and points: the optimum is that of all rows of the lowered network, and the
// repaired network, whose maxima are still there, holds, also in ONNX Runtime.
func TestSelectionRepairs(t *testing.T) {
	trials := 200
	if testing.Short() {
		trials = 40
	}
	count := map[Status]int{}
	for seed := range uint64(trials) {
		r := random(seed + 5000)
		whole := integers(seed%2 == 0)
		in, out := 1+r.IntN(3), 1+r.IntN(3)
		net := randomSelectionNetwork(t, r, in, out, whole)
		center, err := net.EvalPoint(make([]float64, in))
		if err != nil {
			t.Fatal(err)
		}
		tr := &trial{spec: randomSpec(t, r, in, out, center, whole)}
		tr.opt = Options{
			Layer: 1 + r.IntN(len(net.Layers())), Norm: []Norm{L1, Linf}[r.IntN(2)], Bound: 3, Free: Free{Kind: FreeAll},
		}.filled(t)
		if tr.result, err = Run(t.Context(), net, tr.spec, tr.opt); err != nil {
			t.Fatal(err)
		}
		low := net
		if tr.spec.Polytopes() {
			low = net.LowerSelections()
		}
		tr.problem = newTestProblem(t, low, tr.spec, tr.opt)
		if tr.free, err = tr.opt.Free.Mask(tr.problem.op.params()); err != nil {
			t.Fatal(err)
		}
		name := fmt.Sprintf("seed %d (%s, layer %d)", seed, tr.opt.Norm, tr.opt.Layer)
		res := tr.result
		count[res.Status]++
		rows := allRows(t, tr.problem, tr.opt.Layer)
		want, feasible, err := oracle(rows, newNorm(tr.opt, len(rows[0].a)), tr.opt.Bound, tr.free)
		switch {
		case err != nil:
		case res.Status == Unknown || res.Status == Found:
			t.Logf("%s: %s %s", name, res.Status, res.Reason)
		case res.Status == Infeasible:
			if feasible && res.Contradiction.Sign() < 0 { // else by ties, which the oracle allows
				t.Errorf("%s: infeasible, the oracle has objective %g", name, want)
			}
		default:
			if res.Network.SelectionNode() < 0 || !res.Network.Decoupled() && res.Objective > 0 {
				t.Errorf("%s: the repaired network is not the original's kind", name)
			}
			tr.checkRepaired(t, name, want, feasible, whole)
		}
	}
	t.Log(count)
	if count[Repaired] < trials/4 || count[Unknown]+count[Found] > 1+trials/20 {
		t.Errorf("%v: too few repairs, or too many without an answer", count)
	}
}
