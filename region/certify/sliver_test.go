package certify_test

import (
	"errors"
	"testing"

	"github.com/netmend/netmend/cert"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/proof/tree"
	"github.com/netmend/netmend/region/certify"
	"github.com/netmend/netmend/region/polytope"
	"github.com/netmend/netmend/set"
)

// spike is 0 for x <= 1/2 and for x >= 1/2 + 2^-41, and 1 in the middle between:
// ReLU(z) - 2 ReLU(z - 1) + ReLU(z - 2) for z = 2^42 (x - 1/2).
func spike(t *testing.T) *nn.Network {
	t.Helper()
	const steep = 1 << 42
	first, last := nn.NewMatrix(3, 1), nn.NewMatrix(1, 3)
	copy(first.Data, []float64{steep, steep, steep})
	copy(last.Data, []float64{1, -2, 1})
	net, err := nn.New([]nn.Node{
		{Inputs: []int{nn.Input}, Op: &nn.Dense{Params: nn.Params{Weight: first, Bias: []float64{-steep / 2, -steep/2 - 1, -steep/2 - 2}}}},
		{Inputs: []int{0}, Op: nn.ReLU()},
		{Inputs: []int{1}, Op: &nn.Dense{Params: nn.Params{Weight: last, Bias: []float64{0}}}},
	}, []int{1}, nn.Meta{})
	if err != nil {
		t.Fatal(err)
	}
	return net
}

// TestDroppedSliver: the float64 enumeration takes the spike for one face, narrower than
// its tolerance, and reports that it cannot tell whether the regions beside it reach 1/2.
// An engine that took the same split tree for a proof that they do not would be wrong: its
// certificate is rejected, and so are others that drop the sliver, those that split too
// few of the three units, and those that claim that a unit is fixed or a cell empty. The
// search, which rests on the same solver's tolerances, finds no proof.
func TestDroppedSliver(t *testing.T) {
	net := spike(t)
	if y, err := net.EvalPoint([]float64{0.5 + 0x1p-42}); err != nil || y[0] != 1 {
		t.Fatalf("the spike is %v, %v", y, err)
	}
	p := &tree.Problem{Net: net, Lo: []float64{0}, Hi: []float64{1}, Terms: [][]set.HalfSpace{{{Normal: []float64{-1}, Offset: -0.5}}}}
	r, err := polytope.OnBox(t.Context(), net, p.Lo, p.Hi, polytope.Options{Target: set.Union{set.Whole(1).With(p.Terms[0]...)}, Tree: true}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if leaves := (len(r.Tree) + 1) / 2; leaves >= 4 {
		t.Fatalf("the enumeration has %d leaves: it does not drop the sliver", leaves)
	}
	if _, err := search(t.Context(), p, certify.Options{}); !errors.Is(err, certify.ErrTarget) {
		t.Errorf("search: %v, want ErrTarget", err)
	}
	one := func(rows ...int) []cert.Weight {
		var ws []cert.Weight
		for _, k := range rows {
			ws = append(ws, cert.Weight{Row: k, Value: 1})
		}
		return ws
	}
	split := func(i int) cert.Step { return cert.Step{Kind: cert.Split, Index: i} }
	closed := cert.Step{Kind: cert.Close, Columns: one(0)}
	for name, steps := range map[string][]cert.Step{
		"the enumeration's tree": fromTree(r.Tree),
		"one split":              {split(0), closed, closed},
		"two splits":             {split(0), closed, split(2), {Kind: cert.Empty, Rows: one(0, 1)}, closed},
		"a unit taken as fixed": {
			split(0), closed,
			{Kind: cert.Floor, Index: 1, Rows: one(0)},
			{Kind: cert.Floor, Index: 2, Rows: one(0)},
			closed,
		},
	} {
		var b []byte
		for _, s := range steps {
			b = cert.AppendStep(b, &s)
		}
		if _, err := tree.Run(t.Context(), p, b); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	// Half as high a spike is below 1/2, and provably so.
	p.Terms[0][0].Offset = -1.5
	steps, err := search(t.Context(), p, certify.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tree.Run(t.Context(), p, steps); err != nil {
		t.Error(err)
	}
}

// fromTree are the steps that say what an enumeration's split tree does: every leaf is
// out of the target's reach.
func fromTree(nodes polytope.Tree) []cert.Step {
	var steps []cert.Step
	for _, n := range nodes {
		if n.Leaf == polytope.Inner {
			steps = append(steps, cert.Step{Kind: cert.Split, Index: int(n.Unit), Level: int(n.Break)})
		} else {
			steps = append(steps, cert.Step{Kind: cert.Close, Columns: []cert.Weight{{Row: 0, Value: 1}}})
		}
	}
	return steps
}
