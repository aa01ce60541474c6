package master

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/optimize/convex/lp"
)

// instance is a random program over rank-one rows.
type instance struct {
	out, in     int
	g, h        [][]float64
	b           []float64
	bound, winf float64
	free        []bool
}

func randomInstance(r *rand.Rand, integer bool) instance {
	p := instance{out: 1 + r.IntN(4), in: 1 + r.IntN(5), bound: 3, winf: float64(float64(r.IntN(3)) * 4)}
	number := func() float64 {
		if integer {
			return float64(r.IntN(5) - 2)
		}
		return r.NormFloat64()
	}
	for range 1 + r.IntN(12) {
		g, h := make([]float64, p.out), make([]float64, p.in)
		for i := range g {
			g[i] = number()
		}
		for i := range h {
			h[i] = number()
		}
		p.g, p.h = append(p.g, g), append(p.h, h)
		p.b = append(p.b, number()-0.5)
	}
	if r.IntN(3) == 0 {
		p.free = make([]bool, p.out*p.in)
		for i := range p.free {
			p.free[i] = r.IntN(2) == 0
		}
	}
	return p
}

func (p instance) row(k int) []float64 {
	a := make([]float64, p.out*p.in)
	for i := range a {
		if p.free == nil || p.free[i] {
			a[i] = float64(p.g[k][i/p.in] * p.h[k][i%p.in])
		}
	}
	return a
}

// optimum solves the same program densely with gonum: variables x+, x-, t and
// slacks, all >= 0.
func (p instance) optimum() (float64, error) {
	n := p.out * p.in
	rows := len(p.b) + 2*n + 1
	cols := 2*n + 1 + rows
	a := mat.NewDense(rows, cols, nil)
	b := make([]float64, rows)
	c := make([]float64, cols)
	for i := range 2 * n {
		c[i] = 1
	}
	c[2*n] = p.winf
	for k := range p.b {
		for i, v := range p.row(k) {
			a.Set(k, i, v)
			a.Set(k, n+i, -v)
		}
		b[k] = p.b[k]
	}
	for i := range 2 * n {
		a.Set(len(p.b)+i, i, 1)
		a.Set(len(p.b)+i, 2*n, -1)
	}
	a.Set(rows-1, 2*n, 1)
	b[rows-1] = p.bound
	for k := range rows {
		a.Set(k, 2*n+1+k, 1)
	}
	v, _, err := lp.Simplex(c, a, b, 1e-10, nil)
	return v, err
}

func (p instance) master() *Master {
	m := New(p.out, p.in, p.bound, p.free, 1)
	for k := range p.b {
		m.AddRow(p.g[k], p.h[k], p.b[k])
	}
	return m
}

func (p instance) check(t *testing.T, m *Master, res Result) {
	t.Helper()
	want, err := p.optimum()
	switch {
	case err == lp.ErrInfeasible:
		if res.Status != Infeasible {
			t.Fatalf("status %v, want infeasible", res.Status)
		}
		if v := m.rayValue(res.Y); v <= 0 {
			t.Fatalf("ray value %g, want > 0", v)
		}
		return
	case err != nil:
		t.Skipf("oracle: %v", err)
	}
	if res.Status != Optimal {
		t.Fatalf("status %v, want optimal %g", res.Status, want)
	}
	if math.Abs(res.Objective-want) > 1e-7*(1+want) {
		t.Fatalf("objective %.12g, want %.12g", res.Objective, want)
	}
	for k := range p.b {
		s := -p.b[k]
		for i, a := range p.row(k) {
			s += float64(a * res.X[i])
		}
		if s > 1e-8 {
			t.Fatalf("row %d violated by %g", k, s)
		}
	}
	l1, linf := 0.0, 0.0
	for i, v := range res.X {
		if p.free != nil && !p.free[i] && v != 0 {
			t.Fatalf("x[%d] = %g, not free", i, v)
		}
		l1 += math.Abs(v)
		linf = max(linf, math.Abs(v))
	}
	if got := l1 + float64(p.winf*linf); math.Abs(got-res.Objective) > 1e-9*(1+got) {
		t.Fatalf("objective of x is %.12g, reported %.12g", got, res.Objective)
	}
	if lower := m.LowerBound(res.Y, p.winf, 0); res.Objective-lower > 1e-8*(1+res.Objective) {
		t.Fatalf("objective %.12g, dual bound %.12g", res.Objective, lower)
	}
}

func TestMinimiseAgainstDenseSimplex(t *testing.T) {
	for seed := range uint64(400) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			p := randomInstance(rand.New(rand.NewPCG(seed, 1)), seed%2 == 0)
			m := p.master()
			p.check(t, m, m.Minimise(p.winf, 1e-10))
		})
	}
}

func TestRowsComeAndGo(t *testing.T) {
	for seed := range uint64(200) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			r := rand.New(rand.NewPCG(seed, 2))
			p := randomInstance(r, seed%2 == 0)
			all := p
			m := New(p.out, p.in, p.bound, p.free, 1)
			p.g, p.h, p.b = nil, nil, nil
			for k := range all.b {
				m.AddRow(all.g[k], all.h[k], all.b[k])
				p.g, p.h, p.b = append(p.g, all.g[k]), append(p.h, all.h[k]), append(p.b, all.b[k])
				if r.IntN(2) == 0 {
					continue
				}
				res := m.Minimise(p.winf, 1e-10)
				p.check(t, m, res)
				if res.Status == Infeasible {
					return
				}
				remove := make([]bool, m.Rows())
				q := p
				q.g, q.h, q.b = nil, nil, nil
				for i := range remove {
					if remove[i] = !m.Active(i) && r.IntN(2) == 0; !remove[i] {
						q.g, q.h, q.b = append(q.g, p.g[i]), append(q.h, p.h[i]), append(q.b, p.b[i])
					}
				}
				p = q
				m.RemoveRows(remove)
				p.check(t, m, m.Minimise(p.winf, 1e-10))
			}
		})
	}
}
