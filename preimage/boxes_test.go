package preimage_test

import (
	"errors"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/preimage"
	"github.com/netmend/netmend/set"
	"github.com/netmend/netmend/set/solve"
)

// TestBoxesContain: inputs whose output is in the target lie in the superset, on
// random networks of every activation function, with and without a domain.
func TestBoxesContain(t *testing.T) {
	inside, excluded := 0, 0
	for seed := range uint64(150) {
		r := rand.New(rand.NewPCG(seed, 15))
		among := append(activations(t), nn.Step(), nn.Tanh(), nn.Sigmoid(), nn.GELU(), nn.HardSwish(), nn.SiLU())
		n := 1 + r.IntN(3)
		net := randomNet(t, r, among, n, 1+r.IntN(3), 1+r.IntN(3), 1+r.IntN(2))
		if seed%3 == 0 {
			net = residual(t, r, among[r.IntN(len(among))], among[r.IntN(len(among))], n, 1+r.IntN(2))
		}
		target := randomTarget(r, net.OutDim())
		var opt preimage.BoxesOptions
		if r.IntN(2) == 0 {
			domain := box([][2]float64{{-2, 1}, {-0.5, 2}, {-1, 1}}[:n]...).Polyhedron()
			opt.Domain = &domain
		}
		got, err := preimage.Boxes(background, net, target, opt)
		if err != nil {
			t.Fatal(err)
		}
		if got.Side != preimage.Over || got.Limit != nil || len(got.Sets) > len(target) {
			t.Fatalf("seed %d: %v, %v, %d sets of %d", seed, got.Side, got.Limit, len(got.Sets), len(target))
		}
		wide := make(set.Union, len(got.Sets)) // for the rounding of the evaluation
		for i, p := range got.Sets {
			wide[i] = solve.Inflate(p, 1e-9)
		}
		for range 200 {
			x := randomPoint(r, n)
			y, err := net.EvalPoint(x)
			if err != nil {
				t.Fatal(err)
			}
			if opt.Domain != nil && !opt.Domain.Contains(x) {
				continue
			}
			switch in := slack(target, y) > 1e-9; {
			case in && !wide.Contains(x):
				t.Fatalf("seed %d: %v with output %v is left out of %v", seed, x, y, got.Sets)
			case in:
				inside++
			case !wide.Contains(x):
				excluded++
			}
		}
	}
	if inside < 3000 || excluded < 1000 {
		t.Errorf("%d points inside and %d excluded say little", inside, excluded)
	}
}

// TestBoxesOutward: with a domain every input whose output is in the target is in the
// superset, where products and sums round by more than what they leave, too. The networks'
// values at the points are known without rounding: there every number is a power of 2.
func TestBoxesOutward(t *testing.T) {
	for _, big := range []float64{1, 0x1p60, 0x1p100} {
		for _, small := range []float64{1, 0x1p-40} {
			// z = -small x0 - big (x1 + 1) is small at (-1, -1), and y = relu(z) / small.
			net := chain(t, 2, dense(t, [][]float64{{-small, -big}}, -big), nn.ReLU(), dense(t, [][]float64{{1 / small}}, 0))
			domain := box([2]float64{-1, 2}, [2]float64{-1, 2}).Polyhedron()
			target := set.Union{{Dim: 1, Rows: []set.HalfSpace{{Normal: []float64{1}, Offset: 1}}}}
			got, err := preimage.Boxes(background, net, target, preimage.BoxesOptions{Domain: &domain})
			if err != nil {
				t.Fatal(err)
			}
			if x := []float64{-1, -1}; !got.Sets.Contains(x) {
				t.Errorf("%v, %v: %v is left out of %v", big, small, x, got.Sets)
			}
		}
	}
}

// TestBoxesSigmoid: of a single sigmoid the preimage of an interval is known.
func TestBoxesSigmoid(t *testing.T) {
	for _, test := range []struct {
		f      nn.Op
		lo, hi float64
		want   [2]float64
	}{
		{nn.Sigmoid(), 0.25, 0.75, [2]float64{-math.Log(3), math.Log(3)}},
		{nn.Sigmoid(), -1, 0.5, [2]float64{math.Inf(-1), 0}},
		{nn.Tanh(), -0.5, 0.8, [2]float64{float64(-math.Log(3) / 2), float64(math.Log(9) / 2)}},
		{nn.Tanh(), 0, 2, [2]float64{0, math.Inf(1)}},
	} {
		r, err := preimage.Boxes(background, chain(t, 1, test.f), set.Union{box([2]float64{test.lo, test.hi}).Polyhedron()}, preimage.BoxesOptions{})
		if err != nil || len(r.Sets) != 1 {
			t.Fatalf("%v, %v", r, err)
		}
		got, err := solve.BoundingBox(r.Sets[0])
		if err != nil {
			t.Fatal(err)
		}
		for k, pair := range [][2]float64{{got.Lo[0], test.want[0]}, {got.Hi[0], test.want[1]}} {
			if pair[0] != pair[1] && !(math.Abs(pair[0]-pair[1]) < 1e-14) {
				t.Errorf("%s [%v, %v]: end %d at %v, want %v", test.f.Kind(), test.lo, test.hi, k, pair[0], pair[1])
			}
		}
	}
	// Values that the function does not reach have no preimage: a proof.
	r, err := preimage.Boxes(background, chain(t, 1, nn.Sigmoid()), set.Union{box([2]float64{1.5, 2}).Polyhedron()}, preimage.BoxesOptions{})
	if err != nil || len(r.Sets) != 0 {
		t.Errorf("%v, %v", r, err)
	}
}

func TestBoxesRefused(t *testing.T) {
	relu := chain(t, 1, dense(t, [][]float64{{1}}, 0), nn.ReLU())
	decoupled, err := relu.WithLayer(1, &nn.Params{Weight: relu.Nodes[0].Op.(*nn.Dense).Weight, Bias: []float64{1}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := preimage.Boxes(background, decoupled, set.Union{set.Whole(1)}, preimage.BoxesOptions{}); err == nil || !strings.Contains(err.Error(), "decoupled") {
		t.Errorf("decoupled: %v", err)
	}
	if _, err := preimage.Boxes(background, relu, set.Union{set.Whole(2)}, preimage.BoxesOptions{}); err == nil {
		t.Error("a target of another dimension: no error")
	}
	flat := set.Whole(2)
	if _, err := preimage.Boxes(background, relu, set.Union{set.Whole(1)}, preimage.BoxesOptions{Domain: &flat}); err == nil {
		t.Error("a domain of another dimension: no error")
	}
	stop := errors.New("stop")
	if _, err := preimage.Boxes(background, relu, set.Union{set.Whole(1)}, preimage.BoxesOptions{Snapshot: func(preimage.Snapshot) error { return stop }}); !errors.Is(err, stop) {
		t.Errorf("stopped: %v", err)
	}
}

// TestReLUPreimages are known preimages of polygons under ReLU in the plane.
func TestReLUPreimages(t *testing.T) {
	hull := func(points ...[]float64) set.Polyhedron {
		p, err := solve.ConvexHull(2, points)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	at := func(x, y float64) []float64 { return []float64{x, y} }
	negative := polyhedron(row(0, 1, 0), row(0, 0, 1))
	right := func(lo, hi float64) set.Polyhedron { return polyhedron(row(0, 0, 1), row(hi, 1, 0), row(-lo, -1, 0)) }
	above := func(lo, hi float64) set.Polyhedron { return polyhedron(row(0, 1, 0), row(hi, 0, 1), row(-lo, 0, -1)) }
	net := chain(t, 2, nn.ReLU())
	for _, test := range []struct{ target, want set.Union }{
		{set.Union{hull(at(1, 1), at(2, 2))}, set.Union{hull(at(1, 1), at(2, 2))}},
		{set.Union{hull(at(0, 0))}, set.Union{negative}},
		{set.Union{hull(at(1, 0), at(2, 0))}, set.Union{right(1, 2)}},
		{set.Union{hull(at(0, 1), at(2, 2), at(0, 2))}, set.Union{hull(at(0, 1), at(2, 2), at(0, 2)), above(1, 2)}},
		{set.Union{hull(at(0, 0), at(2, 0), at(2, 2))}, set.Union{hull(at(0, 0), at(2, 0), at(2, 2)), right(0, 2), negative}},
		{set.Union{hull(at(-1, -1), at(-2, -2))}, nil},
		{set.Union{hull(at(0, 0), at(-2, -2))}, set.Union{negative}},
		{set.Union{hull(at(-1, -1), at(-1, 3), at(3, -1))}, set.Union{hull(at(0, 0), at(0, 2), at(2, 0)), right(0, 2), above(0, 2), negative}},
		{set.Union{hull(at(1, 1), at(2, 2)), hull(at(0, 0))}, set.Union{hull(at(1, 1), at(2, 2)), negative}},
	} {
		sameSets(t, "preimage", backward(t, net, preimage.BackwardOptions{}, test.target...), test.want)
	}
}
