package preimage_test

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/preimage"
	"github.com/netmend/netmend/set"
	"github.com/netmend/netmend/set/solve"
)

// byRegions is Regions, which must not fail.
func byRegions(t testing.TB, net *nn.Network, domain set.Polyhedron, target set.Union, opt preimage.RegionsOptions) *preimage.Result {
	t.Helper()
	r, err := preimage.Regions(background, net, domain, target, opt)
	if err != nil {
		t.Fatal(err)
	}
	if !r.Complete() || r.Side != preimage.Exact {
		t.Fatalf("%v, limit %v, want an exact result", r.Side, r.Limit)
	}
	return r
}

// TestRegionsEqualBackward: both engines give the same set, on random networks
// of one to three inputs with ties, dead and duplicate units.
func TestRegionsEqualBackward(t *testing.T) {
	for seed := range seeds(60) {
		r := rand.New(rand.NewPCG(seed, 4))
		n := 1 + r.IntN(3)
		net := randomNet(t, r, activations(t), n, 1+r.IntN(3), 1+r.IntN(3), 1+r.IntN(2))
		target := randomTarget(r, net.OutDim())
		domain := box([][2]float64{{-2, 1}, {-0.5, 2}, {-1, 1}}[:n]...).Polyhedron()
		if r.IntN(2) == 0 { // a corner cut off
			h := row(1, make([]float64, n)...)
			for j := range h.Normal {
				h.Normal[j] = 1
			}
			domain = domain.With(h)
		}
		want := backward(t, net, preimage.BackwardOptions{Domain: &domain, Prune: true}, target...)
		got := byRegions(t, net, domain, target, preimage.RegionsOptions{Faces: true})
		sameSets(t, "by regions", got.Union(), want)
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
		checkMembership(t, r, net, got.Union(), target, &domain)
	}
}

// decouple gives a random layer of a network value parameters of its own.
func decouple(t testing.TB, r *rand.Rand, net *nn.Network) *nn.Network {
	t.Helper()
	k := 1 + r.IntN(len(net.Layers()))
	_, d, err := net.Layer(k)
	if err != nil {
		t.Fatal(err)
	}
	w := d.Channel(nn.ActivationChannel).Weight
	if net, err = net.WithLayer(k, &randomDense(r, w.Cols, w.Rows).Params); err != nil {
		t.Fatal(err)
	}
	return net
}

// TestRegionsDecoupled compares with the execution of decoupled networks, on
// faces too: where several units vanish together a pattern executes that no
// region has.
func TestRegionsDecoupled(t *testing.T) {
	inside := 0
	for seed := range uint64(120) {
		r := rand.New(rand.NewPCG(seed, 12))
		n := 1 + r.IntN(2)
		net := decouple(t, r, randomNet(t, r, activations(t), n, 1+r.IntN(3), 1+r.IntN(3), 1+r.IntN(2)))
		target := randomTarget(r, net.OutDim())
		domain := box([][2]float64{{-2, 1}, {-0.5, 2}}[:n]...).Polyhedron()
		got := byRegions(t, net, domain, target, preimage.RegionsOptions{Faces: true})
		inside += checkMembership(t, r, net, got.Union(), target, &domain)
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
	if inside < 1000 {
		t.Errorf("%d points inside say little", inside)
	}
}

// TestRegionsVanishing: with ReLU(-x) and ReLU(x) both units are active at 0 and
// only there, which a repair of the layer behind makes visible.
func TestRegionsVanishing(t *testing.T) {
	net := chain(t, 1, dense(t, [][]float64{{-1}, {1}}, 0, 0), nn.ReLU(), dense(t, [][]float64{{1, 1}}, 0))
	net, err := net.WithLayer(1, &nn.Params{Weight: net.Nodes[0].Op.(*nn.Dense).Weight, Bias: []float64{1, 1}})
	if err != nil {
		t.Fatal(err)
	}
	// The output is |x| + 1, but 2 at 0.
	got := byRegions(t, net, box([2]float64{-1, 1}).Polyhedron(), set.Union{polyhedron(row(1.25, 1))}, preimage.RegionsOptions{Faces: true}).Union()
	for _, test := range []struct {
		x    float64
		want bool
	}{{0, false}, {1e-300, true}, {-1e-300, true}, {0.25, true}, {-0.25, true}, {0.26, false}} {
		if got.Contains([]float64{test.x}) != test.want {
			t.Errorf("%v: %v, want %v", test.x, !test.want, test.want)
		}
	}
	got = byRegions(t, net, box([2]float64{-1, 1}).Polyhedron(), set.Union{polyhedron(row(2, 1), row(-2, -1))}, preimage.RegionsOptions{}).Union()
	sameSets(t, "where the output is 2", got, set.Union{
		box([2]float64{-1, -1}).Polyhedron(), box([2]float64{0, 0}).Polyhedron(), box([2]float64{1, 1}).Polyhedron(),
	})
}

// TestRegionsInterior: without faces the volumes are those of the pieces, on
// networks with ties, and the cells of the whole domain add up to it.
func TestRegionsInterior(t *testing.T) {
	for seed := range uint64(60) {
		r := rand.New(rand.NewPCG(seed, 14))
		n := 1 + r.IntN(3)
		net := randomNet(t, r, activations(t), n, 1+r.IntN(4), 1+r.IntN(4), 1+r.IntN(2))
		target := set.Union{randomTarget(r, net.OutDim())[0]}
		domain := box([][2]float64{{-2, 1}, {-0.5, 2}, {-1, 1}}[:n]...)
		// A coordinate that does not vary is not a dimension.
		if n > 1 && r.IntN(3) == 0 {
			domain.Hi[0] = domain.Lo[0]
		}
		if thin, err := solve.AffineHullOf(target[0]); err == nil && len(thin.Equations) > 0 {
			continue
		}
		got := byRegions(t, net, domain.Polyhedron(), target, preimage.RegionsOptions{Volume: true, Split: r.IntN(2) == 0})
		rest := byRegions(t, net, domain.Polyhedron(), target[0].Complement(), preimage.RegionsOptions{Volume: true})
		whole := byRegions(t, net, domain.Polyhedron(), set.Union{set.Whole(net.OutDim())}, preimage.RegionsOptions{Volume: true, Split: true})
		want := 1.0
		for j := range n {
			if w := domain.Hi[j] - domain.Lo[j]; w > 0 {
				want = float64(want * w)
			}
		}
		if math.Abs(whole.Volume-want) > 1e-9*want || math.Abs(whole.DomainVolume-want) > 1e-9*want {
			t.Fatalf("seed %d: regions add up to %v, want %v", seed, whole.Volume, want)
		}
		if s := got.Volume + rest.Volume; math.Abs(s-want) > 1e-6*want {
			// A tie throughout a region lies in both closures.
			tie := byRegions(t, net, domain.Polyhedron(), append(set.Union{}, target...).IntersectUnion(closures(target[0].Complement())), preimage.RegionsOptions{Faces: true})
			if !(s > want) || len(tie.Pieces) == 0 {
				t.Fatalf("seed %d: preimage %v and rest %v of %v", seed, got.Volume, rest.Volume, want)
			}
		}
		if n > 1 && domain.Hi[0] == domain.Lo[0] {
			continue // the volume of solve is that in all dimensions
		}
		if v, err := solve.UnionVolume(got.Union()); err != nil || math.Abs(v-got.Volume) > 1e-9*want {
			t.Fatalf("seed %d: pieces of volume %v (%v), reported %v", seed, v, err, got.Volume)
		}
	}
}

// closures are the members' closures.
func closures(u set.Union) set.Union {
	c := make(set.Union, len(u))
	for i, p := range u {
		c[i] = p.Closure()
	}
	return c
}

// TestRegionsStrict: half-spaces of the target may be strict.
func TestRegionsStrict(t *testing.T) {
	net := chain(t, 1, dense(t, [][]float64{{1}, {-1}}, 0, 0), nn.ReLU(), dense(t, [][]float64{{1, 1}}, 0)) // |x|
	target := set.Union{{Dim: 1, Rows: []set.HalfSpace{{Normal: []float64{-1}, Offset: 0, Strict: true}, {Normal: []float64{1}, Offset: 0.5, Strict: true}}}}
	for _, faces := range []bool{false, true} {
		got := byRegions(t, net, box([2]float64{-1, 1}).Polyhedron(), target, preimage.RegionsOptions{Faces: faces}).Union()
		for x, want := range map[float64]bool{0: false, 0.25: true, -0.25: true, 0.5: false, -0.5: false, 1e-300: true} {
			if got.Contains([]float64{x}) != want {
				t.Errorf("faces %v: %v in the preimage: %v, want %v", faces, x, !want, want)
			}
		}
	}
}

// TestRegionsPoint: a domain of one point, and a target of one.
func TestRegionsPoint(t *testing.T) {
	net := example4(t, nn.ReLU(), nn.ReLU())
	x := []float64{0.25, 0.75}
	y, err := net.EvalPoint(x)
	if err != nil {
		t.Fatal(err)
	}
	point := set.Box{Lo: x, Hi: x}.Polyhedron()
	around := set.Union{box([2]float64{y[0] - 1e-9, y[0] + 1e-9}, [2]float64{y[1] - 1e-9, y[1] + 1e-9}).Polyhedron()}
	for _, test := range []struct {
		target set.Union
		want   int
	}{{around, 1}, {set.Union{polyhedron(row(-100, 1, 0))}, 0}, {append(around, around...), 1}} {
		if r := byRegions(t, net, point, test.target, preimage.RegionsOptions{}); len(r.Pieces) != test.want {
			t.Errorf("%v: %d pieces, want %d", test.target, len(r.Pieces), test.want)
		}
	}
	// Which inputs have the output of x? On the reference's terms, x itself.
	r := byRegions(t, net, box([2]float64{0, 1}, [2]float64{0, 1}).Polyhedron(), around, preimage.RegionsOptions{})
	at, d, _, err := r.Nearest(x, solve.L2)
	if err != nil || d > 1e-6 {
		t.Errorf("nearest to %v is %v (%v)", x, at, err)
	}
}

func TestRegionsLimits(t *testing.T) {
	net := example4(t, nn.ReLU(), nn.ReLU())
	domain := box([2]float64{-50, 50}, [2]float64{-50, 50}).Polyhedron()
	target := set.Union{polyhedron(row(0, 1, -1))}
	for _, faces := range []bool{false, true} {
		whole := byRegions(t, net, domain, target, preimage.RegionsOptions{Faces: faces, Split: true})
		for limit := 1; limit < len(whole.Pieces); limit++ {
			r, err := preimage.Regions(background, net, domain, target, preimage.RegionsOptions{Faces: faces, Split: true, MaxPieces: limit})
			if err != nil || !errors.Is(r.Limit, preimage.ErrPolyhedra) || r.Side != preimage.Under || len(r.Pieces) != limit {
				t.Errorf("limit %d: %v, %v", limit, r, err)
			}
		}
		r, err := preimage.Regions(background, net, domain, target, preimage.RegionsOptions{Faces: faces, MaxTime: time.Nanosecond})
		if err != nil || !errors.Is(r.Limit, preimage.ErrTime) || r.Side != preimage.Under {
			t.Errorf("no time: %+v, %v", r, err)
		}
	}
	ctx, cancel := context.WithCancel(background)
	cancel()
	if _, err := preimage.Regions(ctx, net, domain, target, preimage.RegionsOptions{}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

func TestRegionsRefused(t *testing.T) {
	net := chain(t, 2, dense(t, [][]float64{{1, 2}}, 0), nn.ReLU())
	square := box([2]float64{0, 1}, [2]float64{0, 1}).Polyhedron()
	half := set.Union{polyhedron(row(0, 1))}
	for _, test := range []struct {
		name   string
		net    *nn.Network
		domain set.Polyhedron
		target set.Union
		want   string
	}{
		{"smooth", chain(t, 2, nn.Sigmoid(), dense(t, [][]float64{{1, 1}}, 0)), square, half, `node 0 (Sigmoid "") is not piecewise affine`},
		{"step", chain(t, 2, nn.Step(), dense(t, [][]float64{{1, 1}}, 0)), square, half, `node 0 (Step "") is not continuous`},
		{"domain", net, set.Whole(1), half, "domain of dimension 1, the network has 2 inputs"},
		{"target", net, square, set.Union{set.Whole(2)}, "polyhedron 0 has dimension 2, the network has 1 outputs"},
	} {
		_, err := preimage.Regions(background, test.net, test.domain, test.target, preimage.RegionsOptions{})
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want ... %s", test.name, err, test.want)
		}
	}
	if _, err := preimage.Regions(background, net, polyhedron(row(1, 1, 1), row(0, -1, 0)), half, preimage.RegionsOptions{Engine: preimage.Polytopes}); !errors.Is(err, preimage.ErrUnbounded) {
		t.Errorf("polytopes on an unbounded domain: %v", err)
	}
	for name, domain := range map[string]set.Polyhedron{
		"empty":         set.Empty(2),
		"contradictory": polyhedron(row(0, 1, 1), row(-1, -1, -1)),
		"crossed":       box([2]float64{1, 0}, [2]float64{0, 1}).Polyhedron(),
	} {
		if r := byRegions(t, net, domain, half, preimage.RegionsOptions{}); len(r.Pieces) != 0 {
			t.Errorf("%s domain: %v", name, r.Pieces)
		}
	}
	// A flat domain that is not a box, and one bounded by slanted rows only.
	line := polyhedron(row(0, 1, -1), row(0, -1, 1), row(1, 1, 0), row(1, -1, 0))
	if r := byRegions(t, net, line, set.Union{polyhedron(row(1.5, 1))}, preimage.RegionsOptions{}); len(r.Pieces) == 0 || !inflated(r.Union()).Contains([]float64{0.5, 0.5}) || r.Union().Contains([]float64{0.75, 0.75}) {
		t.Errorf("on a line: %v", r.Pieces)
	}
	diamond := polyhedron(row(1, 1, 1), row(1, 1, -1), row(1, -1, 1), row(1, -1, -1))
	if r := byRegions(t, net, diamond, set.Union{set.Whole(1)}, preimage.RegionsOptions{Volume: true}); math.Abs(r.Volume-2) > 1e-9 {
		t.Errorf("diamond of area %v, want 2", r.Volume)
	}
}
