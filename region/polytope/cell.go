package polytope

import (
	"slices"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/set"
)

// Cell is a bounded polytope on which the network is affine, or that lies in the
// target's preimage as a whole. It and its slices are valid only during the call
// that hands it out; see [Cell.Clone].
type Cell struct {
	// Index counts the cells of the enumeration from 0, in order.
	Index int
	// Term is the index of the target's term that the cell lies in, or -1
	// without a target. Where terms overlap, the cells do not.
	Term int
	// Whole reports whether the cell may span several linear regions, all of which
	// lie in the target's preimage. It then has no pattern and no affine map.
	Whole bool
	// Touching reports whether the cell lies in the target only up to a few tolerances:
	// it is a layer at the boundary of a linear region that meets the target
	// there, if at all; see [Options.Touching].
	Touching bool
	// Pattern is the activation pattern of the cell's interior.
	Pattern nn.Pattern
	// Zero are the units, as indices into Pattern and ascending, whose value is within the
	// tolerance of a breakpoint throughout the cell. Pattern has the upper piece there (the tie
	// rule), so at least 1; the piece below, Pattern less 1, must be considered too. Empty if
	// the cell is Whole.
	Zero []int32
	// Coords has the free coordinates of the vertices, one vertex per row; see
	// [Result.Free].
	Coords nn.Matrix
	// On lists, for each vertex, the facets that it lies on, as indices into
	// Facets: row v is On[v*d : v*d+d] for d dimensions.
	On []int32
	// Facets are what bounds the cell. Some may touch it only in a vertex or an
	// edge where the cell is degenerate.
	Facets []Facet
	// Volume in the free coordinates, where [Options.Volume] asked for it.
	Volume float64

	s       *setting
	pattern nn.Pattern // of the stages that are settled
}

// Facet names the hyperplane that a facet of a cell lies in.
type Facet struct {
	Kind FacetKind
	// Index of the input coordinate (Lower, Upper), of the domain's cut (Cut), of
	// the unit in a pattern (Unit), or of the half-space in the term (Goal).
	Index int32
	// Break is the index of the breakpoint of the unit's function, or, with Goal,
	// the index of the term.
	Break int32
	// Above tells, with Unit, that the cell lies above the breakpoint; with Goal,
	// that it lies outside the half-space of an earlier term.
	Above bool
}

// FacetKind says where a facet comes from.
type FacetKind uint8

// The kinds of facets.
const (
	Lower FacetKind = iota
	Upper
	Cut
	Unit
	Goal
)

// Clone returns a copy that stays valid.
func (c *Cell) Clone() *Cell {
	d := *c
	d.pattern = slices.Clone(c.pattern)
	if c.Pattern != nil {
		d.Pattern = d.pattern
	}
	d.Zero = slices.Clone(c.Zero)
	d.Coords.Data = slices.Clone(c.Coords.Data)
	d.On = slices.Clone(c.On)
	d.Facets = slices.Clone(c.Facets)
	return &d
}

// OnUnit reports whether a vertex lies on the facet that a unit's breakpoint, by its
// index, makes. Where all units that lie on a breakpoint at a vertex do so, they cut
// independently of each other: every choice of their sides is that of a linear
// region with an interior, even where the units' later ones depend on the earlier.
func (c *Cell) OnUnit(vertex int, unit, index int32) bool {
	d := c.Coords.Cols
	for _, f := range c.On[vertex*d : vertex*d+d] {
		if g := c.Facets[f]; g.Kind == Unit && g.Index == unit && g.Break == index {
			return true
		}
	}
	return false
}

// Points returns the vertices in the input space, one a row.
func (c *Cell) Points() nn.Matrix { return c.s.embed(c.Coords) }

// HalfSpaces describes the cell in the input space: one half-space for each of
// Facets, in order, and then, for every coordinate that is constant on the
// domain, two that say so.
func (c *Cell) HalfSpaces() []set.HalfSpace { return c.s.halfSpaces(c) }

// Affine returns the affine map x -> A x + b of the network's output (of its
// value channel) on the cell; see [nn.Network.AffineMap]. It must not be called
// for a cell that is Whole.
func (c *Cell) Affine() (a nn.Matrix, b []float64) {
	if c.Whole {
		panic("polytope: Affine of a cell that spans several linear regions")
	}
	a, b, err := c.s.Net.AffineMap(c.Pattern)
	if err != nil {
		panic("polytope: Affine of a cell that was changed: " + err.Error())
	}
	return a, b
}
