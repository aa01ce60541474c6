package polytope

import (
	"fmt"

	"github.com/netmend/netmend/internal/vector"
	"github.com/netmend/netmend/set"
)

// Domain is the bounded set {x : Lo <= x <= Hi, Normal . x <= Offset for every
// half-space of Cuts} in the input space of a network. Coordinates with
// Lo = Hi are constants: they do not count as dimensions and cost nothing.
type Domain struct {
	Lo, Hi []float64
	Cuts   []set.HalfSpace
}

// Box is the domain without cuts.
func Box(lo, hi []float64) Domain { return Domain{Lo: lo, Hi: hi} }

// check reports why the domain is none of a network with dim inputs.
func (d Domain) check(dim int) error {
	if len(d.Lo) != dim || len(d.Hi) != dim {
		return fmt.Errorf("the box has %d lower and %d upper limits, the network has %d inputs", len(d.Lo), len(d.Hi), dim)
	}
	for k, lo := range d.Lo {
		if hi := d.Hi[k]; !vector.IsFinite(lo) || !vector.IsFinite(hi) || !vector.IsFinite(hi-lo) {
			return fmt.Errorf("input %d ranges from %v to %v: want finite limits", k, lo, hi)
		}
	}
	return checkHalfSpaces(d.Cuts, dim, "cut")
}

// checkHalfSpaces reports the first half-space that is not one in dim dimensions.
func checkHalfSpaces(hs []set.HalfSpace, dim int, what string) error {
	for i, h := range hs {
		if len(h.Normal) != dim {
			return fmt.Errorf("%s %d has a normal of %d numbers, want %d", what, i, len(h.Normal), dim)
		}
		for _, a := range h.Normal {
			if !vector.IsFinite(a) {
				return fmt.Errorf("%s %d has a normal with %v in it", what, i, a)
			}
		}
		if !vector.IsFinite(h.Offset) {
			return fmt.Errorf("%s %d has the offset %v", what, i, h.Offset)
		}
	}
	return nil
}
