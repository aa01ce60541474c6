package spec

import "math/rand/v2"

// Sample returns a uniform point of the item's input set; of a point, itself.
func (it *Item) Sample(random *rand.Rand) []float64 {
	switch {
	case it.Segment != nil:
		return it.Segment.Sample(random)
	case it.Polygon != nil:
		return it.Polygon.Sample(random)
	}
	return it.Point
}
