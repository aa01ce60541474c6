package verify

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/netmend/netmend/nn"
)

// TestMaxima compares verdicts on networks with a max pool with dense samples.
func TestMaxima(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 9))
	for trial := range 20 {
		first, last := randomNetwork(t, random, []int{2, 6}, trial%3 == 0), randomNetwork(t, random, []int{4, 2}, trial%3 == 0)
		net, err := nn.New([]nn.Node{
			{Inputs: []int{nn.Input}, Op: first.Nodes[0].Op},
			{Inputs: []int{0}, Op: &nn.MaxPool{Window: nn.Window{
				Channels: 2, In: [2]int{1, 3}, Kernel: [2]int{1, 2}, Stride: [2]int{1, 1}, Dilation: [2]int{1, 1},
			}}},
			{Inputs: []int{1}, Op: last.Nodes[0].Op},
		}, []int{2}, nn.Meta{})
		if err != nil {
			t.Fatal(err)
		}
		most := math.Inf(-1)
		for i := range 41 {
			for k := range 41 {
				y, err := net.EvalPoint([]float64{-1 + float64(i)/20, -1 + float64(k)/20})
				if err != nil {
					t.Fatal(err)
				}
				most = max(most, y[0]-y[1])
			}
		}
		for shift, want := range map[float64]Verdict{-0.01: Violated, 20: Holds} {
			text := fmt.Sprintf("(assert (and (>= X_0 -1) (<= X_0 1) (>= X_1 -1) (<= X_1 1) (>= Y_0 (+ Y_1 %v))))", format(most+shift))
			if r := mustDecide(t, net, property(t, 2, 2, text), Options{}); r.Verdict != want {
				t.Errorf("trial %d: %v (%s), want %v", trial, r.Verdict, r.Reason, want)
			}
		}
	}
}
