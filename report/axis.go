package report

import (
	"math"
	"strconv"
	"strings"

	"github.com/netmend/netmend/internal/portable"
)

// axis maps data to pixels along one direction.
type axis struct {
	data Range
	// from and to are the pixels of data.From and data.To.
	from, to float64
}

// farAway bounds pixels outside the picture, so that what is computed from
// them stays finite.
const farAway = 1e12

// pixel is the place of a value, inside or outside the axis.
func (a axis) pixel(v float64) float64 {
	// Halved, so that the width of a range of opposite huge ends is finite.
	t := (float64(v/2) - float64(a.data.From/2)) / (float64(a.data.To/2) - float64(a.data.From/2))
	return a.from + max(-farAway, min(farAway, t*(a.to-a.from)))
}

// margins of an automatic range, relative to its width.
const (
	marginX = 0.02
	marginY = 0.08
)

// narrowest is the least width of an axis, so that fractions of it stay normal
// numbers.
const narrowest = 1e-290

// extent grows over values.
type extent struct {
	Range
	any bool
}

// add widens the extent to the finite ones among vs.
func (e *extent) add(vs ...float64) {
	for _, v := range vs {
		switch {
		case math.IsInf(v, 0):
		case !e.any:
			e.Range, e.any = Range{v, v}, true
		default:
			e.From, e.To = min(e.From, v), max(e.To, v)
		}
	}
}

// padded is the extent with some room at both ends, and some width in any case.
func (e extent) padded(margin float64) Range {
	if !e.any {
		return Range{0, 1}
	}
	room := float64(2 * margin * (float64(e.To/2) - float64(e.From/2)))
	if least := max(narrowest, 1e-9*max(math.Abs(e.From), math.Abs(e.To))); e.To-e.From < least {
		room = max(0.5, 0.1*math.Abs(e.From)) // a single value: some room around it
	}
	limit := func(v float64) float64 { return max(-math.MaxFloat64, min(math.MaxFloat64, v)) }
	return Range{limit(e.From - room), limit(e.To + room)}
}

// extents are the smallest ranges that hold the panel's elements.
func (p *Panel) extents() (x, y extent) {
	for _, l := range p.lines {
		x.add(l.X...)
		y.add(l.Y...)
	}
	for _, s := range p.points {
		x.add(s.X...)
		y.add(s.Y...)
	}
	for _, g := range p.polygons {
		x.add(g.X...)
		y.add(g.Y...)
	}
	for _, v := range p.intervals {
		x.add(v.From, v.To)
	}
	for _, b := range p.bands {
		x.add(b.X.From, b.X.To)
		y.add(b.Y.From, b.Y.To)
	}
	return x, y
}

// ranges are those of each panel's axes.
func (f *Figure) ranges() (xs, ys []Range) {
	var allX, allY extent
	for _, p := range f.Panels {
		x, y := p.extents()
		if p.X == (Range{}) && x.any {
			allX.add(x.From, x.To)
		}
		if p.Y == (Range{}) && y.any {
			allY.add(y.From, y.To)
		}
	}
	for _, p := range f.Panels {
		x, y := p.extents()
		if f.SameAxes {
			x, y = allX, allY
		}
		choose := func(given Range, e extent, margin float64) Range {
			if given != (Range{}) {
				return given
			}
			return e.padded(margin)
		}
		xs = append(xs, choose(p.X, x, marginX))
		ys = append(ys, choose(p.Y, y, marginY))
	}
	return xs, ys
}

// tick is a labelled place on an axis.
type tick struct {
	value float64
	label string
}

// ticks are multiples of 1, 2 or 5 times a power of ten inside r, about so
// many.
func ticks(r Range, about int) []tick {
	width := float64(r.To/2) - float64(r.From/2) // halved, as in axis.pixel
	raw := float64(width / float64(about) * 2)
	power := portable.Pow(10, math.Floor(portable.Log10(raw)))
	step := float64(10 * power)
	for _, m := range []float64{1, 2, 5} {
		if m*power >= raw*0.8 { // a few ticks more than asked for are welcome
			step = float64(m * power)
			break
		}
	}
	if step == 0 || math.IsInf(step, 0) || math.IsNaN(step) {
		return []tick{{r.From, tickLabel(r.From, 0)}, {r.To, tickLabel(r.To, 0)}}
	}
	const most = 100
	var list []tick
	first := math.Ceil(r.From/step - 1e-9)
	for i := range most {
		v := float64((first + float64(i)) * step)
		if v > r.To+float64(1e-9*step) || math.IsInf(v, 0) {
			break
		}
		list = append(list, tick{v, tickLabel(v, step)})
	}
	return list
}

// tickLabel writes v with as many digits as the step between ticks needs (step
// 0: a few).
func tickLabel(v, step float64) string {
	const tooLarge, tooSmall = 1e6, 1e-4
	var s string
	switch {
	case v == 0 || math.Abs(v) < 1e-9*step:
		return "0"
	case step == 0 || step >= tooLarge || step < tooSmall || math.Abs(v) >= 1e9:
		const digits = 6
		s = strconv.FormatFloat(v, 'g', digits, 64)
		s = strings.NewReplacer("e+0", "e", "e+", "e", "e-0", "e-").Replace(s)
	default:
		decimals := max(0, int(math.Ceil(-portable.Log10(step)-1e-9)))
		s = strconv.FormatFloat(v, 'f', decimals, 64)
	}
	// A true minus sign, as wide as a digit.
	return strings.ReplaceAll(s, "-", "\u2212")
}
