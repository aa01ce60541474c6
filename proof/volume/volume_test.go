package volume

import (
	"errors"
	"math"
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/netmend/netmend/internal/oracle"
)

// trueVolume is the volume of a part of the cube by code that shares nothing.
func trueVolume(dim int, hs [][]*big.Int) *big.Rat {
	lo, hi, all := make([]oracle.Rat, dim), make([]oracle.Rat, dim), make([]int, dim)
	identity := &oracle.Affine{}
	for k := range dim {
		lo[k], hi[k], all[k] = oracle.Int(0), oracle.Int(1), k
		row := make([]oracle.Rat, dim)
		for j := range row {
			row[j] = new(big.Rat)
		}
		row[k] = oracle.Int(1)
		identity.W, identity.B = append(identity.W, row), append(identity.B, new(big.Rat))
	}
	net := &oracle.Net{Inputs: dim, Nodes: []oracle.Node{{From: []int{-1}, Affine: identity}}}
	var part []oracle.HalfSpace
	for _, h := range hs {
		o := oracle.HalfSpace{B: new(big.Rat).SetInt(new(big.Int).Neg(h[0]))}
		for _, v := range h[1:] {
			o.A = append(o.A, new(big.Rat).SetInt(v))
		}
		part = append(part, o)
	}
	return oracle.TotalVolume(oracle.Preimage(oracle.Regions(net, oracle.Box(lo, hi)), oracle.Union{part}), all)
}

// randomRows are half-spaces of the cube with integers up to most, by chance all on one
// point, or one of them twice, or the other way round.
func randomRows(r *rand.Rand, dim, most int) [][]*big.Int {
	var hs [][]*big.Int
	through := r.IntN(3) == 0
	for range r.IntN(3*dim + 1) {
		h := make([]*big.Int, 1+dim)
		sum := int64(0)
		for k := range dim {
			v := int64(r.IntN(2*most+1) - most)
			h[1+k] = big.NewInt(2 * v)
			sum += v
		}
		h[0] = big.NewInt(-sum) // through the middle
		if !through {
			h[0].Sub(h[0], big.NewInt(int64(r.IntN(2*most))))
		}
		if n := len(hs); n > 0 && r.IntN(8) == 0 {
			h = hs[r.IntN(n)]
		}
		hs = append(hs, h)
	}
	return hs
}

func floats(hs [][]*big.Int) []HalfSpace {
	var fs []HalfSpace
	for _, h := range hs {
		f := HalfSpace{}
		for _, v := range h {
			x, _ := new(big.Rat).SetInt(v).Float64()
			f.Terms = append(f.Terms, x)
		}
		fs = append(fs, f)
	}
	return fs
}

func alive() error { return nil }

// TestRandom compares exact volumes and enclosures with the oracle.
func TestRandom(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var m Meter
	told, shifted, positive := 0, 0, 0
	for i := range 600 {
		dim := 1 + i%4
		hs := randomRows(r, dim, []int{2, 1000}[i%2])
		want := trueVolume(dim, hs)
		sum, err := exactSum(dim, hs, alive)
		got := &sum.exact
		if err != nil || sum.rest != (Interval{}) || got.Cmp(want) != 0 {
			t.Fatalf("%d dimensions, %v: %v, %v, want %v", dim, hs, got, err, want)
		}
		w, _ := want.Float64()
		if w > 0 {
			positive++
		}
		for _, shift := range []float64{0, 0x1p-44, 0x1p-40} {
			in, ok := m.Enclose(dim, floats(hs), shift)
			if !ok {
				continue
			}
			if shift == 0 {
				told++
			} else {
				shifted++
			}
			if !contains(in, want) {
				t.Fatalf("%d dimensions, %v: %v is not in %v (shift %v)", dim, hs, w, in, shift)
			}
			if in.Hi-in.Lo > float64(1e-6*w)+float64(1e3*shift) {
				t.Errorf("%d dimensions, %v: the enclosure %v is wide (shift %v)", dim, hs, in, shift)
			}
		}
	}
	if positive < 200 || told < positive/3 || shifted < 2*positive*9/10 {
		t.Errorf("%d volumes are positive, %d are enclosed as they are, %d shifted", positive, told, shifted)
	}
}

func contains(i Interval, v *big.Rat) bool {
	lo, hi := new(big.Rat).SetFloat64(i.Lo), new(big.Rat).SetFloat64(i.Hi)
	return lo.Cmp(v) <= 0 && v.Cmp(hi) <= 0
}

// TestRadius moves half-spaces by their radius, either way: the enclosure contains all
// volumes.
func TestRadius(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	var m Meter
	tried := 0
	for range 200 {
		dim := 1 + r.IntN(4)
		hs := randomRows(r, dim, 1000)
		const unit = 1 << 20
		radius := int64(r.IntN(200)) // in units
		fs := floats(hs)
		for i := range fs {
			fs[i].Radius = float64(radius) / unit
		}
		in, ok := m.Enclose(dim, fs, 0)
		if !ok {
			continue
		}
		tried++
		for range 3 {
			var moved [][]*big.Int
			for _, h := range hs {
				g := make([]*big.Int, len(h))
				for k, v := range h {
					g[k] = new(big.Int).Mul(v, big.NewInt(unit))
				}
				g[0].Add(g[0], big.NewInt(radius*int64(2*r.IntN(2)-1)))
				moved = append(moved, g)
			}
			sum, err := exactSum(dim, moved, alive)
			v := &sum.exact
			if err != nil || !contains(in, v) {
				w, _ := v.Float64()
				t.Fatalf("%d dimensions, %v: %v is not in %v, %v", dim, moved, w, in, err)
			}
		}
	}
	if tried < 75 {
		t.Errorf("%d were enclosed", tried)
	}
}

// TestSlivers encloses simplices that are long and thin, askew, in five dimensions.
func TestSlivers(t *testing.T) {
	var m Meter
	for thin, width := range map[int64]float64{1 << 10: 1e-6, 1 << 20: 1e-4, 1 << 30: 0.1} {
		// Between two nearly parallel hyperplanes through the cube, cut by a third.
		hs := [][]*big.Int{
			ints(-75*thin, 40*thin, 34*thin, 18*thin, 22*thin, 24*thin),
			ints(75*thin-9, -40*thin, -34*thin, -18*thin, -22*thin, -24*thin),
			ints(-13, 10, -8, 30, 8, -12),
		}
		sum, err := exactSum(5, hs, alive)
		want := &sum.exact
		if err != nil {
			t.Fatal(err)
		}
		w, _ := want.Float64()
		in, ok := m.Enclose(5, floats(hs), 0)
		if !ok || !contains(in, want) || in.Hi-in.Lo > float64(width*w) {
			t.Errorf("a sliver of %v: %v, %v", w, in, ok)
		}
	}
}

func ints(vs ...int64) []*big.Int {
	var is []*big.Int
	for _, v := range vs {
		is = append(is, big.NewInt(v))
	}
	return is
}

// TestRefused: what float64 does not tell, and what is not finite, is refused.
func TestRefused(t *testing.T) {
	var m Meter
	for name, hs := range map[string][]HalfSpace{
		"three lines in a point": {{Terms: []float64{0, 1, -1}}, {Terms: []float64{-0.5, 1, 0}}, {Terms: []float64{-1, 1, 1}}},
		"no interior":            {{Terms: []float64{-0.5, 1, 0}}, {Terms: []float64{0.5, -1, 0}}},
		"nothing":                {{Terms: []float64{1, 1, 1}}},
		"perhaps nothing":        {{Terms: []float64{0, 0, 0}}},
		"not a number":           {{Terms: []float64{math.NaN(), 1, 1}}},
		"an infinite slope":      {{Terms: []float64{0, math.Inf(1), 1}}},
		"an infinite offset":     {{Terms: []float64{math.Inf(-1), 1, 1}}},
		"an infinite radius":     {{Terms: []float64{-1, 1, 1}, Radius: math.Inf(1)}},
		"a radius beyond it":     {{Terms: []float64{-1, 1, 1}, Radius: 2}},
		"huge numbers":           {{Terms: []float64{-1e308, 1e-300, 1e-300}}},
	} {
		if in, ok := m.Enclose(2, hs, 0); ok {
			t.Errorf("%s: %v", name, in)
		}
	}
	ended := errors.New("ended")
	if _, err := Exactly(2, [][]*big.Int{ints(0, 1, -1)}, func() error { return ended }); !errors.Is(err, ended) {
		t.Errorf("an exact volume goes on: %v", err)
	}
}

// TestForged: what is verified is caught where it is wrong.
func TestForged(t *testing.T) {
	hs := []HalfSpace{{Terms: []float64{-1.1, 1, 0.9, 0.45}}, {Terms: []float64{-0.7, 0.5, -0.25, 1}}}
	fresh := func() *Meter {
		m := new(Meter)
		if !m.load(3, hs, 0) || !m.clip() {
			t.Fatal("nothing to verify")
		}
		return m
	}
	if !fresh().verify() {
		t.Fatal("a polytope is refused")
	}
	for name, forge := range map[string]func(m *Meter){
		"a vertex twice": func(m *Meter) {
			m.body.facets = append(m.body.facets, m.body.facetsOf(0)...)
			m.body.neighbour = append(m.body.neighbour, m.body.neighboursOf(0)...)
			m.at = append(m.at, m.vertex(0)...)
		},
		"a vertex less": func(m *Meter) {
			n := m.body.len() - 1
			m.body.facets, m.body.neighbour, m.at = m.body.facets[:3*n], m.body.neighbour[:3*n], m.at[:3*n]
		},
		"another facet":     func(m *Meter) { m.body.facets[0] ^= 1 },
		"another edge":      func(m *Meter) { m.body.neighbour[0], m.body.neighbour[1] = m.body.neighbour[1], m.body.neighbour[0] },
		"a half-space less": func(m *Meter) { m.rows[len(m.rows)-4] += 0.7 },
	} {
		m := fresh()
		if forge(m); m.verify() {
			t.Errorf("%s is accepted", name)
		}
	}
}

// TestIntervals: the operations round outward.
func TestIntervals(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	exact := func(v float64) *big.Rat { return new(big.Rat).SetFloat64(v) }
	for range 1000 {
		a, b := r.ExpFloat64(), r.ExpFloat64()
		i, j := Around(exact(a)), Around(exact(b))
		if i.Lo != a || i.Hi != a {
			t.Fatal("a float64 is not itself")
		}
		if !contains(i.Plus(j), new(big.Rat).Add(exact(a), exact(b))) || !contains(i.Times(j), new(big.Rat).Mul(exact(a), exact(b))) {
			t.Fatal(a, b)
		}
		if small, large := min(a, b), max(a, b); !contains(Around(exact(large)).Minus(Around(exact(small))), new(big.Rat).Sub(exact(large), exact(small))) ||
			!contains(Around(exact(small)).Over(Around(exact(large))), new(big.Rat).Quo(exact(small), exact(large))) {
			t.Fatal(a, b)
		}
		third := big.NewRat(int64(1+r.IntN(1000)), 3)
		if in := Around(third); !contains(in, third) || in.Hi-in.Lo > 1e-12 {
			t.Fatal(third, in)
		}
	}
	one := Interval{1, 1}
	if zero := (Interval{}); one.Minus(one) != zero || zero.Over(one) != zero || zero.Times(one) != zero || one.Times(one) != one {
		t.Error("what is exact is not")
	}
}

// TestTotal adds up numbers whose common denominator is beyond what is added exactly.
func TestTotal(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for _, terms := range []int{1, 3, 200} {
		var sum total
		want := new(big.Rat)
		for range terms {
			denominator := new(big.Int).Lsh(big.NewInt(1), 900)
			denominator.Add(denominator, big.NewInt(int64(r.Uint32())))
			v := new(big.Rat).SetFrac(new(big.Int).Rsh(denominator, uint(r.IntN(60))), denominator)
			want.Add(want, new(big.Rat).Quo(v, big.NewRat(6, 1)))
			sum.add(v, big.NewRat(6, 1))
		}
		in := sum.interval()
		if long := sum.rest != (Interval{}); long != (terms == 200) {
			t.Errorf("%d terms: %v", terms, sum.rest)
		}
		if !contains(in, want) || in.Hi-in.Lo > float64(1e-13*in.Hi) {
			w, _ := want.Float64()
			t.Errorf("%d terms: %v is not in %v, closely", terms, w, in)
		}
	}
}
