package polyhedron

import (
	"time"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/region/polytope"
	"github.com/netmend/netmend/set"
)

// Options of an enumeration. The zero value is ready to use.
type Options struct {
	// Target is that of [polytope.Options].
	Target set.Union
	// Split has every linear region of the preimage visited by itself: no cell
	// that spans several regions is visited whole.
	Split bool
	// Tree asks for the split tree.
	Tree bool
	// Inner asks for a point of the interior of every cell.
	Inner bool
	// Workers is the number of goroutines that search; 0 means one per processor.
	// The result does not depend on it.
	Workers int
	// MaxCells and MaxTime end the enumeration early; 0 means no limit.
	MaxCells int
	MaxTime  time.Duration
	// Progress, if not nil, is told from time to time how many cells have
	// been visited so far, on the goroutine that visits.
	Progress func(cells int)
}

// Cell is a polyhedron on which the network is affine, or that lies in the
// target's preimage as a whole. It stays valid.
type Cell struct {
	// Index counts the cells of the enumeration from 0, in order.
	Index int
	// Term is the index of the target's term that the cell lies in, or -1
	// without a target. Where terms overlap, the cells do not.
	Term int
	// Whole reports whether the cell may span several linear regions, all of which
	// lie in the target's preimage. It then has no pattern.
	Whole bool
	// Pattern is the activation pattern of the cell's interior.
	Pattern nn.Pattern
	// Zero are the units, as indices into Pattern and ascending, whose value is
	// within the tolerance of a breakpoint throughout the cell; see
	// [polytope.Cell].
	Zero []int32
	// Polyhedron has the domain's rows first, then one for each split. Rows may
	// be redundant.
	Polyhedron set.Polyhedron
	// Facets says where the rows of Polyhedron come from: those of the domain are
	// cuts.
	Facets []polytope.Facet
	// Inner is, where [Options.Inner] asked for it, a point as far inside as the
	// linear program sees, in the coordinates of [Result.Free].
	Inner []float64
}

// Result sums up an enumeration.
type Result struct {
	// Stopped is nil if the enumeration is complete. Else it says why the rest
	// was left out: [polytope.ErrMaxCells], [polytope.ErrMaxTime],
	// [polytope.ErrEnough] or the error that was returned.
	Stopped error
	// Cells is the number of cells visited, and Whole how many of them were
	// visited whole.
	Cells, Whole int
	// Free are the coordinates that the domain does not fix by two rows about the
	// coordinate alone, ascending.
	Free []int
	// Tree has the split tree where [Options.Tree] asked for it.
	Tree polytope.Tree
	// Programs counts the linear programs solved, Unsure those that failed for
	// numerical reasons, Pruned the cells that cannot meet the target.
	Programs, Unsure, Pruned int64
}

// Complete reports whether nothing was left out.
func (r *Result) Complete() bool { return r.Stopped == nil }
