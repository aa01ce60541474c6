package lp

import (
	"math/big"
	"math/rand/v2"
	"testing"
)

// TestDecide compares points and multipliers with what they must prove, on systems with
// small integers, many of which have no interior.
func TestDecide(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	found, refuted := 0, 0
	for range 3000 {
		n := 1 + r.IntN(3)
		var hs []Half
		row := func(strict bool, terms ...int64) {
			h := Half{Strict: strict}
			for _, v := range terms {
				h.Terms = append(h.Terms, big.NewInt(v))
			}
			hs = append(hs, h)
		}
		for _, sign := range []int64{-1, 1} {
			for k := range n {
				terms := make([]int64, n+1)
				terms[0], terms[1+k] = -int64(r.IntN(3)), sign*int64(1+r.IntN(2))
				row(r.IntN(2) == 0, terms...)
			}
		}
		for range r.IntN(6) {
			terms := make([]int64, n+1)
			for k := range terms {
				terms[k] = int64(r.IntN(5) - 2)
			}
			row(r.IntN(2) == 0, terms...)
		}
		x, y := Decide(hs, nil)
		if (x == nil) == (y == nil) {
			t.Fatalf("%v: a point %v and multipliers %v", hs, x, y)
		}
		if x != nil {
			found++
			for _, h := range hs {
				v := value(h, x)
				if v.Sign() > 0 || v.Sign() == 0 && h.Strict {
					t.Fatalf("%v: %v is not in %v", hs, x, h)
				}
			}
			continue
		}
		refuted++
		sum, strict := make([]big.Rat, n+1), false
		for i, h := range hs {
			if y[i].Sign() < 0 {
				t.Fatalf("multipliers %v", y)
			}
			strict = strict || h.Strict && y[i].Sign() > 0
			for k, v := range h.Terms {
				sum[k].Add(&sum[k], new(big.Rat).Mul(y[i], new(big.Rat).SetInt(v)))
			}
		}
		for k := range n {
			if sum[1+k].Sign() != 0 {
				t.Fatalf("%v: the sum with %v is no constant", hs, y)
			}
		}
		if sum[0].Sign() < 0 || sum[0].Sign() == 0 && !strict {
			t.Fatalf("%v: %v refute nothing", hs, y)
		}
	}
	if found < 500 || refuted < 500 {
		t.Errorf("%d points, %d refuted: the systems are one-sided", found, refuted)
	}
}

func value(h Half, x []*big.Rat) *big.Rat {
	v := new(big.Rat).SetInt(h.Terms[0])
	for k, a := range h.Terms[1:] {
		v.Add(v, new(big.Rat).Mul(x[k], new(big.Rat).SetInt(a)))
	}
	return v
}

// TestMaximum compares maxima with what their multipliers prove, and with a point.
func TestMaximum(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 2000 {
		n := 1 + r.IntN(3)
		var hs []Half
		row := func(terms ...int64) {
			h := Half{}
			for _, v := range terms {
				h.Terms = append(h.Terms, big.NewInt(v))
			}
			hs = append(hs, h)
		}
		for _, sign := range []int64{-1, 1} {
			for k := range n {
				terms := make([]int64, n+1)
				terms[0], terms[1+k] = -int64(r.IntN(3)), sign*int64(1+r.IntN(2))
				row(terms...)
			}
		}
		for range r.IntN(6) {
			terms := make([]int64, n+1)
			for k := range terms {
				terms[k] = int64(r.IntN(5) - 2)
			}
			row(terms...)
		}
		var objective []*big.Int
		for range n + 1 {
			objective = append(objective, big.NewInt(int64(r.IntN(7)-3)))
		}
		value, y := Maximum(hs, objective, nil)
		x, _ := Decide(hs, nil)
		if (x == nil) != (value == nil) {
			t.Fatalf("%v: a maximum %v and a point %v", hs, value, x)
		}
		if value == nil {
			continue
		}
		sum := make([]big.Rat, n+1)
		for i, h := range hs {
			if y[i].Sign() < 0 {
				t.Fatalf("multipliers %v", y)
			}
			for k, v := range h.Terms {
				sum[k].Add(&sum[k], new(big.Rat).Mul(y[i], new(big.Rat).SetInt(v)))
			}
		}
		sum[0].Add(&sum[0], value)
		for k := range sum {
			if sum[k].Cmp(new(big.Rat).SetInt(objective[k])) != 0 {
				t.Fatalf("%v, %v: the maximum %v is not proven by %v", hs, objective, value, y)
			}
		}
		// It is attained: the half-spaces where the objective is as large have a point.
		at := Half{}
		for k, c := range objective {
			v := new(big.Rat).SetInt(c)
			if k == 0 {
				v.Sub(v, value)
			}
			v.Mul(v, new(big.Rat).SetInt(value.Denom()))
			at.Terms = append(at.Terms, new(big.Int).Neg(v.Num()))
		}
		if x, _ := Decide(append(hs, at), nil); x == nil {
			t.Fatalf("%v, %v: the maximum %v is not attained", hs, objective, value)
		}
	}
}
