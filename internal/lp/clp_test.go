//go:build clp

package lp_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/netmend/netmend/internal/lp"
	"github.com/netmend/netmend/internal/lp/clp"
)

// TestAgainstCLP compares problems up to 60 variables and 400 rows.
func TestAgainstCLP(t *testing.T) {
	for seed := range uint64(120) {
		rng := rand.New(rand.NewPCG(seed, 8))
		d, m := 2+rng.IntN(20), 5+rng.IntN(100)
		if seed%20 == 0 {
			d, m = 60, 400
		}
		p := reals(rng, d, m, seed%3 > 0)
		if seed%5 == 0 {
			for j := range d {
				if rng.IntN(2) == 0 {
					p.Upper[j] = inf
				}
			}
		}
		s := lp.New(d)
		status := s.Solve(p)
		if err := certified(p, s, status); err != nil {
			t.Errorf("seed %d: %v", seed, err)
		}
		q := &clp.Problem{Lower: p.Lower, Upper: p.Upper}
		for _, c := range p.Cost {
			q.Cost = append(q.Cost, -c)
		}
		for i, b := range p.Right {
			q.Rows = append(q.Rows, clp.Row{Value: p.Rows[i*d : i*d+d], Lower: -inf, Upper: b})
		}
		r, err := clp.Solve(q, clp.Options{})
		if err != nil {
			t.Fatal(err)
		}
		want := map[clp.Status]lp.Status{clp.Optimal: lp.Optimal, clp.Infeasible: lp.Infeasible, clp.Unbounded: lp.Unbounded, clp.Stopped: lp.Stopped}[r.Status]
		if status != want {
			t.Errorf("seed %d: %v, CLP says %v", seed, status, r.Status)
		} else if status == lp.Optimal && math.Abs(s.Objective()+r.Objective) > 1e-7*(1+math.Abs(r.Objective)) {
			t.Errorf("seed %d: %v, CLP has %v", seed, s.Objective(), -r.Objective)
		}
	}
}
