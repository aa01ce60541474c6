package oracle

import (
	"math/big"
	"math/rand/v2"
	"testing"
)

func ints(v ...int64) []Rat {
	r := make([]Rat, len(v))
	for i, x := range v {
		r[i] = Int(x)
	}
	return r
}

func relu() *Pieces { return &Pieces{Breaks: ints(0), Slope: ints(0, 1), Offset: ints(0, 0)} }

func dense(inputs int, v ...int64) *Affine {
	a := &Affine{}
	for len(v) > 0 {
		a.W = append(a.W, ints(v[:inputs]...))
		a.B = append(a.B, Int(v[inputs]))
		v = v[inputs+1:]
	}
	return a
}

func chain(inputs int, ops ...any) *Net {
	n := &Net{Inputs: inputs}
	for i, op := range ops {
		node := Node{From: []int{i - 1}}
		switch op := op.(type) {
		case *Affine:
			node.Affine = op
		case *Pieces:
			node.Pieces = op
		case *Max:
			node.Max = op
		}
		n.Nodes = append(n.Nodes, node)
	}
	return n
}

// random is a network with integer weights, of which some are 0 or repeat.
func random(rng *rand.Rand, inputs, outputs int) *Net {
	ops, width := []any{}, inputs
	for range 1 + rng.IntN(2) {
		n := 1 + rng.IntN(3)
		ops = append(ops, randomAffine(rng, width, n), []*Pieces{
			relu(),
			{Breaks: ints(-1, 1), Slope: ints(0, 1, 0), Offset: ints(-1, 0, 1)},
			{Breaks: ints(0), Slope: ints(0, 0), Offset: ints(0, 1)},
		}[rng.IntN(3)])
		width = n
	}
	return chain(inputs, append(ops, randomAffine(rng, width, outputs))...)
}

func randomAffine(rng *rand.Rand, in, out int) *Affine {
	var v []int64
	for range out * (in + 1) {
		v = append(v, rng.Int64N(5)-2)
	}
	return dense(in, v...)
}

func randomPoint(rng *rand.Rand, dim int) []Rat {
	x := make([]Rat, dim)
	for i := range x {
		x[i] = big.NewRat(rng.Int64N(17)-8, 4)
	}
	return x
}

// TestRegionsCover: points on a grid, many of them on breakpoints, lie in exactly one
// region, whose map gives the output that evaluation gives; volumes add up.
func TestRegionsCover(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 100 {
		dim := 1 + rng.IntN(3)
		net := random(rng, dim, 2)
		lo, hi := make([]Rat, dim), make([]Rat, dim)
		var coordinates []int
		want := Int(1)
		for i := range lo {
			lo[i], hi[i] = Int(-2), Int(2)
			if rng.IntN(4) == 0 {
				hi[i] = lo[i]
				continue
			}
			coordinates = append(coordinates, i)
			want.Mul(want, Int(4))
		}
		box := Box(lo, hi)
		regions := Regions(net, box)
		sum := new(big.Rat)
		for _, r := range regions {
			sum.Add(sum, Volume(r.Cell, coordinates))
			if !sameOutput(net, &r, r.Middle()) {
				t.Fatalf("the middle of a region has another output")
			}
		}
		if sum.Cmp(want) != 0 {
			t.Fatalf("the regions have volume %v of %v", sum, want)
		}
		for range 20 {
			x := randomPoint(rng, dim)
			for i := range x {
				if lo[i].Cmp(hi[i]) == 0 {
					x[i] = lo[i]
				}
			}
			in := 0
			for _, r := range regions {
				if contains(&r, net, x) {
					in++
					if !sameOutput(net, &r, x) {
						t.Fatalf("another output at %v", x)
					}
				}
			}
			if in != 1 {
				t.Fatalf("%v lies in %d regions", x, in)
			}
		}
	}
}

// contains evaluates the pattern at x.
func contains(r *Region, net *Net, x []Rat) bool {
	at := Regions(net, Point(x))
	if len(at) != 1 {
		panic("a point in several regions")
	}
	for u, p := range r.Pattern {
		if at[0].Pattern[u] != p {
			return false
		}
	}
	return true
}

func sameOutput(net *Net, r *Region, x []Rat) bool {
	for j, y := range net.Eval(x) {
		if r.value[j].at(x).Cmp(y) != 0 {
			return false
		}
	}
	return true
}
