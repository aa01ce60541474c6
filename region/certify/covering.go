package certify

import (
	"errors"
	"math/big"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/proof/tree"
	"github.com/netmend/netmend/proof/volume"
	"github.com/netmend/netmend/region/polytope"
	"github.com/netmend/netmend/set"
)

// Guide is what an enumeration found, which tells where to look. No proof rests on it.
type Guide struct {
	// Tree is the split tree, and Points and Terms have for each of its cells a point
	// of its interior, by the inputs that vary, and the term of the target; -1 where it is
	// taken to be in none: such a cell stands for nothing that is found.
	Tree   polytope.Tree
	Points [][]float64
	Terms  []int
}

// CoverOptions of [Cover]. The zero value is ready to use.
type CoverOptions struct {
	// Faces asks for all points; without it, sets without an interior do not count.
	Faces bool
	// Guide may be nil. With Faces it is not looked at.
	Guide *Guide
	// Outputs asks for bounds of the outputs on all leaves.
	Outputs bool
	// Rounded, where not 0, asks for [CoverLeaf.Rounded]: above 0 rounded outward, below
	// inward.
	Rounded int
	// MaxCells ends the search with ErrMaxCells; 0 means no limit.
	MaxCells int
	// Volumes asks, without Faces, for [CoverLeaf.Volumes]; those in a term that are known up
	// to its number in Negligible, where that is not nil, are not computed more exactly.
	Volumes    bool
	Negligible []float64
	// Workers is the number of goroutines; 0 means one per processor. The result does
	// not depend on it.
	Workers int
}

// Covering proves where the inputs of a set are that give outputs in the target: each of
// them (but for a set without interior, unless Faces was asked for) lies in the cell of a
// leaf.
type Covering struct {
	Leaves []CoverLeaf
	// Thin counts the parts that were left out because they have no interior, or no
	// point at all, of which outward rounding does not tell.
	Thin int
	// Partial reports whether not all of the domain is in leaves that lie within a term.
	Partial bool
	// Domain encloses the volume of the domain, where volumes were asked for: a share of the
	// problem's box.
	Domain volume.Interval
	// Ties counts the leaves throughout which some term's strict half-space holds with
	// equality, and that would lie in the term otherwise, and lie in none; Tied are the volumes
	// of what of them lies in no term, where volumes were asked for.
	Ties int
	Tied []volume.Interval
}

// CoverLeaf is a part of the domain that meets the target.
type CoverLeaf struct {
	// Pattern is that of the leaf; [tree.Several] stands for a unit that may execute
	// several pieces, where Within tells that all of the leaf is in the target.
	Pattern nn.Pattern
	// Within is the term of the target that the whole leaf lies in, or -1.
	Within int
	// Full reports whether all of the leaf lies in the target, but for a set without an interior;
	// it is not looked for once some leaf is not.
	Full bool
	// Cells are those of the guide that are proven to have interior points in the leaf.
	Cells []int32
	// Parts are those that no cell of the guide stands for.
	Parts []CoverPart
	// Outputs contains the outputs of all of the leaf's inputs, where they were asked for.
	Outputs set.Box
	// Rounded are all parts of the leaf that lie in the target, with float64 numbers.
	Rounded []RoundedPart
	// Volumes are those of all parts of the leaf that lie in the target, where they were asked
	// for.
	Volumes []PartVolume
	// Rows are the leaf's half-spaces exactly, likewise, and Values the outputs on it, both of
	// networks with few units.
	Rows   []tree.ExactRow
	Values []ExactForm
}

// ExactForm is (Terms[0] + Σ Terms[1+k] x_k) 2^Exponent, in the inputs x that vary.
type ExactForm struct {
	Terms    []*big.Int
	Exponent int
}

// CoverPart is the part of a leaf in a term of the target: an intersection of
// half-spaces with Point in it, both about the inputs that vary.
type CoverPart struct {
	Term  int
	Rows  []tree.ExactRow
	Point []*big.Rat
	// Share encloses the volume, where it was asked for; see [PartVolume].
	Share volume.Interval
}

// RoundedPart is the part of a leaf in a term of the target: the points of the domain in all
// of the half-spaces, but for rounding.
type RoundedPart struct {
	Term  int
	Halfs []set.HalfSpace
}

// PartVolume encloses the volume of the part of a leaf in a term of the target, as a share of
// the volume of the problem's box, in the inputs that vary.
type PartVolume struct {
	Term  int
	Share volume.Interval
}

// ErrGuide: a cell that the guide takes for a part of the target is not.
var ErrGuide = errors.New("a polyhedron that float64 takes for a part of the preimage is not shown to be one")
