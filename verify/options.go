package verify

import (
	"errors"
	"time"
)

// Arithmetic is what decides.
type Arithmetic uint8

const (
	// Exact: the verdict is [Holds] or [Violated] only if package proof accepted it, or, where
	// package proof does not decide, if bounds rounded outward show it; see [Ground].
	Exact Arithmetic = iota
	// Float64: only the engines decide, and everything that they find is [Unproven].
	Float64
)

// Options of [Property] and [Spec]. The zero value is ready to use.
type Options struct {
	// Arithmetic is what decides.
	Arithmetic Arithmetic
	// Workers is the number of goroutines; 0 means one per processor. The result does not
	// depend on it, as long as no time limit ends the work.
	Workers int
	// MaxTime, MaxBytes and MaxCells end the work with [Unknown]; 0 means no limit. MaxCells
	// counts the cells that meet the violation in the float64 enumeration, or may meet it;
	// MaxBytes is the memory that postponed cells may take there.
	MaxTime  time.Duration
	MaxBytes int64
	MaxCells int
	// Certificate asks for [Result.Proof] to be stored: package proof then reads and checks
	// it once more, as it is written. It costs about as much as the search, or less.
	Certificate bool
	// Progress, if not nil, is called from time to time with what is being done. It may be
	// called from any goroutine, one at a time.
	Progress func(Progress)
}

// Progress says how far the work is.
type Progress struct {
	// Case is the current pair of input and output sets, counted from 0, of Cases.
	Case, Cases int
	// Cells is how many of its cells were looked at.
	Cells int
}

// errTime is the reason where a limit of time ended the work.
var errTime = errors.New("the time allowed is over")
