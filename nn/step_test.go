package nn_test

import (
	"testing"

	"github.com/netmend/netmend/nn"
)

func TestStep(t *testing.T) {
	y := make([]float64, 5)
	nn.Step().Apply(y, []float64{-1, -5e-324, 0, 5e-324, 3})
	for i, want := range []float64{0, 0, 1, 1, 1} {
		if y[i] != want {
			t.Errorf("value %d is %v, want %v", i, y[i], want)
		}
	}
}

func TestContinuous(t *testing.T) {
	clip, err := nn.Clip(-0.3, 1e6)
	if err != nil {
		t.Fatal(err)
	}
	sixth := float64(float32(1) / 6)
	for _, test := range []struct {
		name string
		f    *nn.Piecewise
		want bool
	}{
		{"ReLU", nn.ReLU(), true},
		{"leaky ReLU", nn.LeakyReLU(0.1), true},
		{"hard tanh", nn.HardTanh(), true},
		{"clip", clip, true},
		{"identity", nn.IdentityActivation(), true},
		{"step", nn.Step(), false},
		{"hard sigmoid, its slope rounded to float32", &nn.Piecewise{Breaks: []float64{-3, 3}, Slope: []float64{0, sixth, 0}, Offset: []float64{0, 0.5, 1}}, true},
		{"a small step", &nn.Piecewise{Breaks: []float64{2}, Slope: []float64{1, 1}, Offset: []float64{0, 1e-3}}, false},
	} {
		if got := test.f.Continuous(); got != test.want {
			t.Errorf("%s: %v, want %v", test.name, got, test.want)
		}
	}
}

func TestDiscontinuousNode(t *testing.T) {
	one, err := nn.MatrixOf([][]float64{{1}})
	if err != nil {
		t.Fatal(err)
	}
	nodes := []nn.Node{
		{Inputs: []int{nn.Input}, Op: nn.ReLU()},
		{Inputs: []int{0}, Op: &nn.Dense{Params: nn.Params{Weight: one, Bias: []float64{-1}}}},
		{Inputs: []int{1}, Op: nn.Step()},
	}
	for n, want := range map[int]int{1: -1, 2: -1, 3: 2} {
		net, err := nn.New(nodes[:n], []int{1}, nn.Meta{})
		if err != nil {
			t.Fatal(err)
		}
		if got := net.DiscontinuousNode(); got != want {
			t.Errorf("of %d nodes: %d, want %d", n, got, want)
		}
	}
}
