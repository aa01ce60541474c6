package set

import (
	"fmt"

	"github.com/netmend/netmend/internal/vector"
)

// HalfSpace is {y : Normal . y <= Offset}, or {y : Normal . y < Offset} where
// it is strict. Normal is not normalised. A Normal of zeros is allowed: the set
// is then everything or empty, as 0 <= Offset (0 < Offset) is true or not.
type HalfSpace struct {
	Normal []float64
	Offset float64
	Strict bool
}

// Slack is Offset - Normal . y: negative outside, 0 on the boundary.
func (h HalfSpace) Slack(y []float64) float64 {
	s := h.Offset
	for i, a := range h.Normal {
		s -= float64(a * y[i])
	}
	return s
}

// Contains reports whether the half-space contains y, a point of finite numbers.
// It is exact.
func (h HalfSpace) Contains(y []float64) bool {
	s := slackSign(h.Normal, h.Offset, y)
	return s > 0 || s == 0 && !h.Strict
}

// Complement is the set of points that are not in h: the opposite half-space, strict if h is
// not.
func (h HalfSpace) Complement() HalfSpace {
	c := HalfSpace{Normal: make([]float64, len(h.Normal)), Offset: -h.Offset, Strict: !h.Strict}
	for i, a := range h.Normal {
		c.Normal[i] = -a
	}
	return c
}

// Closure is h with its boundary: never strict. For a strict half-space with a Normal of
// zeros and Offset 0, which is empty, that would be everything; it is returned with Offset -1
// instead.
func (h HalfSpace) Closure() HalfSpace {
	if h.Strict && h.Offset == 0 && isZero(h.Normal) {
		h.Offset = -1
	}
	h.Strict = false
	return h
}

// validate reports the first fault of a half-space in dim dimensions.
func (h HalfSpace) validate(dim int) error {
	if len(h.Normal) != dim {
		return fmt.Errorf("normal with %d numbers, want %d", len(h.Normal), dim)
	}
	for j, a := range h.Normal {
		if !vector.IsFinite(a) {
			return fmt.Errorf("number %d of the normal is %v, want a finite number", j, a)
		}
	}
	if !vector.IsFinite(h.Offset) {
		return fmt.Errorf("offset %v, want a finite number", h.Offset)
	}
	return nil
}

func isZero(a []float64) bool {
	for _, x := range a {
		if x != 0 {
			return false
		}
	}
	return true
}
