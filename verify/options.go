package verify

import (
	"errors"
	"time"
)

// Arithmetic is what decides.
type Arithmetic uint8

const (
	// Exact: [Holds] and [Violated] are said only of what package proof accepted, or,
	// where it does not decide, of what bounds rounded outward show; see [Ground].
	Exact Arithmetic = iota
	// Float64: the engines alone decide, and all that they find is [Unproven].
	Float64
)

// Options of [Property] and [Spec]. The zero value is ready to use.
type Options struct {
	// Arithmetic is what decides.
	Arithmetic Arithmetic
	// Workers is the number of goroutines; 0 means one per processor. The result
	// does not depend on it, as long as no limit of time ends the work.
	Workers int
	// MaxTime, MaxBytes and MaxCells end the work with [Unknown]; 0 means no
	// limit. MaxCells counts the cells that the enumeration in float64 finds to meet
	// the violation, or cannot tell from it; MaxBytes is what cells put off may occupy
	// there.
	MaxTime  time.Duration
	MaxBytes int64
	MaxCells int
	// Certificate asks for [Result.Proof] to be stored: package proof then reads and checks
	// it once more, as it is written. It costs about as much as the search, or less.
	Certificate bool
	// Progress, if not nil, is told from time to time what is being done. It may
	// be called from any goroutine, one at a time.
	Progress func(Progress)
}

// Progress says how far the work is.
type Progress struct {
	// Case is the pair of input and output sets at hand, counted from 0, of Cases.
	Case, Cases int
	// Cells is the number of its cells that were looked at.
	Cells int
}

// errTime is the reason where a limit of time ended the work.
var errTime = errors.New("the time allowed is over")
