package preimage_test

import (
	"context"
	"math"
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/preimage"
	"github.com/netmend/netmend/set"
	"github.com/netmend/netmend/spec"
)

// measured is a preimage of y0 <= 0 with volumes.
func measured(t *testing.T, net *nn.Network, domain set.Polyhedron, target set.Polyhedron) *preimage.Result {
	t.Helper()
	r, err := preimage.Regions(context.Background(), net, domain, set.Union{target}, preimage.RegionsOptions{Prove: true, Volume: true})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// oneLayer is a network of one ReLU layer and an affine one.
func oneLayer(t *testing.T, in, hidden, out int, next func() float64) *nn.Network {
	t.Helper()
	layer := func(rows, columns int) *nn.Dense {
		d := &nn.Dense{Params: nn.Params{Weight: nn.NewMatrix(rows, columns)}}
		for i := range rows {
			for j := range columns {
				d.Weight.Row(i)[j] = next()
			}
			d.Bias = append(d.Bias, next())
		}
		return d
	}
	net, err := nn.New([]nn.Node{
		{Inputs: []int{nn.Input}, Op: layer(hidden, in)}, {Inputs: []int{0}, Op: nn.ReLU()}, {Inputs: []int{1}, Op: layer(out, hidden)},
	}, []int{in}, nn.Meta{})
	if err != nil {
		t.Fatal(err)
	}
	return net
}

// difference is the network x0 - x1, or of one input x0.
func difference(t *testing.T, in int) *nn.Network {
	t.Helper()
	d := &nn.Dense{Params: nn.Params{Weight: nn.NewMatrix(1, in), Bias: []float64{0}}}
	d.Weight.Row(0)[0] = 1
	if in > 1 {
		d.Weight.Row(0)[1] = -1
	}
	net, err := nn.New([]nn.Node{{Inputs: []int{nn.Input}, Op: d}}, []int{in}, nn.Meta{})
	if err != nil {
		t.Fatal(err)
	}
	return net
}

// TestVolumeBounds: boxes of all sizes, sets without an interior, equalities, domains that are
// cut or flat.
func TestVolumeBounds(t *testing.T) {
	atMost := func(b float64) set.Polyhedron {
		return set.Whole(1).With(set.HalfSpace{Normal: []float64{1}, Offset: b})
	}
	tie := atMost(0).With(set.HalfSpace{Normal: []float64{-1}})
	box := func(lo, hi float64) set.Polyhedron {
		return set.Box{Lo: []float64{lo, lo}, Hi: []float64{hi, hi}}.Polyhedron()
	}
	triangle := box(0, 1).With(set.HalfSpace{Normal: []float64{1, 1}, Offset: 1})
	diagonal := box(0, 1).With(set.HalfSpace{Normal: []float64{1, 1}, Offset: 1}, set.HalfSpace{Normal: []float64{-1, -1}, Offset: -1})
	for _, c := range []struct {
		name             string
		domain, target   set.Polyhedron
		volume, fraction float64
		exact            bool // no rounding at all
	}{
		{"half", box(0, 1), atMost(0), 0.5, 0.5, false},
		{"tiny", box(0, 1e-9), atMost(0), 0.5e-18, 0.5, false},
		{"tiny and far", box(1, 1+0x1p-40), atMost(0), 0x1p-81, 0.5, false},
		{"next numbers", box(1, 1+0x1p-52), atMost(0), 0x1p-105, 0.5, false},
		{"a part of the tiny", box(0, 0x1p-30), atMost(-0x1p-31), 0x1p-63, 0.125, false},
		{"huge", box(-1e9, 1e9), atMost(0), 2e18, 0.5, false},
		{"small in the huge", box(0, 0x1p30), atMost(1 - 0x1p30), 0.5, 0x1p-61, false},
		{"nothing", box(0, 1), atMost(-2), 0, 0, true},
		{"a corner", box(0, 1), atMost(-1), 0, 0, true},
		{"a line", box(0, 1), tie, 0, 0, true},
		{"all", box(0, 1), atMost(2), 1, 1, true},
		{"of a triangle", triangle, atMost(0), 0.25, 0.5, false},
		{"of a diagonal", diagonal, atMost(0), math.Sqrt2 / 2, 0.5, false},
		{"a fixed input", set.Box{Lo: []float64{0, 0.25}, Hi: []float64{1, 0.25}}.Polyhedron(), atMost(0), 0.25, 0.25, false},
		{"a point", set.Box{Lo: []float64{0, 0.25}, Hi: []float64{0, 0.25}}.Polyhedron(), atMost(0), 1, 1, true},
		{"another point", set.Box{Lo: []float64{1, 0.25}, Hi: []float64{1, 0.25}}.Polyhedron(), atMost(0), 0, 0, true},
	} {
		r := measured(t, difference(t, 2), c.domain, c.target)
		e := r.Extents
		if !r.Proof.Accepted || e.Basis != preimage.Rigorous {
			t.Errorf("%s: %v, %q", c.name, r.Proof, e.Basis)
			continue
		}
		share := e.Share()
		near := func(lo, hi, v float64) bool {
			if c.exact {
				return lo == v && hi == v
			}
			return lo <= v*(1+1e-15) && hi >= v*(1-1e-15) && hi-lo <= 1e-6*v
		}
		if !near(e.Volume.Lo, e.Volume.Hi, c.volume) || !near(share.Lo, share.Hi, c.fraction) || r.Volume < e.Volume.Lo || r.Volume > e.Volume.Hi {
			t.Errorf("%s: %v in %v, a share of %v; want %v, %v", c.name, r.Volume, e.Volume, share, c.volume, c.fraction)
		}
	}
}

// TestVolumeOfTie: what has no class on a set with an interior is measured, not what is left.
func TestVolumeOfTie(t *testing.T) {
	// y0 = max(x - 3/4, 0) + max(1/4 - x, 0), y1 = 0 on [0, 1].
	a := &nn.Dense{Params: nn.Params{Weight: nn.NewMatrix(2, 1), Bias: []float64{-0.75, 0.25}}}
	a.Weight.Data[0], a.Weight.Data[1] = 1, -1
	b := &nn.Dense{Params: nn.Params{Weight: nn.NewMatrix(2, 2), Bias: []float64{0, 0}}}
	b.Weight.Row(0)[0], b.Weight.Row(0)[1] = 1, 1
	net, err := nn.New([]nn.Node{{Inputs: []int{nn.Input}, Op: a}, {Inputs: []int{0}, Op: nn.ReLU()}, {Inputs: []int{1}, Op: b}}, []int{1}, nn.Meta{})
	if err != nil {
		t.Fatal(err)
	}
	questions := []preimage.Question{{Domain: set.Box{Lo: []float64{0}, Hi: []float64{1}}.Polyhedron()}}
	d, err := preimage.Divide(context.Background(), net, questions, spec.Argmax, preimage.RegionsOptions{Prove: true})
	if err != nil {
		t.Fatal(err)
	}
	if d.Basis != preimage.Rigorous || d.NoClass.Volume != 0.5 || d.NoClass.Within.Hi-d.NoClass.Within.Lo > 1e-12 || d.Classes[0].Volume != 0.5 || d.Classes[1].Within.Hi != 0 {
		t.Errorf("%+v", d)
	}
}

// TestVolumeOfLargeNetwork: beyond the size from which on exact arithmetic is the last resort,
// volumes of the two halves of a box add up to it, and units that are there twice, or vanish,
// do no harm.
func TestVolumeOfLargeNetwork(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	net := oneLayer(t, 3, 120, 1, rng.NormFloat64)
	first := net.Nodes[0].Op.(*nn.Dense)
	for i := range 60 { // twice, and one that is zero
		copy(first.Weight.Row(60+i), first.Weight.Row(i))
		first.Bias[60+i] = first.Bias[i]
	}
	clear(first.Weight.Row(0))
	first.Bias[0] = 0
	domain := set.Box{Lo: []float64{0, 0, 0}, Hi: []float64{0.5, 0.5, 0.5}}.Polyhedron()
	y, err := net.EvalPoint([]float64{0.2, 0.3, 0.25})
	if err != nil {
		t.Fatal(err)
	}
	below := set.Whole(1).With(set.HalfSpace{Normal: []float64{1}, Offset: y[0]})
	above := set.Whole(1).With(set.HalfSpace{Normal: []float64{-1}, Offset: -y[0]})
	a, b := measured(t, net, domain, below), measured(t, net, domain, above)
	sum := a.Extents.Volume.Plus(b.Extents.Volume)
	if a.Extents.Basis != preimage.Rigorous || sum.Lo > 0.125 || sum.Hi < 0.125 || sum.Hi-sum.Lo > 1e-6*0.125 || a.Volume < 0.01 || b.Volume < 0.01 {
		t.Errorf("%+v and %+v are not an eighth", a.Extents, b.Extents)
	}
	// The same on a box of which float64 only knows the size.
	tiny := set.Box{Lo: []float64{0.2, 0.3, 0.25}, Hi: []float64{0.2 + 0x1p-40, 0.3 + 0x1p-40, 0.25 + 0x1p-40}}.Polyhedron()
	a, b = measured(t, net, tiny, below), measured(t, net, tiny, above)
	sum = a.Extents.Volume.Plus(b.Extents.Volume)
	whole := a.Extents.Domain
	if a.Extents.Basis != preimage.Rigorous || sum.Lo > whole.Hi || sum.Hi < whole.Lo || sum.Hi-sum.Lo > 1e-6*whole.Hi {
		t.Errorf("%+v and %+v are not all of it", a.Extents, b.Extents)
	}
}

// TestVolumeSampled: beyond five dimensions bounds are those of samples, and called so, but of
// what is proven to be empty or all.
func TestVolumeSampled(t *testing.T) {
	net := difference(t, 6)
	box := set.Box{Lo: make([]float64, 6), Hi: []float64{1, 1, 1, 1, 1, 2}}
	target := set.Whole(1).With(set.HalfSpace{Normal: []float64{1}, Offset: -0.5})
	r := measured(t, net, box.Polyhedron(), target)
	e := r.Extents
	if e.Basis != preimage.Sampled || e.Volume.Lo > 0.25 || e.Volume.Hi < 0.25 || e.Volume.Hi-e.Volume.Lo > 0.02 || math.Abs(r.Volume-0.25) > 1e-9 {
		t.Errorf("%v in %+v, want a quarter", r.Volume, e)
	}
	half := box.Polyhedron().With(set.HalfSpace{Normal: []float64{0, 0, 0, 0, 1, 0.5}, Offset: 1})
	if r = measured(t, net, half, target); r.Extents.Basis != preimage.Sampled || r.Extents.Share().Lo > 0.125 || r.Extents.Share().Hi < 0.125 {
		t.Errorf("%v in %+v, want an eighth of the set", r.Volume, r.Extents)
	}
	for _, c := range []struct{ offset, volume float64 }{{-2, 0}, {2, 2}} {
		target := set.Whole(1).With(set.HalfSpace{Normal: []float64{1}, Offset: c.offset})
		e := measured(t, net, box.Polyhedron(), target).Extents
		if e.Basis != preimage.Rigorous || e.Volume.Lo != c.volume || e.Volume.Hi != c.volume {
			t.Errorf("%+v, want %v", e, c.volume)
		}
	}
}

// TestVolumeUnproven: what is not proven has no bounds.
func TestVolumeUnproven(t *testing.T) {
	r, err := preimage.Regions(context.Background(), difference(t, 2), set.Box{Lo: []float64{0, 0}, Hi: []float64{1, 1}}.Polyhedron(),
		set.Union{set.Whole(1).With(set.HalfSpace{Normal: []float64{1}})}, preimage.RegionsOptions{Volume: true})
	if err != nil || r.Extents.Basis != preimage.Unbounded || r.Volume != 0.5 {
		t.Errorf("%v %+v, %v", r.Volume, r.Extents, err)
	}
}

// TestVolumesAddUp: the classes of random networks, dead, duplicate and vanishing units
// included, fill the box, exactly so.
func TestVolumesAddUp(t *testing.T) {
	rng := rand.New(rand.NewPCG(9, 10))
	for i := range 60 {
		net := integerNetwork(t, rng, 1+i%3)
		lo, hi := make([]float64, 1+i%3), make([]float64, 1+i%3)
		want := big.NewRat(1, 1)
		for j := range lo {
			lo[j], hi[j] = -float64(rng.IntN(3)), float64(1+rng.IntN(3))
			want.Mul(want, new(big.Rat).SetFloat64(hi[j]-lo[j]))
		}
		d, err := preimage.Divide(context.Background(), net, []preimage.Question{{Domain: set.Box{Lo: lo, Hi: hi}.Polyhedron()}}, spec.Argmax, preimage.RegionsOptions{Prove: true})
		if err != nil {
			t.Fatal(err)
		}
		sum := d.NoClass.Within
		for _, s := range d.Classes {
			sum = sum.Plus(s.Within)
		}
		w, _ := want.Float64()
		if d.Basis != preimage.Rigorous || sum.Lo > w || sum.Hi < w || sum.Hi-sum.Lo > 1e-6*w {
			t.Errorf("network %d: %v is not %v: %+v", i, sum, w, d)
		}
	}
}
