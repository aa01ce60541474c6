package lp_test

import (
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	gonum "gonum.org/v1/gonum/optimize/convex/lp"

	"gonum.org/v1/gonum/mat"

	"github.com/netmend/netmend/internal/lp"
)

// TestAgainstGonum compares larger problems with gonum's simplex method, in the
// standard form with a slack for each row and bound.
func TestAgainstGonum(t *testing.T) {
	for seed := range uint64(60) {
		rng := rand.New(rand.NewPCG(seed, 3))
		d := 2 + rng.IntN(12)
		p := reals(rng, d, 5+rng.IntN(40), seed%3 > 0)
		s := lp.New(d)
		status := s.Solve(p)
		if err := certified(p, s, status); err != nil {
			t.Errorf("seed %d: %v", seed, err)
		}
		want, err := gonumOptimum(p)
		switch {
		case errors.Is(err, gonum.ErrInfeasible):
			if status != lp.Infeasible {
				t.Errorf("seed %d: %v, gonum says infeasible", seed, status)
			}
		case err != nil:
			t.Errorf("seed %d: gonum: %v", seed, err)
		case status != lp.Optimal || math.Abs(s.Objective()-want) > 1e-7*(1+math.Abs(want)):
			t.Errorf("seed %d: %v with %v, gonum has %v", seed, status, s.Objective(), want)
		}
	}
}

// gonumOptimum shifts the variables to their lower bounds, which reals makes
// finite.
func gonumOptimum(p *lp.Problem) (float64, error) {
	d, m := len(p.Cost), len(p.Right)
	a := mat.NewDense(m+d, d+m+d, nil)
	b := make([]float64, m+d)
	cost := make([]float64, d+m+d)
	constant := 0.0
	for j, c := range p.Cost {
		cost[j] = -c
		constant += float64(c * p.Lower[j])
		a.Set(m+j, j, 1)
		a.Set(m+j, d+m+j, 1)
		b[m+j] = p.Upper[j] - p.Lower[j]
	}
	for i := range m {
		row := p.Rows[i*d : i*d+d]
		size := norm(row)
		b[i] = p.Right[i] / size
		for j, v := range row {
			a.Set(i, j, v/size)
			b[i] -= float64(v / size * p.Lower[j])
		}
		a.Set(i, d+i, 1)
	}
	optimum, _, err := gonum.Simplex(cost, a, b, 1e-10, nil)
	return constant - optimum, err
}

// TestHard has problems that are hard for floating point: rows nearly parallel,
// nearly infeasible, of very different sizes, heavily degenerate.
func TestHard(t *testing.T) {
	for seed := range uint64(300) {
		rng := rand.New(rand.NewPCG(seed, 4))
		d := 2 + rng.IntN(4)
		p := reals(rng, d, 4, true)
		base := append([]float64(nil), p.Rows[:d]...)
		for range 6 {
			// The first row, turned by 1e-3 to 1e-10 and moved by little.
			turn := math.Pow(10, -3-float64(7*rng.Float64()))
			for j := range d {
				p.Rows = append(p.Rows, float64(base[j]*(1+float64(turn*rng.NormFloat64()))))
			}
			p.Right = append(p.Right, p.Right[0]+float64(turn*norm(base)*rng.NormFloat64()))
		}
		if seed%2 == 0 { // through one point: a degenerate vertex
			for range 6 {
				sum := 0.0
				for range d {
					v := rng.NormFloat64()
					sum += v
					p.Rows = append(p.Rows, v)
				}
				p.Right = append(p.Right, float64(sum/2))
			}
		}
		s := lp.New(d)
		status, want := s.Solve(p), p.SolveExactly()
		if err := certified(p, s, status); err != nil {
			t.Errorf("seed %d: %v", seed, err)
		}
		if status == lp.Optimal && want.Status == lp.Infeasible {
			// Rows through one point miss each other by rounding errors.
			for i := range p.Right {
				p.Right[i] += float64(2 * lp.DefaultFeasibility * norm(p.Rows[i*d:i*d+d]))
			}
			if p.SolveExactly().Status != lp.Optimal {
				t.Errorf("seed %d: infeasible by more than the tolerance", seed)
			}
		} else if status != want.Status {
			t.Errorf("seed %d: %v, want %v", seed, status, want.Status)
		}
		if want.Status == lp.Optimal && status == lp.Optimal {
			w, _ := want.Objective.Float64()
			if math.Abs(s.Objective()-w) > 1e-6*(1+math.Abs(w)) {
				t.Errorf("seed %d: objective %v, want %v", seed, s.Objective(), w)
			}
		}
	}
}

// TestRefutesIsSound wants no refutation of problems with a known point, from
// any multipliers, and no upper bound below its objective.
func TestRefutesIsSound(t *testing.T) {
	refuted := 0
	for seed := range uint64(2000) {
		rng := rand.New(rand.NewPCG(seed, 5))
		p := integers(rng)
		if p.Lower == nil || len(p.Right) == 0 {
			continue
		}
		x := make([]float64, len(p.Cost))
		for j := range x {
			x[j] = float64(rng.IntN(5) - 2)
			p.Lower[j], p.Upper[j] = min(p.Lower[j], x[j]), max(p.Upper[j], x[j])
		}
		objective := 0.0
		for j, c := range p.Cost {
			objective += float64(c * x[j])
		}
		y := make([]float64, len(p.Right))
		for i := range y {
			t := 0.0
			for j, v := range x {
				t += float64(p.Rows[i*len(x)+j] * v)
			}
			p.Right[i] = t // tight
			y[i] = float64(max(0, rng.NormFloat64()) * math.Exp2(float64(rng.IntN(40)-20)))
		}
		if p.Refutes(y) || p.RefutesExactly(y) {
			t.Errorf("seed %d: a problem with the point %v is refuted", seed, x)
		}
		if b := p.UpperBound(y); b < objective {
			t.Errorf("seed %d: bound %v, a point has %v", seed, b, objective)
		}
		// Without slack the same rows moved inward have no point in common with
		// x; whatever the answer is, it must be the exact one.
		p.Right[0]--
		s := lp.New(len(x))
		if s.Solve(p) == lp.Infeasible {
			s.Multipliers(y)
			if p.SolveExactly().Status != lp.Infeasible {
				t.Errorf("seed %d: not infeasible", seed)
			}
			if p.Refutes(y) {
				refuted++
			}
		}
	}
	if refuted < 50 {
		t.Errorf("only %d problems refuted", refuted)
	}
}

func TestCutoff(t *testing.T) {
	below := 0
	for seed := range uint64(200) {
		rng := rand.New(rand.NewPCG(seed, 6))
		p := reals(rng, 5, 30, true)
		s := lp.New(5)
		s.Solve(p)
		optimum := s.Objective()
		s.Cutoff = optimum + rng.NormFloat64()/10
		status := s.Solve(p)
		if status == lp.Below {
			below++
		}
		if (status == lp.Below) && s.Cutoff < optimum-1e-9 {
			t.Errorf("seed %d: below %v, the optimum is %v", seed, s.Cutoff, optimum)
		}
		if err := certified(p, s, status); err != nil {
			t.Errorf("seed %d: %v", seed, err)
		}
	}
	if below < 30 {
		t.Errorf("%d solves ended early", below)
	}
}

func TestKnown(t *testing.T) {
	for _, test := range []struct {
		name      string
		p         lp.Problem
		status    lp.Status
		objective float64
	}{
		{"nothing", lp.Problem{}, lp.Optimal, 0},
		{"contradiction without variables", lp.Problem{Right: []float64{-1}}, lp.Infeasible, 0},
		{"box", lp.Problem{Cost: []float64{1, -2}, Lower: []float64{-1, -1}, Upper: []float64{1, 3}}, lp.Optimal, 3},
		{"crossed bounds", lp.Problem{Cost: []float64{1}, Lower: []float64{1}, Upper: []float64{0}}, lp.Infeasible, 0},
		{"row of zeros", lp.Problem{Cost: []float64{1}, Rows: []float64{0}, Right: []float64{-1e-30}}, lp.Infeasible, 0},
		{"free", lp.Problem{Cost: []float64{0, 0}}, lp.Optimal, 0},
		{"unbounded", lp.Problem{Cost: []float64{0, 1e-3}}, lp.Unbounded, 0},
		{"Beale's cycle", lp.Problem{
			Cost: []float64{0.75, -150, 0.02, -6},
			Rows: []float64{0.25, -60, -0.04, 9, 0.5, -90, -0.02, 3, 0, 0, 1, 0}, Right: []float64{0, 0, 1},
			Lower: []float64{0, 0, 0, 0}, Upper: []float64{inf, inf, inf, inf},
		}, lp.Optimal, 0.05},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := lp.New(len(test.p.Cost))
			status := s.Solve(&test.p)
			if status != test.status {
				t.Fatalf("%v, want %v", status, test.status)
			}
			if status == lp.Optimal && math.Abs(s.Objective()-test.objective) > 1e-12 {
				t.Errorf("objective %v, want %v", s.Objective(), test.objective)
			}
			if err := certified(&test.p, s, status); err != nil {
				t.Error(err)
			}
			if got := test.p.SolveExactly().Status; got != test.status {
				t.Errorf("exactly %v, want %v", got, test.status)
			}
		})
	}
}

func TestValidate(t *testing.T) {
	nan := math.NaN()
	for name, p := range map[string]lp.Problem{
		"lengths":        {Cost: []float64{1}, Rows: []float64{1, 2}, Right: []float64{1}},
		"cost":           {Cost: []float64{nan}},
		"coefficient":    {Cost: []float64{1}, Rows: []float64{inf}, Right: []float64{1}},
		"right":          {Cost: []float64{1}, Rows: []float64{1}, Right: []float64{-inf}},
		"bounds missing": {Cost: []float64{1}, Lower: []float64{}},
		"lower":          {Cost: []float64{1}, Lower: []float64{inf}},
		"upper":          {Cost: []float64{1}, Upper: []float64{nan}},
	} {
		if p.Validate() == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	p := lp.Problem{Cost: []float64{1}, Rows: []float64{1}, Right: []float64{inf}, Lower: []float64{-inf}}
	if err := p.Validate(); err != nil {
		t.Error(err)
	}
}

// TestNoAllocation checks that a solve does not allocate once its solver has.
func TestNoAllocation(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 7))
	problems := []*lp.Problem{reals(rng, 6, 50, true), reals(rng, 6, 50, false), reals(rng, 6, 40, false)}
	s := lp.New(6)
	if n := testing.AllocsPerRun(20, func() {
		for _, p := range problems {
			s.Solve(p)
			s.Resolve(p)
		}
	}); n > 0 {
		t.Errorf("%v allocations", n)
	}
}
