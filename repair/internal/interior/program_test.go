package interior

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/netmend/netmend/repair/internal/master"
	"github.com/netmend/netmend/repair/internal/row"
)

// instance is a random program over rank-one rows, which package master solves
// too, given to this package as blocks.
type instance struct {
	out, in     int
	g, h        [][]float64
	b           []float64
	bound, winf float64
	free        []bool
}

func randomInstance(r *rand.Rand, rows, out, in int) instance {
	p := instance{out: out, in: in, bound: 3, winf: float64(float64(r.IntN(3)) * 4)}
	for range rows {
		g, h := make([]float64, p.out), make([]float64, p.in)
		for i := range g {
			g[i] = r.NormFloat64()
		}
		for i := range h {
			h[i] = r.NormFloat64()
		}
		p.g, p.h = append(p.g, g), append(p.h, h)
		p.b = append(p.b, r.NormFloat64()-0.5)
	}
	if r.IntN(3) == 0 {
		p.free = make([]bool, p.out*p.in)
		for i := range p.free {
			p.free[i] = r.IntN(3) != 0
		}
	}
	return p
}

// block is row k as blocks.
func (p instance) block(k int) *row.Row {
	r := &row.Row{}
	for j, g := range p.g[k] {
		r.Channels = append(r.Channels, int32(j))
		for _, h := range p.h[k] {
			r.Blocks = append(r.Blocks, float64(g*h))
		}
	}
	return r
}

func (p instance) programs(workers int) (*Program, *master.Master) {
	a, b := New(p.out, p.in, p.bound, p.free, workers), master.New(p.out, p.in, p.bound, p.free, 1)
	for k := range p.b {
		a.AddRow(p.block(k), p.b[k])
		b.AddRow(p.g[k], p.h[k], p.b[k])
	}
	return a, b
}

func TestMinimiseAgreesWithTheSimplex(t *testing.T) {
	statuses := map[Status]int{}
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 7))
		p := randomInstance(r, 1+r.IntN(25), 1+r.IntN(6), 1+r.IntN(8))
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			a, b := p.programs(1)
			got, want := a.Minimise(p.winf, 1e-9), b.Minimise(p.winf, 1e-11)
			statuses[got.Status]++
			switch want.Status {
			case master.Infeasible:
				if got.Status != Infeasible {
					t.Fatalf("%v, want infeasible", got.Status)
				}
			case master.Optimal:
				if got.Status != Optimal {
					t.Fatalf("%v, want optimal %v", got.Status, want.Objective)
				}
				if math.Abs(got.Objective-want.Objective) > 1e-7*(1e-6+want.Objective) {
					t.Fatalf("objective %v, want %v, gap %v", got.Objective, want.Objective, got.Gap)
				}
				if lower := a.LowerBound(got.Y, p.winf, 0); lower > float64(want.Objective*(1+1e-9))+1e-12 || lower < float64(want.Objective*(1-1e-7))-1e-7 {
					t.Fatalf("lower bound %v of %v", lower, want.Objective)
				}
			}
		})
	}
	t.Log(statuses)
}
