package proof

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
)

// TestTally holds sums of products against math/big, with words of all ones, and
// sums that cancel.
func TestTally(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 34))
	var y tally
	for range 300 {
		x := make([]big.Int, 1+r.IntN(40))
		w := make([]int64, len(x))
		want := new(big.Int)
		for i := range x {
			x[i].Lsh(big.NewInt(1), uint(r.IntN(300)))
			if r.IntN(2) == 0 {
				x[i].Sub(&x[i], big.NewInt(1)) // all ones
			} else {
				for range 5 {
					x[i].Mul(&x[i], big.NewInt(r.Int64()))
				}
			}
			if r.IntN(2) == 0 {
				x[i].Neg(&x[i])
			}
			w[i] = []int64{math.MaxInt64, -math.MaxInt64, 1, -3, r.Int64() - r.Int64()}[r.IntN(5)]
			if i > 0 && r.IntN(4) == 0 {
				x[i].Neg(&x[i-1])
				w[i] = w[i-1]
			}
			want.Add(want, new(big.Int).Mul(&x[i], big.NewInt(w[i])))
		}
		y.room(x)
		y.clear()
		for i := range x {
			if w[i] < 0 {
				y.add(-x[i].Sign(), x[i].Bits(), big.Word(-w[i]))
			} else {
				y.add(x[i].Sign(), x[i].Bits(), big.Word(w[i]))
			}
		}
		got := new(big.Int)
		if y.total(got); got.Cmp(want) != 0 {
			t.Fatalf("%v, want %v", got, want)
		}
	}
}

// TestShortTally is TestTally for integers of one word.
func TestShortTally(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 37))
	var y tally
	for range 300 {
		x := make([]big.Int, 1+r.IntN(40))
		w := make([]int64, len(x))
		want := new(big.Int)
		for i := range x {
			x[i].SetUint64([]uint64{0, 1, math.MaxUint64, r.Uint64()}[r.IntN(4)])
			if r.IntN(2) == 0 {
				x[i].Neg(&x[i])
			}
			w[i] = []int64{0, math.MaxInt64, -math.MaxInt64, -1, r.Int64() - r.Int64()}[r.IntN(5)]
			if i > 0 && r.IntN(3) == 0 {
				x[i].Neg(&x[i-1])
				w[i] = w[i-1]
			}
			want.Add(want, new(big.Int).Mul(&x[i], big.NewInt(w[i])))
		}
		y.room(x)
		if !y.short {
			t.Fatal("not one word each")
		}
		var s short3
		for i := range x {
			s.add(w[i], &y, i)
		}
		got := new(big.Int)
		if s.total(got); got.Cmp(want) != 0 {
			t.Fatalf("%v, want %v", got, want)
		}
	}
}

// TestIntegers: numbers in their common unit, and those that have none of 63 bits.
func TestIntegers(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 35))
	wide := 0
	for range 500 {
		v := make([]float64, 1+r.IntN(5))
		for i := range v {
			if r.IntN(4) > 0 {
				v[i] = math.Ldexp(float64(r.Int64N(1<<53)-1<<52), -r.IntN(30))
			}
		}
		m := make([]int64, len(v))
		unit := integers(m, v)
		if unit == tooWide {
			wide++
			continue
		}
		for i := range v {
			if rational(big.NewInt(m[i]), unit).Cmp(fraction(v[i])) != 0 {
				t.Fatalf("%v is not %d 2^%d", v[i], m[i], unit)
			}
		}
	}
	if wide == 0 || wide > 400 {
		t.Errorf("%d of 500 are too wide", wide)
	}
}

// TestContest: the first of the largest amounts wins, whatever floats say of them, and
// however many there are.
func TestContest(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 36))
	for range 200 {
		var c contest
		var amounts []*big.Rat
		for i := range 1 + r.IntN(3*mostCandidates) {
			a := big.NewRat(int64(r.IntN(4)), 3)
			amounts = append(amounts, a)
			v, _ := a.Float64()
			off := []float64{1e-15, 0.1, 1, math.NaN()}[r.IntN(4)]
			c.add(candidate{place: Place{Item: i, Amount: a}, lo: v - off, hi: v + off})
		}
		c.decide()
		want := 0
		for i, a := range amounts {
			if a.Cmp(amounts[want]) > 0 {
				want = i
			}
		}
		if got := c.left[0].place.Item; got != want {
			t.Fatalf("%d wins, want %d of %v", got, want, amounts)
		}
	}
}
