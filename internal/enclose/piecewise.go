package enclose

import (
	"math"

	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/set"
)

// piecewise is a piecewise-affine function, continuous or not, monotone or not.
type piecewise struct{ *nn.Piecewise }

// domain is where piece k holds, with its ends.
func (p *piecewise) domain(k int) set.Interval {
	d := set.Line()
	if k > 0 {
		d.Lo = p.Breaks[k-1]
	}
	if k < len(p.Breaks) {
		d.Hi = p.Breaks[k]
	}
	return d
}

// Image is the hull of the pieces' images.
func (p *piecewise) Image(i set.Interval) set.Interval {
	image := set.EmptyInterval()
	for k := range p.Slope {
		d := p.domain(k).Intersect(i)
		// At a breakpoint the upper piece holds.
		if d.Empty() || k < len(p.Breaks) && d.Lo == p.Breaks[k] {
			continue
		}
		image = image.Hull(d.Scale(p.Slope[k]).Add(point(p.Offset[k])))
	}
	return image
}

// Preimage joins the inverse images under the pieces.
func (p *piecewise) Preimage(y, within set.Interval) []set.Interval {
	var found []set.Interval
	for k, slope := range p.Slope {
		d := p.domain(k).Intersect(within)
		switch {
		case d.Empty() || k < len(p.Breaks) && d.Lo == p.Breaks[k]:
			continue
		case slope != 0:
			d = d.Intersect(quotient(y.Sub(point(p.Offset[k])), slope))
		case !y.Contains(p.Offset[k]):
			continue
		}
		if d.Empty() {
			continue
		}
		if last := len(found) - 1; last >= 0 && found[last].Hi >= d.Lo {
			found[last].Hi = math.Max(found[last].Hi, d.Hi)
		} else {
			found = append(found, d)
		}
	}
	return found
}
