package set_test

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/netmend/netmend/set"
)

// TestContainsExactly compares with rational arithmetic on points that lie on
// the boundary up to rounding.
func TestContainsExactly(t *testing.T) {
	on := map[int]int{}
	for seed := range uint64(3000) {
		r := rand.New(rand.NewPCG(seed, 20))
		dim := 1 + r.IntN(4)
		h := set.HalfSpace{Normal: make([]float64, dim), Strict: seed%2 == 0}
		x := make([]float64, dim)
		for j := range dim {
			h.Normal[j] = float64(r.NormFloat64() * math.Exp2(float64(r.IntN(80)-40)))
			x[j] = r.NormFloat64()
			if seed%3 == 0 { // exact ties happen
				h.Normal[j], x[j] = float64(r.IntN(9)-4), float64(r.IntN(9)-4)/8
			}
		}
		h.Offset = -set.HalfSpace{Normal: h.Normal}.Slack(x)
		if seed%5 == 0 {
			h.Offset = math.Nextafter(h.Offset, float64(r.IntN(3)-1)*1e300)
		}
		sum := new(big.Rat).SetFloat64(h.Offset)
		for j, a := range h.Normal {
			sum.Sub(sum, new(big.Rat).Mul(new(big.Rat).SetFloat64(a), new(big.Rat).SetFloat64(x[j])))
		}
		on[sum.Sign()]++
		want := sum.Sign() > 0 || sum.Sign() == 0 && !h.Strict
		if got := h.Contains(x); got != want {
			t.Errorf("seed %d: Contains = %v, exact slack %v", seed, got, sum)
		}
		if h.Contains(x) == h.Complement().Contains(x) {
			t.Errorf("seed %d: in both or neither of a half-space and its complement", seed)
		}
	}
	for sign := -1; sign <= 1; sign++ {
		if on[sign] < 100 {
			t.Errorf("only %d cases with sign %d", on[sign], sign)
		}
	}
	for _, test := range []struct {
		h    set.HalfSpace
		x    []float64
		want bool
	}{
		{set.HalfSpace{Normal: []float64{1e300, -1e300}, Offset: 0}, []float64{1e300, 1e300}, true},
		{set.HalfSpace{Normal: []float64{1e300, -1e300}, Offset: 0, Strict: true}, []float64{1e300, 1e300}, false},
		{set.HalfSpace{Normal: []float64{1e-300}, Offset: 0}, []float64{1e-300}, false},
		{set.HalfSpace{Normal: []float64{1e-300}, Offset: 0}, []float64{-1e-300}, true},
		{set.HalfSpace{Normal: []float64{0}, Offset: 0, Strict: true}, []float64{1}, false},
	} {
		if got := test.h.Contains(test.x); got != test.want {
			t.Errorf("%+v contains %v: %v", test.h, test.x, got)
		}
	}
}

// TestIntervalEncloses compares with exact arithmetic and wants the nearest float64
// on each side.
func TestIntervalEncloses(t *testing.T) {
	exact := func(x float64) *big.Rat { return new(big.Rat).SetFloat64(x) }
	for seed := range uint64(3000) {
		r := rand.New(rand.NewPCG(seed, 21))
		draw := func() float64 {
			if seed%4 == 0 {
				return float64(r.IntN(7) - 3)
			}
			return float64(r.NormFloat64() * math.Exp2(float64(r.IntN(60)-30)))
		}
		interval := func() set.Interval {
			a, b := draw(), draw()
			return set.Interval{Lo: min(a, b), Hi: max(a, b)}
		}
		i, j := interval(), interval()
		product := []*big.Rat{}
		for _, x := range [2]float64{i.Lo, i.Hi} {
			for _, y := range [2]float64{j.Lo, j.Hi} {
				product = append(product, new(big.Rat).Mul(exact(x), exact(y)))
			}
		}
		least, most := product[0], product[0]
		for _, v := range product {
			if v.Cmp(least) < 0 {
				least = v
			}
			if v.Cmp(most) > 0 {
				most = v
			}
		}
		for _, test := range []struct {
			name   string
			got    set.Interval
			lo, hi *big.Rat
		}{
			{"sum", i.Add(j), new(big.Rat).Add(exact(i.Lo), exact(j.Lo)), new(big.Rat).Add(exact(i.Hi), exact(j.Hi))},
			{"difference", i.Sub(j), new(big.Rat).Sub(exact(i.Lo), exact(j.Hi)), new(big.Rat).Sub(exact(i.Hi), exact(j.Lo))},
			{"product", i.Mul(j), least, most},
		} {
			if exact(test.got.Lo).Cmp(test.lo) > 0 || exact(test.got.Hi).Cmp(test.hi) < 0 {
				t.Errorf("seed %d: %s of %v and %v is %v, exactly [%v, %v]", seed, test.name, i, j, test.got, test.lo, test.hi)
			}
			lo, hi := math.Nextafter(test.got.Lo, inf), math.Nextafter(test.got.Hi, -inf)
			if exact(lo).Cmp(test.lo) <= 0 || exact(hi).Cmp(test.hi) >= 0 {
				t.Errorf("seed %d: %s of %v and %v is %v, wider than need be", seed, test.name, i, j, test.got)
			}
		}
	}
}

func TestInterval(t *testing.T) {
	whole, empty := set.Line(), set.EmptyInterval()
	half := set.Interval{Lo: 2, Hi: inf}
	for _, test := range []struct {
		name      string
		got, want set.Interval
	}{
		{"0 times no bound", set.Interval{}.Mul(whole), set.Interval{}},
		{"negative times half-line", half.Scale(-3), set.Interval{Lo: -inf, Hi: -6}},
		{"half-lines", half.Sub(half), whole},
		{"sum of half-lines", half.Add(half), set.Interval{Lo: 4, Hi: inf}},
		{"empty sum", half.Add(empty), empty},
		{"empty product", empty.Mul(whole), empty},
		{"hull with empty", half.Hull(empty), half},
		{"hull", half.Hull(set.Interval{Lo: 0, Hi: 1}), set.Interval{Lo: 0, Hi: inf}},
		{"intersection", half.Intersect(set.Interval{Lo: 0, Hi: 3}), set.Interval{Lo: 2, Hi: 3}},
		{"overflow", set.Interval{Lo: 1e308, Hi: 1e308}.Scale(10), set.Interval{Lo: math.MaxFloat64, Hi: inf}},
		{"underflow", set.Interval{Lo: 1e-200, Hi: 1e-200}.Scale(1e-200), set.Interval{Lo: -math.SmallestNonzeroFloat64, Hi: math.SmallestNonzeroFloat64}},
	} {
		if test.got != test.want {
			t.Errorf("%s: %v, want %v", test.name, test.got, test.want)
		}
	}
	if w := half.Width(); w != inf || empty.Width() != 0 || !empty.Empty() || whole.Empty() {
		t.Errorf("widths %v and %v", w, empty.Width())
	}
}
