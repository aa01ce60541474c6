package solve_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/netmend/netmend/internal/vector"
	"github.com/netmend/netmend/set"
	"github.com/netmend/netmend/set/solve"
)

// TestSampleUniform checks the mean and the covariance of sets where they are
// known, thin ones too.
func TestSampleUniform(t *testing.T) {
	thin := set.Box{Lo: []float64{0, -1e-3, 5}, Hi: []float64{100, 1e-3, 6}}.Polyhedron()
	for _, test := range []struct {
		name     string
		p        set.Polyhedron
		mean     []float64
		variance []float64
	}{
		{"box", thin, []float64{50, 0, 5.5}, []float64{1e4 / 12, 4e-6 / 12, 1. / 12}},
		{"triangle", simplex(2, 1), []float64{1. / 3, 1. / 3}, []float64{1. / 18, 1. / 18}},
		{"segment", box(0, 1, 2).With(row(1, 1, 1), row(-1, -1, -1)), []float64{0.5, 0.5}, []float64{1. / 12, 1. / 12}},
		{"point", box(0, 1, 2).With(row(1, 1, 0)), []float64{0, 0}, []float64{0, 0}},
	} {
		t.Run(test.name, func(t *testing.T) {
			const n = 4000
			samples, err := solve.Sample(test.p, n, 7)
			check(t, err)
			if len(samples) != n {
				t.Fatalf("%d samples", len(samples))
			}
			for j, want := range test.mean {
				mean, second := 0.0, 0.0
				for _, x := range samples {
					mean += x[j] / n
					second += (x[j] - want) * (x[j] - want) / n
				}
				deviation := math.Sqrt(test.variance[j])
				if math.Abs(mean-want) > float64(0.08*deviation)+1e-9 {
					t.Errorf("coordinate %d: mean %v, want %v", j, mean, want)
				}
				if math.Abs(second-test.variance[j]) > float64(0.1*test.variance[j])+1e-9 {
					t.Errorf("coordinate %d: variance %v, want %v", j, second, test.variance[j])
				}
			}
			for _, x := range samples {
				if !within(test.p, x) {
					t.Fatalf("%v is outside", x)
				}
			}
		})
	}
}

func TestSample(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 14))
	p := polytope(rng, 4, 8).With(strict(1, 1, 1, 1, 0.05))
	a, err := solve.Sample(p, 50, 3)
	check(t, err)
	b, err := solve.Sample(p, 50, 3)
	check(t, err)
	c, err := solve.Sample(p, 50, 4)
	check(t, err)
	for i, x := range a {
		if !p.Contains(x) {
			t.Errorf("%v is not a member", x)
		}
		if !slices.Equal(x, b[i]) {
			t.Errorf("the same seed gives %v and %v", x, b[i])
		}
	}
	if slices.Equal(a[0], c[0]) {
		t.Error("different seeds give the same sample")
	}
	if _, err := solve.Sample(poly(2, row(1, 0, 0)), 1, 1); err == nil {
		t.Error("samples of an unbounded set")
	}
	if _, err := solve.Sample(set.Empty(2), 1, 1); err == nil {
		t.Error("samples of an empty set")
	}
}

func TestNearest(t *testing.T) {
	for _, test := range []struct {
		name     string
		p        set.Polyhedron
		x        []float64
		norm     solve.Norm
		distance float64
	}{
		{"inside", box(0, 1, 2), []float64{0.5, 1}, solve.L2, 0},
		{"corner", box(0, 1, 2), []float64{4, 5}, solve.L2, 5},
		{"corner", box(0, 1, 2), []float64{4, 5}, solve.L1, 7},
		{"corner", box(0, 1, 2), []float64{4, 5}, solve.LInf, 4},
		{"plane", poly(2, row(3, 4, 0)), []float64{3, 4}, solve.L2, 5},
		{"plane", poly(2, row(3, 4, 0)), []float64{3, 4}, solve.L1, 6.25},
		{"plane", poly(2, row(3, 4, 0)), []float64{3, 4}, solve.LInf, 25. / 7},
		{"line", poly(2, row(1, 1, 0), row(-1, -1, 0)), []float64{1, 1}, solve.L2, math.Sqrt2},
		{"strict", poly(1, strict(1, 0)), []float64{2}, solve.L2, 2},
		{"point", poly(2, row(1, 0, 0), row(0, 1, 0), row(-1, -1, 0)), []float64{3, 4}, solve.L2, 5},
	} {
		point, distance, err := solve.Nearest(test.p, test.x, test.norm)
		check(t, err)
		if math.Abs(distance-test.distance) > 1e-9 || !within(test.p, point) {
			t.Errorf("%s, %v: %v at distance %v, want %v", test.name, test.norm, point, distance, test.distance)
		}
	}
	for _, norm := range []solve.Norm{solve.L1, solve.L2, solve.LInf} {
		if _, _, err := solve.Nearest(poly(2, row(1, 0, 0), row(-1, 0, -1)), []float64{0, 0}, norm); err == nil {
			t.Errorf("%v: the empty set has a nearest point", norm)
		}
	}
}

// TestNearestRandom checks that no sample is nearer, and for l2 that the point
// is optimal: no point of the set lies beyond the plane through it.
func TestNearestRandom(t *testing.T) {
	for seed := range uint64(60) {
		rng := rand.New(rand.NewPCG(seed, 15))
		dim := 1 + rng.IntN(5)
		p := polytope(rng, dim, 8)
		x := normals(rng, dim)
		for j := range x {
			x[j] = float64(x[j] * 3)
		}
		samples, err := solve.Sample(p, 100, seed)
		check(t, err)
		for _, norm := range []solve.Norm{solve.L1, solve.L2, solve.LInf} {
			point, distance, err := solve.Nearest(p, x, norm)
			check(t, err)
			if !within(p, point) {
				t.Errorf("seed %d, %v: %v is outside", seed, norm, point)
			}
			difference := make([]float64, dim)
			for _, s := range samples {
				for j := range s {
					difference[j] = s[j] - x[j]
				}
				if norm.Of(difference) < distance-1e-9 {
					t.Errorf("seed %d, %v: a sample is at %v, the nearest at %v", seed, norm, norm.Of(difference), distance)
				}
			}
			if norm != solve.L2 {
				continue
			}
			for j := range x {
				difference[j] = x[j] - point[j]
			}
			r, err := solve.Support(p, difference)
			check(t, err)
			if r.Value > vector.Dot(difference, point)+float64(1e-8*(1+distance)) {
				t.Errorf("seed %d: the nearest point is not optimal by %v", seed, r.Value-vector.Dot(difference, point))
			}
		}
	}
}
