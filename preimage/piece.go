package preimage

import (
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/proof/volume"
	"github.com/netmend/netmend/set"
)

// Piece is a part of a preimage: a polyhedron of inputs on which the output lies
// in one member of the target.
type Piece struct {
	Set set.Polyhedron
	// Vertices are the corners of Set, if they are known. A corner may be listed more than
	// once.
	Vertices [][]float64
	// Pattern is the activation pattern of the linear region that the piece lies
	// in; nil if it may span several.
	Pattern nn.Pattern
	// If Pattern is nil and the result is proven, Known has the pieces of the units that
	// execute a single piece on the whole of Set, and 255 for the others.
	Known nn.Pattern
	// Loose reports whether Set only contains the piece of an [Image], the facets of which
	// float64 does not resolve; without Vertices it does not resolve the corners either.
	Loose bool
	// Member is the index of the target's member; if members overlap, of the first that holds
	// on the piece.
	Member int
	// Volume of the piece, if asked for, in the coordinates that are not constant on the
	// domain.
	Volume float64
}

// Share is the part of a preimage that one member of the target has: the pieces with
// that Member, and their volume where volumes were asked for.
type Share struct {
	Count  int
	Volume float64
	// Within contains the volume, if the result's Extents have a Basis.
	Within volume.Interval
}

// Result is a preimage within a domain, in pieces.
type Result struct {
	// Engine found the pieces; it is empty if none was needed.
	Engine Engine
	Pieces []Piece
	// Count is the number of pieces, also where they were not kept.
	Count int
	// Side says how the union of the pieces relates to the preimage.
	Side Side
	// Limit says which limit ended the computation early; nil if nothing is
	// missing.
	Limit error
	// Volume is that of all pieces and DomainVolume that of the domain, if volumes were asked
	// for.
	Volume, DomainVolume float64
	// Extents are bounds of both, and TiedVolume those of the volume of what Ties counts.
	Extents    Extents
	TiedVolume volume.Interval
	// Shares has the share of each member of the target, if asked for.
	Shares []Share
	// Ties counts the linear regions throughout which a strict half-space of the target holds
	// with equality, and that are outside the preimage only for that reason.
	Ties int
	// Proof says what is proven about the result; see [RegionsOptions.Prove].
	Proof Proof
	// Outputs, of a proven [Image], contains the image, rounded outward.
	Outputs set.Box

	// Where the domain fixes coordinates: those that are free, and the values of
	// the others; free is nil if none is fixed.
	free      []int
	constants []float64
}

// Complete reports whether no limit ended the computation early.
func (r *Result) Complete() bool { return r.Limit == nil }

// Union is the union of the pieces.
func (r *Result) Union() set.Union {
	u := make(set.Union, len(r.Pieces))
	for i, p := range r.Pieces {
		u[i] = p.Set
	}
	return u
}
