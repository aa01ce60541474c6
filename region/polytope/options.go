package polytope

import (
	"errors"
	"time"

	"github.com/netmend/netmend/set"
)

// Options of an enumeration. The zero value is ready to use.
type Options struct {
	// Target, if not nil, restricts the enumeration to the preimage of this set
	// of outputs, the closures of its members: its terms.
	Target set.Union
	// Split has every linear region of the preimage visited by itself: no cell
	// that spans several regions is visited whole.
	Split bool
	// Touching asks for the linear regions, too, that meet a term of the target in
	// no interior point, up to the tolerance, but perhaps on their boundary. They
	// are visited cut down to a layer a few tolerances thick; see
	// [Cell.Touching]. Where the target has no interior itself, these are all
	// there is of its preimage.
	Touching bool
	// Volume asks for the volume of every cell.
	Volume bool
	// Tree asks for the split tree.
	Tree bool
	// Workers is the number of goroutines that search; 0 means one per processor.
	// The result does not depend on it.
	Workers int
	// MaxCells, MaxTime and MaxBytes end the enumeration early; 0 means no limit.
	// MaxBytes is what the cells put off and those waiting to be visited may
	// occupy.
	MaxCells int
	MaxTime  time.Duration
	MaxBytes int64
	// Progress, if not nil, is told from time to time how many cells have
	// been visited so far, on the goroutine that visits.
	Progress func(cells int)
}

// Why an enumeration ended early, as in [Result.Stopped].
var (
	// ErrMaxCells: there are more cells than [Options.MaxCells].
	ErrMaxCells = errors.New("there are more cells than the limit allows")
	// ErrMaxTime: the search took longer than [Options.MaxTime].
	ErrMaxTime = errors.New("the search reached the limit on time")
	// ErrMaxBytes: the search needed more than [Options.MaxBytes].
	ErrMaxBytes = errors.New("the search reached the limit on memory")
	// ErrEnough is what a visitor returns that needs no more cells.
	ErrEnough = errors.New("the visitor has seen enough")
)

// Result sums up an enumeration.
type Result struct {
	// Stopped is nil if the enumeration is complete, so that the cells visited
	// are all there are: they cover the domain, or the target's preimage in it.
	// Else it says why the rest was left out.
	Stopped error
	// Cells is the number of cells visited, and Whole how many of them were
	// visited whole.
	Cells, Whole int
	// Touching is the number of times that a linear region meets a term of the
	// target on its boundary only; see [Options.Touching]. Where no cell was
	// visited and Touching is 0, the target's preimage in the domain is empty.
	Touching int64
	// Free are the coordinates that are dimensions, ascending.
	Free []int
	// Volume of the cells visited, in the free coordinates, and that of the whole
	// domain, where [Options.Volume] asked for it.
	Volume, DomainVolume float64
	// Tree has the split tree where [Options.Tree] asked for it.
	Tree Tree
	// Splits counts the cuts made, Bounds how often a cell was bounded, Pruned
	// how many cells cannot meet the target.
	Splits, Bounds, Pruned int64
	// Tolerances has, for each half-space of the target, term by term, what may have
	// been left out: cells that meet it by no more. It is 2^-40 of the numbers that
	// are summed up on the domain, and what becomes of the same tolerance of every
	// unit's breakpoint until it reaches the output, bounded by the absolute values of
	// the weights. Of a network that is decoupled it does not count the jumps.
	Tolerances []float64
	// Resolution is the largest of the tolerances in units of 1, or of what is larger:
	// the half-space's offset and, for what units contribute, its values at the
	// domain's corners. Units contribute where some unit sums up terms beyond 2^16. It
	// is coarse where the domain is huge.
	Resolution float64
	// Loosened counts the cuts whose tolerance had to be enlarged.
	Loosened int64
}

// Complete reports whether nothing was left out.
func (r *Result) Complete() bool { return r.Stopped == nil }

// coarsest is the resolution beyond which what was left out may matter: a thousandth
// of the target's numbers, or of 1. Sums of terms up to 1e9 are resolved.
const coarsest = 0x1p-10

// Resolved reports whether what was left out for being smaller than the tolerances is
// negligible.
func (r *Result) Resolved() bool { return r.Resolution <= coarsest }
