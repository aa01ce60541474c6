package repair_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/netmend/netmend/internal/papertest"
	"github.com/netmend/netmend/metrics"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/repair"
	"github.com/netmend/netmend/spec"
)

// changed is N1 with one change made to a copy of its nodes.
func changed(t *testing.T, change func(nodes []nn.Node)) *nn.Network {
	t.Helper()
	n1 := papertest.Figure3(t)
	nodes := n1.Clone().Nodes
	change(nodes)
	net, err := nn.New(nodes, n1.InputShape, n1.Meta)
	if err != nil {
		t.Fatal(err)
	}
	return net
}

func TestCompare(t *testing.T) {
	net := changed(t, func([]nn.Node) {})
	hidden := net.Nodes[0].Op.(*nn.Dense).Params
	output := net.Nodes[2].Op.(*nn.Dense).Params
	for _, c := range []struct {
		name   string
		change func([]nn.Node)
		differ bool
		values int // layers whose values differ

		largest float64 // difference of constants, -1 where operations differ
	}{
		{"nothing", func([]nn.Node) {}, false, 0, 0},
		{"values of layer 1", func(n []nn.Node) {
			v := hidden.Clone()
			v.Weight.Row(1)[0] += 0.5
			n[0].Op = &nn.Dense{Params: hidden, Value: &v}
		}, false, 1, 0.5},
		{"both channels of layer 1", func(n []nn.Node) {
			v := hidden.Clone()
			v.Bias[2] += 0.5
			n[0].Op = &nn.Dense{Params: v}
		}, true, 1, 0.5},
		{"the last layer, which chooses nothing", func(n []nn.Node) {
			v := output.Clone()
			v.Weight.Row(0)[1] = 7
			n[2].Op = &nn.Dense{Params: v}
		}, false, 1, 8},
		{"another activation", func(n []nn.Node) { n[1].Op = nn.HardTanh() }, true, 0, -1},
		{"other pieces", func(n []nn.Node) { n[1].Op = nn.LeakyReLU(0.25) }, true, 0, 0.25},
	} {
		other := changed(t, c.change)
		compared := repair.Compare(net, other)
		if (len(compared.Differences) > 0) != c.differ || compared.RoundedTo != "" || compared.Original != net {
			t.Errorf("%s: %v, rounded to %q", c.name, compared.Differences, compared.RoundedTo)
		}
		changes, err := metrics.Changes(net, other)
		if err != nil {
			t.Fatal(err)
		}
		if n := metrics.Total(changes); (n.L0 > 0) != (c.values > 0) {
			t.Errorf("%s: %d values differ", c.name, n.L0)
		}
		if same := nn.Same(net, other); same != (c.name == "nothing") {
			t.Errorf("%s: the same network: %v", c.name, same)
		}
		if l, ok := nn.LargestDifference(net, other); ok != (c.largest >= 0) || ok && l != c.largest {
			t.Errorf("%s: constants differ by up to %v, %v", c.name, l, ok)
		}
	}
}

// TestCompareRounded: a repair of the network as float32 numbers hold it is one, and one of
// another network is rejected, unless it violates the requirement.
func TestCompareRounded(t *testing.T) {
	third := func(v float64, dtype nn.DType) *nn.Network {
		net := papertest.Chain(t, 1, papertest.Dense([]float64{v, 0}), nn.ReLU(), papertest.Dense([]float64{1, 0}))
		net.Meta.DType = dtype
		return net
	}
	original := third(1.0/3, nn.Float64)
	for _, c := range []struct {
		net     *nn.Network
		rounded string
		highest float64 // output at 1
		want    repair.RecheckVerdict
	}{
		{original, "", 1, repair.RecheckHolds},
		{third(float64(float32(1.0/3)), nn.Float32), "float32", 1, repair.RecheckHolds},
		{third(0.5, nn.Float32), "", 1, repair.RecheckRejected},
		{third(0.5, nn.Float32), "", 0.25, repair.RecheckViolated},
	} {
		s := &spec.Spec{Items: []spec.Item{papertest.Point(papertest.Between(0, c.highest), 1)}}
		r, err := repair.Recheck(t.Context(), original, c.net, s, repair.RecheckOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if r.Answer() != c.want || r.Comparison.RoundedTo != c.rounded {
			t.Errorf("%s, rounded to %q; want %s, %q", r.Answer(), r.Comparison.RoundedTo, c.want, c.rounded)
		}
	}
}

// TestRecheckDeadline: a deadline that is over is unknown, for the cause that it was given.
func TestRecheckDeadline(t *testing.T) {
	net := papertest.Figure3(t)
	s := &spec.Spec{Items: []spec.Item{papertest.Segment(t, papertest.Between(-9, 9), []float64{0}, []float64{1})}}
	for _, cause := range []error{nil, errors.New("no time")} {
		ctx, cancel := context.WithDeadlineCause(t.Context(), time.Now().Add(-time.Second), cause)
		defer cancel()
		r, err := repair.Recheck(ctx, net, net, s, repair.RecheckOptions{})
		if err != nil || r.Answer() != repair.RecheckUnknown || (r.Reason == "no time") != (cause != nil) {
			t.Errorf("cause %v: %+v, %v", cause, r, err)
		}
	}
}
