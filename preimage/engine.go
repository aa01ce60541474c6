package preimage

import (
	"context"
	"math"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/region/polyhedron"
	"github.com/netmend/netmend/region/polytope"
	"github.com/netmend/netmend/set"
	"github.com/netmend/netmend/set/solve"
)

// Engine is how the linear regions of a domain are enumerated.
type Engine string

const (
	// AnyEngine is the one that [EngineFor] chooses.
	AnyEngine Engine = ""
	// Polytopes keeps the corners of every cell (package polytope). It takes bounded
	// domains of at most 12 dimensions.
	Polytopes Engine = "polytopes"
	// Polyhedra keeps only half-spaces and solves linear programs (package polyhedron). Its
	// pieces have no corners, and may have redundant half-spaces.
	Polyhedra Engine = "polyhedra"
)

// EngineFor is the engine for a domain of that many dimensions, the inputs that vary: the
// one that [polyhedron.Faster] tells.
func EngineFor(dims int, bounded bool) Engine {
	if polyhedron.Faster(dims, bounded) {
		return Polyhedra
	}
	return Polytopes
}

// And is the engine of two results together: the one with half-spaces if they differ.
func (e Engine) And(other Engine) Engine {
	if e == Polyhedra || other == AnyEngine {
		return e
	}
	return other
}

// cell is a cell of either engine.
type cell struct {
	term    int
	whole   bool
	volume  float64
	pattern nn.Pattern
	facets  []polytope.Facet
	// inner is a point of the interior, by the inputs that vary.
	inner []float64
	// rows are the cell's half-spaces, those of the facets first.
	rows func() []set.HalfSpace
	// points are the corners where corners tells so, otherwise the point inside.
	points  func() nn.Matrix
	corners bool
}

// cellOfPolytopes is a cell of package polytope, valid as long as that.
func cellOfPolytopes(c *polytope.Cell) *cell {
	v := &cell{
		term: c.Term, whole: c.Whole, volume: c.Volume, pattern: c.Pattern, facets: c.Facets,
		rows: c.HalfSpaces, points: c.Points, corners: true,
	}
	v.inner = make([]float64, c.Coords.Cols)
	for i := range c.Coords.Rows {
		for k, y := range c.Coords.Row(i) {
			v.inner[k] += y / float64(c.Coords.Rows)
		}
	}
	return v
}

// cellOfPolyhedra is a cell of package polyhedron.
func (e *enumeration) cellOfPolyhedra(c *polyhedron.Cell) *cell {
	return &cell{
		term: c.Term, whole: c.Whole, pattern: c.Pattern, facets: c.Facets, inner: c.Inner,
		rows: func() []set.HalfSpace { return c.Polyhedron.Rows },
		points: func() nn.Matrix {
			if e.result.free == nil {
				return nn.RowMatrix(c.Inner)
			}
			x := append([]float64(nil), e.result.constants...)
			for k, j := range e.result.free {
				x[j] = c.Inner[k]
			}
			return nn.RowMatrix(x)
		},
	}
}

// polyhedronOf is a domain by its half-spaces.
func polyhedronOf(d polytope.Domain) set.Polyhedron {
	p := set.Whole(len(d.Lo))
	for _, h := range (set.Box{Lo: d.Lo, Hi: d.Hi}).Polyhedron().Rows {
		if !math.IsInf(h.Offset, 0) {
			p = p.With(h)
		}
	}
	return p.With(d.Cuts...)
}

// visitPolyhedra is visitAll with package polyhedron.
func (e *enumeration) visitPolyhedra(ctx context.Context, d polytope.Domain, options polytope.Options, visit func(*cell) error) error {
	opt := polyhedron.Options{
		Target: options.Target, Split: options.Split, Tree: options.Tree, Inner: visit != nil, Workers: options.Workers,
		MaxCells: options.MaxCells, Progress: options.Progress,
	}
	measure := options.Volume && len(freeDims(d)) <= maxVolumeDim
	var each func(*polyhedron.Cell) error
	if visit != nil {
		each = func(c *polyhedron.Cell) error {
			v := e.cellOfPolyhedra(c)
			if measure {
				if volume, err := solve.Within(ctx).Volume(inFree(c.Polyhedron, &e.result)); err == nil {
					v.volume = volume
				}
			}
			return visit(v)
		}
	}
	r, err := polyhedron.Enumerate(ctx, e.net, polyhedronOf(d), opt, each)
	var stopped error
	if r != nil {
		stopped = r.Stopped
		if e.found != nil {
			e.found.guide.Tree = r.Tree
		}
	}
	if err := e.noteEnd(ctx, err, stopped); err != nil {
		return err
	}
	if r != nil && visit == nil {
		e.result.Count += r.Cells
	}
	if e.result.Limit != nil {
		e.result.Side = Under
	}
	return nil
}
