package oracle

import (
	"math/big"
	"math/rand/v2"
	"testing"
)

// TestFind: a point that is found lies in the union, and where none is found no point of
// a grid does; so for complements.
func TestFind(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	none := 0
	for range 300 {
		dim := 1 + rng.IntN(2)
		net := random(rng, dim, 2)
		lo, hi := make([]Rat, dim), make([]Rat, dim)
		for i := range lo {
			lo[i], hi[i] = Int(-2), Int(2)
		}
		regions := Regions(net, Box(lo, hi))
		var u Union
		for range 1 + rng.IntN(2) {
			var part []HalfSpace
			for range 1 + rng.IntN(2) {
				a := ints(rng.Int64N(3)-1, rng.Int64N(3)-1)
				b, _ := Sup(regions, a)
				part = append(part, HalfSpace{A: a, B: b, Strict: rng.IntN(2) == 0}.Not())
			}
			u = append(u, part)
		}
		for _, v := range []Union{u, u.Not()} {
			x := Find(regions, v)
			if x != nil && !v.Has(net.Eval(x)) {
				t.Fatalf("%v is no point of the union", x)
			}
			if x != nil {
				continue
			}
			none++
			for range 30 {
				x := randomPoint(rng, dim)
				if v.Has(net.Eval(x)) {
					t.Fatalf("%v lies in the union, and none is found", x)
				}
			}
		}
	}
	if none < 20 {
		t.Errorf("only %d unions are empty", none)
	}
}

// TestVolume: an octahedron by its cuts, a triangle in space, parts of a cube.
func TestVolume(t *testing.T) {
	cube := Box(ints(-1, -1, -1), ints(1, 1, 1))
	c := cube
	for s := range 8 {
		sign := func(bit int) Rat { return Int(int64(1 - 2*(s>>bit&1))) }
		c = c.cut(form{sign(0), sign(1), sign(2), Int(1)}, false)
	}
	if v := Volume(c, []int{0, 1, 2}); v.Cmp(big.NewRat(4, 3)) != 0 || len(c.vertices) != 6 {
		t.Errorf("the octahedron has volume %v and %d vertices", v, len(c.vertices))
	}
	triangle := Polygon([][]Rat{ints(0, 0, 1), ints(2, 0, 3), ints(0, 2, 0)})
	if v := Volume(triangle, []int{0, 1}); v.Cmp(Int(2)) != 0 {
		t.Errorf("the triangle has area %v", v)
	}
	if v := Volume(cube.cut(form{Int(1), Int(0), Int(0), Int(1)}, false), []int{0, 1, 2}); v.Cmp(Int(8)) != 0 {
		t.Errorf("the cube has volume %v", v)
	}
	if face := cube.cut(form{Int(1), Int(0), Int(0), Int(-1)}, false); face.Dim() != 2 || Volume(face, []int{0, 1, 2}).Sign() != 0 {
		t.Errorf("a face of the cube has dimension %d", face.Dim())
	}
	rng := rand.New(rand.NewPCG(9, 10))
	parts := []*Cell{cube}
	for range 6 {
		f := form(ints(rng.Int64N(5)-2, rng.Int64N(5)-2, rng.Int64N(5)-2, rng.Int64N(3)-1))
		var next []*Cell
		for _, p := range parts {
			for _, part := range []*Cell{p.cut(f, false), p.cut(combine(ints(-1), []form{f}, Int(0), 4), true)} {
				if part != nil {
					next = append(next, part)
				}
			}
		}
		parts = next
	}
	if v := TotalVolume(parts, []int{0, 1, 2}); v.Cmp(Int(8)) != 0 || len(parts) < 20 {
		t.Errorf("%d parts of the cube have volume %v", len(parts), v)
	}
}
