package lp_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/netmend/netmend/internal/lp"
)

var inf = math.Inf(1)

// certified checks an answer by its certificates alone.
func certified(p *lp.Problem, s *lp.Solver, status lp.Status) error {
	d, m := len(p.Cost), len(p.Right)
	y := make([]float64, m)
	s.Multipliers(y)
	nonzero := 0
	for i, v := range y {
		if !(v >= 0) {
			return fmt.Errorf("multiplier %d is %v", i, v)
		}
		if v > 0 {
			nonzero++
		}
	}
	if nonzero > d+1 {
		return fmt.Errorf("%d multipliers, want at most %d", nonzero, d+1)
	}
	switch status {
	case lp.Infeasible:
		if !p.Refutes(y) && (d > 12 || !p.RefutesExactly(y)) {
			if d > 12 && !bounded(p) {
				return nil // takes too long to decide exactly
			}
			return fmt.Errorf("infeasible without a proof")
		}
		return nil
	case lp.Below:
		if b := p.UpperBound(y); !(b <= s.Cutoff+float64(1e-7*(1+math.Abs(s.Cutoff)))) {
			return fmt.Errorf("below %v, but the bound is %v", s.Cutoff, b)
		}
		return nil
	case lp.Stopped:
		return fmt.Errorf("stopped")
	}
	x := s.X()
	if v := worstViolation(p, x); v > 1e-8*(1+norm(x)) {
		return fmt.Errorf("%v: the point is violated by %v", status, v)
	}
	if status == lp.Unbounded {
		ray := s.Ray()
		growth := 0.0
		for j, r := range ray {
			growth += float64(p.Cost[j] * r)
			if p.Lower == nil {
				continue
			}
			if r > 1e-8 && !math.IsInf(p.Upper[j], 1) || r < -1e-8 && !math.IsInf(p.Lower[j], -1) {
				return fmt.Errorf("the ray leaves the bounds of variable %d", j)
			}
		}
		if growth <= 0 {
			return fmt.Errorf("the objective grows by %v along the ray", growth)
		}
		for i, b := range p.Right {
			t := 0.0
			for j, r := range ray {
				t += float64(p.Rows[i*d+j] * r)
			}
			if t > 1e-8*(1+norm(p.Rows[i*d:i*d+d])) && !math.IsInf(b, 1) {
				return fmt.Errorf("the ray leaves row %d", i)
			}
		}
		return nil
	}
	bound, objective := p.UpperBound(y), s.Objective()
	if p.Lower == nil || !bounded(p) {
		if math.IsInf(bound, 1) {
			return nil // rounding errors meet variables without bounds
		}
	}
	if !(math.Abs(bound-objective) <= 1e-7*(1+math.Abs(objective))) {
		return fmt.Errorf("objective %v, bound %v", objective, bound)
	}
	return nil
}

func bounded(p *lp.Problem) bool {
	for j := range p.Lower {
		if math.IsInf(p.Lower[j], 0) || math.IsInf(p.Upper[j], 0) {
			return false
		}
	}
	return true
}

func norm(x []float64) float64 {
	s := 0.0
	for _, v := range x {
		s = max(s, math.Abs(v))
	}
	return s
}

func worstViolation(p *lp.Problem, x []float64) float64 {
	worst := 0.0
	for i, b := range p.Right {
		a := p.Rows[i*len(x) : (i+1)*len(x)]
		t := -b
		for j, v := range x {
			t += float64(a[j] * v)
		}
		if n := norm(a); n > 0 {
			t /= n
		}
		worst = max(worst, t)
	}
	for j, v := range x {
		if p.Lower != nil {
			worst = max(worst, p.Lower[j]-v, v-p.Upper[j])
		}
	}
	return worst
}

// integers is a problem with small integers: many ties, parallel rows and
// empty sets.
func integers(rng *rand.Rand) *lp.Problem {
	d, m, size := 1+rng.IntN(5), rng.IntN(9), 1+rng.IntN(4)
	draw := func() float64 { return float64(rng.IntN(2*size+1) - size) }
	p := &lp.Problem{}
	for range d {
		p.Cost = append(p.Cost, draw())
		lo, hi := draw(), draw()
		if lo > hi && rng.IntN(20) > 0 {
			lo, hi = hi, lo
		}
		if rng.IntN(4) == 0 {
			lo = -inf
		}
		if rng.IntN(4) == 0 {
			hi = inf
		}
		p.Lower, p.Upper = append(p.Lower, lo), append(p.Upper, hi)
	}
	if rng.IntN(5) == 0 {
		p.Lower, p.Upper = nil, nil
	}
	for range m {
		for range d {
			p.Rows = append(p.Rows, draw())
		}
		b := draw() + float64(size)/2
		if rng.IntN(20) == 0 {
			b = inf
		}
		p.Right = append(p.Right, b)
	}
	return p
}

func TestAgainstExact(t *testing.T) {
	seen := map[lp.Status]int{}
	for seed := range uint64(4000) {
		rng := rand.New(rand.NewPCG(seed, 1))
		p := integers(rng)
		if err := p.Validate(); err != nil {
			t.Fatal(err)
		}
		s := lp.New(len(p.Cost))
		status, want := s.Solve(p), p.SolveExactly()
		seen[status]++
		if status != want.Status {
			t.Errorf("seed %d: %v, want %v: %+v", seed, status, want.Status, p)
			continue
		}
		if err := certified(p, s, status); err != nil {
			t.Errorf("seed %d: %v: %+v", seed, err, p)
		}
		if status == lp.Optimal {
			w, _ := want.Objective.Float64()
			if math.Abs(w-s.Objective()) > 1e-9*(1+math.Abs(w)) {
				t.Errorf("seed %d: objective %v, want %v", seed, s.Objective(), w)
			}
		}
	}
	for _, status := range []lp.Status{lp.Optimal, lp.Infeasible, lp.Unbounded} {
		if seen[status] < 300 {
			t.Errorf("only %d problems are %v", seen[status], status)
		}
	}
}

// reals is a problem with m rows in d variables in general position; with a
// feasible point if asked for.
func reals(rng *rand.Rand, d, m int, feasible bool) *lp.Problem {
	p := &lp.Problem{Cost: make([]float64, d), Lower: make([]float64, d), Upper: make([]float64, d)}
	inside := make([]float64, d)
	for j := range d {
		p.Cost[j] = rng.NormFloat64()
		p.Lower[j], p.Upper[j] = -1-rng.Float64(), 1+rng.Float64()
		inside[j] = float64(2*rng.Float64()) - 1
	}
	for range m {
		b := float64(0.5 * rng.Float64())
		scale := math.Exp(4 * rng.NormFloat64())
		for j := range d {
			a := rng.NormFloat64()
			b += float64(a * inside[j])
			p.Rows = append(p.Rows, float64(scale*a))
		}
		if !feasible {
			b = rng.NormFloat64() - 0.3
		}
		p.Right = append(p.Right, float64(scale*b))
	}
	return p
}

func TestResolve(t *testing.T) {
	for seed := range uint64(600) {
		rng := rand.New(rand.NewPCG(seed, 2))
		d := 1 + rng.IntN(8)
		p := reals(rng, d, 5+rng.IntN(40), seed%3 > 0)
		if seed%4 == 0 {
			p.Upper[rng.IntN(d)] = inf
			p.Lower[rng.IntN(d)] = -inf
		}
		warm := lp.New(d)
		part := *p
		for count := 0; count <= len(p.Right); count += 1 + rng.IntN(3) {
			part.Rows, part.Right = p.Rows[:count*d], p.Right[:count]
			switch rng.IntN(4) {
			case 0:
				part.Cost = append([]float64(nil), p.Cost...)
				part.Cost[rng.IntN(d)] = rng.NormFloat64()
			case 1:
				part.Upper = append([]float64(nil), p.Upper...)
				part.Upper[rng.IntN(d)] = rng.Float64()
			case 2:
				if count > 0 {
					part.Right[rng.IntN(count)] = inf
				}
			}
			cold := lp.New(d)
			got, want := warm.Resolve(&part), cold.Solve(&part)
			if got != want {
				t.Fatalf("seed %d, %d rows: %v, from the box %v", seed, count, got, want)
			}
			if err := certified(&part, warm, got); err != nil {
				t.Fatalf("seed %d, %d rows: %v", seed, count, err)
			}
			if got == lp.Optimal && math.Abs(warm.Objective()-cold.Objective()) > 1e-8*(1+math.Abs(cold.Objective())) {
				t.Errorf("seed %d, %d rows: objective %v, from the box %v", seed, count, warm.Objective(), cold.Objective())
			}
		}
	}
}
