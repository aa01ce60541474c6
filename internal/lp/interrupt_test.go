package lp

import (
	"math/rand/v2"
	"testing"
)

// TestInterrupt: a solve ends soon after Interrupt says so, as Stopped, and the solver is
// of use afterwards.
func TestInterrupt(t *testing.T) {
	const dim, rows = 80, 160
	r := rand.New(rand.NewPCG(1, 2))
	p := &Problem{Cost: make([]float64, dim)}
	for j := range dim {
		p.Cost[j] = r.NormFloat64()
		p.Lower, p.Upper = append(p.Lower, -1), append(p.Upper, 1)
	}
	for range rows {
		for range dim {
			p.Rows = append(p.Rows, r.NormFloat64())
		}
		p.Right = append(p.Right, 1)
	}
	s := New(dim)
	if status := s.Solve(p); status != Optimal {
		t.Fatalf("status %v", status)
	}
	all := s.iterations
	asked := 0
	p.Interrupt = func() bool { asked++; return true }
	if status := s.Solve(p); status != Stopped || s.iterations >= all || asked != 1 {
		t.Errorf("interrupted: status %v after %d of %d iterations, asked %d times", status, s.iterations, all, asked)
	}
	p.Interrupt = nil
	if status := s.Solve(p); status != Optimal || s.iterations != all {
		t.Errorf("afterwards: status %v after %d of %d iterations", status, s.iterations, all)
	}
}
