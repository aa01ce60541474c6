package preimage_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/preimage"
	"github.com/netmend/netmend/set"
)

// equation is the part of the cube from -1 to 1 where a . x = b.
func equation(a []float64, b float64) set.Polyhedron {
	box := set.Box{Lo: make([]float64, len(a)), Hi: make([]float64, len(a))}
	minus := make([]float64, len(a))
	for j, v := range a {
		box.Lo[j], box.Hi[j], minus[j] = -1, 1, -v
	}
	return box.Polyhedron().With(set.HalfSpace{Normal: a, Offset: b}, set.HalfSpace{Normal: minus, Offset: -b})
}

// onEquation draws points of a set of [equation]: x0 is solved for.
func onEquation(r *rand.Rand, a []float64, b float64, n int) (xs [][]float64) {
	for len(xs) < n {
		x, rest := make([]float64, len(a)), b
		for j := 1; j < len(a); j++ {
			x[j] = float64(2*r.Float64()) - 1
			rest -= float64(a[j] * x[j])
		}
		if x[0] = rest / a[0]; math.Abs(x[0]) < 1 {
			xs = append(xs, x)
		}
	}
	return xs
}

// TestOnEquations has the linear regions and images on sets without interior be those that points
// of the sets lie in, where the coordinates of the set are float64 numbers and where they would be
// rounded: the patterns that execute are those of the regions, which are of the set's dimension,
// and outputs lie in a piece of the image.
func TestOnEquations(t *testing.T) {
	for trial := range 12 {
		r := rand.New(rand.NewPCG(uint64(trial), 21))
		n := 2 + trial%2
		net := randomNet(t, r, []nn.Op{nn.ReLU()}, n, 5, 3, 2)
		a, b := []float64{1, -2, 0.5}[:n], 0.25
		if trial >= 6 {
			a, b = []float64{0.3 + r.Float64(), r.NormFloat64(), r.NormFloat64()}[:n], 0.1
		}
		flat := equation(a, b)
		found, err := preimage.LinearRegions(t.Context(), net, flat, preimage.LinearRegionsOptions{Prove: true})
		if err != nil || !found.Proven || found.Count != len(found.Regions) {
			t.Fatalf("trial %d: %v, proven is %v (%v), %d regions", trial, err, found.Proven, found.Missing, found.Count)
		}
		float, err := preimage.LinearRegions(t.Context(), net, flat, preimage.LinearRegionsOptions{Discard: true})
		if err != nil || float.Count != found.Count {
			t.Errorf("trial %d: %d regions in float64, want %d: %v", trial, float.Count, found.Count, err)
		}
		image, err := preimage.Image(t.Context(), net, flat, preimage.ImageOptions{Prove: true})
		if err != nil || !image.Proof.Accepted {
			t.Fatalf("trial %d: image: %v, %v", trial, err, image.Proof.Missing)
		}
		seen := make(map[string]bool)
		for _, x := range onEquation(r, a, b, 2000) {
			seen[string(net.PatternsAt(nn.RowMatrix(x), 1)[0])] = true
			y, err := net.EvalPoint(x)
			if err != nil {
				t.Fatal(err)
			}
			inside := false
			for _, p := range image.Pieces {
				inside = inside || holds(p.Set, y)
			}
			if !inside {
				t.Fatalf("trial %d: the output %v lies in no piece of the image", trial, y)
			}
		}
		for _, region := range found.Regions {
			if len(region.Vertices) < n {
				t.Errorf("trial %d: a region with %d corners in %d dimensions", trial, len(region.Vertices), n-1)
			}
			delete(seen, string(region.Pattern))
		}
		if len(seen) > 0 {
			t.Errorf("trial %d: %d patterns execute that are no region's", trial, len(seen))
		}
	}
}

// TestLinearRegionsLimit ends at the number asked for, and at once where there is no time.
func TestLinearRegionsLimit(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 22))
	for _, inputs := range []int{2, 9} {
		net := randomNet(t, r, []nn.Op{nn.ReLU()}, inputs, 6, 2)
		box := set.Box{Lo: make([]float64, inputs), Hi: make([]float64, inputs)}
		for j := range box.Lo {
			box.Lo[j], box.Hi[j] = -3, 3
		}
		found, err := preimage.LinearRegions(t.Context(), net, box.Polyhedron(), preimage.LinearRegionsOptions{Prove: true, MaxRegions: 3})
		if err != nil || found.Count != 3 || found.Limit != preimage.ErrPolyhedra || found.Proven {
			t.Errorf("%d inputs: %d regions, limit %v, proven %v: %v", inputs, found.Count, found.Limit, found.Proven, err)
		}
		found, err = preimage.LinearRegions(t.Context(), net, box.Polyhedron(), preimage.LinearRegionsOptions{Prove: true, MaxTime: 1})
		if err != nil || found.Limit != preimage.ErrTime || found.Proven {
			t.Errorf("%d inputs, no time: limit %v, proven %v: %v", inputs, found.Limit, found.Proven, err)
		}
	}
}

// holds reports whether a set has a point, up to rounding.
func holds(p set.Polyhedron, y []float64) bool {
	for _, h := range p.Rows {
		if h.Slack(y) < -1e-8 {
			return false
		}
	}
	return true
}
