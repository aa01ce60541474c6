package solve_test

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/netmend/netmend/internal/vector"
	"github.com/netmend/netmend/set"
	"github.com/netmend/netmend/set/solve"
)

func TestEmpty(t *testing.T) {
	third := 1.0 / 3
	for _, test := range []struct {
		name  string
		p     set.Polyhedron
		empty bool
	}{
		{"whole", set.Whole(3), false},
		{"empty", set.Empty(2), true},
		{"point without dimensions", set.Whole(0), false},
		{"nothing without dimensions", set.Empty(0), true},
		{"square", box(0, 1, 2), false},
		{"crossed", poly(1, row(1, 0), row(-1, -1)), true},
		{"point", poly(1, row(1, 0.1), row(-1, -0.1)), false},
		{"point missed by one bit", poly(1, row(1, 0.1), row(-1, -math.Nextafter(0.1, 1))), true},
		{"open at the point", poly(1, strict(1, 0.1), row(-1, -0.1)), true},
		{"open interval of one bit", poly(1, strict(1, math.Nextafter(0.1, 1)), strict(-1, -0.1)), false},
		{"line", poly(2, row(1, 1, 1), row(-1, -1, -1)), false},
		{"scaled line", poly(2, row(3, 3, 1), row(-1, -1, -third)), 3*big3(third) > 1},
		{"line and open half-plane", poly(2, row(1, 1, 1), row(-1, -1, -1), strict(1, 1, 1)), true},
		{"parallel, far", poly(2, row(1, 2, 0), row(-1, -2, -1)), true},
		{"nearly parallel, meeting far away", poly(2, row(0, 1, 0), row(1e-7, -1, -1)), false},
		{"0 < 0", poly(1, strict(0, 0)), true},
		{"0 <= 0", poly(1, row(0, 0)), false},
		{"large", poly(1, row(1, 1e200), row(-1, -1e199)), false},
	} {
		t.Run(test.name, func(t *testing.T) {
			e, err := solve.Empty(test.p)
			check(t, err)
			if e.Empty != test.empty {
				t.Fatalf("%+v, want empty %v", e, test.empty)
			}
			if e.Member && !test.p.Contains(e.Point) {
				t.Errorf("point %v is said to be a member", e.Point)
			}
		})
	}
}

// big3 is the sign of 3 x - 1, exactly, plus 1: only what TestEmpty needs.
func big3(x float64) float64 {
	r := new(big.Rat).SetFloat64(x)
	r.Mul(r, big.NewRat(3, 1))
	return float64(r.Cmp(big.NewRat(1, 1))) + 1./3
}

// TestEmptyOnGrid compares with a search for points of a fine grid, among which
// every set of this kind that is not empty has none only rarely, and checks
// both kinds of certificate.
func TestEmptyRandom(t *testing.T) {
	count := map[bool]int{}
	for seed := range uint64(3000) {
		rng := rand.New(rand.NewPCG(seed, 5))
		dim := 1 + rng.IntN(3)
		p := integral(rng, dim, seed%2 == 0)
		e, err := solve.Empty(p)
		check(t, err)
		count[e.Empty]++
		if !e.Empty {
			if !within(p, e.Point) || e.Member != p.Contains(e.Point) {
				t.Errorf("seed %d: %+v is no point of %+v", seed, e, p)
			}
			continue
		}
		x := make([]float64, dim)
		for range 300 {
			for j := range x {
				x[j] = float64(rng.IntN(33)-16) / 4
			}
			if p.Contains(x) {
				t.Fatalf("seed %d: %+v has the point %v", seed, p, x)
			}
		}
		if e.Farkas == nil {
			if !p.HasStrict() {
				t.Errorf("seed %d: no multipliers for %+v", seed, p)
			}
			continue
		}
		sum, right := make([]float64, dim), 0.0
		for i, y := range e.Farkas {
			for j, a := range p.Rows[i].Normal {
				sum[j] += float64(y * a)
			}
			right += float64(y * p.Rows[i].Closure().Offset)
			if y < 0 {
				t.Errorf("seed %d: multiplier %v", seed, y)
			}
		}
		if right >= 0 || vector.Dot(sum, sum) > 1e-18 {
			t.Errorf("seed %d: multipliers give %v <= %v for %+v", seed, sum, right, p)
		}
	}
	if count[true] < 300 || count[false] < 300 {
		t.Errorf("%v empty and not, want enough of both", count)
	}
}

func TestAffineHull(t *testing.T) {
	for _, test := range []struct {
		name      string
		p         set.Polyhedron
		dimension int
	}{
		{"square", box(0, 1, 2), 2},
		{"whole", set.Whole(3), 3},
		{"point", poly(1, row(1, 2), row(-1, -2)), 0},
		{"segment", poly(2, row(1, 1, 1), row(-1, -1, -1), row(1, 0, 1), row(-1, 0, 1)), 1},
		{"line", poly(2, row(1, 1, 1), row(-1, -1, -1)), 1},
		{"corner", poly(2, row(1, 0, 0), row(0, 1, 0), row(-1, -1, 0)), 0},
		{"edge of a cube", box(0, 1, 3).With(row(-1, -1, 0, -2)), 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			h, err := solve.AffineHullOf(test.p)
			check(t, err)
			if len(h.Basis) != test.dimension {
				t.Errorf("%+v, want dimension %d", h, test.dimension)
			}
			if !within(test.p, h.Point) {
				t.Errorf("%v is outside", h.Point)
			}
		})
	}
	if _, err := solve.AffineHullOf(set.Empty(2)); err == nil {
		t.Error("the empty set has an affine hull")
	}
}
