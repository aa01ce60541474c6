package solve_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/netmend/netmend/set"
	"github.com/netmend/netmend/set/solve"
)

// simplex is {x >= 0, Σ x <= size}.
func simplex(dim int, size float64) set.Polyhedron {
	p := set.Polyhedron{Dim: dim}
	sum := make([]float64, dim+1)
	for j := range dim {
		a := make([]float64, dim+1)
		a[j] = -1
		p.Rows = append(p.Rows, row(a...))
		sum[j] = 1
	}
	sum[dim] = size
	p.Rows = append(p.Rows, row(sum...))
	return p
}

// cross is {Σ |x| <= 1}: very degenerate, 2 dim vertices with 2^(dim-1) rows
// each.
func cross(dim int) set.Polyhedron {
	p := set.Polyhedron{Dim: dim}
	for signs := range 1 << dim {
		a := make([]float64, dim+1)
		for j := range dim {
			a[j] = float64(1 - signs>>j&1*2)
		}
		a[dim] = 1
		p.Rows = append(p.Rows, row(a...))
	}
	return p
}

func TestVerticesAndVolume(t *testing.T) {
	for _, test := range []struct {
		name     string
		p        set.Polyhedron
		vertices int
		volume   float64
	}{
		{"interval", box(-1, 2, 1), 2, 3},
		{"cube", box(-1, 1, 3), 8, 8},
		{"6-cube", box(0, 2, 6), 64, 64},
		{"simplex", simplex(5, 2), 6, 32 / factorial(5)},
		{"small simplex", simplex(4, 1e-3), 5, 1e-12 / factorial(4)},
		{"octahedron", cross(3), 6, 8 / factorial(3)},
		{"cross polytope", cross(5), 10, 32 / factorial(5)},
		{"pyramid", box(-1, 1, 3).With(row(2, 0, 1, 1), row(-2, 0, 1, 1), row(0, 2, 1, 1), row(0, -2, 1, 1)), 5, 8. / 3},
		{"cut corner", box(0, 1, 2).With(row(1, 1, 1.5)), 5, 0.875},
		{"redundant and repeated", box(0, 1, 2).With(row(1, 0, 1), row(2, 0, 2), row(1, 1, 2), row(0, 0, 1)), 4, 1},
		{"segment", box(0, 1, 2).With(row(1, -1, 0), row(-1, 1, 0)), 2, 0},
		{"point", box(0, 1, 3).With(row(1, 1, 1, 0)), 1, 0},
		{"empty", box(0, 1, 2).With(row(1, 1, -1)), 0, 0},
		{"flat square in space", box(0, 1, 3).With(row(1, 1, 1, 1.5), row(-1, -1, -1, -1.5)), 6, 0},
		{"point without dimensions", set.Whole(0), 1, 1},
		{"nearly parallel", box(-1, 1, 2).With(row(1e-9, 1, 0.5), row(-1e-9, 1, 0.5)), 5, 3 - 1e-9},
	} {
		t.Run(test.name, func(t *testing.T) {
			v, err := solve.Vertices(test.p)
			check(t, err)
			if len(v) != test.vertices {
				t.Errorf("%d vertices %v, want %d", len(v), v, test.vertices)
			}
			for _, x := range v {
				if !within(test.p, x) {
					t.Errorf("vertex %v is outside", x)
				}
			}
			volume, err := solve.Volume(test.p)
			check(t, err)
			if math.Abs(volume-test.volume) > 1e-12*math.Max(1, test.volume)*max(test.volume, 1e-3) {
				t.Errorf("volume %v, want %v", volume, test.volume)
			}
		})
	}
	if v, err := solve.Volume(poly(2, row(1, 0, 1))); err != nil || v != inf {
		t.Errorf("volume of a half-plane %v, %v", v, err)
	}
	if v, err := solve.Volume(poly(2, row(1, 0, 1), row(-1, 0, -1))); err != nil || v != 0 {
		t.Errorf("volume of a line %v, %v", v, err)
	}
	if _, err := solve.Vertices(poly(2, row(1, 0, 1))); err == nil {
		t.Error("a half-plane has vertices")
	}
	if _, err := solve.Vertices(box(0, 1, solve.MaxVertexDim+1)); err == nil {
		t.Error("vertices in too many dimensions")
	}
}

// TestVolumeMonteCarlo compares with the share of random points of the box, and
// under affine maps with the determinant.
func TestVolumeMonteCarlo(t *testing.T) {
	for seed := range uint64(40) {
		rng := rand.New(rand.NewPCG(seed, 6))
		dim := 2 + rng.IntN(4)
		p := polytope(rng, dim, 2+rng.IntN(6))
		volume, err := solve.Volume(p)
		check(t, err)
		const n = 20_000
		inside := 0
		x := make([]float64, dim)
		for range n {
			for j := range x {
				x[j] = float64(2*rng.Float64()) - 1
			}
			if p.Contains(x) {
				inside++
			}
		}
		share := volume / math.Pow(2, float64(dim))
		deviation := math.Sqrt(share*(1-share)/n) + 1e-4
		if got := float64(inside) / n; math.Abs(got-share) > 5*deviation {
			t.Errorf("seed %d: share %v of the box, %v of the samples", seed, share, got)
		}
		// x -> L x with L triangular has the determinant of its diagonal.
		var rows [][]float64
		det := 1.0
		for i := range dim {
			r := make([]float64, dim)
			for j := range i {
				r[j] = rng.NormFloat64()
			}
			r[i] = 0.5 + rng.Float64()
			det = float64(det * r[i])
			rows = append(rows, r)
		}
		image, err := solve.Image(p, matrix(rows...), normals(rng, dim))
		check(t, err)
		moved, err := solve.Volume(image)
		check(t, err)
		if math.Abs(moved-float64(det*volume)) > 1e-9*det*volume {
			t.Errorf("seed %d: volume %v of the image, want %v", seed, moved, det*volume)
		}
	}
}

// TestVolumeOfParts cuts polytopes, also through vertices and along faces: the
// parts' volumes add up.
func TestVolumeOfParts(t *testing.T) {
	for seed := range uint64(120) {
		rng := rand.New(rand.NewPCG(seed, 7))
		dim := 1 + rng.IntN(5)
		p := box(0, 2, dim)
		for range rng.IntN(4) {
			p = p.With(integerRow(rng, dim))
		}
		whole, err := solve.Volume(p)
		check(t, err)
		h := integerRow(rng, dim)
		a, err := solve.Volume(p.With(h))
		check(t, err)
		b, err := solve.Volume(p.With(h.Complement()))
		check(t, err)
		if math.Abs(a+b-whole) > 1e-12*(1+whole) {
			t.Errorf("seed %d: parts %v and %v of %v", seed, a, b, whole)
		}
	}
}

func integerRow(rng *rand.Rand, dim int) set.HalfSpace {
	a := make([]float64, dim+1)
	for j := range a {
		a[j] = float64(rng.IntN(5) - 2)
	}
	a[dim] += 1
	return row(a...)
}

// TestVolumeNearlyDegenerate moves the rows of very degenerate polytopes by
// little: the volume hardly changes, whatever happens to the faces.
func TestVolumeNearlyDegenerate(t *testing.T) {
	for seed := range uint64(200) {
		rng := rand.New(rand.NewPCG(seed, 16))
		dim := 2 + rng.IntN(3)
		p, want := cross(dim), math.Pow(2, float64(dim))/factorial(dim)
		if seed%2 == 0 {
			p, want = box(0, 1, dim), 1
			p.Rows = append(p.Rows, p.Rows...) // each to be turned by little
		}
		size := math.Pow(10, -6-float64(10*rng.Float64()))
		for i, h := range p.Rows {
			a := append([]float64{}, h.Normal...)
			for j := range a {
				a[j] += float64(size * rng.NormFloat64())
			}
			p.Rows[i].Normal, p.Rows[i].Offset = a, h.Offset+float64(size*rng.NormFloat64())
		}
		got, err := solve.Volume(p)
		check(t, err)
		if math.Abs(got-want) > float64(30*size)+1e-9 {
			t.Errorf("seed %d: volume %v, want %v within %v", seed, got, want, size)
		}
	}
}

// TestVolumeScale wants volumes right for small and large sets, far away too.
func TestVolumeScale(t *testing.T) {
	for _, scale := range []float64{1e-5, 1e-3, 1, 1e3, 1e6} {
		for seed := range uint64(10) {
			rng := rand.New(rand.NewPCG(seed, 17))
			dim := 2 + rng.IntN(3)
			p := polytope(rng, dim, 5)
			want, err := solve.Volume(p)
			check(t, err)
			a := set.Matrix{Rows: dim, Cols: dim, Stride: dim, Data: make([]float64, dim*dim)}
			b := make([]float64, dim)
			for j := range dim {
				a.Row(j)[j] = 1 / scale
				b[j] = float64(3 * rng.NormFloat64())
			}
			got, err := solve.Volume(p.Preimage(a, b))
			check(t, err)
			got /= math.Pow(scale, float64(dim))
			if math.Abs(got-want) > 1e-5*want {
				t.Errorf("seed %d, scale %v: volume %v, want %v", seed, scale, got, want)
			}
		}
	}
}
