package region

import (
	"slices"

	"github.com/netmend/netmend/nn"
)

// ID names a point of a domain: cells that meet in a vertex have the same ID there, even if
// they were found by different workers or belong to different domains of the same network
// that share a vertex or an edge. It is a 128-bit hash of the point's origin: the coordinates
// of a domain's vertex, or the ends of the edge that was cut and the breakpoint that cut it.
type ID [2]uint64

// Vertex is a corner of a cell.
type Vertex struct {
	ID ID
	// Param is where the vertex lies: on a segment, t in [0, 1] and 0; on a polygon, the plane
	// coordinates (u, v). [set.Segment.At] and [set.Polygon.At] give the point.
	Param [2]float64
}

// Cell is one linear region cut with a domain. It and its slices are valid
// only during the call that hands it out; see [Cell.Clone].
type Cell struct {
	// Index counts the cells of the whole enumeration from 0, in order.
	Index int
	// Domain is the index of the segment or polygon that the cell belongs to.
	Domain int
	// Pattern is the activation pattern of the cell's interior.
	Pattern nn.Pattern
	// Vertices are two on a segment, with ascending t; at least three on a
	// polygon, counterclockwise in (u, v).
	Vertices []Vertex
	// Zero are the units, as indices into Pattern and ascending, whose value is within the
	// tolerance of a breakpoint throughout the cell. Pattern has the upper piece there (the tie
	// rule), so at least 1; the piece below, Pattern less 1, must be considered too.
	Zero []int32

	net  *nn.Network
	axes nn.Matrix // rows: origin, then one direction per parameter
}

// Clone returns a copy that stays valid.
func (c *Cell) Clone() *Cell {
	d := *c
	d.Pattern = slices.Clone(c.Pattern)
	d.Vertices = slices.Clone(c.Vertices)
	d.Zero = slices.Clone(c.Zero)
	return &d
}
