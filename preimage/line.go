package preimage

import (
	"fmt"
	"math"

	"github.com/netmend/netmend/internal/vector"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/set"
)

// line is slope z + offset.
type line struct{ slope, offset float64 }

// band is a lower and an upper bound of a unit's function on an interval.
type band struct{ lower, upper line }

// bandOf bounds f on a bounded interval that is not empty: exact where f is
// affine there; else, of a few slopes, the tightest in the middle. It is rounded
// outward.
func bandOf(f nn.Activation, z set.Interval) (band, error) {
	switch f := f.(type) {
	case *nn.Piecewise:
		if f.Kind() == nn.KindReLU && z.Lo < 0 && z.Hi > 0 {
			return reluBand(z), nil
		}
		return bandOfPieces(f, z), nil
	case *nn.Smooth:
		if s, ok := smoothFunctions[f.Kind()]; ok {
			r := s.relax(f, z, nil)
			return band{line{r.slope, r.rest.Lo}, line{r.slope, r.rest.Hi}}, nil
		}
		r, err := relaxCurved(f, z, nil)
		return band{line{r.slope, r.rest.Lo}, line{r.slope, r.rest.Hi}}, err
	}
	return band{}, fmt.Errorf("no bounds are known for the values of %s", f.Kind())
}

// bandAround bounds what becomes of an input in v of the value channel of a
// decoupled network, where that of the activation channel lies in z: the chords of
// the largest and of the smallest of the pieces that z may choose.
func bandAround(f nn.Activation, z, v set.Interval) (band, error) {
	p, ok := f.(*nn.Piecewise)
	if !ok {
		r, err := relax(f, z, &v)
		return band{line{r.slope, r.rest.Lo}, line{r.slope, r.rest.Hi}}, err
	}
	var pieces []int
	for k := range p.Pieces() {
		if !pieceDomain(p, k).Intersect(z).Empty() {
			pieces = append(pieces, k)
		}
	}
	if len(pieces) == 1 {
		l := line{p.Slope[pieces[0]], p.Offset[pieces[0]]}
		return band{l, l}, nil
	}
	extremes := func(x float64) (least, most float64) {
		least, most = math.Inf(1), math.Inf(-1)
		for _, k := range pieces {
			y := float64(p.Slope[k]*x) + p.Offset[k]
			least, most = min(least, y), max(most, y)
		}
		return least, most
	}
	var slope [2]float64 // of the smallest and of the largest
	if v.Lo < v.Hi {
		least, most := extremes(v.Lo)
		lower, upper := extremes(v.Hi)
		slope = [2]float64{(lower - least) / (v.Hi - v.Lo), (upper - most) / (v.Hi - v.Lo)}
	}
	b := band{line{slope[0], math.Inf(1)}, line{slope[1], math.Inf(-1)}}
	for _, k := range pieces {
		rest := func(slope float64) set.Interval {
			tilt := set.Interval{Lo: p.Slope[k], Hi: p.Slope[k]}.Sub(set.Interval{Lo: slope, Hi: slope})
			return v.Mul(tilt).Add(set.Interval{Lo: p.Offset[k], Hi: p.Offset[k]})
		}
		b.lower.offset = min(b.lower.offset, rest(slope[0]).Lo)
		b.upper.offset = max(b.upper.offset, rest(slope[1]).Hi)
	}
	return b, nil
}

// reluBand is the chord from above and, from below, the piece that is closer to
// the function in the mean.
func reluBand(z set.Interval) band {
	slope := z.Hi / (z.Hi - z.Lo)
	offset := max(-slope*z.Lo, z.Hi-float64(slope*z.Hi)) // what the chord needs at both ends
	b := band{upper: line{slope, math.Nextafter(offset+float64(4*0x1p-53*z.Hi), math.Inf(1))}}
	if z.Hi > -z.Lo {
		b.lower.slope = 1
	}
	return b
}

func bandOfPieces(f *nn.Piecewise, z set.Interval) band {
	first, last := f.Pieces(), -1
	for k := range f.Pieces() {
		if !pieceDomain(f, k).Intersect(z).Empty() {
			first, last = min(first, k), k
		}
	}
	if first == last {
		l := line{f.Slope[first], f.Offset[first]}
		return band{l, l}
	}
	middle := z.Lo + float64((z.Hi-z.Lo)/2)
	ends := []float64{z.Lo, z.Hi}
	f.Apply(ends, ends)
	slopes := append([]float64{(ends[1] - ends[0]) / (z.Hi - z.Lo)}, f.Slope[first:last+1]...)
	var b band
	least, most := math.Inf(1), math.Inf(-1)
	for _, s := range slopes {
		if !vector.IsFinite(s) {
			continue // a discontinuity on an interval of no width has no chord
		}
		rest := restOfPieces(f, z, s)
		if v := float64(s*middle) + rest.Hi; v < least {
			least, b.upper = v, line{s, rest.Hi}
		}
		if v := float64(s*middle) + rest.Lo; v > most {
			most, b.lower = v, line{s, rest.Lo}
		}
	}
	return b
}

// restOfPieces encloses {f(x) - slope x : x in z}, where at a discontinuity both
// sides count.
func restOfPieces(f *nn.Piecewise, z set.Interval, slope float64) set.Interval {
	rest := set.EmptyInterval()
	for k := range f.Pieces() {
		if at := pieceDomain(f, k).Intersect(z); !at.Empty() {
			tilt := set.Interval{Lo: f.Slope[k], Hi: f.Slope[k]}.Sub(set.Interval{Lo: slope, Hi: slope})
			rest = rest.Hull(at.Mul(tilt).Add(set.Interval{Lo: f.Offset[k], Hi: f.Offset[k]}))
		}
	}
	return rest
}
