package proof

import (
	"math"
	"math/big"
	"slices"

	"github.com/netmend/netmend/internal/portable"
)

// candidate is a place that may have the largest amount: its form's value at a vertex
// of a cell, between lo and hi.
type candidate struct {
	place  Place // its amount, once known, with the margin
	form   *form
	vertex *vertex
	cell   *cell
	lo, hi float64
}

// exactly is the candidate's amount.
func (c *candidate) exactly() *big.Rat {
	if c.place.Amount == nil { // of a share it is known
		c.place.Amount = c.form.rationalAt(c.vertex)
		c.lo, c.hi = enclosure(c.place.Amount)
	}
	return c.place.Amount
}

// enclosure of a rational in floats.
func enclosure(r *big.Rat) (lo, hi float64) {
	v, exact := portable.Float64(r)
	if exact {
		return v, v
	}
	return below64(v), above64(v)
}

// contest finds the candidate with the largest amount, among equal ones the first. Only
// what floats leave open is computed exactly, and that at the end, as most are beaten
// before.
type contest struct {
	left  []candidate // none is beaten for sure
	floor float64     // the largest of their lower ends
}

// mostCandidates is how many are kept with their states; of more only the best.
const mostCandidates = 64

// add lets a candidate take part.
func (t *contest) add(c candidate) {
	if len(t.left) > 0 && c.hi <= t.floor {
		return // no larger than one before
	}
	if len(t.left) == 0 {
		t.floor = math.Inf(-1)
	}
	t.left = append(t.left, c)
	if c.lo > t.floor {
		t.raise(c.lo)
	}
	if len(t.left) > mostCandidates {
		t.decide()
	}
}

// raise drops candidates below a floor.
func (t *contest) raise(floor float64) {
	t.floor = floor
	t.left = slices.DeleteFunc(t.left, func(c candidate) bool { return c.hi < floor })
}

// decide leaves the winner alone.
func (t *contest) decide() {
	best := 0
	for i := 1; i < len(t.left); i++ {
		if t.left[i].exactly().Cmp(t.left[best].exactly()) > 0 {
			best = i
		}
	}
	t.left = append(t.left[:0], t.left[best])
	t.floor = t.left[0].lo
}
