package proof

import (
	"math/big"
	"strings"
	"testing"

	"github.com/netmend/netmend/cert"
	"github.com/netmend/netmend/internal/treetest"
	"github.com/netmend/netmend/nn"
)

// hat is ReLU(x1 + x2) - 1/2 with a value channel that has 3 x1 in place of x1.
func hat(t *testing.T, decoupled bool) *nn.Network {
	t.Helper()
	params := func(w ...float64) nn.Params {
		return nn.Params{Weight: nn.Matrix{Rows: 1, Cols: len(w) - 1, Stride: len(w) - 1, Data: w[:len(w)-1]}, Bias: w[len(w)-1:]}
	}
	first := &nn.Dense{Params: params(1, 1, 0)}
	if decoupled {
		v := params(3, 1, 0)
		first.Value = &v
	}
	net, err := nn.New([]nn.Node{
		{Inputs: []int{nn.Input}, Op: first},
		{Inputs: []int{0}, Op: nn.ReLU()},
		{Inputs: []int{1}, Op: &nn.Scale{Factor: []float64{1}, Shift: []float64{-0.5}}},
	}, []int{2}, nn.Meta{})
	if err != nil {
		t.Fatal(err)
	}
	return net
}

func TestViolated(t *testing.T) {
	const fixed = "(and (>= X_0 0.1) (<= X_0 0.1) (>= X_1 -1) (<= X_1 1))"
	for _, c := range []struct {
		name, x, y string
		decoupled  bool
		input      []cert.Rational
		margin     string // or part of the error
	}{
		{"a fixed decimal", fixed, "(>= Y_0 0.5)", false, []cert.Rational{"1/10", "1"}, "1/10"},
		{"exactly on the boundary", fixed, "(>= Y_0 0.6)", false, []cert.Rational{"1/10", "1"}, "0"},
		{"strictly", fixed, "(> Y_0 0.6)", false, []cert.Rational{"1/10", "1"}, "does not violate"},
		{"beyond", fixed, "(>= Y_0 0.60000000000000000001)", false, []cert.Rational{"1/10", "1"}, "does not violate"},
		{"the float64 next to the decimal", fixed, "(>= Y_0 0.5)", false, []cert.Rational{cert.NewRational(new(big.Rat).SetFloat64(0.1)), "1"}, "outside [0.1, 0.1]"},
		{"a value channel", fixed, "(>= Y_0 0.75)", true, []cert.Rational{"1/10", "1"}, "1/20"},
		{"its pieces are the activation channel's", fixed, "(<= Y_0 -0.5)", true, []cert.Rational{"1/10", "-1/4"}, "0"},
		{"a tie", fixed, "(>= Y_0 -0.35)", true, []cert.Rational{"1/10", "-1/10"}, "1/20"},
		{"a half-space of inputs", "(and (>= X_0 0) (<= X_0 1) (>= X_1 0) (<= X_1 1) (< (+ X_0 X_1) 0.3))", "(>= Y_0 -1)", false, []cert.Rational{"1/10", "1/5"}, "half-space of the input set"},
		{"too few inputs", fixed, "(>= Y_0 0.5)", false, []cert.Rational{"1/10"}, "has 1 numbers"},
	} {
		margin, err := Violated(hat(t, c.decoupled), treetest.Property(t, 2, 1, c.x, c.y), &cert.PropertyViolated{Input: c.input})
		got := ""
		if err != nil {
			got = err.Error()
		} else {
			got = margin.RatString()
		}
		if got != c.margin && (err == nil || !strings.Contains(got, c.margin)) {
			t.Errorf("%s: %s, want %s", c.name, got, c.margin)
		}
	}
}

// TestViolatedEnclosed has a function without exact values: tanh(0.1) is
// 0.09966799462495581711830508367835...
func TestViolatedEnclosed(t *testing.T) {
	net, err := nn.New([]nn.Node{
		{Inputs: []int{nn.Input}, Op: &nn.Dense{Params: nn.Params{Weight: nn.Matrix{Rows: 1, Cols: 2, Stride: 2, Data: []float64{1, 0}}, Bias: []float64{0}}}},
		{Inputs: []int{0}, Op: nn.Tanh()},
	}, []int{2}, nn.Meta{})
	if err != nil {
		t.Fatal(err)
	}
	const fixed = "(and (>= X_0 0.1) (<= X_0 0.1) (>= X_1 -1) (<= X_1 1))"
	for y, want := range map[string]bool{
		"(>= Y_0 0.0996679946249558171183050)": true, "(>= Y_0 0.0996679946249558171183051)": false,
		"(<= Y_0 0.0996679946249558171183050)": false, "(< Y_0 0.0996679946249558171183051)": true,
	} {
		margin, err := Violated(net, treetest.Property(t, 2, 1, fixed, y), &cert.PropertyViolated{Input: []cert.Rational{"1/10", "0"}})
		if (err == nil) != want || want && (margin.Sign() <= 0 || margin.Cmp(big.NewRat(1, 1e18)) > 0) {
			t.Errorf("%s: %v, %v", y, margin, err)
		}
	}
}
