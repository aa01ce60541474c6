package quadratic

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/netmend/netmend/repair/internal/row"
)

// TestOptimalityConditions checks, on random programs with a known feasible
// point, that the solution is feasible, that x = -A^T y with y >= 0 vanishing on
// slack rows (a KKT point of a convex program is optimal), and that the dual
// bound agrees.
func TestOptimalityConditions(t *testing.T) {
	fixed := 0
	for seed := range uint64(300) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			r := rand.New(rand.NewPCG(seed, 3))
			out, in := 1+r.IntN(4), 1+r.IntN(6)
			limit := []float64{3, 0.5}[r.IntN(2)]
			var free []bool
			if r.IntN(3) == 0 {
				free = make([]bool, out*in)
				for i := range free {
					free[i] = r.IntN(3) > 0
				}
			}
			p := New(out, in, limit, free)
			inside := make([]float64, out*in)
			for i := range inside {
				if free == nil || free[i] {
					inside[i] = float64(limit * (float64(2*r.Float64()) - 1))
				}
			}
			var b []float64
			for range 1 + r.IntN(20) {
				g, h := make([]float64, out), make([]float64, in)
				at := 0.0
				for j := range g {
					g[j] = float64(r.IntN(5)-2) + float64(r.NormFloat64()*float64(seed%2))
				}
				for i := range h {
					h[i] = float64(r.IntN(5)-2) + float64(r.NormFloat64()*float64(seed%2))
				}
				for i, v := range inside {
					at += float64(g[i/in] * h[i%in] * v)
				}
				b = append(b, at+float64(0.2*r.Float64()))
				p.AddRow(&row.Row{G: g, H: h}, b[len(b)-1])
			}
			switch seed % 3 {
			case 0: // with coordinates fixed at the bound, where that settles
				if p.solveRows() {
					if p.computeX(); p.fix() {
						fixed++
						break
					}
				}
				fallthrough
			default:
				if !p.Solve() {
					t.Fatal("no solution")
				}
			}
			x := p.X()
			for i, v := range x {
				if math.Abs(v) > limit*(1+1e-9) {
					t.Fatalf("x[%d] = %g exceeds %g", i, v, limit)
				}
				if free != nil && !free[i] && v != 0 {
					t.Fatalf("x[%d] = %g is not free", i, v)
				}
			}
			half := 0.0
			for _, v := range x {
				half += float64(v * v / 2)
			}
			real := 0
			for k, row := range p.rows {
				if p.y[k] < 0 {
					t.Fatalf("multiplier %g", p.y[k])
				}
				if row.bound {
					continue
				}
				ax := 0.0
				for i, v := range x {
					ax += float64(row.a.G[i/in] * row.a.H[i%in] * v)
				}
				if ax > b[real]+1e-9 {
					t.Errorf("row %d violated by %g", real, ax-b[real])
				}
				if p.y[k] > 1e-9 && ax < b[real]-1e-8 {
					t.Errorf("row %d has multiplier %g and slack %g", real, p.y[k], b[real]-ax)
				}
				real++
			}
			if lower := p.LowerBound(0, nil); half-lower > 1e-8*(1+half) || lower > float64(half*(1+1e-9))+1e-12 {
				t.Errorf("objective %g, dual bound %g", half, lower)
			}
		})
	}
	if fixed < 80 {
		t.Errorf("fixing settled %d of 100 times", fixed)
	}
}

// TestMostBounds: a program whose solution has nearly all coordinates at the bound fails
// where that many are not allowed, and is solved where they are.
func TestMostBounds(t *testing.T) {
	for _, c := range []struct {
		most int
		want bool
	}{{0, true}, {100, true}, {50, false}} {
		p := New(1, 100, 1, nil)
		p.MostBounds = c.most
		h := make([]float64, 100)
		for i := range h {
			h[i] = 1 + float64(i)
		}
		p.AddRow(&row.Row{G: []float64{-1}, H: h}, -5050*(1-1e-6)) // sum (1+i) x_i >= nearly all
		if got := p.Solve(); got != c.want {
			t.Errorf("at most %d bounds: solved %v", c.most, got)
		}
	}
}
