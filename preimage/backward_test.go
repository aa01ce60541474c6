package preimage_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/preimage"
	"github.com/netmend/netmend/set"
)

// slack is by how much y meets the closest member of u: negative outside of all.
func slack(u set.Union, y []float64) float64 {
	best := -1e300
	for _, p := range u {
		worst := 1e300
		for _, h := range p.Rows {
			worst = min(worst, h.Slack(y))
		}
		best = max(best, worst)
	}
	return best
}

// checkMembership checks on random points that x is in the preimage iff net(x)
// is in the target, but where that is closer than rounding. It returns how many
// points were inside.
func checkMembership(t *testing.T, r *rand.Rand, net *nn.Network, sets, target set.Union, domain *set.Polyhedron) (inside int) {
	t.Helper()
	for range 300 {
		x := randomPoint(r, net.InDim())
		y, err := net.EvalPoint(x)
		if err != nil {
			t.Fatal(err)
		}
		want := target.Contains(y) && (domain == nil || domain.Contains(x))
		if got := sets.Contains(x); got != want {
			if s := slack(target, y); s > -1e-9 && s < 1e-9 && !exactly(net) {
				continue
			}
			t.Errorf("%v with output %v: in the preimage %v, want %v", x, y, got, want)
			return inside
		}
		if want {
			inside++
		}
	}
	return inside
}

// exactly reports whether the network's weights are multiples of a half, so that
// at multiples of a quarter everything is computed exactly.
func exactly(net *nn.Network) bool {
	for _, i := range net.Layers() {
		d := net.Nodes[i].Op.(*nn.Dense)
		for _, v := range append(append([]float64{}, d.Weight.Data...), d.Bias...) {
			if 2*v != float64(int(2*v)) {
				return false
			}
		}
	}
	return true
}

// TestBackwardMembership compares with evaluation on random networks: chains
// and residual ones, all activation functions, ties, dead and duplicate units,
// with and without a domain, pruning and simplification.
func TestBackwardMembership(t *testing.T) {
	inside, outside := 0, 0
	for seed := range uint64(150) {
		r := rand.New(rand.NewPCG(seed, 3))
		among := append(activations(t), nn.Step())
		var net *nn.Network
		if n := 1 + r.IntN(3); seed%3 == 0 {
			net = residual(t, r, among[r.IntN(len(among))], among[r.IntN(len(among))], n, 1+r.IntN(2))
		} else {
			net = randomNet(t, r, among, n, 1+r.IntN(3), 1+r.IntN(3), 1+r.IntN(2))
		}
		target := randomTarget(r, net.OutDim())
		opt := preimage.BackwardOptions{Simplify: r.IntN(3) == 0}
		if r.IntN(2) == 0 {
			domain := box([][2]float64{{-2, 1}, {-0.5, 2}, {-1, 1}}[:net.InDim()]...).Polyhedron()
			opt.Domain, opt.Prune = &domain, r.IntN(2) == 0
		}
		sets := backward(t, net, opt, target...)
		n := checkMembership(t, r, net, sets, target, opt.Domain)
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
		inside, outside = inside+n, outside+300-n
	}
	if inside < 3000 || outside < 3000 {
		t.Errorf("%d points inside and %d outside say little", inside, outside)
	}
}

// TestBackwardStep: behind a step only strict half-spaces tell the preimage
// from its closure.
func TestBackwardStep(t *testing.T) {
	net := chain(t, 1, nn.Step())
	for _, test := range []struct {
		target set.Polyhedron
		x      float64
		want   bool
	}{
		{polyhedron(row(0.5, 1)), -1, true},
		{polyhedron(row(0.5, 1)), -5e-324, true},
		{polyhedron(row(0.5, 1)), 0, false},
		{polyhedron(row(-0.5, -1)), 0, true},
		{polyhedron(row(-0.5, -1)), -5e-324, false},
		{polyhedron(row(0.9, 1), row(-0.1, -1)), 0, false},
	} {
		sets := backward(t, net, preimage.BackwardOptions{}, test.target)
		if got := sets.Contains([]float64{test.x}); got != test.want {
			t.Errorf("%v: %v in the preimage %v: %v, want %v", test.target, test.x, sets, got, test.want)
		}
	}
	// What only the closure would contain is empty.
	between := chain(t, 1, nn.Step(), dense(t, [][]float64{{2}}, -1), nn.Step(), dense(t, [][]float64{{1}}, 0))
	if sets := backward(t, between, preimage.BackwardOptions{}, polyhedron(row(0.5, 1), row(-0.5, -1))); len(sets) != 0 {
		t.Errorf("%v, want nothing", sets)
	}
}

// TestBackwardLimits: what a limit leaves is a part of the preimage, and said
// to be.
func TestBackwardLimits(t *testing.T) {
	net := example4(t, nn.ReLU(), nn.ReLU())
	target := set.Union{polyhedron(row(0, 1, -1))}
	whole := backward(t, net, preimage.BackwardOptions{}, target...)
	for limit := 1; limit <= 8; limit++ {
		r, err := preimage.Backward(background, net, target, preimage.BackwardOptions{MaxPolyhedra: limit})
		if err != nil {
			t.Fatal(err)
		}
		if limit == 8 {
			if r.Limit != nil || r.Side != preimage.Exact {
				t.Errorf("limit 8, as many as there are: %v, %v", r.Side, r.Limit)
			}
			continue
		}
		if !errors.Is(r.Limit, preimage.ErrPolyhedra) || r.Side != preimage.Under || len(r.Sets) == 0 || len(r.Sets) > limit {
			t.Errorf("limit %d: %d sets, %v, %v", limit, len(r.Sets), r.Side, r.Limit)
		}
		for _, p := range r.Sets {
			found := false
			for _, q := range whole {
				found = found || slicesEqual(p, q)
			}
			if !found {
				t.Errorf("limit %d: %v is no piece of the preimage", limit, p)
			}
		}
	}
	r, err := preimage.Backward(background, net, target, preimage.BackwardOptions{MaxTime: time.Nanosecond})
	if err != nil || !errors.Is(r.Limit, preimage.ErrTime) || r.Side != preimage.Under || len(r.Sets) != 0 {
		t.Errorf("no time: %+v, %v", r, err)
	}
	ctx, cancel := context.WithCancel(background)
	cancel()
	if _, err := preimage.Backward(ctx, net, target, preimage.BackwardOptions{}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	stop := errors.New("stop")
	_, err = preimage.Backward(background, net, target, preimage.BackwardOptions{
		Snapshot: func(s preimage.Snapshot) error {
			if s.Node == 3 {
				return stop
			}
			return nil
		},
	})
	if !errors.Is(err, stop) {
		t.Errorf("stopped by a snapshot: %v", err)
	}
}

func slicesEqual(p, q set.Polyhedron) bool {
	if len(p.Rows) != len(q.Rows) {
		return false
	}
	for i, h := range p.Rows {
		g := q.Rows[i]
		if h.Offset != g.Offset || h.Strict != g.Strict {
			return false
		}
		for j, a := range h.Normal {
			if a != g.Normal[j] {
				return false
			}
		}
	}
	return true
}

func TestBackwardRefused(t *testing.T) {
	relu := chain(t, 2, dense(t, [][]float64{{1, 2}}, 0), nn.ReLU())
	decoupled, err := relu.WithLayer(1, &nn.Params{Weight: relu.Nodes[0].Op.(*nn.Dense).Weight, Bias: []float64{1}})
	if err != nil {
		t.Fatal(err)
	}
	half := set.Union{polyhedron(row(0, 1))}
	flat := set.Whole(1)
	for _, test := range []struct {
		name   string
		net    *nn.Network
		target set.Union
		opt    preimage.BackwardOptions
		want   string
	}{
		{"smooth", chain(t, 1, nn.Tanh()), half, preimage.BackwardOptions{}, `node 0 (Tanh "") is not piecewise affine`},
		{"decoupled", decoupled, half, preimage.BackwardOptions{}, "region by region (Regions"},
		{"target", relu, set.Union{set.Whole(2)}, preimage.BackwardOptions{}, "polyhedron 0 has dimension 2, the network has 1 outputs"},
		{"row", relu, set.Union{{Dim: 1, Rows: []set.HalfSpace{row(0, 1, 2)}}}, preimage.BackwardOptions{}, "normal with 2 numbers, want 1"},
		{"domain", relu, half, preimage.BackwardOptions{Domain: &flat}, "domain of dimension 1, the network has 2 inputs"},
	} {
		_, err := preimage.Backward(background, test.net, test.target, test.opt)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want ... %s", test.name, err, test.want)
		}
	}
}

// TestBackwardEmpty: no target, an empty one and an empty domain have empty
// preimages, and the computation ends where nothing is left.
func TestBackwardEmpty(t *testing.T) {
	net := chain(t, 1, dense(t, [][]float64{{1}, {-1}}, 0, 0), nn.ReLU(), dense(t, [][]float64{{1, 1}}, 0))
	steps := 0
	count := func(preimage.Snapshot) error { steps++; return nil }
	nowhere := set.Empty(1)
	for _, test := range []struct {
		target set.Union
		domain *set.Polyhedron
		steps  int
	}{
		{nil, nil, 1},
		{set.Union{set.Empty(1)}, nil, 1},
		{set.Union{polyhedron(row(-1, 1))}, nil, 3}, // |x| <= -1 is found empty behind ReLU
		{set.Union{polyhedron(row(1, 1))}, &nowhere, 5},
	} {
		steps = 0
		if got := backward(t, net, preimage.BackwardOptions{Domain: test.domain, Snapshot: count}, test.target...); len(got) != 0 || steps != test.steps {
			t.Errorf("%v: %v after %d steps, want nothing after %d", test.target, got, steps, test.steps)
		}
	}
	if got := backward(t, net, preimage.BackwardOptions{Domain: &nowhere, Prune: true}, set.Whole(1)); len(got) != 0 {
		t.Errorf("%v within nothing", got)
	}
}
