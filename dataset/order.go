package dataset

import (
	"errors"
	"fmt"
	"slices"
)

// ErrOrder says that images are stored with their axes in the wrong order; an [Image] says
// how to rearrange them.
var ErrOrder = errors.New("the channels or sides are in another order")

// Layout is how points were stored: the axes of their array, and how they were rearranged. It
// allows a comparison with a shape that is known only after they were read.
type Layout struct {
	axes  []int // nil for none
	image *Image
}

// Check reports points stored with several axes in another order than images of
// the given shape, as [Options.Shape] does.
func (l Layout) Check(shape []int) error { return checkOrder(l.axes, l.image.stored(shape)) }

// checkOrder compares the axes of stored points with the shape that a point
// should have: of the same size but in another order they are another image.
func checkOrder(stored, want []int) error {
	want = longAxes(want)
	if len(want) < 2 {
		return nil
	}
	size := product(want)
	for first := len(stored) - 1; first >= 0; first-- {
		axes := longAxes(stored[first:])
		if n := product(axes); n < size {
			continue
		} else if n > size {
			return nil // not points of this size: reported elsewhere
		}
		if len(axes) > 1 && !slices.Equal(axes, want) {
			return fmt.Errorf("points have the axes %s, want %s: %w", shapeString(axes), shapeString(want), ErrOrder)
		}
		return nil
	}
	return nil
}

// longAxes leaves out axes of length 1.
func longAxes(shape []int) []int {
	return slices.DeleteFunc(slices.Clone(shape), func(n int) bool { return n == 1 })
}

func product(shape []int) int {
	n := 1
	for _, length := range shape {
		n *= length
	}
	return n
}
