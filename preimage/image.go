package preimage

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/netmend/netmend/internal/vector"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/proof/tree"
	"github.com/netmend/netmend/region/certify"
	"github.com/netmend/netmend/region/polytope"
	"github.com/netmend/netmend/set"
	"github.com/netmend/netmend/set/solve"
)

// ImageOptions of [Image]. The zero value is ready to use.
type ImageOptions struct {
	// Workers is the number of goroutines; 0 means one per processor. The result
	// does not depend on it.
	Workers int
	// MaxPieces and MaxTime end the computation early; 0 means no limit.
	MaxPieces int
	MaxTime   time.Duration
	// Engine is how linear regions are found; see [EngineFor].
	Engine Engine
	// Prove asks for a proof that the result is complete, and for [Result.Outputs].
	Prove bool
}

// maxHullOutputs is the largest number of outputs for which an image is computed
// as the hull of the images of vertices: beyond, facets are too many.
const maxHullOutputs = 5

// Image computes the image {net(x) : x in domain} of a bounded domain as a union of polytopes
// in the output space: one for each linear region of the network on the domain, the image of
// the region under its affine map. They may overlap in more than faces, as the network need
// not be injective, and they are lower-dimensional where the map is singular. In each piece,
// Vertices are the images of the region's vertices, which need not all be vertices of the
// image, and Pattern is that of the region. For a decoupled network, whose output jumps
// between regions, the result is the closure of the image except for faces; with Prove there
// are also pieces for the patterns that execute on faces. With Prove the linear regions are
// proven to be all there are, each with a point of its interior, and the image of each lies
// in bounds that are rounded outward.
//
// A limit that is reached is not an error: see [Result.Limit]. It fails if the network is not
// piecewise affine, or, without Prove, not continuous, if the domain does not have the
// dimension of the input, and with ctx.Err(). Images of unbounded domains are not proven. A
// domain without interior, such as one with an equation, is taken in its own coordinates, or,
// with Prove, where these would be rounded, as the patterns that execute on it.
func Image(ctx context.Context, net *nn.Network, domain set.Polyhedron, opt ImageOptions) (*Result, error) {
	if err := net.CheckEnd(); err != nil {
		return nil, err
	}
	net, err := net.LowerSelectionsContext(ctx)
	if err != nil {
		return nil, err
	}
	if err := errors.Join(checkPiecewise(net), checkDomain(net, domain)); err != nil {
		return nil, err
	}
	jumps := net.DiscontinuousNode() >= 0
	if jumps && !opt.Prove {
		return nil, checkContinuous(net)
	}
	d, err := domainOf(ctx, domain)
	if err != nil {
		return nil, err
	}
	if isEmptyIn(solve.Within(ctx), domain, nil) {
		return &Result{}, nil
	}
	engine := opt.Engine
	if bounded := unboundedInput(d) < 0; engine == AnyEngine {
		engine = EngineFor(len(freeDims(d)), bounded)
	} else if !bounded && engine == Polytopes {
		_, err := boundedDomain(ctx, domain)
		return nil, err
	}
	thin := len(freeDims(d)) > 0 && isThinDomain(solve.Within(ctx), domain)
	if thin {
		if f, ok := flatOf(domain, opt.Prove); ok {
			inner, err := f.restrict(net)
			if err != nil {
				return nil, err
			}
			return Image(ctx, inner, f.Sides, opt)
		}
		if !opt.Prove || unboundedInput(d) >= 0 {
			return nil, errors.New("the domain has no interior, and is not given by equations whose solutions float64 has: give an input that is constant the same lower and upper limit")
		}
	}
	e := &enumeration{engine: engine, net: net, domain: domain, target: set.Union{set.Whole(net.OutDim())}, members: []int{0}, faces: thin}
	e.result.Engine = engine
	e.result.free, e.result.constants = freeOf(d)
	if opt.Prove {
		e.found = &found{}
	}
	if opt.MaxTime > 0 {
		var stop context.CancelFunc
		ctx, stop = withLimit(ctx, opt.MaxTime)
		defer stop()
	}
	if len(freeDims(d)) == 0 {
		return e.imageOfPoint(ctx)
	}
	if jumps || thin {
		err := e.proveImage(ctx, opt)
		if err == nil && !e.result.Proof.Accepted {
			err = e.result.Proof.Missing
		}
		return &e.result, err
	}
	if engine == Polyhedra {
		return e.imageOfPolyhedra(ctx, d, opt)
	}
	return e.image(ctx, d, opt)
}

// image enumerates the images of the linear regions.
func (e *enumeration) image(ctx context.Context, d polytope.Domain, opt ImageOptions) (*Result, error) {
	result := &e.result
	start, late := time.Now(), false
	r, err := polytope.Enumerate(ctx, e.net, d, polytope.Options{
		Workers: opt.Workers, MaxCells: opt.MaxPieces, MaxTime: opt.MaxTime, Tree: opt.Prove,
	}, func(c *polytope.Cell) error {
		// Images take longer than cells, which the enumeration has ready.
		if late = opt.MaxTime > 0 && time.Since(start) > opt.MaxTime; late {
			return polytope.ErrEnough
		}
		p, err := imageOf(solve.Within(ctx), c, e.net)
		if ctx.Err() != nil { // the polytope may not be what it would have been
			return context.Cause(ctx)
		}
		result.Pieces = append(result.Pieces, p)
		if result.Count++; e.found != nil {
			e.found.note(cellOfPolytopes(c), &p, result.Count-1)
		}
		return err
	})
	switch {
	case err != nil && context.Cause(ctx) == ErrTime:
		result.Side, result.Limit = Under, ErrTime
	case err != nil:
		return nil, err
	case late:
		result.Side, result.Limit = Under, ErrTime
	case r.Stopped != nil:
		result.Side, result.Limit = Under, limitOf(r.Stopped)
	case opt.Prove:
		e.found.guide.Tree = r.Tree
		return result, e.proveImage(ctx, opt)
	}
	return result, nil
}

// imageOfPoint is the image of a domain of one point.
func (e *enumeration) imageOfPoint(ctx context.Context) (*Result, error) {
	x := e.result.constants
	y, err := e.net.EvalPoint(x)
	if err != nil {
		return nil, err
	}
	pattern := e.net.PatternsAt(nn.RowMatrix(x), 1)[0]
	e.result.Count = 1
	e.result.Pieces = []Piece{{Set: set.Box{Lo: y, Hi: y}.Polyhedron(), Vertices: [][]float64{y}, Pattern: pattern}}
	if e.found == nil {
		return &e.result, nil
	}
	return &e.result, e.proveImage(ctx, ImageOptions{Workers: 1})
}

// proveImage closes the images of the linear regions: regions that were missed are added,
// and what is none is taken away.
func (e *enumeration) proveImage(ctx context.Context, opt ImageOptions) error {
	r := &e.result
	p, err := e.problem(e.members)
	if err != nil {
		return err
	}
	point := len(e.result.free) == 0 && e.result.free != nil
	// Where the output jumps, what executes on faces gives outputs of its own.
	faces := e.faces || point || e.net.Decoupled() || e.net.DiscontinuousNode() >= 0
	covering, err := certify.Cover(ctx, p, certify.CoverOptions{Guide: &e.found.guide, Outputs: true, Faces: faces, Workers: opt.Workers})
	if err != nil {
		if ctx.Err() != nil && context.Cause(ctx) != ErrTime {
			return err
		}
		r.Proof.Missing = err
		return nil
	}
	proof, outputs := Proof{Accepted: true, Thin: covering.Thin}, set.EmptyBox(e.net.OutDim())
	var pieces []Piece
	for i := range covering.Leaves {
		leaf := &covering.Leaves[i]
		outputs = outputs.Hull(leaf.Outputs)
		listed := false
		for _, cell := range leaf.Cells {
			piece := r.Pieces[e.found.piece[cell]]
			if listed = slices.Equal(piece.Pattern, leaf.Pattern) && isTight(piece.Vertices, leaf.Outputs) && !piece.Loose; listed {
				pieces = append(pieces, piece)
				break
			}
		}
		if listed {
			continue
		}
		piece, err := e.imageOfLeaf(solve.Within(ctx), p, leaf, point)
		if cause := context.Cause(ctx); cause == ErrTime {
			r.Proof.Missing = ErrTime
			return nil
		} else if cause != nil {
			return cause
		}
		if err != nil {
			piece.Set, piece.Loose = leaf.Outputs.Polyhedron(), true
			if !isTight(piece.Vertices, leaf.Outputs) {
				piece.Vertices = nil
			}
		}
		pieces = append(pieces, piece)
		proof.Added++
	}
	proof.Dropped = r.Count + proof.Added - len(pieces)
	r.Proof, r.Outputs = proof, outputs
	r.Pieces, r.Count = pieces, len(pieces)
	return nil
}

// imageOfLeaf is the image of a linear region that float64 has missed or not resolved.
func (e *enumeration) imageOfLeaf(in solve.Solver, p *tree.Problem, leaf *certify.CoverLeaf, point bool) (piece Piece, err error) {
	piece = Piece{Pattern: leaf.Pattern}
	if e.engine == Polyhedra {
		return piece, errors.New("a linear region in many dimensions that float64 does not resolve")
	}
	var lost float64
	if corners, ok := exactCorners(p, leaf.Rows); ok && leaf.Values != nil {
		for i := range corners {
			y := make([]float64, len(leaf.Values))
			for j := range y {
				y[j] = corners[i].value(&leaf.Values[j])
			}
			piece.Vertices = append(piece.Vertices, y)
		}
	} else if piece.Vertices, lost, err = e.imagesOfCorners(p, leaf, point); err != nil {
		return piece, err
	}
	if !isTight(piece.Vertices, leaf.Outputs) {
		return piece, errors.New("float64 does not resolve the image of a linear region")
	}
	if piece.Set, err = in.ConvexHull(e.net.OutDim(), distinctBy(piece.Vertices, max(lost, sameVertex))); err != nil {
		return piece, fmt.Errorf("the facets of an image: %w", err)
	}
	return piece, nil
}

// imagesOfCorners are the images of a linear region's vertices by its affine map in float64,
// and what of an output that may lose by rounding.
func (e *enumeration) imagesOfCorners(p *tree.Problem, leaf *certify.CoverLeaf, point bool) (images [][]float64, lost float64, err error) {
	rows := leaf.Rows
	if rows == nil && len(leaf.Parts) > 0 {
		rows = leaf.Parts[0].Rows
	}
	if rows == nil && !point {
		return nil, 0, errors.New("float64 does not resolve a linear region")
	}
	a, b, err := e.net.AffineMap(leaf.Pattern)
	if err != nil {
		return nil, 0, err
	}
	corners := [][]float64{e.result.constants}
	if !point {
		if corners, err = cornersOf(p, rows); err != nil {
			return nil, 0, fmt.Errorf("the corners of a linear region: %w", err)
		}
	}
	for _, x := range corners {
		y := make([]float64, len(b))
		for i := range y {
			y[i] = vector.Dot(a.Row(i), x) + b[i]
			size := math.Abs(b[i])
			for j, v := range x {
				size += math.Abs(a.Row(i)[j] * v)
			}
			lost = max(lost, 0x1p-46*size)
		}
		images = append(images, y)
	}
	return images, lost, nil
}

// isTight reports whether the bounds of an image are those of its vertices, up to rounding
// that is harmless: else float64 does not resolve the region.
func isTight(vertices [][]float64, b set.Box) bool {
	hull := set.Polytope{Dim: b.Dim(), Vertices: vertices}.BoundingBox()
	for j := range b.Lo {
		const few = 1e-12 // roundings
		slack := float64(coarse*(b.Hi[j]-b.Lo[j])) + float64(few*(1+math.Abs(b.Lo[j])+math.Abs(b.Hi[j])))
		if !(math.Abs(hull.Lo[j]-b.Lo[j]) <= slack && math.Abs(hull.Hi[j]-b.Hi[j]) <= slack) {
			return false
		}
	}
	return true
}

// coarse is the share of an output's range on a region by which vertices may be off.
const coarse = 1e-6

// imageOf is the image of a cell under its affine map.
func imageOf(in solve.Solver, c *polytope.Cell, net *nn.Network) (Piece, error) {
	a, b := c.Affine()
	p := Piece{Pattern: append(nn.Pattern{}, c.Pattern...)}
	for _, x := range nn.RowsOf(c.Points()) {
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
		p.Set, err = in.ConvexHull(net.OutDim(), distinct(p.Vertices))
	} else {
		p.Set, err = in.Image(set.Polyhedron{Dim: net.InDim(), Rows: c.HalfSpaces()}, a, b)
	}
	if err != nil { // of a cell that is too small or too large for the solver
		p.Set, p.Loose = set.Polytope{Dim: len(b), Vertices: p.Vertices}.BoundingBox().Polyhedron(), true
	}
	return p, nil
}

// sameVertex is the relative difference below which two images of vertices are
// one: a unit that is constant on a cell gives the same output at all of its
// vertices, but for the rounding of different sums.
const sameVertex = 1e-13

// distinct are the points without those that repeat an earlier one.
func distinct(points [][]float64) [][]float64 { return distinctBy(points, sameVertex) }

// distinctBy is distinct for another relative difference.
func distinctBy(points [][]float64, same float64) [][]float64 {
	var kept [][]float64
	for _, p := range points {
		if !slices.ContainsFunc(kept, func(q []float64) bool {
			for j, v := range p {
				if math.Abs(v-q[j]) > same*(1+math.Abs(v)) {
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
