package set_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"github.com/netmend/netmend/set"
)

func matrix(rows ...[]float64) set.Matrix {
	m := set.Matrix{Rows: len(rows), Cols: len(rows[0]), Stride: len(rows[0])}
	for _, r := range rows {
		m.Data = append(m.Data, r...)
	}
	return m
}

// ExamplePolyhedron_Preimage is Example 1 of the paper: the preimage of an
// interval under a map from the plane is a band without end.
func ExamplePolyhedron_Preimage() {
	interval := set.Box{Lo: []float64{1}, Hi: []float64{2}}.Polyhedron()
	band := interval.Preimage(matrix([]float64{1, 2}), []float64{0.5})
	for _, h := range band.Rows {
		fmt.Println(h.Normal, "<=", h.Offset)
	}
	fmt.Println(band.Contains([]float64{1000, -499.5}))
	// Output:
	// [1 2] <= 1.5
	// [-1 -2] <= -0.5
	// true
}

func TestPolyhedronRefused(t *testing.T) {
	good := set.HalfSpace{Normal: []float64{1, 0}, Offset: 1}
	for _, test := range []struct {
		p    set.Polyhedron
		want string
	}{
		{set.Polyhedron{Dim: 2, Rows: []set.HalfSpace{good, {Normal: []float64{1}}}}, "half-space 1: normal with 1 numbers, want 2"},
		{set.Polyhedron{Dim: 2, Rows: []set.HalfSpace{{Normal: []float64{1, nan}}}}, "number 1 of the normal is NaN"},
		{set.Polyhedron{Dim: 2, Rows: []set.HalfSpace{{Normal: []float64{1, 1}, Offset: inf}}}, "offset +Inf"},
		{set.Polyhedron{Dim: -1}, "dimension -1"},
	} {
		if err := test.p.Validate(); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("error %v, want %q", err, test.want)
		}
	}
	if _, err := set.NewPolyhedron(matrix([]float64{1, 0}), []float64{1, 2}); err == nil {
		t.Error("one normal with two offsets")
	}
	p, err := set.NewPolyhedron(matrix([]float64{1, 0}), []float64{1})
	if err != nil || !reflect.DeepEqual(p, set.Polyhedron{Dim: 2, Rows: []set.HalfSpace{good}}) {
		t.Errorf("%v, %v", p, err)
	}
	if err := (set.Union{p, set.Whole(3)}).Validate(); err == nil {
		t.Error("a union of two dimensions")
	}
	if _, err := set.NewBox([]float64{0}, []float64{1, 2}); err == nil {
		t.Error("a box with one lower and two upper bounds")
	}
	if _, err := set.NewBox([]float64{inf}, []float64{inf}); err == nil {
		t.Error("a box from infinity on")
	}
	if b, err := set.NewBox([]float64{1}, []float64{0}); err != nil || !b.Empty() {
		t.Errorf("crossed bounds: %v, %v", b, err)
	}
}

// TestMismatch checks that what does not fit is refused loudly.
func TestMismatch(t *testing.T) {
	p, b := set.Whole(2), set.WholeBox(2)
	for name, f := range map[string]func(){
		"point":        func() { p.Contains([]float64{1}) },
		"intersection": func() { p.Intersect(set.Whole(3)) },
		"with":         func() { p.With(set.HalfSpace{Normal: []float64{1}}) },
		"preimage":     func() { p.Preimage(matrix([]float64{1}), []float64{1}) },
		"slice":        func() { p.Slice([]float64{1}, nil) },
		"box":          func() { b.Intersect(set.WholeBox(1)) },
		"image":        func() { b.Image(matrix([]float64{1}), []float64{0}) },
	} {
		func() {
			defer func() {
				if r := recover(); r == nil || !strings.HasPrefix(fmt.Sprint(r), "set: ") {
					t.Errorf("%s: %v", name, r)
				}
			}()
			f()
		}()
	}
}

// randomPolyhedron has small integers, so that grid points lie on faces.
func randomPolyhedron(r *rand.Rand, dim int) set.Polyhedron {
	p := set.Polyhedron{Dim: dim}
	for range r.IntN(5) {
		h := set.HalfSpace{Normal: make([]float64, dim), Offset: float64(r.IntN(7) - 2), Strict: r.IntN(3) == 0}
		for j := range dim {
			h.Normal[j] = float64(r.IntN(5) - 2)
		}
		p.Rows = append(p.Rows, h)
	}
	return p
}

func gridPoint(r *rand.Rand, dim int) []float64 {
	x := make([]float64, dim)
	for j := range x {
		x[j] = float64(r.IntN(25)-12) / 4
	}
	return x
}

// TestOperations checks each operation by membership of grid points.
func TestOperations(t *testing.T) {
	for seed := range uint64(400) {
		r := rand.New(rand.NewPCG(seed, 22))
		dim, from := 1+r.IntN(3), 1+r.IntN(3)
		p, q := randomPolyhedron(r, dim), randomPolyhedron(r, dim)
		u, v := set.Union{p, q}, set.Union{randomPolyhedron(r, dim)}
		a := set.Matrix{Rows: dim, Cols: from, Stride: from, Data: make([]float64, dim*from)}
		for k := range a.Data {
			a.Data[k] = float64(r.IntN(5) - 2)
		}
		b := gridPoint(r, dim)
		preimage, both := p.Preimage(a, b), u.Preimage(a, b)
		keep := r.Perm(dim)[:r.IntN(dim+1)]
		anchor := gridPoint(r, dim)
		slice, slices := p.Slice(anchor, keep), u.Slice(anchor, keep)
		for range 50 {
			x := gridPoint(r, dim)
			for _, test := range []struct {
				name      string
				got, want bool
			}{
				{"intersection", p.Intersect(q).Contains(x), p.Contains(x) && q.Contains(x)},
				{"complement", p.Complement().Contains(x), !p.Contains(x)},
				{"union", u.Contains(x), p.Contains(x) || q.Contains(x)},
				{"union and polyhedron", v.Intersect(p).Contains(x), v.Contains(x) && p.Contains(x)},
				{"two unions", u.IntersectUnion(v).Contains(x), u.Contains(x) && v.Contains(x)},
				{"whole", set.Whole(dim).Contains(x), true},
				{"empty", set.Empty(dim).Contains(x), false},
				{"closure", p.Closure().Contains(x) || !p.Contains(x), true},
			} {
				if test.got != test.want {
					t.Fatalf("seed %d: %s at %v: %v", seed, test.name, x, test.got)
				}
			}
			// Equation (6): all numbers here are dyadic, so that a z + b is exact.
			z := gridPoint(r, from)
			y := make([]float64, dim)
			for i := range y {
				y[i] = b[i]
				for j, c := range a.Row(i) {
					y[i] += float64(c * z[j])
				}
			}
			if preimage.Contains(z) != p.Contains(y) || both.Contains(z) != u.Contains(y) {
				t.Fatalf("seed %d: preimage contains %v: %v, its image %v is a member: %v", seed, z, preimage.Contains(z), y, p.Contains(y))
			}
			full, short := append([]float64{}, anchor...), make([]float64, len(keep))
			for k, j := range keep {
				full[j], short[k] = x[j], x[j]
			}
			if slice.Contains(short) != p.Contains(full) || slices.Contains(short) != u.Contains(full) {
				t.Fatalf("seed %d: slice at %v: %v", seed, short, slice.Contains(short))
			}
		}
	}
}

func TestBox(t *testing.T) {
	unit := set.Box{Lo: []float64{0, 0}, Hi: []float64{1, 1}}
	half := set.Box{Lo: []float64{0.5, -inf}, Hi: []float64{inf, 0.5}}
	for _, test := range []struct {
		name      string
		got, want any
	}{
		{"intersection", unit.Intersect(half), set.Box{Lo: []float64{0.5, 0}, Hi: []float64{1, 0.5}}},
		{"hull", unit.Hull(half), set.Box{Lo: []float64{0, -inf}, Hi: []float64{inf, 1}}},
		{"hull with nothing", set.EmptyBox(2).Hull(unit), unit},
		{"volume", unit.Volume(), 1.0},
		{"volume of a half-plane", half.Volume(), inf},
		{"volume of a line", set.Box{Lo: []float64{0, 1}, Hi: []float64{inf, 1}}.Volume(), 0.0},
		{"volume of nothing", set.EmptyBox(2).Volume(), 0.0},
		{"bounded", unit.Bounded() && set.EmptyBox(1).Bounded() && !half.Bounded(), true},
		{"contains", unit.ContainsBox(set.EmptyBox(2)) && half.ContainsBox(unit.Intersect(half)) && !half.ContainsBox(unit), true},
		{"rows", len(half.Polyhedron().Rows), 2},
		{"nothing", set.EmptyBox(1).Polyhedron().Contains([]float64{0}), false},
		{"center of large bounds", set.Box{Lo: []float64{-1.5e308}, Hi: []float64{1.7e308}}.Center()[0] < 1.1e307, true},
		{"image", set.Box{Lo: []float64{0, 0}, Hi: []float64{inf, 1}}.Image(matrix([]float64{0, -2}, []float64{1, 1}), []float64{1, 0}), set.Box{Lo: []float64{-1, 0}, Hi: []float64{1, inf}}},
		{"image of nothing", set.EmptyBox(1).Image(matrix([]float64{0}), []float64{0}).Empty(), true},
	} {
		if !reflect.DeepEqual(test.got, test.want) {
			t.Errorf("%s: %v, want %v", test.name, test.got, test.want)
		}
	}
}

// TestZonotope follows boxes through random maps: images of points stay
// inside, as the support function tells, and the box hull is tight.
func TestZonotope(t *testing.T) {
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 23))
		dim := 1 + r.IntN(4)
		b := set.Box{}
		for range dim {
			lo := r.NormFloat64()
			b.Lo, b.Hi = append(b.Lo, lo), append(b.Hi, lo+float64(float64(r.IntN(3))*r.Float64()))
		}
		z := set.BoxZonotope(b)
		if !z.BoundingBox().ContainsBox(b) {
			t.Fatalf("seed %d: zonotope %v of the box %v", seed, z, b)
		}
		points := [][]float64{}
		for range 20 {
			x := make([]float64, dim)
			for j := range x {
				x[j] = b.Lo[j] + float64(float64(r.IntN(3))/2*(b.Hi[j]-b.Lo[j]))
			}
			points = append(points, x)
		}
		for range 3 {
			out := 1 + r.IntN(4)
			a := set.Matrix{Rows: out, Cols: dim, Stride: dim, Data: make([]float64, out*dim)}
			for k := range a.Data {
				a.Data[k] = r.NormFloat64()
			}
			c := make([]float64, out)
			for i := range c {
				c[i] = r.NormFloat64()
			}
			z, dim = z.Image(a, c), out
			for k, x := range points {
				y := make([]float64, out)
				for i := range y {
					y[i] = c[i]
					for j, v := range a.Row(i) {
						y[i] += float64(v * x[j])
					}
				}
				points[k] = y
			}
		}
		hull := z.BoundingBox()
		d := make([]float64, dim)
		for j := range d {
			d[j] = r.NormFloat64()
		}
		at, most := z.Support(d)
		for _, x := range points {
			if !hull.Contains(x) {
				t.Fatalf("seed %d: %v is outside %v", seed, x, hull)
			}
			reached := 0.0
			for j, v := range x {
				reached += float64(d[j] * v)
			}
			if reached > most+float64(1e-9*(1+math.Abs(most))) {
				t.Fatalf("seed %d: %v reaches %v, the support function is %v", seed, x, reached, most)
			}
		}
		if !(set.Box{Lo: hull.Lo, Hi: hull.Hi}).Contains(at) {
			t.Errorf("seed %d: support vector %v outside %v", seed, at, hull)
		}
		for j := range d {
			clear(d)
			d[j] = 1
			if _, most := z.Support(d); hull.Hi[j] < most-float64(1e-12*(1+math.Abs(most))) || hull.Hi[j] > most+float64(1e-12*(1+math.Abs(most))) {
				t.Errorf("seed %d: bound %v, support function %v", seed, hull.Hi[j], most)
			}
		}
	}
}
