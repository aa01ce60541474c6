package experiment

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"

	"github.com/netmend/netmend/metrics"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/region"
	"github.com/netmend/netmend/set"
	"github.com/netmend/netmend/spec"
)

// maxSlices bounds how many slices are tried in search of violations.
const maxSlices = 2000

// Samples are points of random slices of a box.
type Samples struct {
	// Wrong are points at which the network violates the requirement, and Right
	// as many at which it does not.
	Wrong, Right nn.Matrix
	// Slices with violations that they are from, of Tried that were drawn.
	Slices, Tried int
}

// DrawSlices draws two-dimensional slices of a box, parallel to the axes a and b
// and uniform in the others, until the given number of them has violations, and
// collects the vertices of their linear regions (Section 7.3): at most limit that
// violate the requirement, and as many that meet it, both chosen at random.
func DrawSlices(ctx context.Context, net *nn.Network, box set.Box, a, b, slices, limit int, out spec.Output, seed uint64, workers int) (*Samples, error) {
	random := rand.New(rand.NewPCG(seed, 0))
	s := &Samples{}
	var wrong, right [][]float64
	for s.Slices < slices {
		if s.Tried == maxSlices {
			return nil, fmt.Errorf("%d of %d random slices have violations, want %d", s.Slices, s.Tried, slices)
		}
		s.Tried++
		p, err := slice(box, a, b, random)
		if err != nil {
			return nil, err
		}
		w, r, err := vertices(ctx, net, p, out, workers)
		if err != nil {
			return nil, err
		}
		if len(w) == 0 {
			continue
		}
		s.Slices++
		wrong, right = append(wrong, w...), append(right, r...)
	}
	n := min(limit, len(wrong), len(right))
	choose := func(from [][]float64) (nn.Matrix, error) {
		random.Shuffle(len(from), func(i, k int) { from[i], from[k] = from[k], from[i] })
		return nn.MatrixOf(from[:n])
	}
	var err, err2 error
	s.Wrong, err = choose(wrong)
	s.Right, err2 = choose(right)
	return s, errors.Join(err, err2)
}

// slice is a rectangle of the box.
func slice(box set.Box, a, b int, random *rand.Rand) (*set.Polygon, error) {
	at := make([]float64, box.Dim())
	for i := range at {
		at[i] = box.Lo[i] + float64((box.Hi[i]-box.Lo[i])*random.Float64())
	}
	corner := func(x, y float64) []float64 {
		c := append([]float64(nil), at...)
		c[a], c[b] = x, y
		return c
	}
	return set.NewPolygon([][]float64{
		corner(box.Lo[a], box.Lo[b]), corner(box.Hi[a], box.Lo[b]),
		corner(box.Hi[a], box.Hi[b]), corner(box.Lo[a], box.Hi[b]),
	})
}

// vertices are the distinct vertices of the linear regions on a polygon at which
// the requirement is violated, and those at which it is met.
func vertices(ctx context.Context, net *nn.Network, p *set.Polygon, out spec.Output, workers int) (wrong, right [][]float64, err error) {
	seen := map[region.ID]bool{}
	var points [][]float64
	_, err = region.OnPolygon(ctx, net, p, region.Options{Workers: workers}, func(c *region.Cell) error {
		for _, v := range c.Vertices {
			if !seen[v.ID] {
				seen[v.ID] = true
				points = append(points, p.At(v.Param[0], v.Param[1]))
			}
		}
		return nil
	})
	if err != nil {
		return nil, nil, err
	}
	x, err := nn.MatrixOf(points)
	if err != nil {
		return nil, nil, err
	}
	y, err := net.Eval(x, workers)
	if err != nil {
		return nil, nil, err
	}
	for i, at := range points {
		if metrics.Holds(out, y.Row(i)) {
			right = append(right, at)
		} else {
			wrong = append(wrong, at)
		}
	}
	return wrong, right, nil
}

// Required opens points at which the output must meet a requirement.
func Required(x nn.Matrix, out spec.Output) func() metrics.Source {
	return func() metrics.Source { return metrics.FromOutput(x, out) }
}
