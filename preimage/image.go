package preimage

import (
	"context"
	"errors"
	"math"
	"slices"
	"time"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/region/polytope"
	"github.com/netmend/netmend/set"
	"github.com/netmend/netmend/set/solve"
)

// ImageOptions of [Image]. The zero value is ready to use.
type ImageOptions struct {
	// Workers is the number of goroutines; 0 means one a processor. The result
	// does not depend on it.
	Workers int
	// MaxPieces and MaxTime end the computation early; 0 means no limit.
	MaxPieces int
	MaxTime   time.Duration
}

// maxHullOutputs is the largest number of outputs for which an image is computed
// as the hull of the images of vertices: beyond, facets are too many.
const maxHullOutputs = 5

// Image computes the image {net(x) : x in domain} of a bounded domain as a union
// of polytopes in the output space: one for each linear region of the network
// on the domain, the image of the region under its affine map. They may overlap
// in more than faces, as the network need not be injective, and they are
// lower-dimensional where the map is singular. Of each piece, Vertices are the
// images of the region's vertices, not all of which need be vertices of the
// image, and Pattern is that of the region. For a decoupled network, whose
// output jumps between regions, the result is the closure of the image.
//
// A limit that is reached is no error: see [Result.Limit]. It fails where the
// network is not piecewise affine or not continuous, where the domain is
// unbounded or of another dimension than the input, and with ctx.Err(). A domain
// without interior, in the coordinates that are not constant on it, is refused.
func Image(ctx context.Context, net *nn.Network, domain set.Polyhedron, opt ImageOptions) (*Result, error) {
	net = net.LowerSelections()
	if err := errors.Join(checkPiecewise(net), checkContinuous(net), checkDomain(net, domain)); err != nil {
		return nil, err
	}
	d, err := boundedDomain(domain)
	if err != nil {
		return nil, err
	}
	if isEmpty(domain, nil) {
		return &Result{}, nil
	}
	if isThinDomain(domain) {
		return nil, errors.New("the domain has no interior: give an input that is constant the same lower and upper limit")
	}
	result := &Result{}
	start, late := time.Now(), false
	r, err := polytope.Enumerate(ctx, net, d, polytope.Options{
		Workers: opt.Workers, MaxCells: opt.MaxPieces, MaxTime: opt.MaxTime,
	}, func(c *polytope.Cell) error {
		// Images take longer than cells, which the enumeration has ready.
		if late = opt.MaxTime > 0 && time.Since(start) > opt.MaxTime; late {
			return polytope.ErrEnough
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		p, err := imageOf(c, net)
		result.Pieces = append(result.Pieces, p)
		return err
	})
	if err != nil {
		return nil, err
	}
	switch {
	case late:
		result.Side, result.Limit = Under, ErrTime
	case r.Stopped != nil:
		result.Side, result.Limit = Under, limitOf(r.Stopped)
	}
	return result, nil
}

// imageOf is the image of a cell under its affine map.
func imageOf(c *polytope.Cell, net *nn.Network) (Piece, error) {
	a, b := c.Affine()
	p := Piece{Pattern: append(nn.Pattern{}, c.Pattern...)}
	for _, x := range rowsOf(c.Points()) {
		y := make([]float64, len(b))
		for i := range y {
			y[i] = b[i]
			for j, w := range a.Row(i) {
				y[i] += float64(w * x[j])
			}
		}
		p.Vertices = append(p.Vertices, y)
	}
	var err error
	if net.OutDim() <= maxHullOutputs {
		p.Set, err = solve.ConvexHull(net.OutDim(), distinct(p.Vertices))
	} else {
		p.Set, err = solve.Image(set.Polyhedron{Dim: net.InDim(), Rows: c.HalfSpaces()}, a, b)
	}
	return p, err
}

// sameVertex is the relative difference below which two images of vertices are
// one: a unit that is constant on a cell gives the same output at all of its
// vertices, but for the rounding of different sums.
const sameVertex = 1e-13

// distinct are the points without those that repeat an earlier one.
func distinct(points [][]float64) [][]float64 {
	var kept [][]float64
	for _, p := range points {
		if !slices.ContainsFunc(kept, func(q []float64) bool {
			for j, v := range p {
				if math.Abs(v-q[j]) > sameVertex*(1+math.Abs(v)) {
					return false
				}
			}
			return true
		}) {
			kept = append(kept, p)
		}
	}
	return kept
}

// limitOf is this package's name of a limit of the enumeration.
func limitOf(stopped error) error {
	switch {
	case errors.Is(stopped, polytope.ErrMaxCells):
		return ErrPolyhedra
	case errors.Is(stopped, polytope.ErrMaxTime):
		return ErrTime
	}
	return stopped
}
