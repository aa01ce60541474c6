package solve_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/netmend/netmend/set"
	"github.com/netmend/netmend/set/solve"
)

func TestConvexHull(t *testing.T) {
	for _, test := range []struct {
		name   string
		dim    int
		points [][]float64
		rows   int
	}{
		{"nothing", 2, nil, 1},
		{"point", 2, [][]float64{{1, 2}, {1, 2}}, 4},
		{"segment", 2, [][]float64{{0, 0}, {1, 1}, {2, 2}}, 4},
		{"square with inner points", 2, [][]float64{{0, 0}, {1, 0}, {0, 1}, {1, 1}, {0.5, 0.5}, {0.5, 0}}, 4},
		{"triangle in space", 3, [][]float64{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}, 5},
		{"octahedron", 3, [][]float64{{1, 0, 0}, {-1, 0, 0}, {0, 1, 0}, {0, -1, 0}, {0, 0, 1}, {0, 0, -1}}, 8},
		{"small far away", 1, [][]float64{{1e6}, {1e6 + 1e-3}}, 2},
	} {
		t.Run(test.name, func(t *testing.T) {
			p, err := solve.ConvexHull(test.dim, test.points)
			check(t, err)
			if len(p.Rows) != test.rows {
				t.Errorf("%d rows, want %d: %+v", len(p.Rows), test.rows, p)
			}
			for _, x := range test.points {
				if !within(p, x) {
					t.Errorf("%v is outside", x)
				}
			}
		})
	}
}

// TestHullOfVertices checks that vertices and hull are inverse to each other.
func TestHullOfVertices(t *testing.T) {
	for seed := range uint64(60) {
		rng := rand.New(rand.NewPCG(seed, 11))
		dim := 1 + rng.IntN(4)
		p := polytope(rng, dim, rng.IntN(5))
		if seed%3 == 0 {
			h := row(append(normals(rng, dim), 0)...)
			o := h.Complement()
			o.Strict = false
			p = p.With(h, o) // flat, through the origin
		}
		v, err := solve.Vertices(p)
		check(t, err)
		q, err := solve.ConvexHull(dim, v)
		check(t, err)
		if differs, ok, err := solve.Equal(set.Union{p}, set.Union{q}, 1e-7); err != nil || !ok {
			t.Errorf("seed %d: %v %v", seed, differs, err)
		}
		w, err := solve.Vertices(q)
		check(t, err)
		if len(v) != len(w) {
			t.Errorf("seed %d: %d vertices, then %d", seed, len(v), len(w))
		}
	}
}

// TestImage checks y in the image iff {x in p : a x + b = y} is not empty, for
// maps that are invertible, singular, into fewer and into more dimensions, of
// sets that are flat, unbounded or empty.
func TestImage(t *testing.T) {
	for seed := range uint64(150) {
		rng := rand.New(rand.NewPCG(seed, 12))
		n, m := 1+rng.IntN(3), 1+rng.IntN(3)
		p := integral(rng, n, false)
		if seed%2 == 0 {
			p = p.Intersect(box(-2, 2, n))
		}
		var rows [][]float64
		for range m {
			r := make([]float64, n)
			for j := range r {
				r[j] = float64(rng.IntN(5) - 2)
			}
			rows = append(rows, r)
		}
		a, b := matrix(rows...), make([]float64, m)
		for i := range b {
			b[i] = float64(rng.IntN(3) - 1)
		}
		image, err := solve.Image(p, a, b)
		check(t, err)
		check(t, image.Validate())
		y := make([]float64, m)
		for range 30 {
			for i := range y {
				y[i] = float64(rng.IntN(33)-16) / 4
			}
			fibre := p
			for i := range y {
				h := set.HalfSpace{Normal: a.Row(i), Offset: y[i] - b[i]}
				o := h.Complement()
				o.Strict = false
				fibre = fibre.With(h, o)
			}
			e, err := solve.Empty(fibre)
			check(t, err)
			if e.Empty && solve.Inflate(image, -1e-6).Contains(y) && len(image.Rows) > 0 && full(t, image) || !e.Empty && !within(image, y) {
				t.Fatalf("seed %d: %v: fibre empty %v, in the image %v: %+v", seed, y, e.Empty, image.Contains(y), image)
			}
			if e.Empty && !full(t, image) && solve.Inflate(image, 1e-7).Contains(y) {
				t.Fatalf("seed %d: %v is in the image: %+v", seed, y, image)
			}
		}
	}
}

func full(t *testing.T, p set.Polyhedron) bool {
	_, r, err := solve.Chebyshev(p)
	return err == nil && r > 1e-6
}

func TestEliminateStrict(t *testing.T) {
	// {x : x < y, y <= 1} has the shadow x < 1.
	p := poly(2, strict(1, -1, 0), row(0, 1, 1))
	q, err := solve.Eliminate(p, []int{0})
	check(t, err)
	if !q.Contains([]float64{0.999}) || q.Contains([]float64{1}) {
		t.Errorf("%+v, want x < 1", q)
	}
	// An equation is substituted: y = 2 x, 0 <= y <= 4.
	p = poly(2, row(2, -1, 0), row(-2, 1, 0), row(0, 1, 4), row(0, -1, 0))
	if q, err = solve.Eliminate(p, []int{0}); err != nil || len(q.Rows) != 2 || !q.Contains([]float64{2}) || q.Contains([]float64{2.1}) {
		t.Errorf("%+v, %v, want [0, 2]", q, err)
	}
	// Order of the coordinates kept.
	q, err = solve.Eliminate(poly(3, row(1, 0, 0, 1), row(0, 0, 1, 3)), []int{2, 0})
	check(t, err)
	if !q.Contains([]float64{3, 1}) || q.Contains([]float64{1, 3}) {
		t.Errorf("%+v, want z <= 3, x <= 1", q)
	}
}

func TestShadow(t *testing.T) {
	for _, test := range []struct {
		name string
		p    set.Polyhedron
		want int
	}{
		{"cube", box(0, 1, 4), 4},
		{"octahedron", cross(3), 4},
		{"simplex", simplex(5, 1), 3},
		{"point", box(0, 1, 3).With(row(1, 1, 1, 0)), 1},
		{"segment", box(0, 1, 3).With(row(1, -1, 0, 0), row(-1, 1, 0, 0)), 2},
		{"empty", set.Empty(3), 0},
	} {
		got, err := solve.Shadow(test.p, 0, 1)
		check(t, err)
		if len(got) != test.want {
			t.Errorf("%s: %v, want %d vertices", test.name, got, test.want)
		}
	}
	if _, err := solve.Shadow(poly(2, row(1, 0, 1)), 0, 1); err == nil {
		t.Error("a half-plane has a bounded shadow")
	}
	// Against elimination.
	for seed := range uint64(30) {
		rng := rand.New(rand.NewPCG(seed, 13))
		dim := 2 + rng.IntN(3)
		p := polytope(rng, dim, 4)
		got, err := solve.Shadow(p, 1, 0)
		check(t, err)
		q, err := solve.Eliminate(p, []int{1, 0})
		check(t, err)
		want, err := solve.Polygon(q)
		check(t, err)
		if len(got) != len(want) || math.Abs(area(got)-area(want)) > 1e-8 || area(got) <= 0 {
			t.Errorf("seed %d: %v with area %v, by elimination %v with %v", seed, got, area(got), want, area(want))
		}
	}
}

func area(p [][2]float64) float64 {
	s := 0.0
	for i, a := range p {
		b := p[(i+1)%len(p)]
		s += float64(a[0]*b[1]) - float64(a[1]*b[0])
	}
	return float64(s / 2)
}
