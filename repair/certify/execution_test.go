package certify_test

import (
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/netmend/netmend/cert"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/proof"
	"github.com/netmend/netmend/repair"
	"github.com/netmend/netmend/repair/certify"
	"github.com/netmend/netmend/spec"
)

// A claim about executions is accepted if it can be shown, and no stronger one.
func TestCheckExecution(t *testing.T) {
	p := nn.Params{Weight: nn.NewMatrix(1, 1), Bias: []float64{1}}
	p.Weight.Data[0] = 2
	net, err := nn.New([]nn.Node{{Inputs: []int{nn.Input}, Op: &nn.Dense{Params: p}}}, []int{1}, nn.Meta{DType: nn.Float32})
	if err != nil {
		t.Fatal(err)
	}
	s := &spec.Spec{Items: []spec.Item{{
		Name: "point", Point: []float64{0.1},
		Output: spec.Output{Bounds: []spec.Bound{{Output: 0, Lower: 1, Upper: 2}}},
	}}}
	r, err := repair.Check(t.Context(), net, s, repair.Options{DType: nn.Float32, Executed: true})
	if err != nil {
		t.Fatal(err)
	}
	shown := r.Execution.MarginReached
	if !(shown > 0.19 && shown < 0.2) {
		t.Fatalf("margin %g, want a little less than 0.2", shown)
	}
	check := certify.CheckExecution(1)
	for _, c := range []struct {
		claim             cert.Execution
		accepted, unknown bool
	}{
		{cert.Execution{DType: "float32", Ulps: 1.5, MarginReached: shown}, true, false},
		{cert.Execution{DType: "float32", Ulps: 0.5, MarginReached: 0.1}, true, false},
		{cert.Execution{DType: "float32", Ulps: 1.5, MarginReached: 0.2}, false, true},
		{cert.Execution{DType: "float32", Ulps: 2, MarginReached: 0.1}, false, true},
		{cert.Execution{DType: "float64", Ulps: 1.5, MarginReached: 0.1}, false, false},
		{cert.Execution{DType: "float16", Ulps: 1.5, MarginReached: 0.1}, false, false},
	} {
		err := check(t.Context(), net, s, &c.claim)
		if (err == nil) != c.accepted || errors.Is(err, proof.ErrUnknown) != c.unknown {
			t.Errorf("%+v: %v", c.claim, err)
		}
	}
}

// TestExecutionMutations changes what a certificate of a repair claims of executions:
// it is accepted for nothing more than was shown.
func TestExecutionMutations(t *testing.T) {
	p := nn.Params{Weight: nn.NewMatrix(1, 1), Bias: []float64{0.125}}
	p.Weight.Data[0] = 1
	net, err := nn.New([]nn.Node{{Inputs: []int{nn.Input}, Op: &nn.Dense{Params: p}}}, []int{1}, nn.Meta{DType: nn.Float32})
	if err != nil {
		t.Fatal(err)
	}
	s := &spec.Spec{Margin: 0.125, Items: []spec.Item{{
		Name: "point", Point: []float64{0.1},
		Output: spec.Output{Bounds: []spec.Bound{{Output: 0, Lower: 1, Upper: 2}}},
	}}}
	opt := repair.Options{Layer: 1, DType: nn.Float32, Executed: true}
	r, err := repair.Run(t.Context(), net, s, opt)
	if err != nil || r.Network == nil {
		t.Fatalf("%+v, %v", r, err)
	}
	c, err := certify.New(t.Context(), net, r.Network, s, r, opt)
	if err != nil || c.Repair.Execution == nil {
		t.Fatalf("%+v, %v", c, err)
	}
	shown := *c.Repair.Execution
	rng := rand.New(rand.NewPCG(1, 5))
	accepted := 0
	for range 1000 {
		claim := shown
		switch rng.IntN(4) {
		case 0:
			claim.Ulps = float64(claim.Ulps * (1 + math.Ldexp(rng.NormFloat64(), -rng.IntN(52))))
		case 1:
			claim.MarginReached = float64(claim.MarginReached * (1 + math.Ldexp(rng.NormFloat64(), -rng.IntN(52))))
		case 2:
			claim.DType = []string{"float16", "float32", "float64", "Float32", ""}[rng.IntN(5)]
		default:
			claim.Ulps, claim.MarginReached = float64(2*rng.Float64()), rng.Float64()
		}
		changed, body := *c, *c.Repair
		changed.Repair, body.Execution = &body, &claim
		_, err := proof.CheckRepair(t.Context(), &changed, net, r.Network, s, proof.Options{Workers: 1, Execution: certify.CheckExecution(1)})
		if err != nil {
			continue
		}
		accepted++
		if claim.DType != shown.DType || claim.Ulps > shown.Ulps || claim.MarginReached > shown.MarginReached {
			t.Errorf("accepted: %+v, shown was %+v", claim, shown)
		}
	}
	if accepted < 100 || accepted > 900 {
		t.Errorf("%d of 1000 are accepted: this tests nothing", accepted)
	}
	if _, err := proof.CheckRepair(t.Context(), c, net, r.Network, s, proof.Options{}); !errors.Is(err, proof.ErrUnknown) {
		t.Errorf("without a checker of executions: %v", err)
	}
}

// TestOriginal: a certificate is about the network, or about what a file of float32 numbers
// holds of it, and else about nothing that is at hand.
func TestOriginal(t *testing.T) {
	build := func(weight float64) *nn.Network {
		p := nn.Params{Weight: nn.Matrix{Rows: 1, Cols: 1, Stride: 1, Data: []float64{weight}}, Bias: []float64{0}}
		net, err := nn.New([]nn.Node{{Inputs: []int{nn.Input}, Op: &nn.Dense{Params: p}}}, []int{1}, nn.Meta{})
		if err != nil {
			t.Fatal(err)
		}
		return net
	}
	third := build(1.0 / 3)
	for _, c := range []struct {
		weight  float64
		rounded string
		same    bool
	}{
		{1.0 / 3, "", true},
		{float64(float32(1.0 / 3)), "float32", false},
		{0.25, "", true},
	} {
		content, err := proof.NetworkDigest(build(c.weight))
		if err != nil {
			t.Fatal(err)
		}
		got, rounded, err := certify.Original(third, content)
		if err != nil || rounded != c.rounded || (got == third) != c.same {
			t.Errorf("weight %g: rounded to %q, %v", c.weight, rounded, err)
		}
		if d, err := proof.NetworkDigest(got); err != nil || c.rounded != "" && d != content {
			t.Errorf("weight %g: %v, another content", c.weight, err)
		}
	}
}
