package solve_test

import (
	"math/rand/v2"
	"testing"

	"github.com/netmend/netmend/set"
	"github.com/netmend/netmend/set/solve"
)

// piece is one affine piece x -> a x + b of a function, on a polyhedron.
type piece struct {
	on set.Polyhedron
	a  set.Matrix
	b  []float64
}

// reluPieces are those of the ReLU in two dimensions with slope below zero, as
// in Example 2: the orthants with modified identity matrices. A slope that is
// not 0 makes the function injective.
func reluPieces(slope float64) []piece {
	var pieces []piece
	for signs := range 4 {
		p := piece{on: set.Whole(2), a: matrix([]float64{0, 0}, []float64{0, 0}), b: []float64{0, 0}}
		for j := range 2 {
			h := set.HalfSpace{Normal: make([]float64, 2)}
			if signs>>j&1 == 0 { // x_j >= 0
				h.Normal[j], p.a.Row(j)[j] = -1, 1
			} else { // x_j <= 0
				h.Normal[j], p.a.Row(j)[j] = 1, slope
			}
			p.on = p.on.With(h)
		}
		pieces = append(pieces, p)
	}
	return pieces
}

// image is the union of the images of the pieces (Example 2).
func image(t *testing.T, pieces []piece, u set.Union) set.Union {
	var v set.Union
	for _, x := range u {
		for _, p := range pieces {
			y, err := solve.Image(x.Intersect(p.on), p.a, p.b)
			check(t, err)
			v = append(v, y)
		}
	}
	return v
}

// preimage is equation (7).
func preimage(pieces []piece, u set.Union) set.Union {
	var v set.Union
	for _, y := range u {
		for _, p := range pieces {
			v = append(v, y.Preimage(p.a, p.b).Intersect(p.on))
		}
	}
	return v
}

func mustEqual(t *testing.T, what string, seed uint64, u, v set.Union) {
	t.Helper()
	differs, ok, err := solve.Equal(u, v, 1e-6)
	check(t, err)
	if !ok {
		t.Errorf("seed %d: %s: the sides differ at %v", seed, what, differs)
	}
}

func randomUnion(rng *rand.Rand, members int) set.Union {
	var u set.Union
	for range members {
		shift := normals(rng, 2)
		p := polytope(rng, 2, rng.IntN(3))
		if rng.IntN(3) == 0 {
			p = poly(2, p.Rows[len(p.Rows)-1], p.Rows[0]) // unbounded
		}
		u = append(u, p.Preimage(matrix([]float64{1, 0}, []float64{0, 1}), shift))
	}
	return u
}

// TestIdentities checks the facts about images and preimages that section 2.1
// of the paper recalls, for the ReLU and an injective leaky ReLU.
func TestIdentities(t *testing.T) {
	for seed := range uint64(12) {
		rng := rand.New(rand.NewPCG(seed, 30))
		slope := 0.0
		if seed%2 == 0 {
			slope = 0.25
		}
		f := reluPieces(slope)
		x, y, z := randomUnion(rng, 2), randomUnion(rng, 2), randomUnion(rng, 1)

		// f(f^-1(Y)) is a subset of Y; for an injective f, which has all of the
		// plane as its image here, it is Y.
		back := image(t, f, preimage(f, y))
		if outside, ok, err := solve.Covered(back, y, 1e-6); err != nil || !ok {
			t.Errorf("seed %d: f(f^-1(Y)) has %v, which is not in Y (%v)", seed, outside, err)
		}
		// X is a subset of f^-1(f(X)), and equal to it for an injective f.
		there := preimage(f, image(t, f, x))
		if outside, ok, err := solve.Covered(x, there, 1e-6); err != nil || !ok {
			t.Errorf("seed %d: f^-1(f(X)) lacks %v (%v)", seed, outside, err)
		}
		if slope != 0 {
			mustEqual(t, "f(f^-1(Y)) and Y", seed, back, y)
			mustEqual(t, "f^-1(f(X)) and X", seed, there, x)
		}
		mustEqual(t, "f^-1 of a union", seed, preimage(f, append(y[:2:2], z...)), append(preimage(f, y), preimage(f, z)...))
		mustEqual(t, "f^-1 of an intersection", seed, preimage(f, y.IntersectUnion(z)), preimage(f, y).IntersectUnion(preimage(f, z)))
		mustEqual(t, "f of a union", seed, image(t, f, append(x[:2:2], z...)), append(image(t, f, x), image(t, f, z)...))

		// The preimage under a composition is that under one after the other.
		a, b := matrix(normals(rng, 2), normals(rng, 2)), normals(rng, 2)
		g := []piece{{set.Whole(2), a, b}}
		var composed []piece
		for _, p := range f { // x -> p.a (a x + b) + p.b
			product := matrix([]float64{0, 0}, []float64{0, 0})
			for i := range 2 {
				for j := range 2 {
					product.Row(i)[j] = float64(p.a.Row(i)[0]*a.Row(0)[j]) + float64(p.a.Row(i)[1]*a.Row(1)[j])
				}
			}
			composed = append(composed, piece{p.on.Preimage(a, b), product, affine(p.a, p.b, b)})
		}
		mustEqual(t, "(f g)^-1", seed, preimage(composed, y), preimage(g, preimage(f, y)))
	}
}

// TestExample2 checks the image of sets under the ReLU on samples: the images of
// samples are members, and members of the image have a preimage.
func TestExample2(t *testing.T) {
	f := reluPieces(0)
	for seed := range uint64(20) {
		rng := rand.New(rand.NewPCG(seed, 31))
		p := polytope(rng, 2, 3).Preimage(matrix([]float64{1, 0}, []float64{0, 1}), normals(rng, 2))
		y := image(t, f, set.Union{p})
		samples, err := solve.Sample(p, 100, seed)
		check(t, err)
		for _, x := range samples {
			out := []float64{max(0, x[0]), max(0, x[1])}
			found := false
			for _, q := range y {
				found = found || within(q, out)
			}
			if !found {
				t.Errorf("seed %d: %v, the image of %v, is missing", seed, out, x)
			}
		}
		for _, q := range y {
			if e, err := solve.Empty(q); err != nil || e.Empty {
				continue
			}
			samples, err := solve.Sample(q, 10, seed)
			check(t, err)
			for _, out := range samples {
				fibre := preimage(f, set.Union{solve.Inflate(pointSet(out), 1e-7)}).Intersect(p)
				if _, empty, err := solve.Covered(fibre, nil, 0); err != nil || empty {
					t.Errorf("seed %d: no point of the set has the image %v (%v)", seed, out, err)
				}
			}
		}
	}
}

func pointSet(x []float64) set.Polyhedron { return set.Box{Lo: x, Hi: x}.Polyhedron() }

// TestExample1And3 computes the band of Example 1 and its preimage under the
// ReLU, against points.
func TestExample1And3(t *testing.T) {
	interval := set.Box{Lo: []float64{1}, Hi: []float64{2}}.Polyhedron()
	band := interval.Preimage(matrix([]float64{1, -1}), []float64{0})
	u := preimage(reluPieces(0), set.Union{band})
	for seed := range uint64(2000) {
		rng := rand.New(rand.NewPCG(seed, 32))
		x := []float64{float64(rng.IntN(41)-20) / 4, float64(rng.IntN(41)-20) / 4}
		d := max(0, x[0]) - max(0, x[1])
		if want := 1 <= d && d <= 2; u.Contains(x) != want {
			t.Errorf("%v: %v, want %v", x, u.Contains(x), want)
		}
	}
	reduced := 0
	for _, p := range u {
		if e, err := solve.Empty(p); err == nil && !e.Empty {
			reduced++
		}
	}
	if reduced != 2 {
		t.Errorf("%d pieces are not empty, want 2", reduced)
	}
}
