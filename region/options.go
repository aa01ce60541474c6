package region

import "errors"

// Options of an enumeration. The zero value is ready to use.
type Options struct {
	// Workers is the number of goroutines that search; 0 means one per processor.
	// The result does not depend on it.
	Workers int
	// MaxCells ends the enumeration with [ErrMaxCells] if there are more cells than this; 0
	// means no limit.
	MaxCells int
	// Tree asks for the split trees.
	Tree bool
	// Progress, if not nil, is told from time to time how many cells have
	// been visited so far, on the goroutine that visits.
	Progress func(cells int)
}

// ErrMaxCells is returned if a domain has more cells than [Options.MaxCells]. That many cells
// have been visited.
var ErrMaxCells = errors.New("there are more linear regions than the limit allows")

// Result sums up an enumeration.
type Result struct {
	// Cells is the number of cells of each domain.
	Cells []int
	// Trees has the split tree of each domain, if [Options.Tree] asked for it.
	Trees []Tree
}

// Total is the number of cells of all domains.
func (r *Result) Total() int {
	n := 0
	for _, c := range r.Cells {
		n += c
	}
	return n
}
