package proof_test

import (
	"math"
	"testing"

	"github.com/netmend/netmend/cert"
	"github.com/netmend/netmend/internal/treetest"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/proof"
	"github.com/netmend/netmend/set"
	"github.com/netmend/netmend/spec"
)

// TestNotFinite: nothing is decided of networks with a parameter that is not a number (which
// nn.New refuses, but a copy may have), nor of an infinite margin.
func TestNotFinite(t *testing.T) {
	s := &spec.Spec{Items: []spec.Item{{Name: "point", Point: []float64{0}}}}
	s.Items[0].Output.HalfSpaces = []set.HalfSpace{{Normal: []float64{1}, Offset: 10}}
	for _, v := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		for node := range 3 {
			net := treetest.Network(t, []int{1, 2, 1}, false, func() float64 { return 0.5 }, nn.ReLU).Clone()
			switch op := net.Nodes[node].Op.(type) {
			case *nn.Dense:
				p := op.Clone()
				p.Weight.Data[0] = v
				net.Nodes[node].Op = &nn.Dense{Params: p}
			default:
				net.Nodes[node].Op = &nn.Piecewise{Breaks: []float64{0}, Slope: []float64{0, 1}, Offset: []float64{0, v}}
			}
			if r, err := proof.Check(t.Context(), net, s, proof.Options{}); err == nil && r.Status != proof.StatusUnknown {
				t.Errorf("%v in node %d: %s", v, node, r.Status)
			}
			p := treetest.Property(t, 1, 1, "(and (>= X_0 0) (<= X_0 1))", "(<= Y_0 10)")
			if _, err := proof.Holds(t.Context(), net, p, &cert.PropertyHolds{Trees: []cert.Tree{{7, 0}}}, 1); err == nil {
				t.Errorf("%v in node %d: holds", v, node)
			}
		}
	}
	net := treetest.Network(t, []int{1, 2, 1}, false, func() float64 { return 0.5 }, nn.ReLU)
	for _, margin := range []float64{math.Inf(1), math.NaN(), -1} {
		if r, err := proof.Check(t.Context(), net, s, proof.Options{Margin: &margin}); err == nil {
			t.Errorf("margin %v: %s", margin, r.Status)
		}
	}
}
