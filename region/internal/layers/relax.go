package layers

import "github.com/netmend/netmend/nn"

// line is the affine function slope z + offset.
type line struct{ slope, offset float64 }

// relax returns lines that bound a piecewise-affine function from below and from
// above on [lo, hi], which meets the pieces from (inclusive) to to (inclusive)
// and more than one of them.
//
// Where the function is convex there, the upper line is the chord and the lower
// one the piece at the middle, which of all lines below the function leaves the
// least area; where it is concave, the other way round; otherwise both are parallel to
// the chord.
func relax(f *nn.Piecewise, from, to int, lo, hi float64) (lower, upper line) {
	at := func(p int, z float64) float64 { return float64(f.Slope[p]*z) + f.Offset[p] }
	chord := line{slope: (at(to, hi) - at(from, lo)) / (hi - lo)}
	chord.offset = at(from, lo) - float64(chord.slope*lo)
	middle := from
	convex, concave := true, true
	for p := from; p < to; p++ {
		convex = convex && f.Slope[p] <= f.Slope[p+1]
		concave = concave && f.Slope[p] >= f.Slope[p+1]
		if f.Breaks[p] < (lo+hi)/2 {
			middle = p + 1
		}
	}
	tangent := line{f.Slope[middle], f.Offset[middle]}
	switch {
	case convex:
		return tangent, chord
	case concave:
		return chord, tangent
	}
	lower, upper = chord, chord
	for p := from; p < to; p++ {
		over := at(p, f.Breaks[p]) - (float64(chord.slope*f.Breaks[p]) + chord.offset)
		lower.offset = min(lower.offset, chord.offset+over)
		upper.offset = max(upper.offset, chord.offset+over)
	}
	return lower, upper
}
