package layers

import (
	"math"

	"github.com/netmend/netmend/nn"
)

// roundings times the size of the terms of a bound is what rounding errors may
// have changed it by: 2^9 roundings, for bounds that are sums over a few layers of
// some tens to hundreds of units, whose errors mostly cancel.
const roundings = 0x1p-44

// Bounder bounds the goal on a cell by affine functions, sent forward through
// the stages that are not settled there.
type Bounder struct {
	n *Network
	// Lo and Hi are a box that contains the cell, to be set before use.
	Lo, Hi []float64
	// Extremes returns, for each row of coefficients (the constant, and then the
	// factors of the free coordinates), the least value on the cell of the
	// affine function, or a lower bound of it. With GoalOnly it is asked for the
	// goal alone, and the box has to do before.
	Extremes func(rows nn.Matrix) []float64
	GoalOnly bool
	// Range bounds the value of a unit of the cell's own stage, whose maps are
	// exact.
	Range func(unit int) (lo, hi float64)

	bands [2]band // of the present stage, by channel
	posts [2]band // the same after the function
	goal  band

	open   []int // columns to be bounded on the cell
	rows   nn.Matrix
	ranges [2][]float64 // lower and upper limits of the open columns
	slack  []float64    // of the goal, for rounding
}

// Verdict says what is known of a cell and the goal.
type Verdict uint8

// The verdicts.
const (
	Undecided Verdict = iota
	Outside           // no point of the cell lies in the goal
	Inside            // all points do, in its interior
)

// band bounds the numbers of a block from both sides by affine functions, in the
// layout of [Maps]: centre - radius and centre + radius. The radius is not
// negative on the cell.
type band struct{ centre, radius nn.Matrix }

func newBand(rows, cols int) band { return band{nn.NewMatrix(rows, cols), nn.NewMatrix(rows, cols)} }

// narrowed is a band of fewer columns in the storage of b.
func (b band) narrowed(cols int) band {
	view := func(m nn.Matrix) nn.Matrix {
		return nn.Matrix{Rows: m.Rows, Cols: cols, Stride: cols, Data: m.Data}
	}
	return band{view(b.centre), view(b.radius)}
}

// forward is the band after an affine map.
func (b band) forward(in band, a *Affine) {
	a.forward(b.centre, in.centre, 1)
	a.forwardAbs(b.radius, in.radius, 0)
}

// NewBounder returns a bounder for a network with a goal.
func NewBounder(n *Network) *Bounder {
	b := &Bounder{n: n, Lo: make([]float64, n.Dim), Hi: make([]float64, n.Dim)}
	widest := 0
	for i := range n.Stages {
		widest = max(widest, n.Stages[i].Width)
	}
	for ch := range b.channels() {
		b.bands[ch], b.posts[ch] = newBand(1+n.Dim, widest), newBand(1+n.Dim, widest)
	}
	b.goal = newBand(1+n.Dim, n.Goal.Count)
	return b
}

// channels is how many channels differ.
func (b *Bounder) channels() int {
	if b.n.Decoupled {
		return 2
	}
	return 1
}

// Judge compares the goal with a cell whose stages before the given one are
// settled, where the units of this one may have the given range of pieces. The
// goal's columns count as 0 within eps. It tells which term the cell lies in
// where it does.
func (b *Bounder) Judge(maps *Maps, stage int, pieces func(unit int) (from, to int), eps []float64) (Verdict, int) {
	st := &b.n.Stages[stage]
	for ch := range b.channels() {
		m := maps.At[ch][stage]
		copy(b.bands[ch].centre.Data, m.Data)
		clear(b.bands[ch].radius.Data[:len(m.Data)])
	}
	b.pass(st)
	for i := range st.Units {
		if from, to := pieces(i); from == to {
			b.piece(st, i, from)
		} else {
			lo, hi := b.Range(i)
			b.bend(st, i, from, to, lo, hi)
		}
	}
	for ; stage+1 < len(b.n.Stages); stage++ {
		next := &b.n.Stages[stage+1]
		for ch := range b.channels() {
			b.bands[ch].narrowed(next.Width).forward(b.posts[ch].narrowed(st.Width), &st.Next[ch])
		}
		b.relax(next)
		st = next
	}
	b.goal.forward(b.posts[b.channels()-1].narrowed(st.Width), &b.n.Goal.last)
	return b.conclude(eps)
}

// pass copies what a stage carries past the function.
func (b *Bounder) pass(st *Stage) {
	for ch := range b.channels() {
		in, out := b.bands[ch].narrowed(st.Width), b.posts[ch].narrowed(st.Width)
		for k := range in.centre.Rows {
			copy(out.centre.Row(k)[st.Units:], in.centre.Row(k)[st.Units:])
			copy(out.radius.Row(k)[st.Units:], in.radius.Row(k)[st.Units:])
		}
	}
}

// piece sends a unit through a piece of the function.
func (b *Bounder) piece(st *Stage, unit, p int) {
	slope := st.Op.Slope[p]
	for ch := range b.channels() {
		in, out := &b.bands[ch], &b.posts[ch]
		for k, i := 0, unit; k <= b.n.Dim; k, i = k+1, i+st.Width {
			out.centre.Data[i] = float64(slope * in.centre.Data[i])
			out.radius.Data[i] = float64(math.Abs(slope) * in.radius.Data[i])
		}
		out.centre.Data[unit] += st.Op.Offset[p]
	}
}

// bend sends a unit, whose value lies between lo and hi and meets the given
// pieces, through the function.
func (b *Bounder) bend(st *Stage, unit, from, to int, lo, hi float64) {
	lower, upper := relax(st.Op, from, to, lo, hi)
	in, out := &b.bands[nn.ActivationChannel], &b.posts[nn.ActivationChannel]
	for k, i := 0, unit; k <= b.n.Dim; k, i = k+1, i+st.Width {
		c, r := in.centre.Data[i], in.radius.Data[i]
		l := float64(lower.slope*c) - float64(math.Abs(lower.slope)*r)
		u := float64(upper.slope*c) + float64(math.Abs(upper.slope)*r)
		out.centre.Data[i], out.radius.Data[i] = float64((l+u)/2), float64((u-l)/2)
	}
	out.centre.Data[unit] += float64((lower.offset + upper.offset) / 2)
	out.radius.Data[unit] += float64((upper.offset - lower.offset) / 2)
	if b.n.Decoupled {
		b.jump(st, unit, from, to)
	}
}

// jump sends a unit of the value channel through whichever of the pieces the
// activation channel chooses.
func (b *Bounder) jump(st *Stage, unit, from, to int) {
	in, out := &b.bands[nn.ValueChannel], &b.posts[nn.ValueChannel]
	lo, hi := b.boxRange(in, st.Width, unit)
	l, u := math.Inf(1), math.Inf(-1)
	for p := from; p <= to; p++ {
		x, y := float64(st.Op.Slope[p]*lo)+st.Op.Offset[p], float64(st.Op.Slope[p]*hi)+st.Op.Offset[p]
		l, u = min(l, x, y), max(u, x, y)
	}
	for k, i := 0, unit; k <= b.n.Dim; k, i = k+1, i+st.Width {
		out.centre.Data[i], out.radius.Data[i] = 0, 0
	}
	out.centre.Data[unit], out.radius.Data[unit] = float64((l+u)/2), float64((u-l)/2)
}

// boxRange bounds a column of a band on the box.
func (b *Bounder) boxRange(of *band, width, i int) (lo, hi float64) {
	c, r := of.centre.Data[i], of.radius.Data[i]
	lo, hi = c-r, c+r
	for k, low := range b.Lo {
		i += width
		c, r := of.centre.Data[i], of.radius.Data[i]
		if l := c - r; l < 0 {
			lo += float64(l * b.Hi[k])
		} else {
			lo += float64(l * low)
		}
		if u := c + r; u < 0 {
			hi += float64(u * low)
		} else {
			hi += float64(u * b.Hi[k])
		}
	}
	return lo, hi
}

// relax sends a stage behind the cell's own through its function.
func (b *Bounder) relax(st *Stage) {
	in := &b.bands[nn.ActivationChannel]
	b.pass(st)
	b.open = b.open[:0]
	for i := range st.Units {
		lo, hi := b.boxRange(in, st.Width, i)
		switch from, to := st.Op.Piece(lo), st.Op.Piece(hi); {
		case from == to:
			b.piece(st, i, from)
		case b.GoalOnly:
			b.bend(st, i, from, to, lo, hi)
		default:
			b.open = append(b.open, i)
		}
	}
	b.tighten(in, st.Width)
	for j, i := range b.open {
		lo, hi := b.ranges[0][j], b.ranges[1][j]
		if from, to := st.Op.Piece(lo), st.Op.Piece(hi); from >= to {
			b.piece(st, i, to)
		} else {
			b.bend(st, i, from, to, lo, hi)
		}
	}
}

// tighten bounds the open columns of a band on the cell, into b.ranges.
func (b *Bounder) tighten(of *band, width int) {
	n, rows := len(b.open), 1+b.n.Dim
	if need := 2 * n * rows; need > len(b.rows.Data) {
		b.rows.Data = make([]float64, 2*need)
	}
	b.rows = nn.Matrix{Rows: 2 * n, Cols: rows, Stride: rows, Data: b.rows.Data}
	for j, i := range b.open {
		lower, upper := b.rows.Row(j), b.rows.Row(n+j)
		for k := range rows {
			c, r := of.centre.Data[i+k*width], of.radius.Data[i+k*width]
			lower[k], upper[k] = c-r, -(c + r)
		}
	}
	least := b.Extremes(b.rows)
	b.ranges[0], b.ranges[1] = append(b.ranges[0][:0], least[:n]...), b.ranges[1][:0]
	for _, x := range least[n:] {
		b.ranges[1] = append(b.ranges[1], -x)
	}
}

// conclude compares the goal's band with the terms.
func (b *Bounder) conclude(eps []float64) (Verdict, int) {
	goal := b.n.Goal
	b.open = b.open[:0]
	for i := range goal.Count {
		b.open = append(b.open, i)
	}
	b.tighten(&b.goal, goal.Count)
	b.slack = append(b.slack[:0], make([]float64, goal.Count)...)
	slack := b.slack
	for i := range slack {
		for k, v := range b.rows.Row(i) {
			size := 1.0
			if k > 0 {
				size = max(math.Abs(b.Lo[k-1]), math.Abs(b.Hi[k-1]))
			}
			slack[i] += float64(roundings * max(math.Abs(v), math.Abs(b.rows.Row(goal.Count + i)[k])) * size)
		}
	}
	possible := false
	for term := range goal.Terms() {
		holds, fails := true, false
		for i := goal.First[term]; i < goal.First[term+1]; i++ {
			holds = holds && b.ranges[1][i] < -slack[i]
			fails = fails || b.ranges[0][i] > eps[i]+slack[i]
		}
		if holds {
			return Inside, term
		}
		possible = possible || !fails
	}
	if !possible {
		return Outside, 0
	}
	return Undecided, 0
}
