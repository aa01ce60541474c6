package nn_test

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/netmend/netmend/internal/nntest"
	"github.com/netmend/netmend/nn"
)

// affineMapNetwork is a random decoupled network with every piecewise-affine
// activation and a scaling.
func affineMapNetwork(t *testing.T, r *rand.Rand) *nn.Network {
	t.Helper()
	params := func(out, in int) nn.Params { return nntest.Params(r, out, in) }
	clip, err := nn.Clip(-1, 0.5)
	if err != nil {
		t.Fatal(err)
	}
	value := params(5, 6)
	ops := []nn.Op{
		&nn.Scale{Factor: []float64{2, 3, 0.5}, Shift: []float64{1, 0, -1}},
		&nn.Dense{Params: params(6, 3)}, nn.ReLU(),
		&nn.Dense{Params: params(5, 6), Value: &value}, nn.HardTanh(),
		&nn.Dense{Params: params(4, 5)}, nn.LeakyReLU(0.1),
		&nn.Dense{Params: params(4, 4)}, clip, nn.IdentityActivation(),
		&nn.Dense{Params: params(2, 4)},
	}
	var nodes []nn.Node
	for i, op := range ops {
		nodes = append(nodes, nn.Node{Inputs: []int{i - 1}, Op: op})
	}
	n, err := nn.New(nodes, []int{3}, nn.Meta{})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// TestAffineMap compares the map of the pattern that executes at a point with
// the network's output there (Definition 4.3).
func TestAffineMap(t *testing.T) {
	for seed := range uint64(20) {
		r := rand.New(rand.NewPCG(seed, 2))
		n := affineMapNetwork(t, r)
		x := []float64{r.NormFloat64(), r.NormFloat64(), r.NormFloat64()}
		a, b, err := n.AffineMap(n.PatternsAt(nn.RowMatrix(x), 1)[0])
		if err != nil {
			t.Fatal(err)
		}
		if a.Rows != 2 || a.Cols != 3 || len(b) != 2 {
			t.Fatalf("the map is %d x %d with %d constants, want 2 x 3 with 2", a.Rows, a.Cols, len(b))
		}
		want, err := n.EvalPoint(x)
		if err != nil {
			t.Fatal(err)
		}
		for i := range want {
			got := b[i]
			for k, v := range x {
				got += float64(a.Row(i)[k] * v)
			}
			if math.Abs(got-want[i]) > 1e-12*(1+math.Abs(want[i])) {
				t.Errorf("seed %d: output %d is %v, by the map %v", seed, i, want[i], got)
			}
		}
	}
}

// TestAffineMapAlong checks row 0 + Σ t_k row k against the map in the input
// space.
func TestAffineMapAlong(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 3))
	n := affineMapNetwork(t, r)
	p := make(nn.Pattern, n.PatternLen())
	for u := range p {
		p[u] = uint8(r.IntN(2)) // no matter whether it occurs
	}
	for i, node := range n.Nodes {
		if from, to := n.Units(i); node.Op.Kind() == nn.KindIdentity {
			clear(p[from:to])
		}
	}
	a, b, err := n.AffineMap(p)
	if err != nil {
		t.Fatal(err)
	}
	axes, err := nn.MatrixOf([][]float64{{1, 2, 3}, {0, 1, -1}, {2, 0, 0.5}})
	if err != nil {
		t.Fatal(err)
	}
	along, err := n.AffineMapAlong(p, axes)
	if err != nil {
		t.Fatal(err)
	}
	for k := range axes.Rows {
		for i := range b {
			want := 0.0
			if k == 0 {
				want = b[i]
			}
			for c, v := range axes.Row(k) {
				want += float64(a.Row(i)[c] * v)
			}
			if got := along.Row(k)[i]; math.Abs(got-want) > 1e-12*(1+math.Abs(want)) {
				t.Errorf("row %d, output %d: %v, want %v", k, i, got, want)
			}
		}
	}
}

func TestAffineMapRefused(t *testing.T) {
	n := affineMapNetwork(t, rand.New(rand.NewPCG(1, 4)))
	smooth, err := nn.New([]nn.Node{{Name: "act", Inputs: []int{nn.Input}, Op: nn.Tanh()}}, []int{1}, nn.Meta{})
	if err != nil {
		t.Fatal(err)
	}
	bad := make(nn.Pattern, n.PatternLen())
	bad[3] = 2
	for _, test := range []struct {
		name string
		net  *nn.Network
		p    nn.Pattern
		want string
	}{
		{"short", n, make(nn.Pattern, 1), "pattern of 1 units"},
		{"piece", n, bad, "piece 2 for unit 3 of node 2"},
		{"smooth", smooth, make(nn.Pattern, 1), `node 0 (Tanh "act") is not piecewise affine`},
	} {
		if _, _, err := test.net.AffineMap(test.p); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: error %v, want %q", test.name, err, test.want)
		}
	}
	if _, err := n.AffineMapAlong(make(nn.Pattern, n.PatternLen()), nn.NewMatrix(2, 2)); err == nil {
		t.Error("axes of 2 numbers for 3 inputs are accepted")
	}
}
