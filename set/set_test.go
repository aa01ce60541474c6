package set_test

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/netmend/netmend/set"
)

var nan, inf = math.NaN(), math.Inf(1)

func TestPolygonRefused(t *testing.T) {
	for _, test := range []struct {
		name     string
		vertices [][]float64
		want     string
	}{
		{"none", nil, "polygon with 0 vertices, want at least 3"},
		{"two", [][]float64{{0, 0}, {1, 0}}, "polygon with 2 vertices, want at least 3"},
		{"lengths", [][]float64{{0, 0}, {1, 0}, {1, 1, 1}}, "vertex 2 has 3 numbers, vertex 0 has 2"},
		{"nan", [][]float64{{0, 0}, {1, nan}, {1, 1}}, "vertex 1: number 1 is NaN"},
		{"infinite", [][]float64{{0, 0}, {1, 0}, {-inf, 1}}, "vertex 2: number 0 is -Inf"},
		{"a point", [][]float64{{1, 1}, {1, 1}, {1, 1}}, "vertices 0 and 1 coincide"},
		{"first repeated", [][]float64{{0, 0}, {0, 0}, {1, 0}, {1, 1}}, "vertices 0 and 1 coincide"},
		{"later repeated", [][]float64{{0, 0}, {1, 0}, {1, 1}, {1, 1}}, "vertex 2"},
		{"closed", [][]float64{{0, 0}, {1, 0}, {1, 1}, {0, 0}}, "vertex 0"},
		{"collinear", [][]float64{{0, 0}, {1, 1}, {2, 2}}, "lie on one line"},
		{"collinear, rounded", [][]float64{{0, 0}, {1, 1}, {2, 2 + 1e-12}}, "lie on one line"},
		{"one dimension", [][]float64{{0}, {1}, {2}}, "lie on one line"},
		{"flat corner", [][]float64{{0, 0}, {1, 0}, {2, 0}, {0, 2}}, "at vertex 1"},
		{"dent", [][]float64{{0, 0}, {2, 0}, {0.5, 0.5}, {0, 2}}, "not convex, or degenerate, at vertex 2"},
		{"bow", [][]float64{{0, 0}, {1, 1}, {1, 0}, {0, 1}}, "not convex"},
		{"star", [][]float64{{0, 1}, {0.6, -0.8}, {-0.95, 0.3}, {0.95, 0.3}, {-0.6, -0.8}}, "wind around more than once"},
		{"not planar", [][]float64{{0, 0, 0}, {1, 0, 0}, {1, 1, 0.1}, {0, 1, 0}}, "off the plane"},
	} {
		t.Run(test.name, func(t *testing.T) {
			p, err := set.NewPolygon(test.vertices)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%v, error %v, want %q", p, err, test.want)
			}
		})
	}
}

// TestPolygonPlane checks that the plane's coordinates give the vertices back,
// counterclockwise, in an orthonormal frame.
func TestPolygonPlane(t *testing.T) {
	for seed := range uint64(100) {
		r := rand.New(rand.NewPCG(seed, 1))
		dim, corners := 2+r.IntN(5), 3+r.IntN(6)
		o, a, b := make([]float64, dim), make([]float64, dim), make([]float64, dim)
		for k := range dim {
			o[k], a[k], b[k] = float64(10*r.NormFloat64()), r.NormFloat64(), r.NormFloat64()
		}
		var vertices [][]float64
		for i := range corners {
			s, c := math.Sincos(2 * math.Pi * float64(i) / float64(corners))
			if seed%2 == 0 {
				s = -s // the other way around
			}
			x := make([]float64, dim)
			for k := range x {
				x[k] = o[k] + float64(c*a[k]) + float64(s*b[k])
			}
			vertices = append(vertices, x)
		}
		p, err := set.NewPolygon(vertices)
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		if p.Dim() != dim {
			t.Errorf("seed %d: dimension %d, want %d", seed, p.Dim(), dim)
		}
		uu, uv, vv, area := 0.0, 0.0, 0.0, 0.0
		for k := range dim {
			uu += float64(p.U[k] * p.U[k])
			uv += float64(p.U[k] * p.V[k])
			vv += float64(p.V[k] * p.V[k])
		}
		if math.Abs(uu-1)+math.Abs(uv)+math.Abs(vv-1) > 1e-12 {
			t.Errorf("seed %d: U.U = %v, U.V = %v, V.V = %v, want 1, 0, 1", seed, uu, uv, vv)
		}
		for i, q := range p.Plane {
			next := p.Plane[(i+1)%corners]
			area += float64(q[0]*next[1]) - float64(q[1]*next[0])
			for k, x := range p.At(q[0], q[1]) {
				if math.Abs(x-vertices[i][k]) > 1e-12 {
					t.Errorf("seed %d: vertex %d comes back as %v, want %v", seed, i, p.At(q[0], q[1]), vertices[i])
				}
			}
		}
		if area <= 0 {
			t.Errorf("seed %d: the plane's coordinates go around clockwise", seed)
		}
	}
}

func TestSegment(t *testing.T) {
	for _, test := range []struct {
		name     string
		from, to []float64
		want     string
	}{
		{"lengths", []float64{0}, []float64{1, 2}, "segment from 1 numbers to 2"},
		{"nan", []float64{0, nan}, []float64{1, 2}, "number 1 is NaN"},
		{"infinite", []float64{0, 0}, []float64{inf, 2}, "vertex 1: number 0 is +Inf"},
		{"equal", []float64{1, 2}, []float64{1, 2}, "equal ends"},
		{"no numbers", nil, nil, "equal ends"},
		{"overflow", []float64{0, -1e308}, []float64{1, 1e308}, "number 1 goes from -1e+308 to 1e+308"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := set.NewSegment(test.from, test.to)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want %q", err, test.want)
			}
		})
	}
	s, err := set.NewSegment([]float64{0.1, 3}, []float64{0.3, 3})
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ t, want float64 }{{0, 0.1}, {0.5, 0.2}, {1, 0.3}} {
		x := s.At(test.t)
		if x[1] != 3 || math.Abs(x[0]-test.want) > 1e-16 || (test.t != 0.5 && x[0] != test.want) {
			t.Errorf("At(%v) = %v, want [%v 3]", test.t, x, test.want)
		}
	}
}

func TestSlack(t *testing.T) {
	h := set.HalfSpace{Normal: []float64{2, -1}, Offset: 3}
	for _, test := range []struct{ y0, y1, want float64 }{{0, 0, 3}, {1, -1, 0}, {4, 1, -4}} {
		if got := h.Slack([]float64{test.y0, test.y1}); got != test.want {
			t.Errorf("Slack(%v, %v) = %v, want %v", test.y0, test.y1, got, test.want)
		}
	}
}
