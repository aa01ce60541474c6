package preimage

import (
	"fmt"
	"math"

	"github.com/netmend/netmend/internal/enclose"
	"github.com/netmend/netmend/internal/vector"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/set"
)

// smoothUlps is the error assumed of the smooth functions as evaluated, in units
// of 2^-53 of the value: the Go library promises none for math.Tanh and
// math.Exp; the published errors are below 2, and Sigmoid adds three roundings.
const smoothUlps = 8

// smooth is what is known of a smooth function that grows everywhere and whose
// slope grows up to 0 and falls from there.
type smooth struct {
	lo, hi float64 // bounds of its values
	// slope is the range of the derivative, given that of the value.
	slope func(y set.Interval) set.Interval
}

var smoothFunctions = map[string]smooth{
	nn.KindTanh: {-1, 1, func(y set.Interval) set.Interval {
		return set.Interval{Lo: 1, Hi: 1}.Sub(square(y))
	}},
	nn.KindSigmoid: {0, 1, func(y set.Interval) set.Interval {
		// y (1 - y) = 1/4 - (y - 1/2)^2
		return set.Interval{Lo: 0.25, Hi: 0.25}.Sub(square(y.Sub(set.Interval{Lo: 0.5, Hi: 0.5})))
	}},
}

// square is {x^2 : x in i}.
func square(i set.Interval) set.Interval {
	s := i.Mul(i)
	s.Lo = max(s.Lo, 0)
	return s
}

// rangeOf encloses {f(z) : z in i}.
func rangeOf(f nn.Activation, i set.Interval) (set.Interval, error) {
	if i.Empty() {
		return set.EmptyInterval(), nil
	}
	switch f := f.(type) {
	case *nn.Piecewise:
		r := set.EmptyInterval()
		for k := range f.Pieces() {
			if part := pieceDomain(f, k).Intersect(i); !part.Empty() {
				r = r.Hull(pieceAt(f, k, part))
			}
		}
		return r, nil
	case *nn.Smooth:
		if s, ok := smoothFunctions[f.Kind()]; ok {
			return s.rangeOf(f, i), nil
		}
		g, err := enclose.Of(f)
		if err != nil {
			return set.Interval{}, err
		}
		return g.Image(i), nil
	}
	return set.Interval{}, fmt.Errorf("no bounds are known for the values of %s", f.Kind())
}

func (s smooth) rangeOf(f nn.Activation, i set.Interval) set.Interval {
	y := []float64{i.Lo, i.Hi}
	f.Apply(y, y)
	e := smoothUlps * 0x1p-53
	lo := y[0] - float64(math.Abs(y[0])*e) - math.SmallestNonzeroFloat64
	hi := y[1] + float64(math.Abs(y[1])*e) + math.SmallestNonzeroFloat64
	return set.Interval{Lo: math.Nextafter(lo, math.Inf(-1)), Hi: math.Nextafter(hi, math.Inf(1))}.
		Intersect(set.Interval{Lo: s.lo, Hi: s.hi})
}

// pieceDomain is where piece k holds, with both its ends.
func pieceDomain(f *nn.Piecewise, k int) set.Interval {
	d := set.Line()
	if k > 0 {
		d.Lo = f.Breaks[k-1]
	}
	if k < len(f.Breaks) {
		d.Hi = f.Breaks[k]
	}
	return d
}

// pieceAt encloses piece k on i.
func pieceAt(f *nn.Piecewise, k int, i set.Interval) set.Interval {
	return i.Scale(f.Slope[k]).Add(set.Interval{Lo: f.Offset[k], Hi: f.Offset[k]})
}

// relaxation says of a unit y of the value channel, given its input v there,
// that y - Slope v lies in Rest.
type relaxation struct {
	slope float64
	rest  set.Interval
}

// relax relaxes a unit whose input lies in z. Its function is applied to that
// input itself, or where v is not nil, in a decoupled network, linearised around
// it and applied to an input in *v (Definition 4.3).
func relax(f nn.Activation, z set.Interval, v *set.Interval) (relaxation, error) {
	switch f := f.(type) {
	case *nn.Piecewise:
		return relaxPieces(f, z, v), nil
	case *nn.Smooth:
		if s, ok := smoothFunctions[f.Kind()]; ok {
			return s.relax(f, z, v), nil
		}
		return relaxCurved(f, z, v)
	}
	return relaxation{}, fmt.Errorf("no bounds are known for the values of %s", f.Kind())
}

// relaxPieces takes the slope of the only possible piece, or that of the chord.
func relaxPieces(f *nn.Piecewise, z set.Interval, v *set.Interval) relaxation {
	var parts []int
	for k := range f.Pieces() {
		if !pieceDomain(f, k).Intersect(z).Empty() {
			parts = append(parts, k)
		}
	}
	if len(parts) == 0 {
		return relaxation{rest: set.EmptyInterval()}
	}
	first, last := parts[0], parts[len(parts)-1]
	r := relaxation{slope: f.Slope[first], rest: set.EmptyInterval()}
	if first != last {
		r.slope = float64((f.Slope[first] + f.Slope[last]) / 2)
		if v == nil && vector.IsFinite(z.Lo) && vector.IsFinite(z.Hi) {
			ends := []float64{z.Lo, z.Hi}
			f.Apply(ends, ends)
			if chord := (ends[1] - ends[0]) / (z.Hi - z.Lo); vector.IsFinite(chord) {
				r.slope = chord
			}
		}
	}
	for _, k := range parts {
		at := pieceDomain(f, k).Intersect(z)
		if v != nil {
			at = *v
		}
		// slope_k x + offset_k - slope x, enclosed with one rounding for the
		// difference of the slopes.
		tilt := set.Interval{Lo: f.Slope[k], Hi: f.Slope[k]}.Sub(set.Interval{Lo: r.slope, Hi: r.slope})
		r.rest = r.rest.Hull(at.Mul(tilt).Add(set.Interval{Lo: f.Offset[k], Hi: f.Offset[k]}))
	}
	return r
}

// relax takes the smaller of the slopes at the ends: the function less a line of
// that slope grows on the interval, so its ends bound it.
func (s smooth) relax(f *nn.Smooth, z set.Interval, v *set.Interval) relaxation {
	y := s.rangeOf(f, z)
	if v != nil { // f(z) + f'(z) (v - z)
		return relaxation{rest: y.Add(s.slope(y).Intersect(set.Interval{Lo: 0, Hi: 1}).Mul(v.Sub(z)))}
	}
	if !vector.IsFinite(z.Lo) || !vector.IsFinite(z.Hi) {
		return relaxation{rest: y}
	}
	lo, hi := s.rangeOf(f, set.Interval{Lo: z.Lo, Hi: z.Lo}), s.rangeOf(f, set.Interval{Lo: z.Hi, Hi: z.Hi})
	slope := max(0, min(s.slope(lo).Lo, s.slope(hi).Lo))
	line := set.Interval{Lo: -slope, Hi: -slope}
	from := lo.Add(set.Interval{Lo: z.Lo, Hi: z.Lo}.Mul(line))
	to := hi.Add(set.Interval{Lo: z.Hi, Hi: z.Hi}.Mul(line))
	return relaxation{slope: slope, rest: from.Hull(to)}
}

// relaxCurved takes the slope of a chord and the offsets that package enclose
// proves for it.
func relaxCurved(f *nn.Smooth, z set.Interval, v *set.Interval) (relaxation, error) {
	if v == nil {
		b, err := enclose.Approximate(f, z, 1)
		if err != nil {
			return relaxation{}, err
		}
		s := b.Strips[0]
		return relaxation{slope: s.Slope, rest: set.Interval{Lo: s.Lower, Hi: s.Upper}}, nil
	}
	// f(z) + f'(z) (v - z)
	y, err := rangeOf(f, z)
	if err != nil {
		return relaxation{}, err
	}
	slopes := set.Interval{Lo: -f.Steepest(), Hi: f.Steepest()}
	if vector.IsFinite(z.Lo) && vector.IsFinite(z.Hi) {
		if slopes, err = enclose.Slopes(f, z); err != nil {
			return relaxation{}, err
		}
	}
	return relaxation{rest: y.Add(slopes.Mul(v.Sub(z)))}, nil
}
