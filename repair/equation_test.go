package repair_test

import (
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/proof"
	"github.com/netmend/netmend/repair"
	"github.com/netmend/netmend/spec"
)

// Equations that numbers of the type can meet are met, in layers of more parameters than
// are searched otherwise too: with eighths for weights and quarters for inputs there are
// such numbers.
func TestEquations(t *testing.T) {
	r := rand.New(rand.NewPCG(41, 7))
	params := func(rows, cols int) nn.Params {
		p := nn.Params{Weight: nn.NewMatrix(rows, cols), Bias: make([]float64, rows)}
		for i := range p.Weight.Data {
			p.Weight.Data[i] = float64(r.IntN(17)-8) / 8
		}
		for i := range p.Bias {
			p.Bias[i] = float64(r.IntN(17)-8) / 8
		}
		return p
	}
	for i := range 8 {
		width := []int{4, 24}[i%2]
		net, err := nn.New([]nn.Node{
			{Inputs: []int{nn.Input}, Op: &nn.Dense{Params: params(width, 2)}},
			{Inputs: []int{0}, Op: nn.ReLU()},
			{Inputs: []int{1}, Op: &nn.Dense{Params: params(width, width)}},
			{Inputs: []int{2}, Op: nn.ReLU()},
			{Inputs: []int{3}, Op: &nn.Dense{Params: params(2, width)}},
		}, []int{2}, nn.Meta{DType: nn.Float32})
		if err != nil {
			t.Fatal(err)
		}
		x := []float64{float64(r.IntN(9)) / 4, float64(r.IntN(9)) / 4}
		y, err := proof.Evaluate(net, []*big.Rat{new(big.Rat).SetFloat64(x[0]), new(big.Rat).SetFloat64(x[1])})
		if err != nil {
			t.Fatal(err)
		}
		it := spec.Item{Name: "point", Point: x}
		for k := range y {
			v, _ := y[k].Float64()
			v += float64(r.IntN(9)-4) / 8
			it.Output.Bounds = append(it.Output.Bounds, spec.Bound{Output: k, Lower: v, Upper: v})
		}
		s := &spec.Spec{Items: []spec.Item{it}}
		res, err := repair.Run(t.Context(), net, s, repair.Options{Layer: 3 - i%4/3, DType: nn.Float32, Norm: []repair.Norm{repair.L1, repair.Linf}[i/4%2]})
		if err != nil {
			t.Fatal(err)
		}
		if res.Status != repair.Repaired && res.Status != repair.Infeasible || res.DType != nn.Float32 {
			t.Errorf("network %d, width %d: %s in %v: %s", i, width, res.Status, res.DType, res.Reason)
		}
	}
}
