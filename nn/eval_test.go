package nn_test

import (
	"errors"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/netmend/netmend/internal/nntest"
	"github.com/netmend/netmend/internal/within"
	"github.com/netmend/netmend/nn"
)

// branched has branches before and behind layers, values that nothing uses, and a
// node that takes a value twice.
func branched(t testing.TB, r *rand.Rand) *nn.Network {
	t.Helper()
	n, err := nn.New([]nn.Node{
		{Inputs: []int{nn.Input}, Op: &nn.Dense{Params: nntest.Params(r, 6, 4)}}, // 0
		{Inputs: []int{0}, Op: nn.ReLU()},                                        // 1
		{Inputs: []int{nn.Input}, Op: &nn.Dense{Params: nntest.Params(r, 6, 4)}}, // 2
		{Inputs: []int{1}, Op: &nn.Dense{Params: nntest.Params(r, 3, 6)}},        // 3: of no use
		{Inputs: []int{1, 2}, Op: &nn.Sum{Coefficients: []float64{1, -1}}},       // 4
		{Inputs: []int{4}, Op: nn.LeakyReLU(0.25)},                               // 5
		{Inputs: []int{5, 5}, Op: &nn.Sum{Coefficients: []float64{1, 2}}},        // 6
		{Inputs: []int{6, 1}, Op: &nn.Max{Inputs: 2, Dim: 6}},                    // 7
		{Inputs: []int{7}, Op: &nn.Dense{Params: nntest.Params(r, 5, 6)}},        // 8
		{Inputs: []int{8}, Op: nn.ReLU()},                                        // 9
		{Inputs: []int{9}, Op: &nn.Dense{Params: nntest.Params(r, 2, 5)}},        // 10
	}, []int{4}, nn.Meta{})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// Eval, which drops values and shares what the channels have in common, gives the
// bits of Run, which keeps everything, on piecewise-affine networks.
func TestEvalIsRun(t *testing.T) {
	r := rand.New(rand.NewPCG(12, 1))
	for trial := range 60 {
		n := branched(t, r)
		if trial%3 == 1 {
			n = selectionNetwork(t, r)
		}
		for _, k := range r.Perm(len(n.Layers()))[:trial%3] {
			_, l, err := n.Layer(k + 1)
			if err != nil {
				t.Fatal(err)
			}
			n = withChange(t, n, k+1, randomLike(r, l), 0.5)
		}
		x := randomPoints(r, 30, n.InDim())
		want := n.Run(x, 1).Output()
		for _, workers := range []int{1, 3} {
			got, err := n.Eval(x, workers)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(got.Data, want.Data) {
				t.Fatalf("trial %d, layers %v, %d workers: Eval gives %v, Run %v", trial, n.RepairedLayers(), workers, got.Data, want.Data)
			}
		}
		if n.EvalRows() != 512 {
			t.Errorf("%d rows at once", n.EvalRows())
		}
	}
}

// Sources is Source of every unit, padding included.
func TestSources(t *testing.T) {
	r := rand.New(rand.NewPCG(12, 2))
	for range 200 {
		w := nn.Window{Channels: 1 + r.IntN(3), In: [2]int{1 + r.IntN(6), 1 + r.IntN(6)}}
		for axis := range 2 {
			w.Kernel[axis], w.Stride[axis], w.Dilation[axis] = 1+r.IntN(3), 1+r.IntN(3), 1+r.IntN(2)
			w.Before[axis], w.After[axis] = r.IntN(w.Kernel[axis]), r.IntN(w.Kernel[axis])
		}
		m := &nn.MaxPool{Window: w}
		dim, err := m.OutDim([]int{w.Channels * w.In[0] * w.In[1]})
		if err != nil {
			continue
		}
		pieces, got := make([]uint8, dim), make([]int32, dim)
		for u := range pieces {
			pieces[u] = uint8(r.IntN(m.Pieces()))
		}
		m.Sources(got, pieces)
		for u, p := range pieces {
			if want := m.Source(u, int(p)); int(got[u]) != want {
				t.Fatalf("%+v: unit %d, piece %d: %d, want %d", w, u, p, got[u], want)
			}
		}
	}
}

// TestEvalWithinMemory: with little memory a batch is evaluated in smaller parts, with
// the same bits, and outputs that do not fit are refused.
func TestEvalWithinMemory(t *testing.T) {
	r := rand.New(rand.NewPCG(12, 3))
	n := branched(t, r)
	x := randomPoints(r, 300, 4)
	want, err := n.Eval(x, 1)
	if err != nil {
		t.Fatal(err)
	}
	refused := errors.New("too much")
	for _, bytes := range []int64{1, 1000, 10000} {
		ctx := within.WithMemory(t.Context(), within.Memory{
			Left: func() int64 { return bytes },
			Need: func(int64, string) error { return nil },
		})
		if y, err := n.EvalContext(ctx, x, 1); err != nil || !slices.Equal(y.Data, want.Data) {
			t.Errorf("%d bytes: other outputs, %v", bytes, err)
		}
	}
	ctx := within.WithMemory(t.Context(), within.Memory{
		Left: func() int64 { return 1000 },
		Need: func(int64, string) error { return refused },
	})
	if _, err := n.EvalContext(ctx, x, 1); !errors.Is(err, refused) {
		t.Errorf("outputs without room: %v", err)
	}
}
