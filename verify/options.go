package verify

import (
	"errors"
	"time"
)

// Options of [Property] and [Spec]. The zero value is ready to use.
type Options struct {
	// Workers is the number of goroutines; 0 means one a processor. The result
	// does not depend on it, as long as no limit of time ends the work.
	Workers int
	// MaxTime, MaxBytes and MaxCells end the work with [Unknown]; 0 means no
	// limit. MaxCells counts the cells that meet the violation or cannot be told
	// from it; MaxBytes is what cells put off may occupy.
	MaxTime  time.Duration
	MaxBytes int64
	MaxCells int
	// Progress, where not nil, is told from time to time what is being done.
	Progress func(Progress)
}

// Progress says how far the work is.
type Progress struct {
	// Case is the pair of input and output sets at hand, counted from 0, of Cases.
	Case, Cases int
	// Cells is the number of its cells that were looked at.
	Cells int
}

var errTime = errors.New("the time allowed is over")
