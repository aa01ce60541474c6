package final

import (
	"math"
	"slices"

	"github.com/netmend/netmend/internal/portable"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/spec/vnnlib"
)

// FirstKnots are knots for a property.
func FirstKnots(p *vnnlib.Property, net *nn.Network) []float64 {
	const reach = 14 // below, an exponential is less than a millionth
	low, high := -float64(reach), 4.0
	for i := range p.Cases {
		for _, o := range p.Cases[i].Outputs {
			for k := range o {
				if t := math.Abs(o[k].Offset); net.Meta.End != nil && net.Meta.End.Kind == nn.EndSoftmax && t > 0 && t < 1 {
					odds := portable.Log((1 - t) / t)
					low, high = min(low, math.Floor(odds)-reach), max(high, math.Ceil(odds)+1)
				}
			}
		}
	}
	low, high = max(low, -60), min(high, 40)
	var knots []float64
	for t := low; t <= high; t += firstSpacing {
		knots = append(knots, t)
	}
	return knots
}

// Closer are knots with more of them around the differences that are bounded, at outputs z
// of the network before the extension, where the bounds are to be closer; the same where
// there is no room.
func (x *Extension) Closer(z []float64) []float64 {
	closer := slices.Clone(x.knots)
	for side, pairs := range x.pairs {
		for _, p := range pairs {
			if d := z[p.j] - z[p.r]; !math.IsNaN(d) {
				closer = closerAt(closer, x.knots, d, side == upper)
			}
		}
	}
	return closer
}

// closerAt halves the distances of knots around d that are still those of before, or adds
// knots down to it, or, above, up to it.
func closerAt(knots, before []float64, d float64, above bool) []float64 {
	const finest, highest, lowest = 0x1p-12, 600, -24
	for d < knots[0] && knots[0] > lowest {
		knots = slices.Insert(knots, 0, knots[0]-firstSpacing)
	}
	if last := knots[len(knots)-1]; d >= last {
		for t := last + firstSpacing; above && d < highest && t < d+1; t += firstSpacing {
			knots = append(knots, t)
		}
		return knots
	}
	i, on := slices.BinarySearch(before, d)
	if on { // the bounds from below hang on both sides
		knots = halved(knots, before, i+1, finest)
	}
	return halved(knots, before, i, finest)
}

// halved puts a knot in the middle between numbers i-1 and i of those before.
func halved(knots, before []float64, i int, finest float64) []float64 {
	if i <= 0 || i >= len(before) || before[i]-before[i-1] <= finest {
		return knots
	}
	middle := before[i-1] + float64((before[i]-before[i-1])/2)
	if k, there := slices.BinarySearch(knots, middle); !there {
		knots = slices.Insert(knots, k, middle)
	}
	return knots
}
