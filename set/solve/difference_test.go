package solve_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/netmend/netmend/internal/vector"
	"github.com/netmend/netmend/set"
	"github.com/netmend/netmend/set/solve"
)

func TestContainsAndEqual(t *testing.T) {
	square := box(0, 1, 2)
	left, right := square.With(row(1, 0, 0.5)), square.With(row(-1, 0, -0.5))
	diagonal := poly(2, row(1, -1, 0), row(-1, 1, 0), row(1, 0, 1), row(-1, 0, 0))
	for _, test := range []struct {
		name      string
		a, b      set.Union
		tolerance float64
		aInB      bool
		bInA      bool
	}{
		{"halves", set.Union{square}, set.Union{left, right}, 0, true, true},
		{"one half", set.Union{left}, set.Union{square}, 0, true, false},
		{"open halves leave a line", set.Union{square}, set.Union{
			square.With(strict(1, 0, 0.5)), square.With(strict(-1, 0, -0.5)),
		}, 0, false, true},
		{"open halves, with tolerance", set.Union{square}, set.Union{
			square.With(strict(1, 0, 0.5)), square.With(strict(-1, 0, -0.5)),
		}, 1e-6, true, true},
		{"segment in a square", set.Union{diagonal}, set.Union{square}, 0, true, false},
		{"nothing", nil, set.Union{square}, 0, true, false},
		{"empty members", set.Union{set.Empty(2)}, nil, 0, true, true},
		{"whole and two half-planes", set.Union{set.Whole(2)}, set.Union{poly(2, row(1, 1, 0)), poly(2, row(-1, -1, 0))}, 0, true, true},
		{"gap of 1e-3", set.Union{set.Whole(2)}, set.Union{poly(2, row(1, 0, 0)), poly(2, row(-1, 0, -1e-3))}, 1e-4, false, true},
		{"gap of 1e-3, with tolerance", set.Union{set.Whole(2)}, set.Union{poly(2, row(1, 0, 0)), poly(2, row(-1, 0, -1e-3))}, 1e-3, true, true},
		{"overlapping", set.Union{box(0, 2, 2)}, set.Union{box(0, 1.5, 2), box(0.5, 2, 2), poly(2, row(1, 0, 1), row(0, -1, -1), row(-1, 0, 0), row(0, 1, 2)), poly(2, row(-1, 0, -1), row(0, 1, 1), row(1, 0, 2), row(0, -1, 0))}, 0, true, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			for _, side := range []struct {
				u, v set.Union
				want bool
			}{{test.a, test.b, test.aInB}, {test.b, test.a, test.bInA}} {
				outside, ok, err := solve.Covered(side.u, side.v, test.tolerance)
				check(t, err)
				if ok != side.want {
					t.Errorf("%v covered by %v: %v (%v), want %v", side.u, side.v, ok, outside, side.want)
				}
				if !ok && (len(outside) != 2 || test.tolerance == 0 && side.v.Contains(outside)) {
					t.Errorf("%v is not outside", outside)
				}
			}
			_, equal, err := solve.Equal(test.a, test.b, test.tolerance)
			check(t, err)
			if equal != (test.aInB && test.bInA) {
				t.Errorf("equal: %v", equal)
			}
		})
	}
	ok, err := solve.Contains(square, left, 0)
	check(t, err)
	if !ok {
		t.Error("the square does not contain its left half")
	}
}

// TestDifference checks membership on points of a grid, which often lie on
// faces, and that pieces do not overlap.
func TestDifference(t *testing.T) {
	for seed := range uint64(150) {
		rng := rand.New(rand.NewPCG(seed, 8))
		dim := 1 + rng.IntN(3)
		p := integral(rng, dim, seed%2 == 0).Intersect(box(-2, 2, dim))
		var u set.Union
		for range 1 + rng.IntN(3) {
			u = append(u, integral(rng, dim, seed%3 == 0))
		}
		pieces, err := solve.Difference(p, u)
		check(t, err)
		x := make([]float64, dim)
		for range 200 {
			for j := range x {
				x[j] = float64(rng.IntN(17)-8) / 4
			}
			count := 0
			for _, q := range pieces {
				if q.Contains(x) {
					count++
				}
			}
			want := 0
			if p.Contains(x) && !u.Contains(x) {
				want = 1
			}
			if count != want {
				t.Fatalf("seed %d: %v is in %d pieces, want %d", seed, x, count, want)
			}
		}
		_, ok, err := solve.Equal(set.Union{p}, append(pieces, u.Intersect(p)...), 0)
		check(t, err)
		if !ok {
			t.Errorf("seed %d: the pieces and u do not make up p", seed)
		}
	}
}

func TestReduce(t *testing.T) {
	for _, test := range []struct {
		name string
		p    set.Polyhedron
		rows int
	}{
		{"square with three more", box(0, 1, 2).With(row(1, 1, 2), row(1, 1, 3), row(0, 0, 1)), 4},
		{"square twice", box(0, 1, 2).Intersect(box(0, 1, 2)), 4},
		{"scaled copies", poly(1, row(2, 2), row(4, 4), row(1, 1.5)), 1},
		{"half-plane", poly(2, row(1, 0, 1), row(1, 0, 2), row(0, 0, 0)), 1},
		{"empty", poly(1, row(1, 0), row(-1, -1)), 1},
		{"whole", poly(2, row(0, 0, 1)), 0},
		{"wedge", poly(2, row(1, 0, 0), row(0, 1, 0), row(1, 1, 0)), 2},
		{"line", poly(2, row(1, 1, 1), row(-1, -1, -1), row(2, 2, 5)), 2},
		{"point, three rows needed", poly(2, row(1, 0, 0), row(0, 1, 0), row(-1, -1, 0)), 3},
		{"cut at the corner only", box(0, 1, 2).With(row(1, 1, 2)), 4},
		{"strictly, which stays", box(0, 1, 2).With(strict(1, 1, 2)), 5},
		{"strict copy", poly(1, row(1, 1), strict(1, 1), row(2, 2)), 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			q, err := solve.Reduce(test.p)
			check(t, err)
			if len(q.Rows) != test.rows {
				t.Errorf("%+v, want %d rows", q, test.rows)
			}
			if q.HasStrict() != test.p.HasStrict() {
				t.Errorf("strict: %v", q.HasStrict())
			}
		})
	}
	for seed := range uint64(300) {
		rng := rand.New(rand.NewPCG(seed, 9))
		p := integral(rng, 1+rng.IntN(4), false)
		q, err := solve.Reduce(p)
		check(t, err)
		differs, ok, err := solve.Equal(set.Union{p}, set.Union{q}, 1e-7)
		check(t, err)
		if !ok {
			t.Errorf("seed %d: %+v and %+v differ at %v", seed, p, q, differs)
		}
		again, err := solve.Reduce(q)
		check(t, err)
		if len(again.Rows) != len(q.Rows) {
			t.Errorf("seed %d: %d rows, then %d", seed, len(q.Rows), len(again.Rows))
		}
	}
}

func TestSupportAndBounds(t *testing.T) {
	for _, test := range []struct {
		name string
		p    set.Polyhedron
		want set.Box
	}{
		{"square", box(0, 1, 2), set.Box{Lo: []float64{0, 0}, Hi: []float64{1, 1}}},
		{"whole", set.Whole(2), set.WholeBox(2)},
		{"empty", set.Empty(2), set.EmptyBox(2)},
		{"wedge", poly(2, row(-1, 1, 0), row(0, -1, 0)), set.Box{Lo: []float64{0, 0}, Hi: []float64{inf, inf}}},
		{"point", poly(1, row(3, 1), row(-3, -1)), set.Box{Lo: []float64{1. / 3}, Hi: []float64{1. / 3}}},
		{"diamond", cross(2), set.Box{Lo: []float64{-1, -1}, Hi: []float64{1, 1}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := solve.BoundingBox(test.p)
			check(t, err)
			for j := range test.want.Lo {
				for _, pair := range [2][2]float64{{got.Lo[j], test.want.Lo[j]}, {got.Hi[j], test.want.Hi[j]}} {
					if pair[0] != pair[1] && !(math.Abs(pair[0]-pair[1]) <= 1e-12) {
						t.Errorf("%v, want %v", got, test.want)
					}
				}
			}
			if !got.ContainsBox(test.want) && test.name != "point" {
				t.Errorf("%v is not rounded outward from %v", got, test.want)
			}
		})
	}
	r, err := solve.Support(poly(2, row(-1, 1, 0), row(0, -1, 0)), []float64{1, 1})
	check(t, err)
	if r.Value != inf || r.Ray == nil || vector.Dot(r.Ray, []float64{1, 1}) <= 0 {
		t.Errorf("%+v, want a ray", r)
	}
	for seed := range uint64(100) {
		rng := rand.New(rand.NewPCG(seed, 10))
		dim := 1 + rng.IntN(5)
		p, c := polytope(rng, dim, 6), normals(rng, dim)
		r, err := solve.Support(p, c)
		check(t, err)
		v, err := solve.Vertices(p)
		check(t, err)
		_, most := set.Polytope{Dim: dim, Vertices: v}.Support(c)
		if math.Abs(r.Value-most) > 1e-9 || r.Bound < most-1e-12 || r.Bound > most+1e-9 || !within(p, r.At) {
			t.Errorf("seed %d: %+v, the best vertex has %v", seed, r, most)
		}
	}
}

func TestChebyshev(t *testing.T) {
	for _, test := range []struct {
		name   string
		p      set.Polyhedron
		radius float64
	}{
		{"square", box(0, 1, 2), 0.5},
		{"triangle", poly(2, row(-1, 0, 0), row(0, -1, 0), row(3, 4, 12)), 1},
		{"segment", box(0, 1, 2).With(row(1, 1, 1), row(-1, -1, -1)), 0},
		{"strip", poly(2, row(0, 2, 2), row(0, -2, 2)), 1},
		{"wedge", poly(2, row(-1, 1, 0), row(0, -1, 0)), inf},
		{"whole", set.Whole(3), inf},
	} {
		x, r, err := solve.Chebyshev(test.p)
		check(t, err)
		if r != test.radius && !(math.Abs(r-test.radius) < 1e-9) || !within(test.p, x) {
			t.Errorf("%s: centre %v, radius %v, want %v", test.name, x, r, test.radius)
		}
	}
	if _, _, err := solve.Chebyshev(set.Empty(2)); err == nil {
		t.Error("the empty set has a centre")
	}
}
