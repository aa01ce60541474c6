package polytope

import (
	"math"
	"math/bits"

	"github.com/netmend/netmend/internal/blas"
	"github.com/netmend/netmend/nn"
)

// verdict says what is known of a cell and the target.
type verdict uint8

const (
	undecided verdict = iota
	outside           // no point lies in the target's preimage
	inside            // all points do
)

// guide steers a search by the target: it bounds the goal on a cell and picks the
// unit to split.
type guide struct {
	s    *setting
	maps *maps

	bands [2]band   // of the present stage, by channel
	posts [2]band   // the same after the function
	goal  band      // of the target's half-spaces
	verts nn.Matrix // (1 + dim) x vertices: row 0 is 1, then the coordinates
	lo    []float64 // the cell's bounding box
	hi    []float64
	// Of the units that the bounding box leaves open: their index, bounds as
	// rows of coefficients and at the vertices, lower ones first.
	open   []int
	coeffs nn.Matrix
	values nn.Matrix
	ranges [2][]float64 // of every unit: lower and upper limit
	widest int
}

// band bounds numbers from both sides by affine functions, in the layout of
// [maps]: centre - radius and centre + radius. The radius is not negative on the
// cell.
type band struct{ centre, radius nn.Matrix }

func newBand(rows, cols int) band { return band{nn.NewMatrix(rows, cols), nn.NewMatrix(rows, cols)} }

// narrowed is the first cols columns of a band's storage as a band of its own.
func (b band) narrowed(cols int) band {
	view := func(m nn.Matrix) nn.Matrix {
		return nn.Matrix{Rows: m.Rows, Cols: cols, Stride: cols, Data: m.Data}
	}
	return band{view(b.centre), view(b.radius)}
}

func newGuide(s *setting) *guide {
	g := &guide{s: s, maps: newMaps(s), lo: make([]float64, s.dim), hi: make([]float64, s.dim)}
	for i := range s.stages {
		g.widest = max(g.widest, s.stages[i].width)
	}
	for ch := range g.bands {
		if ch == int(nn.ActivationChannel) || s.decoupled {
			g.bands[ch], g.posts[ch] = newBand(1+s.dim, g.widest), newBand(1+s.dim, g.widest)
		}
	}
	g.goal = newBand(1+s.dim, s.goal.count)
	return g
}

// choose returns the open threshold whose relaxation is loosest: the one with
// the largest -l u / (u - l) where its values above and below the breakpoint
// reach u and l; -1 where none is open.
func (g *guide) choose(r *search) int {
	st := &r.s.stages[r.stage]
	blocks := &r.store.blocks[r.stage]
	best, most := -1, math.Inf(-1)
	for w, x := range r.open {
		for ; x != 0; x &= x - 1 {
			t := w*64 + bits.TrailingZeros64(x)
			unit, level := t/st.breaks, st.level(t)
			l, u := g.span(blocks, unit, r.body.verts)
			l, u = l-level, u-level
			if score := -l * u / (u - l); score > most {
				best, most = t, score
			}
		}
	}
	return best
}

// span is the range of a unit's values at vertices.
func (g *guide) span(blocks *table[float64], unit int, verts []int32) (lo, hi float64) {
	lo, hi = math.Inf(1), math.Inf(-1)
	for _, v := range verts {
		x := blocks.data[int(v)*blocks.width+unit]
		if x < lo {
			lo = x
		}
		if x > hi {
			hi = x
		}
	}
	return lo, hi
}

// judge bounds the goal on the cell at hand, and tells which term the cell lies
// in where it does.
func (g *guide) judge(r *search) (verdict, int) {
	r.counts.Bounds++
	g.measure(r)
	g.first(r)
	for i := r.stage; ; i++ {
		st := &g.s.stages[i]
		if i+1 == len(g.s.stages) {
			ch := nn.ValueChannel
			if !g.s.decoupled {
				ch = nn.ActivationChannel
			}
			g.goal.forward(g.posts[ch].narrowed(st.width), &g.s.goal.last)
			return g.conclude()
		}
		next := &g.s.stages[i+1]
		for ch := range g.bands {
			if ch == int(nn.ActivationChannel) || g.s.decoupled {
				g.bands[ch].narrowed(next.width).forward(g.posts[ch].narrowed(st.width), &st.next[ch])
			}
		}
		g.relaxStage(next)
	}
}

// forward is the band after an affine map.
func (b band) forward(in band, a *affine) {
	mulAffine(b.centre, in.centre, a)
	blas.MulNN(b.radius, in.radius, a.abs, false, 1)
}

// measure gathers the vertices of the cell at hand and its bounding box.
func (g *guide) measure(r *search) {
	n, d := len(r.body.verts), g.s.dim
	g.verts = rowsOf(resized(g.verts.Data, n*(1+d)), 1+d, n)
	for k := range g.lo {
		g.lo[k], g.hi[k] = math.Inf(1), math.Inf(-1)
	}
	for i, v := range r.body.verts {
		g.verts.Data[i] = 1
		for k, x := range r.store.coords.row(int(v)) {
			g.verts.Data[(1+k)*n+i] = x
			if x < g.lo[k] {
				g.lo[k] = x
			}
			if x > g.hi[k] {
				g.hi[k] = x
			}
		}
	}
}

// first relaxes the stage that the cell at hand is in: its maps are exact, and
// the values at the vertices known.
func (g *guide) first(r *search) {
	st := &g.s.stages[r.stage]
	blocks := &r.store.blocks[r.stage]
	decoupled := g.s.decoupled
	for ch := range g.maps.at {
		if len(g.maps.at[ch]) == 0 {
			continue
		}
		m := g.maps.at[ch][r.stage]
		copy(g.bands[ch].centre.Data, m.Data)
		clear(g.bands[ch].radius.Data[:len(m.Data)])
	}
	g.pass(st)
	for i := range st.units {
		from, to := r.pieces(st, i)
		if from == to {
			g.piece(st, i, from)
			continue
		}
		lo, hi := g.span(blocks, i, r.body.verts)
		g.bend(st, i, from, to, lo, hi)
		if decoupled {
			g.jump(st, i, from, to)
		}
	}
}

// pass copies what a stage carries past the function.
func (g *guide) pass(st *stage) {
	for ch := range g.bands {
		if g.bands[ch].centre.Rows == 0 {
			continue
		}
		in, out := g.bands[ch].narrowed(st.width), g.posts[ch].narrowed(st.width)
		for k := range in.centre.Rows {
			copy(out.centre.Row(k)[st.units:], in.centre.Row(k)[st.units:])
			copy(out.radius.Row(k)[st.units:], in.radius.Row(k)[st.units:])
		}
	}
}

// piece sends a unit through a piece of the function, in both channels.
func (g *guide) piece(st *stage, unit, p int) {
	slope, offset := st.op.Slope[p], st.op.Offset[p]
	for ch := range g.bands {
		rows := g.bands[ch].centre.Rows
		in, out := g.bands[ch], g.posts[ch]
		for i := unit; rows > 0; rows-- {
			out.centre.Data[i] = slope * in.centre.Data[i]
			out.radius.Data[i] = math.Abs(slope) * in.radius.Data[i]
			i += st.width
		}
		if g.bands[ch].centre.Rows > 0 {
			out.centre.Data[unit] += offset
		}
	}
}

// bend sends a unit, whose value lies between lo and hi and meets the given
// pieces, through the function, in the activation channel.
func (g *guide) bend(st *stage, unit, from, to int, lo, hi float64) {
	lower, upper := relax(st.op, from, to, lo, hi)
	in, out := g.bands[nn.ActivationChannel], g.posts[nn.ActivationChannel]
	for k, i := 0, unit; k < in.centre.Rows; k, i = k+1, i+st.width {
		c, r := in.centre.Data[i], in.radius.Data[i]
		l := lower.slope*c - math.Abs(lower.slope)*r
		u := upper.slope*c + math.Abs(upper.slope)*r
		out.centre.Data[i], out.radius.Data[i] = (l+u)/2, (u-l)/2
	}
	out.centre.Data[unit] += (lower.offset + upper.offset) / 2
	out.radius.Data[unit] += (upper.offset - lower.offset) / 2
}

// jump sends a unit of the value channel through whichever of the pieces the
// activation channel chooses.
func (g *guide) jump(st *stage, unit, from, to int) {
	in, out := g.bands[nn.ValueChannel], g.posts[nn.ValueChannel]
	lo, hi := g.boxRange(in, st.width, unit)
	l, u := math.Inf(1), math.Inf(-1)
	for p := from; p <= to; p++ {
		a, b := st.op.Slope[p]*lo+st.op.Offset[p], st.op.Slope[p]*hi+st.op.Offset[p]
		l, u = min(l, a, b), max(u, a, b)
	}
	for k, i := 0, unit; k < in.centre.Rows; k, i = k+1, i+st.width {
		out.centre.Data[i], out.radius.Data[i] = 0, 0
	}
	out.centre.Data[unit], out.radius.Data[unit] = (l+u)/2, (u-l)/2
}

// boxRange bounds a number of a band over the bounding box.
func (g *guide) boxRange(b band, width, i int) (lo, hi float64) {
	c, r := b.centre.Data[i], b.radius.Data[i]
	lo, hi = c-r, c+r
	for k := range g.lo {
		i += width
		c, r := b.centre.Data[i], b.radius.Data[i]
		l, u := c-r, c+r
		x, y := g.lo[k], g.hi[k]
		if l < 0 {
			x, y = y, x
		}
		lo += l * x
		if u < 0 {
			hi += u * g.lo[k]
		} else {
			hi += u * g.hi[k]
		}
	}
	return lo, hi
}

// relaxStage sends a stage behind the present one through its function.
func (g *guide) relaxStage(st *stage) {
	in := g.bands[nn.ActivationChannel]
	g.pass(st)
	g.open = g.open[:0]
	for i := range st.units {
		lo, hi := g.boxRange(in, st.width, i)
		if p := st.op.Piece(lo); p == st.op.Piece(hi) {
			g.piece(st, i, p)
		} else {
			g.open = append(g.open, i)
		}
	}
	g.tighten(in, st.width)
	for j, i := range g.open {
		lo, hi := g.ranges[0][j], g.ranges[1][j]
		from, to := st.op.Piece(lo), st.op.Piece(hi)
		if from >= to {
			g.piece(st, i, to)
			continue
		}
		g.bend(st, i, from, to, lo, hi)
		if g.s.decoupled {
			g.jump(st, i, from, to)
		}
	}
}

// tighten bounds the open numbers of a band at the cell's vertices, into
// g.ranges: an affine function takes its extremes there.
func (g *guide) tighten(b band, width int) {
	n, rows := len(g.open), 1+g.s.dim
	g.coeffs = rowsOf(resized(g.coeffs.Data, 2*n*rows), 2*n, rows)
	for j, i := range g.open {
		lower, upper := g.coeffs.Row(j), g.coeffs.Row(n+j)
		for k := range rows {
			c, r := b.centre.Data[i+k*width], b.radius.Data[i+k*width]
			lower[k], upper[k] = c-r, c+r
		}
	}
	g.values = rowsOf(resized(g.values.Data, 2*n*g.verts.Cols), 2*n, g.verts.Cols)
	if n > 0 {
		blas.MulNN(g.values, g.coeffs, g.verts, false, 1)
	}
	for side := range g.ranges {
		g.ranges[side] = g.ranges[side][:0]
	}
	for j := range n {
		lo, hi := math.Inf(1), math.Inf(-1)
		for _, x := range g.values.Row(j) {
			if x < lo {
				lo = x
			}
		}
		for _, x := range g.values.Row(n + j) {
			if x > hi {
				hi = x
			}
		}
		g.ranges[0], g.ranges[1] = append(g.ranges[0], lo), append(g.ranges[1], hi)
	}
}

// conclude compares the goal's band with the terms.
func (g *guide) conclude() (verdict, int) {
	goal := g.s.goal
	g.open = g.open[:0]
	for i := range goal.count {
		g.open = append(g.open, i)
	}
	g.tighten(g.goal, goal.count)
	possible := false
	for term := range len(goal.first) - 1 {
		holds, fails := true, false
		for i := goal.first[term]; i < goal.first[term+1]; i++ {
			holds = holds && g.ranges[1][i] <= 0
			fails = fails || g.ranges[0][i] > goal.eps[i]
		}
		if holds {
			return inside, term
		}
		possible = possible || !fails
	}
	if !possible {
		return outside, 0
	}
	return undecided, 0
}
