package master

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/netmend/netmend/repair/internal/quadratic"
	"github.com/netmend/netmend/repair/internal/row"
)

// TestStart begins anywhere, asks for little, and then for everything.
func TestStart(t *testing.T) {
	for seed := range uint64(200) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			r := rand.New(rand.NewPCG(seed, 3))
			p := randomInstance(r, seed%2 == 0)
			m := p.master()
			m.Start(float64(r.NormFloat64() * p.bound))
			m.Minimise(p.winf, 1e-2)
			p.check(t, m, m.Minimise(p.winf, 1e-10))
		})
	}
}

// TestEstimateBound compares the estimate with the largest change at the minimum.
func TestEstimateBound(t *testing.T) {
	const out, in, rows, bound = 5, 40, 12, 100.0
	for seed := range uint64(20) {
		r := rand.New(rand.NewPCG(seed, 4))
		m, q := New(out, in, bound, nil, 1), quadratic.New(out, in, bound, nil)
		for range rows {
			g, h := make([]float64, out), make([]float64, in)
			for i := range g {
				g[i] = r.NormFloat64()
			}
			for i := range h {
				h[i] = r.NormFloat64()
			}
			m.AddRow(g, h, -1)
			q.AddRow(&row.Row{G: g, H: h}, -1)
		}
		if !q.Solve() {
			t.Fatal("no Euclidean solution")
		}
		const winf = out * in
		largest := 0.0
		for _, v := range m.Minimise(winf, 1e-9).X {
			largest = max(largest, v, -v)
		}
		if got := EstimateBound(q.X(), winf); got < 0.6*largest || got > 1.6*largest {
			t.Errorf("seed %d: estimate %g, want about %g", seed, got, largest)
		}
	}
}
