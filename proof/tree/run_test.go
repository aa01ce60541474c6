package tree

import (
	"testing"

	"github.com/netmend/netmend/cert"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/set"
)

// FuzzRun: no steps prove what is false, and none make the checker panic.
func FuzzRun(f *testing.F) {
	params := func(rows, cols int, numbers ...float64) nn.Params {
		return nn.Params{
			Weight: nn.Matrix{Rows: rows, Cols: cols, Stride: cols, Data: numbers[:rows*cols]}, Bias: numbers[rows*cols:],
		}
	}
	// A hard tanh of x1 - x2 plus |x1|, and the value channel half of that.
	value := params(1, 3, 0.5, 0.5, 0.5, 0)
	net, err := nn.New([]nn.Node{
		{Inputs: []int{nn.Input}, Op: &nn.Dense{Params: params(3, 2, 1, 0, -1, 0, 1, -1, 0, 0, 0.5)}},
		{Inputs: []int{0}, Op: nn.ReLU()},
		{Inputs: []int{1}, Op: nn.HardTanh()},
		{Inputs: []int{2}, Op: &nn.Dense{Params: params(1, 3, 1, 1, 1, 0), Value: &value}},
	}, []int{2}, nn.Meta{})
	if err != nil {
		f.Fatal(err)
	}
	y, err := net.EvalPoint([]float64{1, 0})
	if err != nil {
		f.Fatal(err)
	}
	p := &Problem{
		Net: net, Lo: []float64{-1, -1}, Hi: []float64{1, 1},
		Cuts:  []set.HalfSpace{{Normal: []float64{1, 1}, Offset: 1.5}},
		Terms: [][]set.HalfSpace{{{Normal: []float64{-1}, Offset: -y[0]}}, {{Normal: []float64{-1}, Offset: -5}}},
	}
	ws := []cert.Weight{{Row: 0, Value: 1}}
	var steps []byte
	for _, s := range []cert.Step{
		{Kind: cert.Close, Index: 1, Columns: ws},
		{Kind: cert.Split, Index: 2},
		{Kind: cert.High, Index: 0, Rows: ws},
		{Kind: cert.Floor, Index: 1, Rows: []cert.Weight{{Row: 1, Value: 0.3}}},
		{Kind: cert.Close, Columns: ws, Rows: ws},
		{Kind: cert.Ceil, Index: 4, Rows: ws},
		{Kind: cert.Split, Index: 5, Level: 1},
		{Kind: cert.Empty, Rows: []cert.Weight{{Row: 2, Value: 1e300}, {Row: 0, Value: 0.1}}},
	} {
		steps = cert.AppendStep(steps, &s)
		f.Add(steps)
	}
	f.Fuzz(func(t *testing.T, steps []byte) {
		if _, err := Run(t.Context(), p, steps); err == nil {
			t.Errorf("a false claim is proven by %q", steps)
		}
	})
}
