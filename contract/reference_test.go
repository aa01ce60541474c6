package contract

import (
	"encoding/json"
	"math"
	"os"
	"testing"

	"github.com/netmend/netmend/internal/shared"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/set"
)

// boxOf converts a list of pairs.
func boxOf(pairs [][2]float64) set.Box {
	var b set.Box
	for _, p := range pairs {
		b.Lo, b.Hi = append(b.Lo, p[0]), append(b.Hi, p[1])
	}
	return b
}

// dense is a dense node behind the one before it.
func dense(t testing.TB, before int, w [][]float64, b []float64) nn.Node {
	t.Helper()
	m, err := nn.MatrixOf(w)
	if err != nil {
		t.Fatal(err)
	}
	return nn.Node{Name: "dense", Inputs: []int{before}, Op: &nn.Dense{Params: nn.Params{Weight: m, Bias: b}}}
}

func network(t testing.TB, inputs int, nodes ...nn.Node) *nn.Network {
	t.Helper()
	n, err := nn.New(nodes, []int{inputs}, nn.Meta{})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// TestXOR reproduces every iteration of the experiment with the XOR network
// (Section 3.3, Figure 8), computed independently.
func TestXOR(t *testing.T) {
	text, err := os.ReadFile(shared.Path(t, "reference", "preimage", "xor_forward_backward.json"))
	if err != nil {
		t.Fatal(err)
	}
	var reference struct {
		Network struct {
			W [][][]float64
			B [][]float64
		}
		Scenarios []struct {
			Name       string
			Iterations []struct{ X, Hidden, Y [][2]float64 }
		}
	}
	if err := json.Unmarshal(text, &reference); err != nil {
		t.Fatal(err)
	}
	w, b := reference.Network.W, reference.Network.B
	net := network(
		t, 2,
		dense(t, nn.Input, w[0], b[0]), nn.Node{Inputs: []int{0}, Op: nn.Sigmoid()},
		dense(t, 1, w[1], b[1]), nn.Node{Inputs: []int{2}, Op: nn.Sigmoid()},
	)
	if len(reference.Scenarios) != 5 {
		t.Fatalf("%d scenarios, want 5", len(reference.Scenarios))
	}
	for _, s := range reference.Scenarios {
		t.Run(s.Name, func(t *testing.T) {
			start := s.Iterations[0]
			r, err := Run(t.Context(), net, Set{Box: boxOf(start.X)}, Set{Box: boxOf(start.Y)}, Options{})
			if err != nil {
				t.Fatal(err)
			}
			if s.Iterations[1].X == nil {
				if r.Outcome != Incompatible || len(r.States) != 1 || r.Conflict != 3 {
					t.Fatalf("%v at node %d after %d iterations, want a proof at the output in the first", r.Outcome, r.Conflict, len(r.States)-1)
				}
				return
			}
			if r.Outcome != FixedPoint {
				t.Errorf("outcome %v after %d iterations", r.Outcome, len(r.States)-1)
			}
			for k, want := range s.Iterations {
				state := r.States[min(k, len(r.States)-1)]
				same(t, k, "input", state.Input, want.X)
				same(t, k, "hidden", state.Nodes[1], want.Hidden)
				same(t, k, "output", state.Nodes[3], want.Y)
			}
		})
	}
}

// same compares a box with the reference, which has nine digits.
func same(t *testing.T, iteration int, what string, got set.Box, want [][2]float64) {
	t.Helper()
	for j, w := range want {
		if math.Abs(got.Lo[j]-w[0]) > 1e-8 || math.Abs(got.Hi[j]-w[1]) > 1e-8 {
			t.Errorf("iteration %d, %s %d: %v, want %v", iteration, what, j, got.Interval(j), w)
		}
	}
}
