package quadratic

import "math"

const (
	// manyBounds is how many violated bounds may be rows before coordinates are
	// fixed at them instead.
	manyBounds = 200
	// maxFixings ends fixing where it does not settle; a handful is usual.
	maxFixings = 60
)

// fix solves the program with coordinates fixed at the bound instead of rows for
// their bounds, so that the systems stay as small as the rows are few. The optimum
// is x = -A^T y cut off at the bound: coordinates that -A^T y carries beyond it are
// fixed there, y is solved for in the others, and this is repeated until the same
// coordinates are beyond (a semismooth Newton method; where it does not settle, or
// the others cannot meet the rows, false, and nothing has changed).
func (p *Program) fix() bool {
	x := p.x // of the last solve
	var y []float64
	var sides, last []int8
	for range maxFixings {
		sides, last = make([]int8, len(x)), sides
		same := last != nil
		for i, v := range x {
			if math.Abs(v) > p.limit {
				sides[i] = int8(math.Copysign(1, v))
			}
			same = same && sides[i] == last[i]
		}
		if same {
			p.settleFixed(x, y)
			return true
		}
		var ok bool
		if y, ok = p.solveFixed(sides); !ok {
			return false
		}
		all := *p
		all.x, all.y = make([]float64, len(p.x)), y
		all.computeX()
		x = all.x
	}
	return false
}

// solveFixed returns the multipliers of all rows, 0 for bounds, where coordinates
// with a side are fixed there.
func (p *Program) solveFixed(sides []int8) ([]float64, bool) {
	sub := New(p.out, p.in, math.Inf(1), make([]bool, len(sides)))
	sub.Interrupt = p.Interrupt
	at := make([]float64, len(sides))
	for i, s := range sides {
		free := p.free == nil || p.free[i]
		sub.free[i] = free && s == 0
		if free {
			at[i] = float64(float64(s) * p.limit)
		}
	}
	for _, r := range p.rows {
		if r.bound {
			continue
		}
		b := r.b
		r.a.Each(func(channel int, scale float64, coef []float64) {
			for i, c := range coef {
				b -= float64(scale * c * at[channel*p.in+i])
			}
		})
		sub.AddRow(r.a, b)
	}
	ok := sub.solveRows()
	p.Solves += sub.Solves
	if !ok {
		return nil, false
	}
	y, k := make([]float64, len(p.rows)), 0
	for i, r := range p.rows {
		if !r.bound {
			y[i] = sub.y[k]
			k++
		}
	}
	return y, true
}

// settleFixed takes the multipliers of the last fixing and the point that they
// give, cut off at the bound. Rows of bounds are needed no more.
func (p *Program) settleFixed(x, y []float64) {
	var keep []int
	for k, r := range p.rows {
		p.y[k], p.passive[k] = y[k], y[k] > 0
		if !r.bound {
			keep = append(keep, k)
		}
	}
	p.keepRows(keep)
	p.bounds = 0
	for i, v := range x {
		p.x[i] = max(-p.limit, min(p.limit, v))
	}
}
