package polytope

import (
	"math"

	"github.com/netmend/netmend/internal/blas"
	"github.com/netmend/netmend/nn"
)

// goal is the target as one more layer: a column for each half-space, of all
// terms one after the other, with the value normal . y - offset, which is at
// most 0 inside.
type goal struct {
	first []int // where the terms start, and the end
	count int   // half-spaces
	// last maps the last block, with the function applied, to the columns;
	// without stages, reduced maps the free coordinates and full the input.
	last, reduced, full affine
	eps                 []float64 // tolerance of each column
}

// newGoal returns nil where the setting has no target.
func newGoal(s *setting) *goal {
	if s.opt.Target == nil {
		return nil
	}
	g := &goal{}
	for _, term := range s.opt.Target {
		g.first = append(g.first, g.count)
		g.count += len(term)
	}
	g.first = append(g.first, g.count)
	normals := nn.NewMatrix(g.count, s.net.OutDim())
	offsets := make([]float64, g.count)
	i := 0
	for _, term := range s.opt.Target {
		for _, h := range term {
			copy(normals.Row(i), h.Normal)
			offsets[i] = h.Offset
			i++
		}
	}
	after := func(a *affine) affine {
		r := affine{w: nn.NewMatrix(a.w.Rows, g.count), bias: make([]float64, g.count)}
		blas.MulNT(r.w, a.w, normals, false, 1)
		blas.MulVec(r.bias, normals, a.bias)
		for i, b := range offsets {
			r.bias[i] -= b
		}
		r.setAbs()
		return r
	}
	if n := len(s.stages); n > 0 {
		g.last = after(&s.stages[n-1].next[nn.ValueChannel])
	} else {
		g.full = after(&s.entry[nn.ValueChannel])
		g.reduced = s.reduce(&g.full)
	}
	return g
}

func (a *affine) setAbs() {
	a.abs = nn.NewMatrix(a.w.Rows, a.w.Cols)
	for i, v := range a.w.Data {
		a.abs.Data[i] = math.Abs(v)
	}
}

// tolerances of the columns, for the absolute values of the last block after the
// function, or of the input where there is no stage.
func (g *goal) tolerances(size []float64) {
	from := &g.last
	if g.reduced.bias != nil {
		from = &g.full
	}
	g.eps = from.magnitudes(size)
	for i := range g.eps {
		g.eps[i] *= signTolerance
	}
}
