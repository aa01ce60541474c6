package final

import (
	"errors"
	"math"
	"math/big"

	"github.com/netmend/netmend/internal/interval"
	"github.com/netmend/netmend/nn"
)

// firstSpacing is the distance of knots to begin with; all distances are this one halved.
const firstSpacing = 0.5

// significant are the bits of a float64.
const significant = 53

var errFine = errors.New("the bounds of the exponential function take more digits than float64 has")

// curve has bounds on e^x at knots.
type curve struct {
	knots  []float64
	lo, hi []*big.Rat
	q      int // see quantum
}

// curveField is the precision of these bounds: more than a float64 has.
var curveField = interval.Field{Bits: 128}

func newCurve(knots []float64) *curve {
	c := &curve{knots: knots, q: quantum(knots)}
	for _, t := range knots {
		lo, hi := big.NewRat(1, 1), big.NewRat(1, 1) // at 0
		if t != 0 {
			e := curveField.Exp(curveField.Float(t))
			e.Lo.Rat(lo)
			e.Hi.Rat(hi)
		}
		c.lo, c.hi = append(c.lo, lo), append(c.hi, hi)
	}
	return c
}

// lines is a continuous piecewise-affine function in numbers without rounding: pieces with
// these slopes between breakpoints, through one point.
type lines struct {
	breaks, slopes []*big.Rat // one slope more than breakpoints
	at, value      *big.Rat   // on piece through
	through        int
}

// above is a piecewise-affine function that is nowhere below e^x up to the last knot: e^x
// at the first knot, then chords. It increases from the first knot on.
func (c *curve) above() (*nn.Piecewise, error) {
	knots, q := c.knots, c.q
	l := lines{slopes: []*big.Rat{new(big.Rat)}, at: exactly(knots[0])}
	value := roundedTo(c.hi[0], q, true)
	l.value = value
	for i, t := range knots[:len(knots)-1] {
		next := roundedTo(c.hi[i+1], q, true)
		rise := new(big.Rat).Sub(next, value)
		l.breaks = append(l.breaks, exactly(t))
		l.slopes = append(l.slopes, rise.Quo(rise, exactly(knots[i+1]-t)))
		value = next
	}
	return l.function()
}

// below is a piecewise-affine function that is nowhere above e^x: nearly its tangents at
// the knots, that at 0 exactly, and constant far to the left.
//
// Piece i is below the tangent at knot i between two points where that is so, which are
// chosen from one piece to the next: from the piece at 0, or the last, to both sides.
func (c *curve) below() (*nn.Piecewise, error) {
	knots, q := c.knots, c.q
	last := len(knots) - 1
	meet := []*big.Rat{exactly(knots[0] - 1)} // between pieces: the tangent's zero first
	for i, t := range knots[:last] {
		share := 0.5
		if t == 0 { // where the tangent at 0 is below the next one
			share = 0.625
		}
		meet = append(meet, exactly(t+float64(share*(knots[i+1]-t))))
	}
	anchor := last
	for i, t := range knots {
		if t == 0 {
			anchor = i
		}
	}
	slopes := make([]*big.Rat, last+1)
	values := make([]*big.Rat, last+1) // at the places in meet
	slopes[anchor] = roundedTo(c.lo[anchor], q, false)
	// The anchor's piece is the tangent, or a line of less slope below it.
	values[anchor] = new(big.Rat)
	if anchor > 0 || knots[anchor] == 0 {
		values[anchor] = roundedTo(c.tangent(anchor, meet[anchor]), q, false)
		if anchor > 0 {
			values[anchor] = lesser(values[anchor], roundedTo(c.tangent(anchor-1, meet[anchor]), q, false))
		}
	}
	step := func(i int) *big.Rat { return new(big.Rat).Sub(meet[i+1], meet[i]) }
	for i := anchor; i < last; i++ { // to the right
		rise := new(big.Rat).Mul(slopes[i], step(i))
		values[i+1] = rise.Add(rise, values[i])
		want := roundedTo(c.lo[i+1], q, false)
		if i+1 < last {
			end := lesser(c.tangent(i+1, meet[i+2]), c.tangent(i+2, meet[i+2]))
			end.Sub(end, values[i+1])
			want = roundedTo(end.Quo(end, step(i+1)), q, false)
		}
		slopes[i+1] = want
	}
	for i := anchor - 1; i >= 0; i-- { // to the left
		start := new(big.Rat)
		if i > 0 {
			start = lesser(c.tangent(i, meet[i]), c.tangent(i-1, meet[i]))
		}
		rise := new(big.Rat).Sub(values[i+1], start)
		slopes[i] = roundedTo(rise.Quo(rise, step(i)), q, true)
		values[i] = new(big.Rat).Sub(values[i+1], rise.Mul(slopes[i], step(i)))
	}
	// Every piece is below its tangent at both of its ends.
	for i := range slopes {
		if values[i].Cmp(c.tangent(i, meet[i])) > 0 || i < last && values[i+1].Cmp(c.tangent(i, meet[i+1])) > 0 ||
			i == last && slopes[i].Cmp(c.lo[i]) > 0 {
			return nil, errFine
		}
	}
	if values[0].Sign() > 0 {
		return nil, errFine
	}
	l := lines{breaks: meet, slopes: append([]*big.Rat{new(big.Rat)}, slopes...), at: meet[0], value: values[0]}
	return l.function()
}

// function is that of lines, in float64, where that has the digits.
func (l *lines) function() (*nn.Piecewise, error) {
	f := &nn.Piecewise{}
	exact := true
	float := func(r *big.Rat) float64 {
		v, ok := r.Float64()
		exact = exact && ok
		return v
	}
	offset := new(big.Rat).Mul(l.slopes[l.through], l.at)
	offset.Sub(l.value, offset)
	for i, s := range l.slopes {
		if i > 0 { // both pieces are the same at the breakpoint
			b := l.breaks[i-1]
			f.Breaks = append(f.Breaks, float(b))
			d := new(big.Rat).Sub(l.slopes[i-1], s)
			offset = d.Add(d.Mul(d, b), offset)
		}
		f.Slope, f.Offset = append(f.Slope, float(s)), append(f.Offset, float(offset))
	}
	if !exact || f.CheckFinite() != nil {
		return nil, errFine
	}
	return f, nil
}

func exactly(x float64) *big.Rat { return new(big.Rat).SetFloat64(x) }

// tangent is a lower bound on the tangent of e^x at knot i, e^t (1 + x - t), exact where t
// is 0.
func (c *curve) tangent(i int, x *big.Rat) *big.Rat {
	rest := new(big.Rat).Sub(x, exactly(c.knots[i]))
	rest.Add(rest, big.NewRat(1, 1))
	if rest.Sign() < 0 {
		return rest.Mul(rest, c.hi[i])
	}
	return rest.Mul(rest, c.lo[i])
}

func lesser(a, b *big.Rat) *big.Rat {
	if a.Cmp(b) < 0 {
		return new(big.Rat).Set(a)
	}
	return new(big.Rat).Set(b)
}

// quantum is the exponent of the numbers that slopes and values are multiples of, so that
// offsets have no more digits than float64.
func quantum(knots []float64) int {
	largest, finest := 1.0, firstSpacing
	for i, t := range knots {
		largest = max(largest, math.Abs(t))
		if i > 0 {
			finest = min(finest, t-knots[i-1])
		}
	}
	_, size := math.Frexp(largest + 1)
	_, spacing := math.Frexp(finest / 8) // in which places between knots are counted
	top := int(math.Ceil(float64(knots[len(knots)-1]/math.Ln2))) + 1
	return top + size + 1 - significant - spacing + 1
}

// roundedTo is r rounded to a multiple of 2^q.
func roundedTo(r *big.Rat, q int, up bool) *big.Rat {
	unit := big.NewRat(1, 1)
	power := new(big.Int).Lsh(big.NewInt(1), uint(max(q, -q)))
	if q >= 0 {
		unit.SetInt(power)
	} else {
		unit.SetFrac(big.NewInt(1), power)
	}
	n := new(big.Rat).Quo(r, unit)
	floor := new(big.Int).Div(n.Num(), n.Denom()) // towards minus infinity
	if up && !n.IsInt() {
		floor.Add(floor, big.NewInt(1))
	}
	return unit.Mul(unit, new(big.Rat).SetInt(floor))
}
