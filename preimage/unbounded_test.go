package preimage_test

import (
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"reflect"
	"testing"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/preimage"
	"github.com/netmend/netmend/set"
)

// TestUnboundedSets compares proofs on unbounded sets with a box so large that every linear
// region reaches into it, and with the network at points near and far.
func TestUnboundedSets(t *testing.T) {
	for seed := range seeds(24) {
		r := rand.New(rand.NewPCG(seed, 79))
		inputs := 1 + int(seed%3)
		net := engineNet(t, r, inputs)
		const far = 0x1p30
		unbounded, large := set.WholeBox(inputs), set.WholeBox(inputs)
		for k := range inputs {
			switch r.IntN(5) {
			case 0:
				unbounded.Lo[k] = float64(math.Round(80*r.NormFloat64()) / 4)
			case 1:
				unbounded.Hi[k] = float64(math.Round(80*r.NormFloat64()) / 4)
			case 2:
				if k > 0 {
					unbounded.Lo[k], unbounded.Hi[k] = -1, 0.5
				}
			case 3:
				if k > 0 {
					unbounded.Lo[k], unbounded.Hi[k] = 0.75, 0.75
				}
			}
			large.Lo[k], large.Hi[k] = max(unbounded.Lo[k], -far), min(unbounded.Hi[k], far)
		}
		domain, box := half(unbounded), large.Polyhedron()
		if r.IntN(3) == 0 && inputs > 1 {
			h := set.HalfSpace{Normal: make([]float64, inputs), Offset: 1.5}
			h.Normal[0], h.Normal[inputs-1] = 1, -0.5
			domain, box = domain.With(h), box.With(h)
		}
		target := engineTarget(r)
		for _, faces := range []bool{false, true} {
			got := byRegions(t, net, domain, target, preimage.RegionsOptions{Prove: true, Split: true, Faces: faces})
			want := byRegions(t, net, box, target, preimage.RegionsOptions{Prove: true, Split: true, Faces: faces})
			if !got.Proof.Accepted || !want.Proof.Accepted {
				t.Fatalf("seed %d: no proof: %v, %v", seed, got.Proof.Missing, want.Proof.Missing)
			}
			if g, w := keySet(got), keySet(want); !reflect.DeepEqual(g, w) {
				t.Errorf("seed %d, faces %v: pieces %v, on a large box %v", seed, faces, g, w)
			}
			if got.Count != len(got.Pieces) {
				t.Errorf("seed %d: counts %d of %d pieces", seed, got.Count, len(got.Pieces))
			}
			checkMembers(t, r, net, domain, target, got)
		}
	}
}

// half are the half-spaces of the finite bounds.
func half(b set.Box) set.Polyhedron {
	p := set.Whole(b.Dim())
	for _, h := range b.Polyhedron().Rows {
		if !math.IsInf(h.Offset, 0) {
			p = p.With(h)
		}
	}
	return p
}

func keySet(r *preimage.Result) map[string]bool {
	keys := make(map[string]bool)
	for k := range pieceKeys(r) {
		keys[k] = true
	}
	return keys
}

// checkMembers evaluates the network at points of all sizes, exactly: those in the target lie in
// a piece, but for the rounding of its numbers, and others do not.
func checkMembers(t *testing.T, r *rand.Rand, net *nn.Network, domain set.Polyhedron, target set.Union, result *preimage.Result) {
	t.Helper()
	for range 100 {
		x := make([]float64, domain.Dim)
		size := math.Ldexp(1, r.IntN(20)-4)
		for k := range x {
			x[k] = float64(size * r.NormFloat64())
		}
		if !domain.Contains(x) {
			continue
		}
		y, err := net.EvalPoint(x)
		if err != nil {
			t.Fatal(err)
		}
		near := false // to the border of the target
		for _, p := range target {
			for _, h := range p.Rows {
				near = near || math.Abs(h.Slack(y)) < 1e-6*(1+size)
			}
		}
		if in := target.Contains(y); !near && in != inflated(result.Union()).Contains(x) {
			t.Errorf("%v has the outputs %v, in the target: %v", x, y, in)
		}
	}
}

// TestUnboundedPartition has a classifier of the line whose classes are half-lines, and a ray on
// which both tie.
func TestUnboundedPartition(t *testing.T) {
	net := chain(t, 1, dense(t, [][]float64{{1}, {-1}}, 0, -1), nn.ReLU())
	r, err := preimage.Partition(background, net, set.Whole(1), 0, preimage.RegionsOptions{Prove: true, Shares: true})
	if err != nil || !r.Proof.Accepted {
		t.Fatalf("%v, %+v", err, r)
	}
	if r.Shares[0].Count != 1 || r.Shares[1].Count != 1 || r.Ties != 1 {
		t.Errorf("shares %+v, %d ties, want one each", r.Shares, r.Ties)
	}
	// A threshold of 2^-60 at an input of 2^60 is exact.
	tiny := chain(t, 2, dense(t, [][]float64{{0x1p-60, 1}}, -1), nn.HardTanh())
	domain := half(set.Box{Lo: []float64{0, 0.5}, Hi: []float64{math.Inf(1), 0.5}})
	r, err = preimage.Regions(background, tiny, domain, set.Union{polyhedron(row(-1, -1))}, preimage.RegionsOptions{Prove: true})
	if err != nil || !r.Proof.Accepted || r.Count != 1 {
		t.Fatalf("%v, %+v", err, r)
	}
	low := big.NewRat(3<<59, 1)
	if got := new(big.Rat).SetFloat64(least(t, r)); got == nil || got.Cmp(low) != 0 {
		t.Errorf("the least input is %v, want %v", got, low)
	}
	if s := fmt.Sprint(r.Pieces[0].Pattern); s != "[2]" {
		t.Errorf("pattern %v", s)
	}
}

// least is the least first input of a result.
func least(t *testing.T, r *preimage.Result) float64 {
	t.Helper()
	reach, err := r.Maximize([]float64{-1, 0})
	if err != nil {
		t.Fatal(err)
	}
	return -reach.Value
}

// TestUnboundedEquations has a line in space: as many pieces as on the same line cut far away.
func TestUnboundedEquations(t *testing.T) {
	for seed := range seeds(9) {
		r := rand.New(rand.NewPCG(seed, 81))
		net, target := engineNet(t, r, 2), engineTarget(r)
		line := polyhedron(row(0.5, 1, -1), row(-0.5, -1, 1))
		far := line.With(row(0x1p20, 1, 0), row(0x1p20, -1, 0))
		got := byRegions(t, net, line, target, preimage.RegionsOptions{Prove: true, Split: true})
		want := byRegions(t, net, far, target, preimage.RegionsOptions{Prove: true, Split: true})
		if got.Proof.Accepted != want.Proof.Accepted || got.Proof.Accepted && !reflect.DeepEqual(keySet(got), keySet(want)) {
			t.Errorf("seed %d: %d pieces (%v), want %d (%v)", seed, got.Count, got.Proof, want.Count, want.Proof)
		}
		checkMembers(t, r, net, line, target, got)
	}
}

// TestUnboundedRefused names what is not done on unbounded sets, and the largest numbers that
// are.
func TestUnboundedRefused(t *testing.T) {
	layer := dense(t, [][]float64{{1, -1}}, 0.5)
	half := set.Union{polyhedron(row(-1, -1))}
	if _, err := preimage.Regions(background, chain(t, 2, layer, nn.Step()), set.Whole(2), half, preimage.RegionsOptions{Prove: true}); err == nil {
		t.Error("a network that jumps was taken")
	}
	net := chain(t, 2, layer, nn.ReLU())
	if _, err := preimage.Regions(background, net, set.Whole(2), half, preimage.RegionsOptions{Prove: true, Rounded: preimage.Under}); err == nil {
		t.Error("rounded pieces of an unbounded set")
	}
	huge := set.Union{polyhedron(row(-1e300, -1))}
	r, err := preimage.Regions(background, net, set.Whole(2), huge, preimage.RegionsOptions{Prove: true, Volume: true})
	if err != nil || !r.Proof.Accepted || r.Count == 0 || r.Volume != 0 || r.DomainVolume != 0 {
		t.Errorf("%+v, %v", r, err)
	}
	// A fixed input whose product with a weight of a cut rounds.
	third := polyhedron(row(0.1, 0, 1), row(-0.1, 0, -1), row(1, 1, 0.1))
	r, err = preimage.Regions(background, net, third, half, preimage.RegionsOptions{Prove: true})
	if err != nil || r.Proof.Accepted || r.Proof.Missing == nil || r.Count == 0 {
		t.Errorf("%+v, %v", r, err)
	}
}
