package tree

import (
	"errors"
	"fmt"
)

// half is a part of a cell: where a variable is at most a number, or at least it.
type half struct {
	variable int
	at       float64
	upper    bool
}

// errHalved: the current cell is no longer given by the domain and the splits alone.
var errHalved = errors.New("a cell that was halved is described by its splits")

// Halve divides the cell in the middle of the range of variable k. The current cell becomes
// the lower part; the upper one is put off. The middle belongs to both.
func (s *State) Halve(k int) error { return s.halve(k, false) }

// HalveUpper is like [State.Halve], but the upper part becomes the current cell, as in
// [State.SplitUpper].
func (s *State) HalveUpper(k int) error { return s.halve(k, true) }

func (s *State) halve(k int, upper bool) error {
	if k < 0 || k >= len(s.lo) {
		return fmt.Errorf("input %d of %d that vary is halved", k, len(s.lo))
	}
	if len(s.stack) >= maxDepth {
		return fmt.Errorf("more than %d cells are put off", maxDepth)
	}
	// Any number does: the parts cover the cell.
	at, ok := s.Middle(k)
	if !ok {
		return fmt.Errorf("input %d has no room to be halved", k)
	}
	s.putOff(frame{half: &half{k, at, !upper}})
	s.enterHalf(half{k, at, upper})
	return nil
}

// Halved is how often the current cell has been halved.
func (s *State) Halved() int { return s.halved }

// Middle is where [State.Halve] divides the cell; ok reports whether there is room for it.
func (s *State) Middle(k int) (at float64, ok bool) {
	at = s.lo[k] + float64((s.hi[k]-s.lo[k])/2)
	return at, s.lo[k] < at && at < s.hi[k]
}

// enterHalf makes the current cell its part.
func (s *State) enterHalf(h half) {
	s.halved++
	if h.upper {
		s.lo[h.variable] = h.at
	} else {
		s.hi[h.variable] = h.at
	}
	s.reached = 0
	s.fresh = s.frozen
}
