package preimage_test

import (
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/preimage"
	"github.com/netmend/netmend/set"
	"github.com/netmend/netmend/set/solve"
	"github.com/netmend/netmend/spec"
)

// TestQueries asks of the parabola's preimage of [100, 105] what is known of it.
func TestQueries(t *testing.T) {
	r := byRegions(t, parabola(t), box([2]float64{-100, 100}).Polyhedron(),
		set.Union{polyhedron(row(105, 1), row(-100, -1))}, preimage.RegionsOptions{Volume: true})
	for _, test := range []struct{ c, want float64 }{{1, 71.4819541242456}, {-1, 80.88232417090526}} {
		reach, err := r.Maximize([]float64{test.c})
		if err != nil || math.Abs(reach.Value-test.want) > 1e-9 || !(reach.Bound >= reach.Value) {
			t.Errorf("most of %v x: %+v, %v, want %v", test.c, reach, err, test.want)
		} else if at := r.Pieces[reach.Piece].Set; !solve.Inflate(at, 1e-9).Contains(reach.At) {
			t.Errorf("%v is not in piece %d", reach.At, reach.Piece)
		}
	}
	for _, norm := range []solve.Norm{solve.L1, solve.L2, solve.LInf} {
		for _, test := range []struct{ x, at, distance float64 }{
			{0, 68.467987657073, 68.467987657073},
			{-10, -77.3528327720824, 67.3528327720824},
			{70, 70, 0},
		} {
			at, d, piece, err := r.Nearest([]float64{test.x}, norm)
			if err != nil || math.Abs(at[0]-test.at) > 1e-9 || math.Abs(d-test.distance) > 1e-9 {
				t.Errorf("%v: nearest to %v is %v at %v (%v), want %v", norm, test.x, at, d, err, test.at)
			} else if !solve.Inflate(r.Pieces[piece].Set, 1e-9).Contains(at) {
				t.Errorf("%v is not in piece %d", at, piece)
			}
		}
	}
	s, err := r.Statistics()
	if err != nil {
		t.Fatal(err)
	}
	near(t, "bounds", s.Bounds, box([2]float64{-80.88232417090526, 71.4819541242456}), 1e-9)
	if s.Pieces != 2 || s.PerMember[0] != 2 {
		t.Errorf("%+v", s)
	}
	if want := 80.88232417090526 - 77.3528327720824 + 71.4819541242456 - 68.467987657073; math.Abs(r.Volume-want) > 1e-9 || r.DomainVolume != 200 {
		t.Errorf("length %v of %v, want %v of 200", r.Volume, r.DomainVolume, want)
	}
	points, err := r.Sample(400, 1)
	if err != nil || len(points) != 400 {
		t.Fatalf("%d points, %v", len(points), err)
	}
	negative := 0
	for _, x := range points {
		y, err := parabola(t).EvalPoint(x)
		if err != nil || y[0] < 100-1e-9 || y[0] > 105+1e-9 {
			t.Errorf("the output at the sample %v is %v (%v)", x, y, err)
		}
		if x[0] < 0 {
			negative++
		}
	}
	// 0.539 of the length is negative: 216 of 400, give or take 10 each sigma.
	if negative < 160 || negative > 270 {
		t.Errorf("%d of 400 samples are negative, want about 216", negative)
	}
}

func TestQueriesOfNothing(t *testing.T) {
	r := byRegions(t, parabola(t), box([2]float64{-100, 100}).Polyhedron(), set.Union{polyhedron(row(0, 1))}, preimage.RegionsOptions{})
	if len(r.Pieces) != 0 {
		t.Fatalf("%v, want nothing", r.Pieces)
	}
	if _, err := r.Maximize([]float64{1}); !errors.Is(err, solve.ErrEmpty) {
		t.Error(err)
	}
	if _, _, _, err := r.Nearest([]float64{1}, solve.L2); !errors.Is(err, solve.ErrEmpty) {
		t.Error(err)
	}
	if _, err := r.Sample(1, 1); !errors.Is(err, solve.ErrEmpty) {
		t.Error(err)
	}
}

// TestNearestIsNearest compares with many points of the preimage.
func TestNearestIsNearest(t *testing.T) {
	net := example4(t, nn.ReLU(), nn.ReLU())
	r := byRegions(t, net, box([2]float64{-3, 3}, [2]float64{-3, 3}).Polyhedron(), set.Union{polyhedron(row(-0.1, 1, -1))}, preimage.RegionsOptions{Split: true})
	points, err := r.Sample(500, 2)
	if err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(1, 10))
	for range 40 {
		x := randomPoint(random, 2)
		c := randomPoint(random, 2)
		most, err := r.Maximize(c)
		if err != nil {
			t.Fatal(err)
		}
		for _, norm := range []solve.Norm{solve.L1, solve.L2, solve.LInf} {
			_, d, _, err := r.Nearest(x, norm)
			if err != nil {
				t.Fatal(err)
			}
			for _, p := range points {
				if norm.Of([]float64{p[0] - x[0], p[1] - x[1]}) < d-1e-9 {
					t.Fatalf("%v: %v is nearer to %v than %v", norm, p, x, d)
				}
				if float64(c[0]*p[0])+float64(c[1]*p[1]) > most.Value+1e-9 {
					t.Fatalf("%v . %v is more than %v", c, p, most.Value)
				}
			}
		}
	}
}

// TestPartition: the volumes of the classes add up to the domain's, and each
// sample lies in the preimage of its class.
func TestPartition(t *testing.T) {
	for seed := range uint64(30) {
		r := rand.New(rand.NewPCG(seed, 11))
		n := 1 + r.IntN(3)
		net := randomNet(t, r, activations(t), n, 1+r.IntN(4), 1+r.IntN(4), 2+r.IntN(2))
		domain := box([][2]float64{{-2, 1}, {-0.5, 2}, {-1, 1}}[:n]...)
		for _, e := range []spec.Extremum{spec.Argmax, spec.Argmin} {
			p, err := preimage.Partition(background, net, domain.Polyhedron(), e, preimage.RegionsOptions{Volume: true, Prove: seed%2 == 0})
			if err != nil {
				t.Fatal(err)
			}
			if p.Ties > 0 {
				continue // where there is no class
			}
			if math.Abs(p.Volume-domain.Volume()) > 1e-9*domain.Volume() || math.Abs(p.DomainVolume-domain.Volume()) > 1e-9 {
				t.Fatalf("seed %d: volumes add up to %v, want %v (%v)", seed, p.Volume, domain.Volume(), p.DomainVolume)
			}
			for _, x := range corners(r, domain) {
				y, err := net.EvalPoint(x)
				if err != nil {
					t.Fatal(err)
				}
				covered := false
				for _, piece := range p.Pieces {
					if !solve.Inflate(piece.Set, 1e-9).Contains(x) {
						continue
					}
					covered = true
					if best := e.Prefers(y, nil); math.Abs(y[best]-y[piece.Member]) > 1e-6 {
						t.Fatalf("seed %d: %v with outputs %v is in the preimage of class %d", seed, x, y, piece.Member)
					}
				}
				if !covered {
					t.Fatalf("seed %d: %v is in no piece", seed, x)
				}
			}
		}
	}
	if _, err := preimage.Partition(background, parabola(t), box([2]float64{0, 1}).Polyhedron(), spec.Argmax, preimage.RegionsOptions{}); err == nil {
		t.Error("one output has no classes")
	}
}

// TestBoundary: the boundary of two classes and the band around it.
func TestBoundary(t *testing.T) {
	net := example4(t, nn.ReLU(), nn.ReLU())
	square := box([2]float64{0, 1}, [2]float64{0, 1}).Polyhedron()
	line, err := preimage.Boundary(spec.Argmax, 0, 1, 2, 0)
	if err != nil {
		t.Fatal(err)
	}
	r := byRegions(t, net, square, set.Union{line}, preimage.RegionsOptions{})
	if len(r.Pieces) == 0 {
		t.Fatal("no boundary")
	}
	// On the boundary of Example 4: a vertex of both polygons of the reference.
	if at := []float64{0.2880698905672891, 0.47187186729330327}; !inflated(r.Union()).Contains(at) {
		t.Errorf("%v is not on the boundary", at)
	}
	points, err := r.Sample(100, 3)
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range points {
		y, err := net.EvalPoint(x)
		if err != nil || math.Abs(y[0]-y[1]) > 1e-8 {
			t.Errorf("outputs %v at %v (%v)", y, x, err)
		}
	}
	band, err := preimage.Boundary(spec.Argmin, 0, 2, 3, 0.5)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		y    []float64
		want bool
	}{
		{[]float64{0, 1, 0}, true},
		{[]float64{0, 1, 0.5}, true},
		{[]float64{0.5, 1, 0}, true},
		{[]float64{0, 1, 0.6}, false},
		{[]float64{0, -1, 0}, false},
		{[]float64{0, 0.2, 0.4}, false},
	} {
		if got := band.Contains(test.y); got != test.want {
			t.Errorf("%v in the band: %v, want %v", test.y, got, test.want)
		}
	}
	for _, test := range []struct {
		i, j int
		band float64
	}{{0, 0, 0}, {0, 2, 0}, {-1, 0, 0}, {0, 1, -1}, {0, 1, math.NaN()}} {
		if _, err := preimage.Boundary(spec.Argmax, test.i, test.j, 2, test.band); err == nil {
			t.Errorf("%+v: no error", test)
		}
	}
}

// inflated is u with all rows moved outward a little.
func inflated(u set.Union) set.Union {
	wide := make(set.Union, len(u))
	for i, p := range u {
		wide[i] = solve.Inflate(p, 1e-8)
	}
	return wide
}
