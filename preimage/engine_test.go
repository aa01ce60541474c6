package preimage_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/preimage"
	"github.com/netmend/netmend/set"
)

// engineNet is a random network with some inputs, two layers and two outputs.
func engineNet(t testing.TB, r *rand.Rand, inputs int) *nn.Network {
	t.Helper()
	layer := func(in, out int) *nn.Dense {
		w, b := make([][]float64, out), make([]float64, out)
		for i := range w {
			for range in {
				w[i] = append(w[i], float64(math.Round(8*r.NormFloat64())/8))
			}
			b[i] = float64(math.Round(8*r.NormFloat64()) / 8)
		}
		return dense(t, w, b...)
	}
	functions := activations(t)
	return chain(t, inputs, layer(inputs, 4), functions[r.IntN(len(functions))], layer(4, 3), nn.ReLU(), layer(3, 2))
}

// pieceKeys names pieces by pattern and member.
func pieceKeys(r *preimage.Result) map[string]int {
	keys := make(map[string]int)
	for _, p := range r.Pieces {
		keys[fmt.Sprint(p.Pattern, p.Member)]++
	}
	return keys
}

// engineTarget has two members that overlap.
func engineTarget(r *rand.Rand) set.Union {
	return set.Union{
		polyhedron(row(r.NormFloat64(), 1, -1)),
		polyhedron(row(r.NormFloat64(), -1, 0), row(1+r.Float64(), 0, 1)),
	}
}

// TestEnginesGiveTheSameSet compares corners with half-spaces on boxes with a cut: pieces,
// volumes, and the points in them.
func TestEnginesGiveTheSameSet(t *testing.T) {
	for seed := range seeds(30) {
		r := rand.New(rand.NewPCG(seed, 77))
		inputs := 2 + int(seed%5)
		net := engineNet(t, r, inputs)
		b := box()
		for range inputs {
			lo := float64(math.Round(-4*r.Float64()) / 2)
			b.Lo, b.Hi = append(b.Lo, lo), append(b.Hi, lo+1+float64(math.Round(4*r.Float64())/2))
		}
		if inputs > 2 && r.IntN(3) == 0 {
			b.Hi[1] = b.Lo[1] // a constant
		}
		domain := b.Polyhedron()
		if r.IntN(2) == 0 {
			h := set.HalfSpace{Normal: make([]float64, inputs)}
			for k, v := range b.Center() {
				h.Normal[k] = float64(math.Round(8*r.NormFloat64()) / 8)
				h.Offset += float64(h.Normal[k]*v) + 0.125
			}
			domain = domain.With(h)
		}
		target := engineTarget(r)
		var results [2]*preimage.Result
		for _, prove := range []bool{true, false} {
			for i, engine := range []preimage.Engine{preimage.Polytopes, preimage.Polyhedra} {
				results[i] = byRegions(t, net, domain, target, preimage.RegionsOptions{Engine: engine, Split: true, Prove: prove, Volume: true})
				if results[i].Engine != engine || results[i].Proof.Accepted != prove {
					t.Fatalf("seed %d: engine %q, proof %+v", seed, results[i].Engine, results[i].Proof)
				}
			}
			one, two := results[0], results[1]
			if prove && !reflect.DeepEqual(pieceKeys(one), pieceKeys(two)) {
				t.Errorf("seed %d: %d pieces, or others than %d", seed, two.Count, one.Count)
			}
			if tolerance := float64(1e-9 * (1 + one.DomainVolume)); math.Abs(one.Volume-two.Volume) > tolerance || math.Abs(one.DomainVolume-two.DomainVolume) > tolerance {
				t.Errorf("seed %d, proof %v: volume %v of %v, want %v of %v", seed, prove, two.Volume, two.DomainVolume, one.Volume, one.DomainVolume)
			}
			for range 200 {
				x := make([]float64, inputs)
				for k := range x {
					x[k] = b.Lo[k] + float64(r.Float64()*(b.Hi[k]-b.Lo[k]))
				}
				p, q := one.Union(), two.Union()
				if inflated(p).Contains(x) != inflated(q).Contains(x) && p.Contains(x) != q.Contains(x) {
					t.Errorf("seed %d: the engines differ at %v", seed, x)
				}
			}
		}
		again := byRegions(t, net, domain, target, preimage.RegionsOptions{Engine: preimage.Polyhedra, Split: true, Volume: true, Workers: 3})
		if !reflect.DeepEqual(again, results[1]) {
			t.Errorf("seed %d: the result depends on the number of workers", seed)
		}
	}
}

// TestManyDimensions has more inputs than the search over polytopes takes, of which the
// network uses two: the pieces are those of the two.
func TestManyDimensions(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 78))
	small := engineNet(t, r, 2)
	const inputs = 16
	wide := dense(t, [][]float64{make([]float64, inputs), make([]float64, inputs)}, 0, 0)
	wide.Weight.Row(0)[3], wide.Weight.Row(1)[11] = 1, 1
	net := chain(t, inputs, wide, small.Nodes[0].Op, small.Nodes[1].Op, small.Nodes[2].Op, small.Nodes[3].Op, small.Nodes[4].Op)
	target := engineTarget(r)
	two := box([2]float64{-1, 1}, [2]float64{-2, 1})
	many := box()
	for range inputs {
		many.Lo, many.Hi = append(many.Lo, -1), append(many.Hi, 1)
	}
	many.Lo[11] = -2
	for _, faces := range []bool{false, true} {
		want := byRegions(t, small, two.Polyhedron(), target, preimage.RegionsOptions{Split: true, Prove: true, Faces: faces})
		got := byRegions(t, net, many.Polyhedron(), target, preimage.RegionsOptions{Split: true, Prove: true, Faces: faces})
		if !got.Proof.Accepted || got.Engine != preimage.Polyhedra || !reflect.DeepEqual(pieceKeys(got), pieceKeys(want)) {
			t.Errorf("faces %v: %d pieces by %q, want %d", faces, got.Count, got.Engine, want.Count)
		}
		for _, p := range got.Pieces {
			k := slices.IndexFunc(want.Pieces, func(q preimage.Piece) bool { return fmt.Sprint(q.Pattern, q.Member) == fmt.Sprint(p.Pattern, p.Member) })
			for range 50 {
				x := make([]float64, inputs)
				for j := range x {
					x[j] = many.Lo[j] + float64(r.Float64()*(many.Hi[j]-many.Lo[j]))
				}
				y := []float64{x[3], x[11]}
				if k >= 0 && inflated(set.Union{want.Pieces[k].Set}).Contains(y) != inflated(set.Union{p.Set}).Contains(x) && want.Pieces[k].Set.Contains(y) != p.Set.Contains(x) {
					t.Errorf("piece %v is not that of the two inputs at %v", p.Pattern, x)
				}
			}
		}
	}
}

// TestEnginesGiveTheSameImage compares the images of linear regions.
func TestEnginesGiveTheSameImage(t *testing.T) {
	for seed := range seeds(24) {
		r := rand.New(rand.NewPCG(seed, 80))
		inputs := 2 + int(seed%4)
		net := engineNet(t, r, inputs)
		b := box()
		for k := range inputs {
			b.Lo, b.Hi = append(b.Lo, -1), append(b.Hi, 1+float64(r.IntN(3))/2)
			if inputs > 2 && k == 1 && r.IntN(2) == 0 {
				b.Hi[k] = b.Lo[k]
			}
		}
		domain := b.Polyhedron()
		want, err := preimage.Image(background, net, domain, preimage.ImageOptions{Engine: preimage.Polytopes, Prove: true})
		if err != nil {
			t.Fatal(err)
		}
		got, err := preimage.Image(background, net, domain, preimage.ImageOptions{Engine: preimage.Polyhedra, Prove: true})
		if err != nil {
			t.Fatal(err)
		}
		if !got.Proof.Accepted || got.Engine != preimage.Polyhedra || got.Count != want.Count || !reflect.DeepEqual(pieceKeys(got), pieceKeys(want)) {
			t.Fatalf("seed %d: %d images, want %d; %+v", seed, got.Count, want.Count, got.Proof)
		}
		for i, p := range got.Pieces {
			if p.Loose || p.Vertices == nil {
				t.Errorf("seed %d: image %d is loose", seed, i)
			}
			k := slices.IndexFunc(want.Pieces, func(q preimage.Piece) bool { return reflect.DeepEqual(q.Pattern, p.Pattern) })
			for range 20 {
				c := []float64{r.NormFloat64(), r.NormFloat64()}
				if a, b := farthest(p.Vertices, c), farthest(want.Pieces[k].Vertices, c); math.Abs(a-b) > 1e-7*(1+math.Abs(b)) {
					t.Errorf("seed %d: image %d reaches %v in direction %v, want %v", seed, i, a, c, b)
				}
			}
			for _, y := range want.Pieces[k].Vertices {
				if !inflated(set.Union{p.Set}).Contains(y) {
					t.Errorf("seed %d: image %d lacks %v", seed, i, y)
				}
			}
		}
	}
}

func farthest(points [][]float64, c []float64) float64 {
	most := math.Inf(-1)
	for _, p := range points {
		most = max(most, float64(c[0]*p[0])+float64(c[1]*p[1]))
	}
	return most
}

// TestImageOfUnboundedSet has half-planes and a bounded output.
func TestImageOfUnboundedSet(t *testing.T) {
	net := chain(t, 2, dense(t, [][]float64{{1, 0}, {0, 1}}, 0, 0), nn.HardTanh())
	domain := half(set.Box{Lo: []float64{0, -0.5}, Hi: []float64{math.Inf(1), 0.5}})
	r, err := preimage.Image(background, net, domain, preimage.ImageOptions{Prove: true})
	if err != nil || r.Proof.Accepted || r.Proof.Missing == nil || r.Count != 2 {
		t.Fatalf("%v, %+v", err, r)
	}
	if want := box([2]float64{0, 1}, [2]float64{-0.5, 0.5}); !reflect.DeepEqual(r.Outputs, want) {
		t.Errorf("outputs %v, want %v", r.Outputs, want)
	}
	for _, p := range r.Pieces {
		if !p.Set.Contains([]float64{1, 0.25}) || p.Set.Contains([]float64{1.5, 0.25}) {
			t.Errorf("image %v", p.Set)
		}
	}
}
