package preimage

import (
	"context"
	"errors"
	"math/big"
	"slices"
	"time"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/proof/tree"
	"github.com/netmend/netmend/region"
	"github.com/netmend/netmend/region/certify"
	"github.com/netmend/netmend/region/polytope"
	"github.com/netmend/netmend/set"
	"github.com/netmend/netmend/set/solve"
)

// LinearRegionsOptions of [LinearRegions]. The zero value is ready to use.
type LinearRegionsOptions struct {
	// Prove asks for a proof that the linear regions are all there are.
	Prove bool
	// Discard has regions counted, but not kept.
	Discard bool
	// Workers is the number of goroutines; 0 means one per processor. The result
	// does not depend on it.
	Workers int
	// MaxRegions and MaxTime end the enumeration early; 0 means no limit.
	MaxRegions int
	MaxTime    time.Duration
	// Progress, if not nil, is told from time to time how many there are so far.
	Progress func(regions int)
}

// LinearRegion is a linear region of a network on a set.
type LinearRegion struct {
	Pattern nn.Pattern
	// Zero are the units, as indices into Pattern and ascending, that float64 does not tell from a
	// breakpoint throughout the region.
	Zero []int32
	// Vertices of the region, rounded; none where it was found by its half-spaces alone, or where
	// float64 did not see it and they are too many.
	Vertices [][]float64
	// HalfSpaces, some of which may be redundant, where there are no vertices.
	HalfSpaces []set.HalfSpace
}

// LinearRegionsFound is the result of [LinearRegions].
type LinearRegionsFound struct {
	Count   int
	Regions []LinearRegion
	Engine  Engine
	// Proven reports whether these are all, and Missing why that is not proven where it was asked for.
	Proven  bool
	Missing error
	// Limit is nil if the enumeration came to its end; else [ErrTime] or [ErrPolyhedra].
	Limit error
}

// LinearRegions are the linear regions of a network on a set, bounded or not: where one pattern of
// the activation channel executes, with an interior; on a set without interior, such as one with
// an equation, with an interior in the set's affine hull. They do not depend on the network's end
// ([nn.End]).
//
// A limit that is reached is not an error: what was found until then is returned. It fails if the
// network is not piecewise affine, or not continuous and no proof is asked for, where the dimension
// of the set is not that of the input, and with the cause of ctx.
func LinearRegions(ctx context.Context, net *nn.Network, domain set.Polyhedron, opt LinearRegionsOptions) (*LinearRegionsFound, error) {
	net, err := net.BeforeEnd().LowerSelectionsContext(ctx)
	if err != nil {
		return nil, err
	}
	if err := errors.Join(checkPiecewise(net), checkDomain(net, domain)); err != nil {
		return nil, err
	}
	if net.DiscontinuousNode() >= 0 && !opt.Prove {
		return nil, checkContinuous(net)
	}
	limited, stop := withLimit(ctx, opt.MaxTime)
	defer stop()
	l := &linearRegions{net: net, domain: domain, opt: opt}
	err = l.find(limited)
	if err != nil && context.Cause(limited) == ErrTime {
		l.found.Limit, l.found.Proven, err = ErrTime, false, nil
	}
	return &l.found, err
}

// linearRegions is a run of [LinearRegions].
type linearRegions struct {
	net    *nn.Network
	domain set.Polyhedron
	box    polytope.Domain
	opt    LinearRegionsOptions
	found  LinearRegionsFound
}

// find chooses how.
func (l *linearRegions) find(ctx context.Context) (err error) {
	if l.box, err = domainOf(ctx, l.domain); err != nil {
		return err
	}
	in, free := solve.Within(ctx), len(freeDims(l.box))
	l.found.Engine = EngineFor(free, unboundedInput(l.box) < 0)
	switch {
	case isEmptyIn(in, l.domain, nil):
		l.found.Proven = l.opt.Prove
	case free > 0 && isThinDomain(in, l.domain):
		return l.onFlat(ctx)
	case l.found.Engine == Polyhedra:
		return l.fromPieces(ctx)
	default:
		return l.fromCells(ctx)
	}
	return context.Cause(ctx)
}

// fromPieces has [Regions] find them.
func (l *linearRegions) fromPieces(ctx context.Context) error {
	r, err := Regions(ctx, l.net, l.domain, set.Union{set.Whole(l.net.OutDim())}, RegionsOptions{
		Split: true, Discard: l.opt.Discard, Prove: l.opt.Prove, MaxPieces: l.opt.MaxRegions, Workers: l.opt.Workers, Progress: l.opt.Progress,
	})
	if err != nil {
		return err
	}
	l.found.Engine = r.Engine
	l.found.Count, l.found.Limit, l.found.Proven, l.found.Missing = r.Count, r.Limit, r.Proof.Accepted, r.Proof.Missing
	for _, p := range r.Pieces {
		region := LinearRegion{Pattern: p.Pattern, Vertices: p.Vertices}
		if p.Vertices == nil {
			region.HalfSpaces = p.Set.Rows
		}
		l.found.Regions = append(l.found.Regions, region)
	}
	return nil
}

// fromCells enumerates the cells of package polytope, and has their proof add and take away.
func (l *linearRegions) fromCells(ctx context.Context) error {
	var seen found
	var patterns []nn.Pattern
	cells := 0
	visit := func(c *polytope.Cell) error {
		if cells++; l.opt.Prove && cells <= region.MaxProven {
			seen.note(cellOfPolytopes(c), nil, 0)
			patterns = append(patterns, slices.Clone(c.Pattern))
		}
		if !l.opt.Discard {
			l.found.Regions = append(l.found.Regions, LinearRegion{
				Pattern: slices.Clone(c.Pattern), Zero: append([]int32(nil), c.Zero...), Vertices: nn.RowsOf(c.Points()),
			})
		}
		return nil
	}
	if l.opt.Discard && !l.opt.Prove {
		visit = nil
	}
	if l.net.DiscontinuousNode() < 0 {
		r, err := polytope.Enumerate(ctx, l.net, l.box, polytope.Options{
			MaxCells: l.opt.MaxRegions, Workers: l.opt.Workers, Tree: l.opt.Prove, Progress: l.opt.Progress,
		}, visit)
		if r != nil {
			l.found.Count, seen.guide.Tree = r.Cells, r.Tree
		}
		if err != nil {
			return err
		}
		if l.found.Limit = limitOf(r.Stopped); l.found.Limit != nil {
			return nil
		}
	}
	if !l.opt.Prove || cells > region.MaxProven {
		return nil
	}
	return l.prove(ctx, &seen, patterns)
}

// prove closes an enumeration, of whose cells the patterns are.
func (l *linearRegions) prove(ctx context.Context, seen *found, patterns []nn.Pattern) error {
	p, covering, err := l.cover(ctx, certify.CoverOptions{Faces: len(freeDims(l.box)) == 0, Guide: &seen.guide, Workers: l.opt.Workers})
	if err != nil {
		return err
	}
	if covering == nil {
		return nil
	}
	l.found.Proven = true
	l.found.Count = len(covering.Leaves)
	if l.opt.Discard {
		return nil
	}
	cells := l.found.Regions
	l.found.Regions = nil
	for i := range covering.Leaves {
		leaf := &covering.Leaves[i]
		k := slices.IndexFunc(leaf.Cells, func(c int32) bool { return slices.Equal(patterns[c], leaf.Pattern) })
		if k >= 0 {
			l.found.Regions = append(l.found.Regions, cells[leaf.Cells[k]])
			continue
		}
		region := LinearRegion{Pattern: leaf.Pattern}
		switch {
		case len(freeDims(l.box)) == 0:
			region.Vertices = [][]float64{l.box.Lo}
		case len(leaf.Parts) > 0:
			if corners, err := cornersOf(p, leaf.Parts[0].Rows); err == nil {
				region.Vertices = corners
			}
		}
		l.found.Regions = append(l.found.Regions, region)
	}
	return nil
}

// cover asks for the proof; without one, which is not an error, it says why.
func (l *linearRegions) cover(ctx context.Context, options certify.CoverOptions) (*tree.Problem, *certify.Covering, error) {
	e := &enumeration{net: l.net, domain: l.domain, target: set.Union{set.Whole(l.net.OutDim())}}
	p, err := e.problem([]int{0})
	if err != nil {
		return nil, nil, err
	}
	covering, err := certify.Cover(ctx, p, options)
	switch {
	case err != nil && ctx.Err() != nil:
		return nil, nil, context.Cause(ctx)
	case err != nil:
		l.found.Missing = err
	}
	return p, covering, nil
}

// onFlat finds the linear regions on a set without interior. Where the set is given in its own
// coordinates without rounding, they are those of the network on these; else, and so that nothing
// counts that is thinner than the set, each pattern that executes on the set is looked at by its
// exact corners.
func (l *linearRegions) onFlat(ctx context.Context) error {
	_, exact := flatOf(l.domain, l.opt.Prove)
	if exact || !l.opt.Prove || unboundedInput(l.box) >= 0 {
		return l.fromPieces(ctx)
	}
	p, covering, err := l.cover(ctx, certify.CoverOptions{Faces: true, Workers: l.opt.Workers})
	if covering == nil || err != nil {
		return err
	}
	dims := make([]int, len(covering.Leaves))
	corners := make([][]exactCorner, len(covering.Leaves))
	most := 0
	for i := range covering.Leaves {
		ok := len(covering.Leaves[i].Parts) > 0
		if ok {
			corners[i], ok = exactCorners(p, covering.Leaves[i].Parts[0].Rows)
		}
		if !ok {
			l.found.Missing = errFlatDim
			return nil
		}
		dims[i] = affineDim(corners[i])
		most = max(most, dims[i])
	}
	l.found.Proven = true
	for i := range covering.Leaves {
		if dims[i] < most {
			continue
		}
		if l.found.Count++; l.opt.Discard {
			continue
		}
		region := LinearRegion{Pattern: covering.Leaves[i].Pattern}
		for k := range corners[i] {
			region.Vertices = append(region.Vertices, corners[i][k].point(p))
		}
		l.found.Regions = append(l.found.Regions, region)
	}
	return nil
}

var errFlatDim = errors.New("the set has no interior, and in its own coordinates its numbers would be rounded: the dimension of a part is decided in up to four inputs alone")

// affineDim is the dimension of the affine hull of points.
func affineDim(corners []exactCorner) int {
	var rows [][]*big.Rat // in echelon form
	for i := 1; i < len(corners); i++ {
		a, b := &corners[0], &corners[i]
		row := make([]*big.Rat, len(a.x)-1)
		for k := range row {
			row[k] = new(big.Rat).Sub(new(big.Rat).SetFrac(b.x[1+k], b.x[0]), new(big.Rat).SetFrac(a.x[1+k], a.x[0]))
		}
		for _, r := range rows {
			if at := pivotOf(r); row[at].Sign() != 0 {
				subtract(row, r, new(big.Rat).Quo(row[at], r[at]))
			}
		}
		if pivotOf(row) >= 0 {
			rows = append(rows, row)
		}
	}
	return len(rows)
}
