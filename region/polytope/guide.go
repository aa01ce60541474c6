package polytope

import (
	"math"
	"math/bits"

	"github.com/netmend/netmend/internal/blas"
	"github.com/netmend/netmend/nn"
	"github.com/netmend/netmend/region/internal/layers"
	"github.com/netmend/netmend/region/internal/vertices"
)

// guide steers a search by the target: it bounds the goal on a cell and picks the
// unit to split.
type guide struct {
	maps    *layers.Maps
	bounder *layers.Bounder
	verts   nn.Matrix // (1 + dim) x vertices of the current cell: row 0 is 1, then the coordinates
	values  nn.Matrix // scratch
	least   []float64
}

func newGuide(r *search) *guide {
	g := &guide{maps: layers.NewMaps(r.s.Network), bounder: layers.NewBounder(r.s.Network)}
	g.bounder.Extremes = g.extremes
	g.bounder.Range = func(unit int) (lo, hi float64) {
		return span(&r.store.Blocks[r.stage], unit, r.body.verts)
	}
	return g
}

// choose returns the open threshold whose relaxation is loosest: the one with
// the largest -l u / (u - l) where its values above and below the breakpoint
// reach u and l; -1 where none is open.
func (g *guide) choose(r *search) int {
	st := &r.s.Stages[r.stage]
	blocks := &r.store.Blocks[r.stage]
	best, most := -1, math.Inf(-1)
	for w, x := range r.sides.Open {
		for ; x != 0; x &= x - 1 {
			t := w*64 + bits.TrailingZeros64(x)
			unit, level := t/st.Breaks, st.Level(t)
			l, u := span(blocks, unit, r.body.verts)
			l, u = l-level, u-level
			if score := -l * u / (u - l); score > most {
				best, most = t, score
			}
		}
	}
	return best
}

// span is the range of a unit's values at vertices.
func span(blocks *vertices.Rows[float64], unit int, verts []int32) (lo, hi float64) {
	lo, hi = math.Inf(1), math.Inf(-1)
	for _, v := range verts {
		x := blocks.Data[int(v)*blocks.Width+unit]
		if x < lo {
			lo = x
		}
		if x > hi {
			hi = x
		}
	}
	return lo, hi
}

// judge bounds the goal on the current cell, and tells which term the cell lies
// in where it does.
func (g *guide) judge(r *search) (layers.Verdict, int) {
	r.counts.Bounds++
	g.measure(r)
	return g.bounder.Judge(g.maps, r.stage, r.pieces, r.s.goalEps)
}

// measure gathers the vertices of the current cell and its bounding box.
func (g *guide) measure(r *search) {
	n, d := len(r.body.verts), r.s.dim
	lo, hi := g.bounder.Lo, g.bounder.Hi
	g.verts = nn.AsMatrix(resized(g.verts.Data, n*(1+d)), 1+d, n)
	for k := range lo {
		lo[k], hi[k] = math.Inf(1), math.Inf(-1)
	}
	for i, v := range r.body.verts {
		g.verts.Data[i] = 1
		for k, x := range r.store.coords.Row(int(v)) {
			g.verts.Data[(1+k)*n+i] = x
			if x < lo[k] {
				lo[k] = x
			}
			if x > hi[k] {
				hi[k] = x
			}
		}
	}
}

// extremes are the least values of affine functions on the current cell, which
// lie at vertices.
func (g *guide) extremes(rows nn.Matrix) []float64 {
	g.values = nn.AsMatrix(resized(g.values.Data, rows.Rows*g.verts.Cols), rows.Rows, g.verts.Cols)
	if rows.Rows > 0 {
		blas.MulNN(g.values, rows, g.verts, false, 1)
	}
	g.least = g.least[:0]
	for i := range rows.Rows {
		lo := math.Inf(1)
		for _, x := range g.values.Row(i) {
			if x < lo {
				lo = x
			}
		}
		g.least = append(g.least, lo)
	}
	return g.least
}
