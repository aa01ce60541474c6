package preimage_test

import (
	"errors"
	"math"
	"math/big"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/preimage"
	"github.com/netmend/netmend/set"
	"github.com/netmend/netmend/set/solve"
)

// approximate is Approximate, which must not fail.
func approximate(t testing.TB, net *nn.Network, domain set.Box, target set.Union, opt preimage.ApproximateOptions) *preimage.Approximation {
	t.Helper()
	a, err := preimage.Approximate(background, net, domain, target, opt)
	if err != nil {
		t.Fatal(err)
	}
	if a.Under.Side != preimage.Under || a.Over.Side != preimage.Over {
		t.Fatalf("sides %v and %v", a.Under.Side, a.Over.Side)
	}
	return a
}

// meetsExactly reports whether rational outputs lie in the target.
func meetsExactly(u set.Union, y []*big.Rat) bool {
	for _, p := range u {
		meets := true
		for _, h := range p.Rows {
			s := new(big.Rat).SetFloat64(h.Offset)
			for j, a := range h.Normal {
				s.Sub(s, new(big.Rat).Mul(new(big.Rat).SetFloat64(a), y[j]))
			}
			meets = meets && (s.Sign() > 0 || s.Sign() == 0 && !h.Strict)
		}
		if meets {
			return true
		}
	}
	return false
}

// TestApproximateSides: on points inside and on vertices of the pieces, decided
// in rational arithmetic, the subset is one and the superset too.
func TestApproximateSides(t *testing.T) {
	members, hits := 0, 0
	for seed := range seeds(60) {
		r := rand.New(rand.NewPCG(seed, 8))
		n := 1 + r.IntN(3)
		net := randomNet(t, r, append(activations(t), nn.Step()), n, 1+r.IntN(4), 1+r.IntN(4), 1+r.IntN(2))
		target := randomTarget(r, net.OutDim())
		domain := box([][2]float64{{-2, 1}, {-0.5, 2}, {-1, 1}}[:n]...)
		a := approximate(t, net, domain, target, preimage.ApproximateOptions{Coverage: 0.8, MaxBoxes: 1 + r.IntN(60), Measure: 500})
		under, over := a.Under.Union(), a.Over.Union()
		points := corners(r, domain)
		for range 100 {
			points = append(points, corners(r, domain)[1<<n:]...)
		}
		for _, p := range under {
			vs, err := solve.Vertices(p)
			if err != nil {
				t.Fatal(err)
			}
			points = append(points, vs...)
		}
		for _, x := range points[:min(len(points), 400)] {
			if !domain.Contains(x) {
				continue
			}
			in := meetsExactly(target, evalExactly(net, x))
			if in {
				hits++
				if !over.Contains(x) {
					t.Fatalf("seed %d: %v is in the preimage, not in the superset", seed, x)
				}
			}
			if under.Contains(x) {
				members++
				if !in {
					t.Fatalf("seed %d: %v is in the subset, not in the preimage", seed, x)
				}
			}
		}
	}
	if members < int(seeds(1000)) || hits < int(seeds(2000)) {
		t.Errorf("%d points in subsets and %d in preimages say little", members, hits)
	}
}

// TestApproximateSmooth: the same for networks of smooth functions, with floating
// point.
func TestApproximateSmooth(t *testing.T) {
	for seed := range uint64(20) {
		r := rand.New(rand.NewPCG(seed, 9))
		n := 1 + r.IntN(3)
		net := randomNet(t, r, []nn.Op{nn.Tanh(), nn.Sigmoid(), nn.GELU(), nn.HardSwish(), nn.Softplus()}, n, 4, 4, 2)
		target := set.Union{polyhedron(row(0.25, 1, -1))}
		domain := box([][2]float64{{-2, 1}, {-0.5, 2}, {-1, 1}}[:n]...)
		a := approximate(t, net, domain, target, preimage.ApproximateOptions{Gap: 0.02, MaxBoxes: 2000, Measure: 2000})
		under, over := a.Under.Union(), a.Over.Union()
		for _, x := range corners(r, domain) {
			y, err := net.EvalPoint(x)
			if err != nil {
				t.Fatal(err)
			}
			s := slack(target, y)
			if s > 1e-12 && !over.Contains(x) || s < -1e-12 && under.Contains(x) {
				t.Fatalf("seed %d: %v with slack %v: in the subset %v, in the superset %v", seed, x, s, under.Contains(x), over.Contains(x))
			}
		}
		if a.Under.Limit != nil {
			t.Errorf("seed %d: gap not reached with %d boxes: %v", seed, a.Boxes, a.Coverage)
		}
	}
}

// TestApproximateCoverage: what is measured agrees with volumes, the goal is met
// and the result does not depend on the number of workers.
func TestApproximateCoverage(t *testing.T) {
	net := example4(t, nn.ReLU(), nn.ReLU())
	target := set.Union{polyhedron(row(0, 1, -1))}
	domain := box([2]float64{0, 1}, [2]float64{0, 1})
	const exact = 0.43171356391125765
	opt := preimage.ApproximateOptions{Coverage: 0.97, Workers: 1, Seed: 1}
	a := approximate(t, net, domain, target, opt)
	if a.Under.Limit != nil || a.Coverage.Value < 0.97 {
		t.Errorf("coverage %+v, limit %v", a.Coverage, a.Under.Limit)
	}
	for name, side := range map[string]struct {
		result   preimage.Result
		lo, hi   float64
		estimate preimage.Estimate
	}{
		"under": {result: a.Under, lo: 0.95 * exact, hi: exact},
		"over":  {result: a.Over, lo: exact, hi: 1},
	} {
		v, err := solve.UnionVolume(side.result.Union())
		if err != nil {
			t.Fatal(err)
		}
		if v < side.lo || v > side.hi+1e-9 {
			t.Errorf("%s: volume %v, want %v to %v", name, v, side.lo, side.hi)
		}
		if e, share := a.Coverage, v/exact; name == "under" && (share < e.Lower || share > e.Upper) {
			t.Errorf("covers %v, measured %+v", share, e)
		}
		if e, share := a.Excess, 1-exact/v; name == "over" && (share < e.Lower || share > e.Upper) {
			t.Errorf("exceeds by %v, measured %+v", share, e)
		}
	}
	opt.Workers = 3
	if again := approximate(t, net, domain, target, opt); !reflect.DeepEqual(a, again) {
		t.Error("three workers give another result than one")
	}
}

// TestApproximateOnce: without a goal the whole box is bounded once: a template
// polyhedron with a row for each of the target's.
func TestApproximateOnce(t *testing.T) {
	a := approximate(t, example4(t, nn.ReLU(), nn.ReLU()), box([2]float64{0, 1}, [2]float64{0, 1}),
		set.Union{polyhedron(row(0, 1, -1))}, preimage.ApproximateOptions{})
	if a.Boxes != 1 || len(a.Over.Pieces) != 1 || len(a.Over.Pieces[0].Set.Rows) != 5 {
		t.Errorf("%d boxes, %v", a.Boxes, a.Over.Pieces)
	}
}

func TestApproximateLimits(t *testing.T) {
	net := example4(t, nn.ReLU(), nn.ReLU())
	target := set.Union{polyhedron(row(0, 1, -1))}
	square := box([2]float64{0, 1}, [2]float64{0, 1})
	a := approximate(t, net, square, target, preimage.ApproximateOptions{Coverage: 1, MaxBoxes: 20})
	if !errors.Is(a.Under.Limit, preimage.ErrPolyhedra) || !errors.Is(a.Over.Limit, preimage.ErrPolyhedra) || a.Boxes > 20 {
		t.Errorf("%d boxes, limits %v and %v", a.Boxes, a.Under.Limit, a.Over.Limit)
	}
	a = approximate(t, net, square, target, preimage.ApproximateOptions{Coverage: 1, MaxTime: time.Nanosecond})
	if !errors.Is(a.Under.Limit, preimage.ErrTime) {
		t.Errorf("limit %v", a.Under.Limit)
	}
	for _, test := range []struct {
		domain set.Box
		want   string
	}{
		{box([2]float64{0, 1}), "box of dimension 1, the network has 2 inputs"},
		{box([2]float64{0, 1}, [2]float64{0, math.Inf(1)}), "empty or unbounded"},
		{box([2]float64{0, 1}, [2]float64{1, 0}), "empty or unbounded"},
	} {
		_, err := preimage.Approximate(background, net, test.domain, target, preimage.ApproximateOptions{})
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%v: %v, want ... %s", test.domain, err, test.want)
		}
	}
}

// TestApproximateDecoupled: the same where the value channel has parameters of its
// own, for jumps and smooth functions too.
func TestApproximateDecoupled(t *testing.T) {
	members := 0
	for seed := range uint64(40) {
		r := rand.New(rand.NewPCG(seed, 21))
		n := 1 + r.IntN(3)
		among := append([]nn.Op{nn.Tanh(), nn.Sigmoid()}, activations(t)...)
		net := decouple(t, r, randomNet(t, r, among, n, 4, 4, 2))
		target := set.Union{polyhedron(row(0.25, 1, -1))}
		domain := box([][2]float64{{-2, 1}, {-0.5, 2}, {-1, 1}}[:n]...)
		a := approximate(t, net, domain, target, preimage.ApproximateOptions{Gap: 0.02, MaxBoxes: 600, Measure: 500})
		under, over := a.Under.Union(), a.Over.Union()
		for _, x := range corners(r, domain) {
			y, err := net.EvalPoint(x)
			if err != nil {
				t.Fatal(err)
			}
			if under.Contains(x) {
				members++
			}
			s := slack(target, y)
			if s > 1e-12 && !over.Contains(x) || s < -1e-12 && under.Contains(x) {
				t.Fatalf("seed %d: %v with slack %v: in the subset %v, in the superset %v", seed, x, s, under.Contains(x), over.Contains(x))
			}
		}
	}
	if members < 400 {
		t.Errorf("%d points in subsets say little", members)
	}
}

// TestApproximateEnds: where the output lies on the boundary of the target throughout, and
// rounding hides it, the search ends with what is certain; a preimage that is too small for
// samples of the domain is found, and one that is empty is said to be so by an empty
// superset.
func TestApproximateEnds(t *testing.T) {
	net, err := nn.New([]nn.Node{
		{Inputs: []int{nn.Input}, Op: dense(t, [][]float64{{0, 0}, {0, 0}, {1, 0}}, 0.1, 0.2, 0)},
		{Inputs: []int{0}, Op: nn.Tanh()},
		{Inputs: []int{1}, Op: dense(t, [][]float64{{0.3, 0.7, 0}, {0, 0, 1}}, 0.05, 0)},
		{Inputs: []int{nn.Input, 2}, Op: &nn.Concat{Dims: []int{2, 2}}},
	}, []int{2}, nn.Meta{})
	if err != nil {
		t.Fatal(err)
	}
	y, err := net.EvalPoint([]float64{0, 0})
	if err != nil {
		t.Fatal(err)
	}
	domain := box([2]float64{-1, 1}, [2]float64{-1, 1})
	opt := preimage.ApproximateOptions{Coverage: 0.9, Measure: 1000}
	constant := approximate(t, net, domain, set.Union{polyhedron(row(y[2], 0, 0, 1, 0))}, opt)
	if !errors.Is(constant.Under.Limit, preimage.ErrStalled) || len(constant.Over.Pieces) == 0 {
		t.Errorf("on the boundary: %v with %d pieces, want that it does not help to go on", constant.Under.Limit, len(constant.Over.Pieces))
	}
	small := approximate(t, net, domain, set.Union{polyhedron(row(0.46001, 0, 0, 0, 1), row(-0.46, 0, 0, 0, -1))}, opt)
	if small.Under.Limit != nil || len(small.Under.Pieces) == 0 || !(small.Coverage.Lower > 0.5) {
		t.Errorf("small: %v with %d pieces and coverage %v", small.Under.Limit, len(small.Under.Pieces), small.Coverage)
	}
	empty := approximate(t, net, domain, set.Union{polyhedron(row(-2, -1, 0, 0, 0))}, opt)
	if len(empty.Over.Pieces) != 0 {
		t.Errorf("empty: a superset of %d pieces", len(empty.Over.Pieces))
	}
	opt.MaxBytes = 1 << 20
	if constant = approximate(t, net, domain, set.Union{polyhedron(row(y[2], 0, 0, 1, 0))}, opt); !errors.Is(constant.Under.Limit, preimage.ErrMemory) {
		t.Errorf("with little memory: %v", constant.Under.Limit)
	}
}
