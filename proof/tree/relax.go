package tree

import (
	"math"

	"github.com/netmend/netmend/nn"
)

// line is the affine function slope z + offset.
type line struct{ slope, offset float64 }

// relax returns lines below and above the pieces from to to of a function on
// [lo, hi]. The slopes are a choice: where the function is convex the upper line is
// the chord and the lower one the piece at the middle, where it is concave the
// other way round, otherwise both are the chord's. The offsets are what makes the lines
// bounds: on each piece the distance to a line is affine, so that its ends decide.
func relax(f *nn.Piecewise, from, to int, lo, hi float64) (lower, upper line) {
	at := func(p int, z float64) float64 { return float64(f.Slope[p]*z) + f.Offset[p] }
	chord := (at(to, hi) - at(from, lo)) / (hi - lo)
	if !(math.Abs(chord) < math.MaxFloat64) {
		chord = 0
	}
	middle := from
	convex, concave := true, true
	for p := from; p < to; p++ {
		jumps := f.Jumps(p)
		convex = convex && !jumps && f.Slope[p] <= f.Slope[p+1]
		concave = concave && !jumps && f.Slope[p] >= f.Slope[p+1]
		if f.Breaks[p] < lo+float64((hi-lo)/2) {
			middle = p + 1
		}
	}
	lower.slope, upper.slope = chord, chord
	if convex {
		lower.slope = f.Slope[middle]
	} else if concave {
		upper.slope = f.Slope[middle]
	}
	lower.offset, upper.offset = math.Inf(1), math.Inf(-1)
	for p := from; p <= to; p++ {
		start, end := lo, hi
		if p > from {
			start = max(lo, f.Breaks[p-1])
		}
		if p < to {
			end = min(hi, f.Breaks[p])
		}
		for _, z := range [...]float64{start, end} {
			value, size := at(p, z), math.Abs(f.Slope[p]*z)+math.Abs(f.Offset[p])
			below, above := float64(lower.slope*z), float64(upper.slope*z)
			lower.offset = min(lower.offset, value-below-float64(4*roundoff*(size+math.Abs(below)))-tiny)
			upper.offset = max(upper.offset, value-above+float64(4*roundoff*(size+math.Abs(above)))+tiny)
		}
	}
	return lower, upper
}

// piece sends number i of a band, of the size most (see [sizes.at]), through a piece of the
// function.
func piece(out, in *band, i int, slope, offset, most float64, s *sizes) {
	n := in.centre.Stride
	if slope == 0 || slope == 1 && offset == 0 {
		for k := range s.most {
			out.centre.Data[k*n+i] = float64(slope * in.centre.Data[k*n+i])
			out.radius.Data[k*n+i] = float64(slope * in.radius.Data[k*n+i])
		}
		out.centre.Data[i] += offset
		return
	}
	size := float64(math.Abs(slope)*most) + math.Abs(offset)
	for k := range s.most {
		out.centre.Data[k*n+i] = float64(slope * in.centre.Data[k*n+i])
		out.radius.Data[k*n+i] = float64(math.Abs(slope) * in.radius.Data[k*n+i])
	}
	out.centre.Data[i] += offset
	out.radius.Data[i] += float64(8*roundoff*size) + float64(tiny*s.inputs)
}

// bend sends number i of a band, of the size most (see [sizes.at]), between two lines.
func bend(out, in *band, i int, lower, upper line, most float64, s *sizes) {
	n := in.centre.Stride
	l, u := math.Abs(lower.slope), math.Abs(upper.slope)
	size := float64((l+u)*most) + math.Abs(lower.offset) + math.Abs(upper.offset)
	for k := range s.most {
		c, r := in.centre.Data[k*n+i], in.radius.Data[k*n+i]
		below, above := float64(lower.slope*c)-float64(l*r), float64(upper.slope*c)+float64(u*r)
		out.centre.Data[k*n+i], out.radius.Data[k*n+i] = float64((below+above)/2), float64((above-below)/2)
	}
	out.centre.Data[i] += float64((lower.offset + upper.offset) / 2)
	out.radius.Data[i] += float64((upper.offset-lower.offset)/2) + float64(16*roundoff*size) + float64(tiny*s.inputs)
}
