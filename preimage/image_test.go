package preimage_test

import (
	"math"
	"math/big"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/preimage"
	"github.com/netmend/netmend/set"
	"github.com/netmend/netmend/set/solve"
)

// evalExactly evaluates a chain of dense and piecewise-affine nodes with
// rational numbers, following the tie rule.
func evalExactly(net *nn.Network, x []float64) []*big.Rat {
	v := make([]*big.Rat, len(x))
	for j := range v {
		v[j] = new(big.Rat).SetFloat64(x[j])
	}
	exact := func(x float64) *big.Rat { return new(big.Rat).SetFloat64(x) }
	for _, node := range net.Nodes {
		switch op := node.Op.(type) {
		case *nn.Dense:
			next := make([]*big.Rat, op.Weight.Rows)
			for i := range next {
				next[i] = exact(op.Bias[i])
				for j, w := range op.Weight.Row(i) {
					next[i].Add(next[i], new(big.Rat).Mul(exact(w), v[j]))
				}
			}
			v = next
		case *nn.Piecewise:
			next := make([]*big.Rat, len(v))
			for i, z := range v {
				k := 0
				for k < len(op.Breaks) && z.Cmp(exact(op.Breaks[k])) >= 0 {
					k++
				}
				next[i] = new(big.Rat).Mul(exact(op.Slope[k]), z)
				next[i].Add(next[i], exact(op.Offset[k]))
			}
			v = next
		}
	}
	return v
}

// within reports whether an interval contains a rational number.
func within(i set.Interval, y *big.Rat) bool {
	if !math.IsInf(i.Lo, -1) && y.Cmp(new(big.Rat).SetFloat64(i.Lo)) < 0 {
		return false
	}
	return math.IsInf(i.Hi, 1) || y.Cmp(new(big.Rat).SetFloat64(i.Hi)) <= 0
}

// corners are the corners of a box and some points inside.
func corners(r *rand.Rand, b set.Box) [][]float64 {
	var xs [][]float64
	for mask := range 1 << b.Dim() {
		x := make([]float64, b.Dim())
		for j := range x {
			if x[j] = b.Lo[j]; mask>>j&1 == 1 {
				x[j] = b.Hi[j]
			}
		}
		xs = append(xs, x)
	}
	for range 30 {
		x := make([]float64, b.Dim())
		for j := range x {
			x[j] = min(b.Hi[j], b.Lo[j]+float64(r.Float64()*(b.Hi[j]-b.Lo[j])))
		}
		xs = append(xs, x)
	}
	return xs
}

// TestImageContains: box and zonotope contain the exact outputs, rounding
// included, and the exact image contains the outputs. With boxes of no width the
// bounds have no room but for rounding.
func TestImageContains(t *testing.T) {
	for seed := range uint64(100) {
		r := rand.New(rand.NewPCG(seed, 5))
		n := 1 + r.IntN(3)
		among := append(activations(t), nn.Step())
		net := randomNet(t, r, among, n, 1+r.IntN(4), 1+r.IntN(4), 1+r.IntN(2))
		domain := set.Box{Lo: randomPoint(r, n)}
		for _, lo := range domain.Lo {
			domain.Hi = append(domain.Hi, lo+float64(float64(r.IntN(3))*r.Float64()))
		}
		bounds, err := preimage.ImageBox(background, net, domain)
		if err != nil {
			t.Fatal(err)
		}
		zonotope, err := preimage.ImageZonotope(background, net, set.BoxZonotope(domain))
		if err != nil {
			t.Fatal(err)
		}
		around := zonotope.BoundingBox()
		for _, x := range corners(r, domain) {
			for i, y := range evalExactly(net, x) {
				if !within(bounds.Interval(i), y) || !within(around.Interval(i), y) {
					t.Fatalf("seed %d: output %d at %v is %v, box %v, zonotope in %v", seed, i, x, y, bounds, around)
				}
			}
		}
		// In every direction the zonotope reaches at least as far as the outputs.
		for range 10 {
			c := randomPoint(r, net.OutDim())
			_, most := zonotope.Support(c)
			for _, x := range corners(r, domain) {
				y, err := net.EvalPoint(x)
				if err != nil {
					t.Fatal(err)
				}
				s := 0.0
				for i := range c {
					s += float64(c[i] * y[i])
				}
				if s > most+float64(1e-12*(1+math.Abs(most))) {
					t.Fatalf("seed %d: direction %v: %v at %v, the zonotope reaches %v", seed, c, s, x, most)
				}
			}
		}
	}
}

// TestImageExact: every output of a sample lies in the image, and every vertex
// of a piece of the image is the output at some input.
func TestImageExact(t *testing.T) {
	for seed := range uint64(60) {
		r := rand.New(rand.NewPCG(seed, 6))
		n := 1 + r.IntN(3)
		net := randomNet(t, r, activations(t), n, 1+r.IntN(3), 1+r.IntN(3), 1+r.IntN(3))
		domain := box([][2]float64{{-2, 1}, {-0.5, 2}, {-1, 1}}[:n]...)
		image, err := preimage.Image(background, net, domain.Polyhedron(), preimage.ImageOptions{})
		if err != nil {
			t.Fatal(err)
		}
		wide := make(set.Union, len(image.Pieces))
		for i, p := range image.Pieces {
			wide[i] = solve.Inflate(p.Set, 1e-9)
		}
		for _, x := range corners(r, domain) {
			y, err := net.EvalPoint(x)
			if err != nil {
				t.Fatal(err)
			}
			if !wide.Contains(y) {
				t.Fatalf("seed %d: the output %v at %v is not in the image", seed, y, x)
			}
		}
		// The preimage of a vertex, with a little room, is not empty.
		p := image.Pieces[r.IntN(len(image.Pieces))]
		y := p.Vertices[r.IntN(len(p.Vertices))]
		var room set.Box
		for _, v := range y {
			room.Lo, room.Hi = append(room.Lo, v-1e-6), append(room.Hi, v+1e-6)
		}
		back := byRegions(t, net, domain.Polyhedron(), set.Union{room.Polyhedron()}, preimage.RegionsOptions{Faces: true})
		if len(back.Pieces) == 0 {
			t.Errorf("seed %d: no input has the output %v", seed, y)
		}
	}
}

// TestImageOfParabola: the image of an interval, known from the linear pieces.
func TestImageOfParabola(t *testing.T) {
	image, err := preimage.Image(background, parabola(t), box([2]float64{-4, 20}).Polyhedron(), preimage.ImageOptions{})
	if err != nil {
		t.Fatal(err)
	}
	hull := set.EmptyBox(1)
	for _, p := range image.Pieces {
		for _, y := range p.Vertices {
			hull = hull.Hull(set.Box{Lo: y, Hi: y})
		}
	}
	near(t, "image", hull, box([2]float64{0.33117377758026123, 20*1.6589434734788167 - 13.584521265929414}), 1e-12)
}

// TestImageSmooth: boxes and zonotopes of tanh and sigmoid networks, decoupled
// ones too, contain the outputs.
func TestImageSmooth(t *testing.T) {
	tighter := 0
	for seed := range uint64(60) {
		r := rand.New(rand.NewPCG(seed, 7))
		n := 1 + r.IntN(3)
		among := append(activations(t), nn.Tanh(), nn.Sigmoid(), nn.GELU(), nn.HardSwish(), nn.Softsign())
		net := randomNet(t, r, among, n, 1+r.IntN(4), 1+r.IntN(4), 1+r.IntN(2))
		if seed%2 == 0 {
			var err error
			if net, err = net.WithLayer(1, &randomDense(r, n, net.Dim(0)).Params); err != nil {
				t.Fatal(err)
			}
		}
		domain := set.Box{Lo: randomPoint(r, n)}
		for _, lo := range domain.Lo {
			domain.Hi = append(domain.Hi, lo+float64(2*r.Float64()))
		}
		bounds, err := preimage.ImageBox(background, net, domain)
		if err != nil {
			t.Fatal(err)
		}
		zonotope, err := preimage.ImageZonotope(background, net, set.BoxZonotope(domain))
		if err != nil {
			t.Fatal(err)
		}
		around := zonotope.BoundingBox()
		for _, x := range corners(r, domain) {
			y, err := net.EvalPoint(x)
			if err != nil {
				t.Fatal(err)
			}
			for i, v := range y {
				e := float64(1e-12 * (1 + math.Abs(v)))
				for _, b := range []set.Box{bounds, around} {
					if v < b.Lo[i]-e || v > b.Hi[i]+e {
						t.Fatalf("seed %d: output %d at %v is %v, outside of %v", seed, i, x, v, b)
					}
				}
			}
		}
		for i := range bounds.Lo {
			if around.Interval(i).Width() < 0.999*bounds.Interval(i).Width() {
				tighter++
			}
		}
	}
	if tighter < 20 {
		t.Errorf("the zonotope was tighter than the box %d times only", tighter)
	}
}

func TestImageRefused(t *testing.T) {
	net := chain(t, 2, dense(t, [][]float64{{1, 2}}, 0))
	corner := polyhedron(row(1, 1, 1), row(0, -1, 0), row(-1, 0, -1)) // flat, without an equation
	for _, test := range []struct {
		name   string
		net    *nn.Network
		domain set.Polyhedron
		want   string
	}{
		{"unbounded", net, polyhedron(row(1, 1, 0), row(1, -1, 0), row(1, 0, 1)), "input 1 has no lower limit"},
		{"dimension", net, set.Whole(1), "domain of dimension 1, the network has 2 inputs"},
		{"smooth", chain(t, 1, nn.Tanh()), box([2]float64{0, 1}).Polyhedron(), "not piecewise affine"},
		{"step", chain(t, 1, nn.Step()), box([2]float64{0, 1}).Polyhedron(), "not continuous"},
		{"flat", net, corner, "no interior"},
	} {
		_, err := preimage.Image(background, test.net, test.domain, preimage.ImageOptions{Engine: preimage.Polytopes})
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want ... %s", test.name, err, test.want)
		}
	}
	if r, err := preimage.Image(background, net, set.Empty(2), preimage.ImageOptions{}); err != nil || len(r.Pieces) != 0 {
		t.Errorf("of an empty domain: %+v, %v", r, err)
	}
	if b, err := preimage.ImageBox(background, net, set.EmptyBox(2)); err != nil || !b.Empty() {
		t.Errorf("box image of an empty box: %v, %v", b, err)
	}
}
