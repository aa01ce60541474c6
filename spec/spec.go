package spec

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/netmend/netmend/internal/vector"
	"github.com/netmend/netmend/set"
)

// Item is one requirement: on every point of one input set, the output
// satisfies Output. Exactly one of Point, Segment and Polygon is set.
type Item struct {
	// Name says for people which item of which file this is.
	Name    string
	Point   []float64
	Segment *set.Segment
	Polygon *set.Polygon
	Output  Output
	// Keep marks a point that must keep its present class; its Output is filled in from the
	// network by Spec.Bind.
	Keep bool
}

// Dim is the dimension of the input set's space.
func (it *Item) Dim() int {
	switch {
	case it.Segment != nil:
		return it.Segment.Dim()
	case it.Polygon != nil:
		return it.Polygon.Dim()
	}
	return len(it.Point)
}

// Spec is a repair specification: the conjunction of its items.
type Spec struct {
	Items []Item
	// Margin m >= 0 turns every half-space a . y <= b into a . y <= b - m (a not normalised).
	// With m > 0 this includes strict ones, such as those of classes; with m = 0 they stay
	// strict.
	Margin float64
	// Units the points are given in: "raw", "normalised", or "" if the network carries no
	// normalisation.
	Units string
	// Extremum is the classifier's convention, used for Keep items, and Ties says which output
	// has the class if outputs tie.
	Extremum Extremum
	Ties     Ties

	// BeforeEnd says that the outputs are the numbers before the end of a file, such as a final
	// Softmax. Package final translates a specification to that form.
	BeforeEnd bool

	stored []storedPoints
}

// storedPoints are points from a file.
type storedPoints struct {
	path  string
	check func(shape []int) error
}

// CheckShape reports points that were read from a file with several axes in another order
// than those of a network's inputs of the given shape: images of height x width x channels
// are not images of channels x height x width.
func (s *Spec) CheckShape(shape []int) error {
	for _, p := range s.stored {
		if err := p.check(shape); err != nil {
			return fmt.Errorf("%s: %w; \"image\": \"nhwc\" reads images stored pixel by pixel", p.path, err)
		}
	}
	return nil
}

// Check reports the first item that does not fit a network of the given sizes.
func (s *Spec) Check(inputs, outputs int) error {
	if len(s.Items) == 0 {
		return fmt.Errorf("the specification is empty")
	}
	if !(s.Margin >= 0) || math.IsInf(s.Margin, 1) {
		return fmt.Errorf("margin %v: want a finite number >= 0", s.Margin)
	}
	for i := range s.Items {
		it := &s.Items[i]
		if d := it.Dim(); d != inputs {
			return fmt.Errorf("%s: the input set lies in %d dimensions, the network has %d inputs", it.Name, d, inputs)
		}
		// Segments and polygons are finite by construction.
		if err := finite("coordinate", it.Point); err != nil {
			return fmt.Errorf("%s: %w", it.Name, err)
		}
		if it.Keep {
			continue
		}
		if err := it.Output.Check(outputs); err != nil {
			return fmt.Errorf("%s: %w", it.Name, err)
		}
	}
	return nil
}

// finite reports the first of some numbers that is NaN or infinite.
func finite(what string, xs []float64) error {
	if i := vector.NotFinite(xs); i >= 0 {
		return fmt.Errorf("%s %d is %v, want a finite number", what, i, xs[i])
	}
	return nil
}

// Polytopes reports whether any item is more than a point, so that a repair
// needs a piecewise-affine network (Section 6).
func (s *Spec) Polytopes() bool {
	for i := range s.Items {
		if s.Items[i].Point == nil {
			return true
		}
	}
	return false
}

// Chooses reports whether some item allows several classes, but not all, of a network with
// that many outputs. Before it begins, a repair chooses one of them for each region; what is
// proven about all repairs is then proven for those with that choice.
func (s *Spec) Chooses(outputs int) bool {
	for i := range s.Items {
		o := &s.Items[i].Output
		allowed := slices.Compact(slices.Sorted(slices.Values(o.Allowed)))
		if len(allowed) > 1 && len(o.Disallowed(outputs)) > 0 {
			return true
		}
	}
	return false
}

// Strict reports whether equality violates something that is required: classes and strict
// half-spaces at margin 0. The changes that meet such a requirement may have no smallest one.
func (s *Spec) Strict(outputs int, margin float64) bool {
	if margin > 0 {
		return false
	}
	for i := range s.Items {
		o := &s.Items[i].Output
		if s.Items[i].Keep || len(o.Disallowed(outputs)) > 0 || slices.ContainsFunc(o.HalfSpaces, func(h set.HalfSpace) bool { return h.Strict }) {
			return true
		}
	}
	return false
}

// Sample returns a uniform point of the item's input set; if that is a point, the point
// itself.
func (it *Item) Sample(random *rand.Rand) []float64 {
	switch {
	case it.Segment != nil:
		return it.Segment.Sample(random)
	case it.Polygon != nil:
		return it.Polygon.Sample(random)
	}
	return it.Point
}
