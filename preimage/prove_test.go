package preimage_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/preimage"
	"github.com/netmend/netmend/set"
)

// integerNetwork has small integers as parameters, so that evaluations at small dyadic
// points are exact; with dead and duplicate units, and functions of several kinds.
func integerNetwork(t *testing.T, r *rand.Rand, in int) *nn.Network {
	t.Helper()
	var nodes []nn.Node
	at, width := nn.Input, in
	add := func(op nn.Op, out int) {
		nodes = append(nodes, nn.Node{Inputs: []int{at}, Op: op})
		at, width = len(nodes)-1, out
	}
	dense := func(out int) {
		d := &nn.Dense{Params: nn.Params{Weight: nn.NewMatrix(out, width)}}
		for i := range out {
			for j := range width {
				d.Weight.Row(i)[j] = float64(r.IntN(5) - 2)
			}
			d.Bias = append(d.Bias, float64(r.IntN(5)-2))
		}
		switch r.IntN(5) {
		case 0: // a duplicate unit
			copy(d.Weight.Row(out-1), d.Weight.Row(0))
			d.Bias[out-1] = d.Bias[0]
		case 1: // one that vanishes everywhere
			clear(d.Weight.Row(0))
			d.Bias[0] = 0
		case 2: // one that is dead on most boxes
			d.Bias[0] -= 8
		}
		add(d, out)
	}
	for range 1 + r.IntN(2) {
		dense(2 + r.IntN(3))
		add([]func() *nn.Piecewise{nn.ReLU, nn.ReLU, nn.HardTanh, func() *nn.Piecewise { return nn.LeakyReLU(0.5) }}[r.IntN(4)](), width)
	}
	dense(2)
	net, err := nn.New(nodes, []int{in}, nn.Meta{})
	if err != nil {
		t.Fatal(err)
	}
	return net
}

// TestProven compares preimages that are proven complete with exact evaluations on a grid:
// no point of a piece gives an output outside of the target, and no point is missing, on
// networks whose linear regions meet in all sorts of degenerate ways.
func TestProven(t *testing.T) {
	proven, changed, inside := 0, 0, 0
	const n = 250
	for seed := range uint64(n) {
		r := rand.New(rand.NewPCG(seed, 41))
		in := 1 + r.IntN(2)
		net := integerNetwork(t, r, in)
		lo, hi := make([]float64, in), make([]float64, in)
		for j := range lo {
			lo[j], hi[j] = -float64(1+r.IntN(2)), float64(1+r.IntN(2))
		}
		domain := set.Box{Lo: lo, Hi: hi}.Polyhedron()
		var target set.Union
		for range 1 + r.IntN(2) {
			p := set.Whole(2)
			for range 1 + r.IntN(2) {
				p = p.With(set.HalfSpace{Normal: []float64{float64(r.IntN(3) - 1), float64(r.IntN(3) - 1)}, Offset: float64(r.IntN(7) - 3)})
			}
			target = append(target, p)
		}
		faces := r.IntN(2) == 0
		res, err := preimage.Regions(t.Context(), net, domain, target, preimage.RegionsOptions{Faces: faces, Prove: true})
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		if res.Proof.Accepted {
			proven++
		} else {
			t.Logf("seed %d: not proven: %v", seed, res.Proof.Missing)
		}
		changed += res.Proof.Added + res.Proof.Dropped
		union := res.Union()
		grid(lo, hi, 0.125, func(x []float64) {
			y, err := net.EvalPoint(x)
			if err != nil {
				t.Fatal(err)
			}
			in, deep := contains(target, y), strictly(target, y)
			got := contains(union, x)
			if got && !in {
				t.Errorf("seed %d: %v is in a piece, and its output %v not in the target", seed, x, y)
			}
			if !got && (deep || faces && in) {
				t.Errorf("seed %d: %v is in no piece, and its output %v in the target", seed, x, y)
			}
		})
		for _, side := range []preimage.Side{preimage.Under, preimage.Over} {
			if seed%4 != 0 {
				continue
			}
			rounded, err := preimage.Regions(t.Context(), net, domain, target, preimage.RegionsOptions{Prove: true, Rounded: side})
			if err != nil || rounded.Side != side {
				t.Fatalf("seed %d: %v rounded %v", seed, err, side)
			}
			union := rounded.Union()
			grid(lo, hi, 0.125, func(x []float64) {
				y, err := net.EvalPoint(x)
				if err != nil {
					t.Fatal(err)
				}
				switch in, got := contains(target, y), contains(union, x); {
				case side == preimage.Under && got && !in:
					t.Errorf("seed %d: %v is in a piece rounded inward, and not in the preimage", seed, x)
				case side == preimage.Over && in && !got:
					t.Errorf("seed %d: %v is in the preimage, and in no piece rounded outward", seed, x)
				}
				if side == preimage.Under && contains(union, x) {
					inside++
				}
			})
		}
		if t.Failed() {
			t.FailNow()
		}
	}
	if inside == 0 {
		t.Error("no point is in a piece rounded inward")
	}
	if proven < n*99/100 {
		t.Errorf("%d of %d preimages are proven complete", proven, n)
	}
	t.Logf("%d pieces changed", changed)
}

func contains(u set.Union, x []float64) bool {
	for _, p := range u {
		if p.Contains(x) {
			return true
		}
	}
	return false
}

// strictly reports whether x is in the interior of a member.
func strictly(u set.Union, x []float64) bool {
	for _, p := range u {
		inner := set.Whole(p.Dim)
		for _, h := range p.Rows {
			if h.Normal[0] != 0 || h.Normal[1] != 0 {
				h.Strict = true
			}
			inner = inner.With(h)
		}
		if inner.Contains(x) {
			return true
		}
	}
	return false
}

// grid visits the points of a box whose coordinates are multiples of step.
func grid(lo, hi []float64, step float64, visit func(x []float64)) {
	x := make([]float64, len(lo))
	var axis func(j int)
	axis = func(j int) {
		if j == len(lo) {
			visit(x)
			return
		}
		for k := math.Ceil(lo[j] / step); k*step <= hi[j]; k++ {
			x[j] = float64(k * step)
			axis(j + 1)
		}
	}
	axis(0)
}
